import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// Turns comparisons of a rank with constants into the bounds of its Top-N: `WHERE rn <= 3` keeps three rows.
struct BoundRanks: OptimizerRule {
    var name: String { "BoundRanks" }

    func apply(_ plan: LogicalPlan) -> LogicalPlan {
        plan.rewriting { node in
            guard case .filter(let input, let predicate) = node.kind else { return node }
            var below = input
            var rest: [BoundExpr] = []
            for condition in Binder.conjuncts(of: predicate) {
                if let (column, range) = bounds(condition), let bounded = bound(below, column, range) {
                    below = bounded
                } else {
                    rest.append(condition)
                }
            }
            guard below != input else { return node }
            guard let first = rest.first else { return below.withFields(node.fields) }
            let nullable = rest.contains { $0.type.isNullable }
            let condition =
                rest.count == 1
                ? first : BoundExpr(.call("AND", rest), .boolean.nullable(nullable), span: first.span)
            return LogicalPlan(.filter(below, condition), node.fields, span: node.span)
        }
    }

    /// A column and the values that a comparison with a constant lets through.
    private func bounds(_ condition: BoundExpr) -> (Int, ClosedRange<Int>)? {
        guard case .call(let name, let sides) = condition.kind, sides.count == 2 else { return nil }
        if let (column, value) = columnAndNumber(sides[0], sides[1]) {
            return range(name, value).map { (column, $0) }
        }
        let mirrored = ["<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="]
        guard let (column, value) = columnAndNumber(sides[1], sides[0]), let other = mirrored[name] else {
            return nil
        }
        return range(other, value).map { (column, $0) }
    }

    private func columnAndNumber(_ a: BoundExpr, _ b: BoundExpr) -> (Int, Int)? {
        guard case .column(let index) = a.kind, a.type.kind == .bigint, b.type.kind.isInteger,
            let number = b.literalValue?.asInt64, (0..<Int64(Binder.unboundedRank)).contains(number)
        else { return nil }
        return (index, Int(number))
    }

    private func range(_ comparison: String, _ value: Int) -> ClosedRange<Int>? {
        let last = Binder.unboundedRank
        switch comparison {
        case "<=": return value >= 1 ? 1...value : nil
        case "<": return value >= 2 ? 1...(value - 1) : nil
        case "=": return value >= 1 ? value...value : nil
        case ">=": return Swift.max(1, value)...last
        case ">": return (value + 1)...last
        default: return nil
        }
    }

    /// The plan with the bounds in its Top-N; nil: the column is no rank, or nothing would be left.
    private func bound(_ plan: LogicalPlan, _ column: Int, _ range: ClosedRange<Int>) -> LogicalPlan? {
        switch plan.kind {
        case .filter(let input, _):
            return bound(input, column, range).map { plan.with(inputs: [$0]) }
        case .project(let input, let exprs):
            guard case .column(let index) = exprs[column].kind else { return nil }
            return bound(input, index, range).map { plan.with(inputs: [$0]) }
        case .topN(let input, var node):
            guard node.outputsRank, column == input.fields.count, range.overlaps(node.start...node.end) else {
                return nil
            }
            node.start = Swift.max(node.start, range.lowerBound)
            node.end = Swift.min(node.end, range.upperBound)
            return LogicalPlan(.topN(input, node), plan.fields, span: plan.span)
        default: return nil
        }
    }
}
