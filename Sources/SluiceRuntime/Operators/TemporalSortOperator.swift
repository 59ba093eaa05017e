import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// ORDER BY a time attribute over a stream (J11): rows leave when the watermark reaches their time, rows of one time in
/// the order of the other keys. A row not later than the last time that left is dropped.
final class TemporalSortOperator: StreamOperator {
    /// In a heap by time and arrival; the rows themselves are state.
    private struct Entry {
        var time: Int64
        var arrival: Int64
        var row: Int32
    }

    private let node: TemporalSortNode
    private var context: OperatorContext?
    private var state: (any RowState)?
    /// All in one group, with their kinds.
    private var held: StoredRows?
    private var heap: [Entry] = []
    private var arrivals: Int64 = 0
    private var lastReleased = Int64.min
    private var target: Int64?

    init(_ node: TemporalSortNode) { self.node = node }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        let state = try context.state().openRows(context.stateID("rows"), context.schema)
        state.rows.makeRoom(1)
        self.state = state
        held = state.rows
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, let held else { return }
        if node.isProctime { return try sortAtOnce(batch, context, out) }
        let times = batch.columns[node.keys[0].column].int64s
        let segment = held.beginSegment(batch)
        for row in 0..<batch.rowCount {
            if times.isNull(row) || times[row] <= lastReleased {
                context.metrics.countLate(batch, row: row, watermark: lastReleased)
                continue
            }
            let number = held.add(
                group: 0, segment: segment, row: row, matches: Int(batch.kind(row).rawValue), hash: 0)
            push(Entry(time: times[row], arrival: arrivals, row: number))
            arrivals += 1
        }
        held.endSegment(segment)
        try endBatch(context)
    }

    private func endBatch(_ context: OperatorContext) throws(JobError) {
        try [UInt32(0)].withUnsafeBufferPointer { (groups) throws(JobError) in try state?.endBatch(groups) }
        try context.memory.set(context.stateBytes + heap.capacity * MemoryLayout<Entry>.stride)
    }

    private func sortAtOnce(
        _ batch: RecordBatch, _ context: OperatorContext, _ out: any Output
    ) throws(JobError) {
        let rest = Array(node.keys.dropFirst())
        if rest.isEmpty { return try out.emit(batch) }
        let order = RowOrder(rest, context.schema).sorted(batch)
        let columns = batch.columns.map { $0.gather(order) }
        let kinds = order.withUnsafeBufferPointer { batch.rowKinds?.gather($0) }
        try out.emit(RecordBatch(columns: columns, rowCount: batch.rowCount, rowKinds: kinds))
    }

    func advance(to watermark: Int64, _ out: any Output) throws(JobError) { target = watermark }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let watermark = target, let context, let held else { return false }
        while let first = heap.first, first.time <= watermark {
            if out.isFull { return true }
            var rows: [Int32] = []
            while rows.count < context.config.batchRows, let first = heap.first, first.time <= watermark {
                release(first.time, held, &rows)
            }
            let kinds = held.kinds(rows)
            let batch = RecordBatch(columns: held.gather(rows), rowCount: rows.count, rowKinds: kinds)
            for row in rows { held.remove(row) }
            try endBatch(context)
            try out.emit(batch)
        }
        target = nil
        try out.emit(watermark: watermark)
        return false
    }

    /// Takes all rows of one time.
    private func release(_ time: Int64, _ held: StoredRows, _ rows: inout [Int32]) {
        var entries: [Entry] = []
        while let first = heap.first, first.time == time {
            entries.append(first)
            pop()
        }
        lastReleased = time
        if node.keys.count > 1 && entries.count > 1 { entries.sort { precedes($0, $1, held) } }
        for entry in entries { rows.append(entry.row) }
    }

    private func precedes(_ a: Entry, _ b: Entry, _ held: StoredRows) -> Bool {
        for key in node.keys.dropFirst() {
            guard let (x, i) = held.place(a.row, key.column), let (y, j) = held.place(b.row, key.column)
            else { continue }
            let order = KeyComparison.compare(x, i, y, j, key)
            if order != 0 { return order < 0 }
        }
        return a.arrival < b.arrival
    }

    private func isEarlier(_ a: Entry, _ b: Entry) -> Bool {
        a.time != b.time ? a.time < b.time : a.arrival < b.arrival
    }

    private func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isEarlier(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private func pop() {
        guard let last = heap.popLast() else { return }
        if heap.isEmpty { return }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && isEarlier(heap[child], heap[smallest]) { smallest = child }
            if smallest == parent { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }

    func close() {
        heap = []
        held = nil
        state = nil
        context = nil
    }
}

/// Compares values of columns by a sort key.
enum KeyComparison {
    static func compare(_ a: Column, _ i: Int, _ b: Column, _ j: Int, _ key: SortKey) -> Int {
        let leftNull = a.isNull(i)
        let rightNull = b.isNull(j)
        if leftNull || rightNull {
            if leftNull && rightNull { return 0 }
            return leftNull == key.nullsFirst ? -1 : 1
        }
        let order = Comparison.values(a, i, b, j)
        return key.descending ? 0 - order : order
    }
}
