import SluiceExpressions
import SluiceSyntax

/// Looks for aggregate calls in an expression, not inside OVER and not in sub-queries.
struct AggregateSearch {
    let environment: PlannerEnvironment

    func found(in expr: Expr) -> Bool {
        switch expr.kind {
        case .call(let function):
            if function.over != nil { return false }
            let name = function.name.last.uppercased()
            if environment.aggregates.find(name) != nil, environment.functions.find(name) == nil {
                return true
            }
            return function.arguments.contains { found(in: $0) }
        default: return expr.operands.contains { found(in: $0) }
        }
    }
}
