import SluiceBase
import SluiceColumns
import SluiceExpressions

/// An expression compiled for an operator: one call per batch. Columns and literals cost nothing.
struct BatchExpression {
    private enum Form {
        case column(Int)
        case constant(Datum, DataType)
    }

    private let form: Form
    private let context: OperatorContext

    init(_ expr: BoundExpr, _ context: OperatorContext) throws(JobError) {
        self.context = context
        switch expr.kind {
        case .column(let index): form = .column(index)
        case .literal(let value): form = .constant(value, expr.type)
        default:
            throw context.failure(SQLError(.unsupported, "this expression cannot be evaluated", span: expr.span))
        }
    }

    func evaluate(_ batch: RecordBatch, _ eval: EvalContext) throws(JobError) -> Column {
        switch form {
        case .column(let index): return batch.columns[index]
        case .constant(let value, let type): return .constant(value, type: type, count: batch.rowCount)
        }
    }
}

/// A condition compiled for an operator.
struct BatchPredicate {
    private let expression: BatchExpression

    init(_ expr: BoundExpr, _ context: OperatorContext) throws(JobError) {
        expression = try BatchExpression(expr, context)
    }

    /// The rows for which the condition is TRUE, ascending.
    func select(_ batch: RecordBatch, _ eval: EvalContext) throws(JobError) -> [Int32] {
        let column = try expression.evaluate(batch, eval)
        if case .constant(let value, _, let count) = column {
            return value == .bool(true) ? (0..<count).map { Int32(truncatingIfNeeded: $0) } : []
        }
        let values = column.bools
        var rows: [Int32] = []
        rows.reserveCapacity(values.count)
        for row in 0..<values.count where values[row] && !values.isNull(row) {
            rows.append(Int32(truncatingIfNeeded: row))
        }
        return rows
    }
}
