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

    /// A column of the filter's input, or a field of one, compared with constants of its type.
    private func comparison(_ condition: BoundExpr) -> ScanFilter? {
        guard case .call(let name, let arguments) = condition.kind else { return nil }
        switch name {
        case "LIKE": return prefix(arguments)
        case "IN": return oneOf(arguments[0], Array(arguments[1...]))
        case "OR": return alternatives(condition)
        default:
            guard arguments.count == 2, let comparison = ScanFilter.Comparison(rawValue: name),
                let mirrored = comparison.mirrored
            else { return nil }
            return filter(arguments[0], comparison, [arguments[1]])
                ?? filter(arguments[1], mirrored, [arguments[0]])
        }
    }

    /// What a pattern begins with before its first character that is not itself.
    private func prefix(_ arguments: [BoundExpr]) -> ScanFilter? {
        guard case .bytes(let pattern)? = arguments[1].literalValue, case .varchar = arguments[0].type.kind
        else { return nil }
        var special: Set<UInt8> = Set("%_\\".utf8)
        if arguments.count > 2 {
            guard case .bytes(let escape)? = arguments[2].literalValue else { return nil }
            special.formUnion(escape)
        }
        let text = Array(pattern.prefix { !special.contains($0) })
        guard !text.isEmpty else { return nil }
        let start = BoundExpr(.literal(.bytes(text)), arguments[1].type, span: arguments[1].span)
        return filter(arguments[0], text.count == pattern.count ? .equal : .startsWith, [start])
    }

    /// NULLs in a list find no rows.
    private func oneOf(_ column: BoundExpr, _ list: [BoundExpr]) -> ScanFilter? {
        let known = list.filter { $0.literalValue?.isNull != true }
        return known.isEmpty ? nil : filter(column, .oneOf, known)
    }

    /// `a = 1 OR a = 2 OR a IN (3, 4)`.
    private func alternatives(_ condition: BoundExpr) -> ScanFilter? {
        guard case .call("OR", let sides) = condition.kind else {
            let filter = comparison(condition)
            return filter?.comparison == .equal || filter?.comparison == .oneOf ? filter : nil
        }
        var all: ScanFilter?
        for side in sides {
            guard var filter = alternatives(side) else { return nil }
            if let first = all {
                guard first.column == filter.column, first.field == filter.field else { return nil }
                filter.values = first.values + filter.values
            }
            filter.comparison = .oneOf
            all = filter
        }
        return all
    }

    private func filter(
        _ a: BoundExpr, _ comparison: ScanFilter.Comparison, _ constants: [BoundExpr]
    ) -> ScanFilter? {
        var values: [Datum] = []
        for constant in constants {
            guard let value = constant.literalValue, !value.isNull else { return nil }
            let isText = a.type.kind.isCharacter && constant.type.kind.isCharacter
            guard a.type.kind == constant.type.kind || isText else { return nil }
            values.append(value)
        }
        switch a.kind {
        case .column(let index): return ScanFilter(column: index, comparison: comparison, values: values)
        case .field(let row, let field):
            guard case .column(let index) = row.kind else { return nil }
            return ScanFilter(column: index, field: field, comparison: comparison, values: values)
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
