import SluiceBase
import SluiceExpressions
import SluiceSyntax

/// Looks for aggregate calls in an expression, not inside OVER and not in sub-queries.
struct AggregateSearch {
    let environment: PlannerEnvironment

    func found(in expr: Expr) -> Bool {
        if case .call(let function) = expr.kind {
            if function.over != nil { return false }
            if isAggregate(function) { return true }
            return function.arguments.contains { found(in: $0) }
        }
        return expr.operands.contains { found(in: $0) }
    }

    func found(in items: [SelectItem]) -> Bool {
        items.contains { item in
            if case .expr(let expr, _) = item.kind { return found(in: expr) }
            return false
        }
    }

    /// A plain SELECT of aggregates without groups: one row, whatever there is to aggregate. Its items that aggregate
    /// are `aggregates`; nil: it is another query.
    func oneRow(_ query: Query) -> (select: Select, aggregates: [SelectItem])? {
        guard query.isBare, case .select(let select) = query.body, select.from != nil, select.groupBy == nil,
            select.having == nil, select.qualify == nil
        else { return nil }
        let aggregates = select.items.filter { found(in: [$0]) }
        return aggregates.isEmpty ? nil : (select, aggregates)
    }

    /// What the aggregate calls of an expression are applied to.
    func arguments(in expr: Expr) -> [Expr] {
        if case .call(let function) = expr.kind, function.over == nil, isAggregate(function) {
            return function.operands
        }
        return expr.operands.flatMap { arguments(in: $0) }
    }

    /// Each `x IN (query)` whose x has aggregate calls, with its place in the text.
    func memberships(in exprs: [Expr]) -> [(value: Expr, query: Query, span: SourceSpan)] {
        var found: [(value: Expr, query: Query, span: SourceSpan)] = []
        var open = exprs
        while let next = open.popLast() {
            if case .inQuery(let value, let query, _) = next.kind, self.found(in: value) {
                found.append((value, query, SubqueryTruth.Membership(next.span).matches))
            }
            open += next.operands
        }
        return found
    }

    private func isAggregate(_ function: FunctionCall) -> Bool {
        let name = function.name.last.uppercased()
        return environment.aggregates.find(name) != nil && environment.functions.find(name) == nil
    }
}
