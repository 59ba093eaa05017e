import SluiceColumns
import SluiceConnect
import SluiceExpressions

/// Tells a scan which comparisons with constants every wanted row meets. The filter above stays: a source may use what
/// it is told, as HBase does for the row key, or not. Nothing goes below a watermark, which rows that are filtered
/// out still raise.
struct PushPredicates: OptimizerRule {
    var name: String { "PushPredicates" }

    func apply(_ plan: LogicalPlan) -> LogicalPlan {
        plan.rewriting { node in
            guard case .filter(let input, let predicate) = node.kind else { return node }
            var below = input
            for condition in Binder.conjuncts(of: predicate) {
                guard let (column, comparison, value) = comparison(condition) else { continue }
                below =
                    push(ScanFilter(column: column, comparison: comparison, value: value), into: below)
                    ?? below
            }
            return below == input ? node : node.with(inputs: [below])
        }
    }

    /// A column of the filter's input, a comparison and a constant of the column's type.
    private func comparison(_ condition: BoundExpr) -> (Int, ScanFilter.Comparison, Datum)? {
        guard case .call(let name, let sides) = condition.kind, sides.count == 2,
            let comparison = ScanFilter.Comparison(rawValue: name)
        else { return nil }
        if let (column, value) = columnAndConstant(sides[0], sides[1]) { return (column, comparison, value) }
        if let (column, value) = columnAndConstant(sides[1], sides[0]) {
            return (column, comparison.mirrored, value)
        }
        return nil
    }

    private func columnAndConstant(_ a: BoundExpr, _ b: BoundExpr) -> (Int, Datum)? {
        guard case .column(let index) = a.kind, let value = b.literalValue, !value.isNull else { return nil }
        let isText = a.type.kind.isCharacter && b.type.kind.isCharacter
        return a.type.kind == b.type.kind || isText ? (index, value) : nil
    }

    /// The plan with the filter at its scan; nil: it does not reach one.
    private func push(_ filter: ScanFilter, into plan: LogicalPlan) -> LogicalPlan? {
        var moved = filter
        switch plan.kind {
        case .scan(var scan):
            moved.column = scan.projection[filter.column]
            guard !scan.filters.contains(moved) else { return nil }
            scan.filters.append(moved)
            return LogicalPlan(.scan(scan), plan.fields, span: plan.span)
        case .table(let input, _), .filter(let input, _):
            return push(filter, into: input).map { plan.with(inputs: [$0]) }
        case .project(let input, let exprs):
            guard case .column(let index) = exprs[filter.column].kind else { return nil }
            moved.column = index
            return push(moved, into: input).map { plan.with(inputs: [$0]) }
        default: return nil
        }
    }
}
