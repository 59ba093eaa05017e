import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph
import SluiceState

/// Turns changes of rows into changes of sink keys (U12). Several rows may have one sink key, and an update may take a row
/// from one key to another: the rows of each key are kept in order of arrival, the last is what the sink shows, and when
/// it goes the one before it comes back. A row that goes without having come is ignored.
final class UpsertMaterializeOperator: StreamOperator {
    private let node: UpsertMaterializeNode
    private var context: OperatorContext?
    private var groups: (any GroupState)?
    private var slot = NamespaceSlot(index: -1)
    private var state: (any RowState)?
    private var hasher = RowHasher()
    private var numbers: [UInt32] = []
    private var hashes: [UInt64] = []
    /// A key lost its last row with this row of the batch; if the next one has the same key, it is an update.
    private var lost = -1

    init(_ node: UpsertMaterializeNode) { self.node = node }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        let schema = context.inputSchemas[0]
        let store = try context.state()
        let groups = try store.openGroups(
            context.stateID("keys"), keys: node.keys.map { schema[$0].type })
        slot = try groups.open(.all, columns: [])
        self.groups = groups
        let state = try store.openRows(context.stateID("rows"), schema)
        state.rows.ttlMicros = context.config.stateTTLMillis &* 1000
        self.state = state
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let groups, let state, let context else { return }
        let order = (0..<Int32(truncatingIfNeeded: batch.rowCount)).map { $0 }
        numbers = Array(repeating: 0, count: batch.rowCount)
        try groups.locate(
            node.keys.map { batch.columns[$0] }, order, in: slot, creates: true, into: &numbers)
        let rows = state.rows
        rows.makeRoom(groups.capacity(of: slot))
        try numbers.withUnsafeBufferPointer { (groups) throws(JobError) in try state.load(groups) }
        startClock(rows, context)
        hasher.hash(batch, Array(batch.columns.indices)) { hashes = Array($0) }
        let builder = BatchBuilder(context.schema, capacity: batch.rowCount)
        let segment = rows.beginSegment(batch)
        for row in 0..<batch.rowCount { answer(batch, row, segment, rows, builder) }
        flushLost(batch, builder)
        rows.endSegment(segment)
        try numbers.withUnsafeBufferPointer { (groups) throws(JobError) in try state.endBatch(groups) }
        try release(numbers, rows)
        if !builder.isEmpty { try out.emit(builder.finish()) }
        try context.memory.set(context.stateBytes)
    }

    private func answer(
        _ batch: RecordBatch, _ row: Int, _ segment: Int32, _ rows: StoredRows, _ builder: BatchBuilder
    ) {
        let group = Int(numbers[row])
        if lost >= 0, Int(numbers[lost]) != group { flushLost(batch, builder) }
        if !batch.kind(row).isRetraction {
            let isUpdate = rows.last(group) >= 0 || lost >= 0
            lost = -1
            rows.add(group: group, segment: segment, row: row, matches: 0, hash: hashes[row])
            return emit(isUpdate ? .updateAfter : .insert, batch, row, builder)
        }
        let before = rows.last(group)
        guard rows.remove(group: group, equalTo: batch, row, hash: hashes[row]) else { return }
        let after = rows.last(group)
        if after == before { return }
        if after < 0 {
            lost = row
        } else {
            emit(stored: after, rows, builder)
        }
    }

    private func flushLost(_ batch: RecordBatch, _ builder: BatchBuilder) {
        if lost >= 0 { emit(.delete, batch, lost, builder) }
        lost = -1
    }

    private func emit(_ kind: RowKind, _ batch: RecordBatch, _ row: Int, _ builder: BatchBuilder) {
        for (column, target) in zip(batch.columns, builder.columns) { target.append(column, row) }
        builder.endRow(kind)
    }

    private func emit(stored number: Int32, _ rows: StoredRows, _ builder: BatchBuilder) {
        for (index, target) in builder.columns.enumerated() {
            if let (column, row) = rows.place(number, index) {
                target.append(column, row)
            } else {
                target.appendNull()
            }
        }
        builder.endRow(.updateAfter)
    }

    // MARK: State

    /// Gives back the keys that have no rows.
    private func release(_ numbers: [UInt32], _ rows: StoredRows) throws(JobError) {
        var known: Set<UInt32> = []
        var gone: [UInt32] = []
        for group in numbers where rows.head(Int(group)) < 0 && known.insert(group).inserted {
            gone.append(group)
        }
        if gone.isEmpty { return }
        try gone.withUnsafeBufferPointer { (gone) throws(JobError) in try groups?.remove(gone, of: slot) }
    }

    private func startClock(_ rows: StoredRows, _ context: OperatorContext) {
        guard context.config.stateTTLMillis > 0 else { return }
        rows.now = context.clock.nowMicros()
        if context.timers.next == nil {
            context.timers.register(atMicros: rows.now &+ context.config.stateTTLMillis &* 1000)
        }
    }

    /// Forgets what expired, then looks again when the oldest of the rest will, but not too often.
    func onTimer(_ micros: Int64, _ out: any Output) throws(JobError) {
        guard let context, let rows = state?.rows else { return }
        let ttl = context.config.stateTTLMillis &* 1000
        let now = context.clock.nowMicros()
        rows.now = now
        var emptied: Set<UInt32> = []
        let oldest = rows.removeExpired(&emptied)
        try release(Array(emptied), rows)
        if let oldest {
            context.timers.register(atMicros: Swift.max(oldest &+ ttl, now &+ ttl / 4 &+ 1000))
        }
        try context.memory.set(context.stateBytes)
    }

    func close() {
        groups = nil
        state = nil
        context = nil
    }
}
