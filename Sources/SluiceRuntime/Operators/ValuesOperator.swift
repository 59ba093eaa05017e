import SluiceBase
import SluiceColumns
import SluiceJobGraph

/// Gives literal rows.
final class ValuesOperator: SourceOperator {
    private let rows: [[Datum]]
    private var schema: Schema = []
    private var maxRows = 4096
    private var position = 0

    init(_ node: ValuesNode) { rows = node.rows }

    func open(_ context: OperatorContext) throws(JobError) {
        schema = context.schema
        maxRows = Swift.max(1, context.config.batchRows)
        // Literal rows exist once, whatever the parallelism.
        if context.subtask > 0 { position = rows.count }
    }

    func poll(_ out: any Output) throws(JobError) -> SourceProgress {
        if position < rows.count {
            let end = Swift.min(rows.count, position + maxRows)
            let builder = BatchBuilder(schema, capacity: end - position)
            for row in rows[position..<end] { builder.appendRow(row) }
            position = end
            try out.emit(builder.finish())
        }
        return position < rows.count ? .progress : .finished
    }
}
