import SluiceBase
import SluiceColumns
import SluiceJobGraph

/// OVER in batch mode: keeps all rows until the input ends, then gives each out with the values of its calls.
final class OverOperator: StreamOperator {
    private let node: OverNode
    private var context: OperatorContext?
    private var builder: BatchBuilder?
    private var rows: OverRows?
    private var results: [Column] = []
    private var cursor = 0

    init(_ node: OverNode) { self.node = node }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        builder = BatchBuilder(context.inputSchemas[0], capacity: 1024)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let builder, let context else { return }
        for (column, values) in zip(builder.columns, batch.columns) { column.append(contentsOf: values) }
        builder.endRows(batch.rowCount)
        try context.memory.set(builder.byteCount)
    }

    func finish(_ out: any Output) throws(JobError) {
        guard let builder, let context else { return }
        let all = builder.finish()
        let batch = RecordBatch(columns: all.columns.map(\.flattened), rowCount: all.rowCount)
        self.builder = nil
        try context.memory.set(batch.byteCount + batch.rowCount * (2 * RowOrder.itemBytes + 64))
        let rows = OverRows(batch, node, context.inputSchemas[0])
        for call in node.calls {
            do throws(SQLError) { results.append(try OverColumn(call, rows, node.keys).build()) } catch {
                throw context.failure(error)
            }
        }
        self.rows = rows
        let bytes = results.reduce(0) { $0 + $1.byteCount }
        try context.memory.set(batch.byteCount + batch.rowCount * 12 + bytes)
    }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let rows, let context else { return false }
        while cursor < rows.rows.count {
            if out.isFull { return true }
            let end = Swift.min(cursor + context.config.batchRows, rows.rows.count)
            let part = Array(rows.rows[cursor..<end])
            let places = (Int32(cursor)..<Int32(end)).map { $0 }
            let columns = rows.batch.columns.map { $0.gather(part) } + results.map { $0.gather(places) }
            cursor = end
            try out.emit(RecordBatch(columns: columns, rowCount: part.count))
        }
        self.rows = nil
        results = []
        try context.memory.set(0)
        return false
    }

    func close() {
        builder = nil
        rows = nil
        context = nil
    }
}
