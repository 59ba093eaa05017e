import SluiceBase
import SluiceColumns

/// A node of a compiled expression: what to compute, ready to run.
final class ExpressionNode: Sendable {
    enum Operation: Sendable {
        case column(Int)
        case constant(Datum)
        case call(Kernel, [ExpressionNode])
        /// AND, or OR: later operands run only over rows that need them if they can fail.
        case connective(isAnd: Bool, [ExpressionNode])
        case caseWhen([(condition: ExpressionNode, result: ExpressionNode)], otherwise: ExpressionNode)
        case coalesce([ExpressionNode])
        case field(ExpressionNode, Int)
    }

    let operation: Operation
    let type: DataType
    let span: SourceSpan?
    /// True if some row could make it fail.
    let canFail: Bool
    /// Where the result is kept within a batch, for expressions that occur more than once.
    let slot: Int?

    init(_ operation: Operation, type: DataType, span: SourceSpan?, canFail: Bool, slot: Int?) {
        self.operation = operation
        self.type = type
        self.span = span
        self.canFail = canFail
        self.slot = slot
    }
}
