import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// Moves filters down: through projections, into the condition of an inner join, to the side of a join that they
/// speak of, below window table functions. Never below a watermark, which rows that are filtered out still raise.
struct PushFilters: OptimizerRule {
    let functions: FunctionRegistry
    var name: String { "PushFilters" }

    func apply(_ plan: LogicalPlan) -> LogicalPlan {
        let below = plan.inputs
        let node = below.isEmpty ? plan : plan.with(inputs: below.map { apply($0) })
        switch node.kind {
        case .filter(let input, let predicate):
            return push(Binder.conjuncts(of: predicate), into: input, node)
        case .join(let left, let right, let join): return splitCondition(left, right, join, node)
        default: return node
        }
    }

    private func push(_ conditions: [BoundExpr], into input: LogicalPlan, _ original: LogicalPlan)
        -> LogicalPlan
    {
        guard conditions.allSatisfy(isMovable) else { return original }
        switch input.kind {
        case .filter(let inner, let predicate):
            return push(
                Binder.conjuncts(of: predicate) + conditions, into: inner, merged(conditions, over: input))
        case .project(let inner, let exprs):
            guard exprs.allSatisfy(isMovable),
                exprs.contains(where: { !$0.children.isEmpty }) || reachesJoin(inner)
            else { return merged(conditions, over: input) }
            let moved = conditions.map { substitute($0, exprs) }
            var copy = input
            copy.kind = .project(push(moved, into: inner, merged(moved, over: inner)), exprs)
            return copy.withFields(original.fields)
        case .join(let left, let right, let join): return push(conditions, left, right, join, input)
        case .windowTable(let inner, let node):
            let count = inner.fields.count
            let movable = conditions.filter { $0.referencedColumns.allSatisfy { $0 < count } }
            if movable.isEmpty { return merged(conditions, over: input) }
            if case .session = node.window { return merged(conditions, over: input) }
            var copy = input
            copy.kind = .windowTable(push(movable, into: inner, merged(movable, over: inner)), node)
            let rest = conditions.filter { !movable.contains($0) }
            return rest.isEmpty ? copy.withFields(original.fields) : merged(rest, over: copy)
        default: return merged(conditions, over: input)
        }
    }

    private func reachesJoin(_ plan: LogicalPlan) -> Bool {
        switch plan.kind {
        case .join: return true
        case .project(let input, _), .filter(let input, _), .windowTable(let input, _):
            return reachesJoin(input)
        default: return false
        }
    }

    /// Deterministic, so that it may be evaluated elsewhere and on other rows.
    private func isMovable(_ expr: BoundExpr) -> Bool {
        var movable = true
        expr.visit { part in
            if case .call(let name, _) = part.kind {
                if functions.find(name)?.isDeterministic == false || name == "CURRENT_WATERMARK" {
                    movable = false
                }
            }
        }
        return movable
    }

    private func merged(_ conditions: [BoundExpr], over input: LogicalPlan) -> LogicalPlan {
        guard let predicate = conjunction(conditions) else { return input }
        return LogicalPlan(.filter(input, predicate), input.fields, span: predicate.span)
    }

    private func conjunction(_ conditions: [BoundExpr]) -> BoundExpr? {
        guard let first = conditions.first else { return nil }
        if conditions.count == 1 { return first }
        let nullable = conditions.contains { $0.type.isNullable }
        return BoundExpr(.call("AND", conditions), .boolean.nullable(nullable), span: first.span)
    }

    private func substitute(_ expr: BoundExpr, _ exprs: [BoundExpr]) -> BoundExpr {
        expr.rewriting { part in
            guard case .column(let index) = part.kind, index < exprs.count else { return part }
            return exprs[index]
        }
    }

    // MARK: Joins

    /// Conditions above a join. What only the kept side decides goes below it; an inner join takes the rest.
    private func push(
        _ conditions: [BoundExpr], _ left: LogicalPlan, _ right: LogicalPlan, _ join: LogicalPlan.Join,
        _ node: LogicalPlan
    ) -> LogicalPlan {
        let count = left.fields.count
        var toLeft: [BoundExpr] = []
        var toRight: [BoundExpr] = []
        var stay: [BoundExpr] = []
        var into: [BoundExpr] = []
        for condition in conditions {
            let columns = condition.referencedColumns
            if columns.allSatisfy({ $0 < count }), join.type == .inner || join.type == .left {
                toLeft.append(condition)
            } else if columns.allSatisfy({ $0 >= count }), join.type == .inner || join.type == .right {
                toRight.append(condition.remappingColumns { $0 - count })
            } else if join.type == .inner {
                into.append(condition)
            } else {
                stay.append(condition)
            }
        }
        let newLeft = toLeft.isEmpty ? left : push(toLeft, into: left, merged(toLeft, over: left))
        let newRight = toRight.isEmpty ? right : push(toRight, into: right, merged(toRight, over: right))
        var newJoin = join
        newJoin.condition = conjunction((join.condition.map { Binder.conjuncts(of: $0) } ?? []) + into)
        var copy = node
        copy.kind = .join(newLeft, newRight, newJoin)
        return merged(stay, over: copy)
    }

    /// Parts of an inner or left join's own condition that only speak of one side.
    private func splitCondition(
        _ left: LogicalPlan, _ right: LogicalPlan, _ join: LogicalPlan.Join, _ node: LogicalPlan
    ) -> LogicalPlan {
        guard let condition = join.condition, join.type == .inner || join.type == .left else { return node }
        let count = left.fields.count
        var rest: [BoundExpr] = []
        var toLeft: [BoundExpr] = []
        var toRight: [BoundExpr] = []
        for part in Binder.conjuncts(of: condition) {
            let columns = part.referencedColumns
            let movable = isMovable(part) && !columns.isEmpty
            if movable, columns.allSatisfy({ $0 >= count }) {
                toRight.append(part.remappingColumns { $0 - count })
            } else if movable, join.type == .inner, columns.allSatisfy({ $0 < count }) {
                toLeft.append(part)
            } else {
                rest.append(part)
            }
        }
        if toLeft.isEmpty && toRight.isEmpty { return node }
        var newJoin = join
        newJoin.condition = conjunction(rest)
        var copy = node
        copy.kind = .join(
            toLeft.isEmpty ? left : push(toLeft, into: left, merged(toLeft, over: left)),
            toRight.isEmpty ? right : push(toRight, into: right, merged(toRight, over: right)), newJoin)
        return copy
    }
}
