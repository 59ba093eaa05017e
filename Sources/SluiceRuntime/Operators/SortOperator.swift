import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// Full sort when the input ends. With a limit only the rows that can still come out are kept.
final class SortOperator: StreamOperator {
    private let node: SortNode
    private var context: OperatorContext?
    private var builder: BatchBuilder?
    private var order: RowOrder?
    private var sorted: RecordBatch?
    private var rows: [Int32] = []
    private var cursor = 0

    init(_ node: SortNode) { self.node = node }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        builder = BatchBuilder(context.inputSchemas[0], capacity: 1024)
        order = RowOrder(node.keys, context.inputSchemas[0])
    }

    private var wanted: Int? { node.limit.map { $0.addingReportingOverflow(node.offset).partialValue } }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let builder, let context else { return }
        for (column, values) in zip(builder.columns, batch.columns) { column.append(contentsOf: values) }
        builder.endRows(batch.rowCount)
        if let wanted, builder.rowCount > 65_536, builder.rowCount > wanted &* 4 { keepFirst(wanted) }
        try context.memory.set(builder.byteCount)
    }

    /// Drops rows behind the first `count` of the order.
    private func keepFirst(_ count: Int) {
        guard let builder, let order else { return }
        let batch = builder.finish()
        let kept = Array(order.sorted(batch).prefix(count))
        for (column, values) in zip(builder.columns, batch.columns) {
            column.append(contentsOf: values.gather(kept))
        }
        builder.endRows(kept.count)
    }

    func finish(_ out: any Output) throws(JobError) {
        guard let builder, let order, let context else { return }
        let batch = builder.finish()
        self.builder = nil
        // The encoded keys are there for the time of the sort.
        let bytes = batch.byteCount
        try context.memory.set(bytes + batch.rowCount * (RowOrder.itemBytes + order.keyBytes))
        rows = order.sorted(batch)
        try context.memory.set(bytes + batch.rowCount * 4)
        sorted = batch
        cursor = Swift.min(node.offset, rows.count)
        if let wanted { rows = Array(rows.prefix(wanted)) }
    }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let sorted, let context else { return false }
        while cursor < rows.count {
            if out.isFull { return true }
            let end = Swift.min(cursor + context.config.batchRows, rows.count)
            let part = Array(rows[cursor..<end])
            cursor = end
            try out.emit(RecordBatch(columns: sorted.columns.map { $0.gather(part) }, rowCount: part.count))
        }
        self.sorted = nil
        rows = []
        try context.memory.set(0)
        return false
    }

    func close() {
        builder = nil
        sorted = nil
        context = nil
    }
}
