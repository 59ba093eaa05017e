import SluiceBase
import SluiceSyntax

/// EXISTS and IN with a sub-query inside other expressions, told by sub-queries that count.
///
/// `EXISTS (q)` is `(SELECT COUNT(*) > 0 FROM (q))`. `x IN (q)` is TRUE with a row that equals x; else FALSE without
/// rows, NULL when x or any of them is NULL, and FALSE otherwise. In streaming mode a count of no rows is NULL.
enum SubqueryTruth {
    /// The three counts of `x IN (q)`, each at a place of its own in the scope.
    struct Membership {
        var matches: SourceSpan
        var hasRows: SourceSpan
        var hasNull: SourceSpan

        init(_ span: SourceSpan) {
            matches = span
            hasRows = SourceSpan(span.lower, span.lower)
            hasNull = SourceSpan(span.upper, span.upper)
        }
    }

    /// The counting sub-queries of an expression; none if it is no EXISTS or IN with a sub-query.
    static func queries(
        of expr: Expr, _ environment: PlannerEnvironment
    ) throws(SQLError) -> [(query: Query, span: SourceSpan)] {
        switch expr.kind {
        case .exists(let query): return [(try exists(query, environment), expr.span)]
        case .inQuery(let value, let query, _):
            if case .row(let items, _) = value.kind, items.count > 1 {
                throw SQLError(
                    .unsupported,
                    "IN of several values and a sub-query inside another expression is not supported yet",
                    span: expr.span, hint: "it can stand in WHERE, joined to other conditions by AND")
            }
            let places = Membership(expr.span)
            return [
                (try counting("COUNT(*) > 0", query, matching: value), places.matches),
                (try counting("COUNT(*) > 0", query), places.hasRows),
                (try counting("COUNT(*) > COUNT(`$item`)", query), places.hasNull),
            ]
        default: return []
        }
    }

    /// A plain SELECT keeps its FROM and WHERE, so that it may go on speaking of the outer query. One of aggregates has
    /// a row of its own even where there is nothing to aggregate: it is bound, but its value is not asked for.
    private static func exists(
        _ query: Query, _ environment: PlannerEnvironment
    ) throws(SQLError) -> Query {
        if let (select, aggregates) = AggregateSearch(environment: environment).oneRow(query) {
            var single = query
            var frame = select
            frame.items = Array(aggregates.prefix(1))
            single.body = .select(frame)
            return single
        }
        guard query.isBare, case .select(let select) = query.body, select.from != nil, select.groupBy == nil,
            select.having == nil, select.qualify == nil
        else { return try counting("COUNT(*) > 0", query) }
        var counted = try template("COUNT(*) > 0")
        guard case .select(var frame) = counted.body else { return counted }
        frame.hints = select.hints
        frame.from = select.from
        frame.where = select.where
        counted.body = .select(frame)
        return counted
    }

    private static func counting(
        _ item: String, _ query: Query, matching value: Expr? = nil
    ) throws(SQLError) -> Query {
        var counted = try template(item)
        guard case .select(var frame) = counted.body else { return counted }
        let name = Identifier("$item", span: query.span)
        var columns: [Identifier] = []
        if item.contains(name.name) || value != nil { columns = [name] }
        let alias = TableAlias(name: Identifier("$query", span: query.span), columns: columns)
        frame.from = TableRef(.derived(query, isLateral: false, alias: alias), span: query.span)
        if let value {
            frame.where = Expr(
                .binary(.equal, value, Expr(.column([name]), span: value.span)), span: value.span)
        }
        counted.body = .select(frame)
        return counted
    }

    private static func template(_ item: String) throws(SQLError) -> Query {
        try Parser.parseQuery("SELECT \(item) FROM `$query`")
    }
}
