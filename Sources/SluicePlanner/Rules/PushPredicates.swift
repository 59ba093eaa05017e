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
                guard let filter = comparison(condition) else { continue }
                below = push(filter, into: below) ?? below
            }
            return below == input ? node : node.with(inputs: [below])
        }
    }

    /// A column of the filter's input, or a field of one, compared with a constant of its type.
    private func comparison(_ condition: BoundExpr) -> ScanFilter? {
        guard case .call(let name, let sides) = condition.kind, sides.count == 2,
            let comparison = ScanFilter.Comparison(rawValue: name)
        else { return nil }
        return filter(sides[0], comparison, sides[1]) ?? filter(sides[1], comparison.mirrored, sides[0])
    }

    private func filter(
        _ a: BoundExpr, _ comparison: ScanFilter.Comparison, _ b: BoundExpr
    ) -> ScanFilter? {
        guard let value = b.literalValue, !value.isNull else { return nil }
        let isText = a.type.kind.isCharacter && b.type.kind.isCharacter
        guard a.type.kind == b.type.kind || isText else { return nil }
        switch a.kind {
        case .column(let index): return ScanFilter(column: index, comparison: comparison, value: value)
        case .field(let row, let field):
            guard case .column(let index) = row.kind else { return nil }
            return ScanFilter(column: index, field: field, comparison: comparison, value: value)
        default: return nil
        }
    }

    /// The plan with the filter at its scan; nil: it does not reach one.
    private func push(_ filter: ScanFilter, into plan: LogicalPlan) -> LogicalPlan? {
        var moved = filter
        switch plan.kind {
        case .scan(var scan):
            guard filter.field == nil || scan.takesFieldFilters else { return nil }
            moved.column = scan.projection[filter.column]
            guard !scan.filters.contains(moved) else { return nil }
            scan.filters.append(moved)
            return LogicalPlan(.scan(scan), plan.fields, span: plan.span)
        case .table(let input, _), .filter(let input, _):
            return push(filter, into: input).map { plan.with(inputs: [$0]) }
        case .project(let input, let exprs):
            switch exprs[filter.column].kind {
            case .column(let index): moved.column = index
            case .field(let row, let field):
                guard case .column(let index) = row.kind, filter.field == nil else { return nil }
                moved.column = index
                moved.field = field
            default: return nil
            }
            return push(moved, into: input).map { plan.with(inputs: [$0]) }
        default: return nil
        }
    }
}
