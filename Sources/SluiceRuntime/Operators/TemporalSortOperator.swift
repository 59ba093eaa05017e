import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// ORDER BY a time attribute over a stream (J11): rows leave when the watermark reaches their time, rows of one time in
/// the order of the other keys. A row not later than the last time that left is dropped.
final class TemporalSortOperator: StreamOperator {
    private struct Entry {
        var time: Int64
        var arrival: Int64
        var batch: Int
        var row: Int32
    }

    private let node: TemporalSortNode
    private var context: OperatorContext?
    private var heap: [Entry] = []
    private var batches: [Int: (batch: RecordBatch, left: Int, bytes: Int)] = [:]
    /// Of `batches`.
    private var heldBytes = 0
    private var nextBatch = 0
    private var arrivals: Int64 = 0
    private var lastReleased = Int64.min
    private var target: Int64?

    init(_ node: TemporalSortNode) { self.node = node }

    func open(_ context: OperatorContext) throws(JobError) { self.context = context }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context else { return }
        if node.isProctime { return try sortAtOnce(batch, context, out) }
        let times = batch.columns[node.keys[0].column].int64s
        var kept = 0
        for row in 0..<batch.rowCount {
            if times.isNull(row) || times[row] <= lastReleased {
                context.metrics.countLate(batch, row: row, watermark: lastReleased)
                continue
            }
            push(
                Entry(
                    time: times[row], arrival: arrivals, batch: nextBatch, row: Int32(truncatingIfNeeded: row)
                ))
            arrivals += 1
            kept += 1
        }
        if kept > 0 {
            let bytes = batch.byteCount
            batches[nextBatch] = (batch, kept, bytes)
            heldBytes += bytes
            nextBatch += 1
            try charge(context)
        }
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

    /// A batch counts whole until its last row has left.
    private func charge(_ context: OperatorContext) throws(JobError) {
        try context.memory.set(heldBytes + heap.capacity * MemoryLayout<Entry>.stride)
    }

    func advance(to watermark: Int64, _ out: any Output) throws(JobError) { target = watermark }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let watermark = target, let context else { return false }
        while let first = heap.first, first.time <= watermark {
            if out.isFull { return true }
            let builder = BatchBuilder(context.schema, capacity: 256)
            while builder.rowCount < context.config.batchRows, let first = heap.first, first.time <= watermark
            {
                release(first.time, builder)
            }
            try charge(context)
            try out.emit(builder.finish())
        }
        target = nil
        try out.emit(watermark: watermark)
        return false
    }

    /// Gives all rows of one time.
    private func release(_ time: Int64, _ builder: BatchBuilder) {
        var entries: [Entry] = []
        while let first = heap.first, first.time == time {
            entries.append(first)
            pop()
        }
        lastReleased = time
        if node.keys.count > 1 && entries.count > 1 { entries.sort { precedes($0, $1) } }
        for entry in entries {
            guard let held = batches[entry.batch] else { continue }
            for (column, values) in zip(builder.columns, held.batch.columns) {
                column.append(values, Int(entry.row))
            }
            builder.endRow(held.batch.kind(Int(entry.row)))
            if held.left == 1 {
                batches[entry.batch] = nil
                heldBytes -= held.bytes
            } else {
                batches[entry.batch]?.left -= 1
            }
        }
    }

    private func precedes(_ a: Entry, _ b: Entry) -> Bool {
        guard let left = batches[a.batch]?.batch, let right = batches[b.batch]?.batch else { return false }
        for key in node.keys.dropFirst() {
            let x = left.columns[key.column]
            let y = right.columns[key.column]
            let order = KeyComparison.compare(x, Int(a.row), y, Int(b.row), key)
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
        batches = [:]
        heap = []
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
