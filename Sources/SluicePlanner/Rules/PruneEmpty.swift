import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// Replaces what a filter that is never true leaves by no rows, and a whole aggregation of no rows by its one row, so
/// that nothing is read for them. In streaming mode the row shows: an aggregation at run time gives none without input.
struct PruneEmpty: OptimizerRule {
    var name: String { "PruneEmpty" }

    func apply(_ plan: LogicalPlan) -> LogicalPlan { plan.rewriting(prune) }

    private func prune(_ node: LogicalPlan) -> LogicalPlan {
        switch node.kind {
        case .scan, .values, .table, .watermark: return node
        case .filter(let input, let predicate):
            let isNeverTrue = Binder.conjuncts(of: predicate).contains(where: isNeverTrue)
            return isNeverTrue || isEmpty(input) ? empty(node) : node
        case .aggregate(let input, let aggregate):
            guard isEmpty(input) else { return node }
            return aggregate.keys.isEmpty ? aggregateOfNothing(aggregate, node) : empty(node)
        case .join(let left, let right, let join):
            return prune(join, isEmpty(left), isEmpty(right)) ? empty(node) : node
        case .union(let inputs):
            let rest = inputs.filter { !isEmpty($0) }
            if rest.count == inputs.count { return node }
            if rest.isEmpty { return empty(node) }
            return rest.count == 1 ? rest[0].withFields(node.fields) : node.with(inputs: rest)
        default: return node.inputs.allSatisfy(isEmpty) ? empty(node) : node
        }
    }

    /// Whether a join has no rows when sides have none.
    private func prune(_ join: LogicalPlan.Join, _ leftIsEmpty: Bool, _ rightIsEmpty: Bool) -> Bool {
        switch join.type {
        case .inner, .semi: return leftIsEmpty || rightIsEmpty
        case .left, .anti, .nullAwareAnti: return leftIsEmpty
        case .right: return rightIsEmpty
        case .full: return leftIsEmpty && rightIsEmpty
        }
    }

    /// FALSE, NULL, or a comparison with NULL.
    private func isNeverTrue(_ condition: BoundExpr) -> Bool {
        if let value = condition.literalValue { return value.isNull || value == .bool(false) }
        guard case .call(let name, let sides) = condition.kind, sides.count == 2 else { return false }
        let comparisons: Set<String> = ["=", "<>", "<", "<=", ">", ">="]
        return comparisons.contains(name) && sides.contains { $0.literalValue?.isNull == true }
    }

    private func isEmpty(_ plan: LogicalPlan) -> Bool { plan.kind == .values([]) }

    private func empty(_ node: LogicalPlan) -> LogicalPlan {
        LogicalPlan(.values([]), node.fields, span: node.span)
    }

    /// COUNT gives 0 and the plain ones NULL; with any other the aggregation stays.
    private func aggregateOfNothing(_ aggregate: LogicalPlan.Aggregate, _ node: LogicalPlan) -> LogicalPlan {
        var row: [Datum] = []
        for call in aggregate.calls {
            switch call.name {
            case "COUNT": row.append(.int64(0))
            case "SUM", "MIN", "MAX", "AVG": row.append(.null)
            default: return node
            }
        }
        return LogicalPlan(.values([row]), node.fields, span: node.span)
    }
}
