import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// Aggregation per key in batch mode: one row per key when the input ends; without keys one row even over nothing.
final class BatchGroupAggregateOperator: StreamOperator {
    private let node: GroupAggregateNode
    private var context: OperatorContext?
    private var table: AggregateTable?
    private var scratch = RowScratch()
    /// The next group to give out; nil before the end.
    private var cursor: Int?

    init(_ node: GroupAggregateNode) { self.node = node }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        table = try AggregateTable(
            keys: node.keys, calls: node.aggregates, retractable: node.consumesRetractions, context)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let table, let context else { return }
        try scratch.all(batch) { (rows, weights) throws(JobError) in
            try table.add(batch, rows: rows, weights: weights)
        }
        try context.memory.set(context.stateBytes)
    }

    func finish(_ out: any Output) throws(JobError) {
        if let table, table.capacity == 0 { try table.makeGlobalGroup() }
        cursor = 0
    }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard var next = cursor, let table, let context else { return false }
        let schema = context.schema
        while next < table.capacity {
            if out.isFull {
                cursor = next
                return true
            }
            let end = Swift.min(next + context.config.batchRows, table.capacity)
            let builder = BatchBuilder(schema, capacity: end - next)
            let columns = builder.columns
            let skipsEmpty = node.consumesRetractions && !node.keys.isEmpty
            var groups: [UInt32] = []
            for group in next..<end where !skipsEmpty || table.counts[group] > 0 {
                groups.append(UInt32(truncatingIfNeeded: group))
            }
            groups.withUnsafeBufferPointer { groups in
                table.appendKeys(groups, to: columns)
                table.states.appendResults(groups, to: columns[node.keys.count...])
            }
            builder.endRows(groups.count)
            next = end
            if !builder.isEmpty { try out.emit(builder.finish()) }
        }
        cursor = nil
        return false
    }

    func close() {
        table = nil
        context = nil
    }
}

/// Aggregation per key over a stream: answers every input row with the key's old and new values (U2 to U4).
///
/// The rows of a batch are taken in waves: wave k holds the k-th row of each key, so that all rows of a wave can be
/// added at once and each still sees the state that the rows before it made. The answers go out in arrival order.
final class GroupAggregateOperator: StreamOperator {
    private let node: GroupAggregateNode
    private var context: OperatorContext?
    private var table: AggregateTable?
    private var scratch = RowScratch()
    /// Micros of the last write per group; only with a state TTL.
    private var written = GroupColumn<Int64>()
    private let waves = Waves()
    private var ttlMicros: Int64 = 0

    init(_ node: GroupAggregateNode) { self.node = node }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        ttlMicros = context.config.stateTTLMillis &* 1000
        table = try AggregateTable(
            keys: node.keys, calls: node.aggregates, retractable: node.consumesRetractions, context)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let table, let context else { return }
        try scratch.all(batch) { (rows, weights) throws(JobError) in
            try table.locate(batch, rows) { (groups) throws(SQLError) in
                expire(groups, context, table)
                try answer(batch, groups, weights, table)
            }
        }
        try waves.removeEmpty(table)
        if let result = waves.result(batch, keys: node.keys, types: resultTypes) { try out.emit(result) }
        try charge(context)
    }

    private func charge(_ context: OperatorContext) throws(JobError) {
        try context.memory.set(context.stateBytes + written.byteCount + waves.byteCount)
    }

    private var resultTypes: [DataType] { node.aggregates.map(\.type) }

    /// Adds the rows wave by wave and notes what each row changed.
    private func answer(
        _ batch: RecordBatch, _ groups: UnsafeBufferPointer<UInt32>, _ weights: UnsafeBufferPointer<Int8>?,
        _ table: AggregateTable
    ) throws(SQLError) {
        waves.prepare(groups, capacity: table.capacity, types: resultTypes)
        while let wave = waves.next(groups, weights) {
            waves.dropUnknown(wave, table)
            let before = waves.remember(wave, table)
            try waves.withRows { (rows, groups, weights) throws(SQLError) in
                try table.states.update(batch, rows: rows, states: groups, weights: weights)
            }
            let after = waves.remember(wave, table)
            waves.note(
                table, before: before, after: after, emitsUpdateBefore: node.emitsUpdateBefore,
                emitsEqual: ttlMicros > 0)
        }
    }

    // MARK: State TTL (U16)

    private func expire(
        _ groups: UnsafeBufferPointer<UInt32>, _ context: OperatorContext, _ table: AggregateTable
    ) {
        guard ttlMicros > 0 else { return }
        let now = context.clock.nowMicros()
        written.resize(table.capacity)
        for group in groups {
            let group = Int(group)
            if table.counts[group] != 0 && written.pointer[group] &+ ttlMicros <= now { table.clear(group) }
            written.pointer[group] = now
        }
        if context.timers.next == nil { context.timers.register(atMicros: now &+ ttlMicros) }
    }

    /// Forgets what expired, then looks again when the oldest of the rest will, but not too often.
    func onTimer(_ micros: Int64, _ out: any Output) throws(JobError) {
        guard let table, let context else { return }
        var oldest = Int64.max
        let now = context.clock.nowMicros()
        var gone: [UInt32] = []
        for group in 0..<Swift.min(written.count, table.capacity) where table.counts[group] != 0 {
            if written.pointer[group] &+ ttlMicros <= now {
                gone.append(UInt32(truncatingIfNeeded: group))
            } else {
                oldest = Swift.min(oldest, written.pointer[group])
            }
        }
        if !gone.isEmpty { try table.remove(gone) }
        if oldest != .max {
            context.timers.register(atMicros: Swift.max(oldest &+ ttlMicros, now &+ ttlMicros / 4 &+ 1000))
        }
        try charge(context)
    }

    func close() {
        table = nil
        context = nil
    }
}
