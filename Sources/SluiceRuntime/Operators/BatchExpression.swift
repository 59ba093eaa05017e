import SluiceBase
import SluiceColumns
import SluiceExpressions

/// An expression compiled for an operator: one call per batch, errors with the operator's name.
struct BatchExpression {
    private let compiled: CompiledExpression
    private let context: OperatorContext

    init(_ expr: BoundExpr, _ context: OperatorContext) throws(JobError) {
        self.context = context
        do { compiled = try ExpressionCompiler(registry: context.functions).compile(expr) } catch {
            throw context.failure(error)
        }
    }

    func evaluate(_ batch: RecordBatch, _ eval: EvalContext) throws(JobError) -> Column {
        do { return try compiled.evaluate(batch, eval) } catch { throw context.failure(error) }
    }
}

/// Expressions over one input compiled together, so that what they share is computed once.
struct BatchProjection {
    private let compiled: CompiledProjection
    private let context: OperatorContext

    init(_ exprs: [BoundExpr], _ context: OperatorContext) throws(JobError) {
        self.context = context
        do { compiled = try ExpressionCompiler(registry: context.functions).compile(exprs) } catch {
            throw context.failure(error)
        }
    }

    func evaluate(_ batch: RecordBatch, _ eval: EvalContext) throws(JobError) -> [Column] {
        do { return try compiled.evaluate(batch, eval) } catch { throw context.failure(error) }
    }
}

/// A condition compiled for an operator.
struct BatchPredicate {
    private let compiled: CompiledPredicate
    private let context: OperatorContext

    init(_ expr: BoundExpr, _ context: OperatorContext) throws(JobError) {
        self.context = context
        do { compiled = try ExpressionCompiler(registry: context.functions).compilePredicate(expr) } catch {
            throw context.failure(error)
        }
    }

    /// The rows for which the condition is TRUE, ascending.
    func select(_ batch: RecordBatch, _ eval: EvalContext) throws(JobError) -> [Int32] {
        do { return try compiled.select(batch, eval) } catch { throw context.failure(error) }
    }
}
