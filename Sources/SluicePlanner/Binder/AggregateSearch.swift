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
        case .unary(_, let operand), .isPredicate(let operand, _, _), .cast(let operand, _, _),
            .field(let operand, _), .interval(let operand, _):
            return found(in: operand)
        case .binary(_, let left, let right), .element(let left, let right):
            return found(in: left) || found(in: right)
        case .between(let value, let low, let high, _, _):
            return found(in: value) || found(in: low) || found(in: high)
        case .inList(let value, let list, _): return found(in: value) || list.contains { found(in: $0) }
        case .like(let value, _, let pattern, let escape, _):
            return found(in: value) || found(in: pattern) || (escape.map { found(in: $0) } ?? false)
        case .caseWhen(let operand, let branches, let otherwise):
            if let operand, found(in: operand) { return true }
            if let otherwise, found(in: otherwise) { return true }
            return branches.contains { branch in
                branch.conditions.contains { found(in: $0) } || found(in: branch.result)
            }
        case .row(let items, _), .array(let items), .map(let items): return items.contains { found(in: $0) }
        case .trim(_, let characters, let source):
            return found(in: source) || (characters.map { found(in: $0) } ?? false)
        default: return false
        }
    }
}
