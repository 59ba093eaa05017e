import SluiceColumns
import SluiceExpressions

/// Computes constant parts of expressions once; drops filters that are always true.
struct FoldConstants: OptimizerRule {
    let functions: FunctionRegistry
    var name: String { "FoldConstants" }

    func apply(_ plan: LogicalPlan) -> LogicalPlan {
        plan.rewriting { node in
            switch node.kind {
            case .project(let input, let exprs):
                var copy = node
                copy.kind = .project(input, exprs.map { ConstantFolding.fold($0, registry: functions) })
                return copy
            case .filter(let input, let predicate):
                let folded = ConstantFolding.fold(predicate, registry: functions)
                if folded.literalValue == .bool(true) { return input.withFields(node.fields) }
                var copy = node
                copy.kind = .filter(input, folded)
                return copy
            default: return node
            }
        }
    }
}

extension LogicalPlan {
    func withFields(_ fields: [PlanField]) -> LogicalPlan {
        var copy = self
        copy.fields = fields
        return copy
    }
}
