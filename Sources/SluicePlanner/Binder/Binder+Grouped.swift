import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// SELECT with GROUP BY, HAVING or aggregate calls.
///
/// The plan: a projection of keys and arguments, `expand` for several grouping sets, the aggregation, then a
/// projection in which placeholders and key expressions became columns of the aggregation.
extension Binder {
    func isAggregation(_ select: Select, _ items: [Item], _ orderBy: [OrderItem]) -> Bool {
        if select.groupBy != nil || select.having != nil { return true }
        let search = AggregateSearch(environment: environment)
        for item in items {
            if case .expr(let expr) = item.source, search.found(in: expr) { return true }
        }
        return orderBy.contains { search.found(in: $0.expr) }
    }

    mutating func bindGrouped(
        _ select: Select, _ items: [Item], _ source: LogicalPlan, _ sourceScope: Scope, orderBy: [OrderItem],
        limit: RowCount?, offset: RowCount?
    ) throws(SQLError) -> LogicalPlan {
        let written = items.compactMap(\.expr) + [select.having].compactMap { $0 } + orderBy.map(\.expr)
        let search = AggregateSearch(environment: environment)
        let (input, scope) = try attachScalars(
            in: written.flatMap { search.arguments(in: $0) }, source, sourceScope)
        let collector = AggregateCollector(hasGroupBy: select.groupBy != nil)
        var keyBinder = ExpressionBinder(self, scope)
        let grouping = try Grouping.bind(select.groupBy, &keyBinder, collector)

        let scalars = ScalarQuerySearch(environment: environment)
        var binder = ExpressionBinder(self, scope, aggregates: collector)
        for (value, query, span) in search.memberships(in: written) {
            collector.scalars.append(try matches(try binder.bind(value), query, span))
        }
        for (query, span) in try scalars.found(in: written)
        where scope.scalars[span] == nil && collector.scalar(at: span) == nil {
            collector.scalars.append(try scalarQuery(query, scope, span))
        }
        let exprs = try bind(items, &binder)
        var having: BoundExpr?
        if let condition = select.having { having = try binder.bindCondition(condition, "HAVING") }
        // Order items are bound before the layout is fixed, for they may bring aggregate calls of their own.
        for item in orderBy {
            if case .column(let path) = item.expr.kind, path.count == 1,
                items.contains(where: { $0.name == path[0].name })
            {
                continue
            }
            _ = try binder.bind(item.expr)
        }
        var aggregated = try GroupedPlan(input, scope, grouping, collector, self).build()
        for scalar in collector.scalars {
            let keys = try aggregated.resolve(scalar.keys.map(\.outer))
            aggregated.plan = try attach(scalar, to: aggregated.plan, keys: keys)
        }
        let resolved = try aggregated.resolve(exprs)
        var plan = aggregated.plan
        if let having {
            plan = LogicalPlan(.filter(plan, try aggregated.resolve(having)), plan.fields, span: having.span)
        }
        let order = try orderKeys(orderBy, items, resolved, &binder, isDistinct: select.isDistinct) {
            expr throws(SQLError) in try aggregated.resolve(expr)
        }
        return try finish(
            plan, resolved, items.map(\.name), order, isDistinct: select.isDistinct, limit: limit,
            offset: offset,
            span: orderBy.first?.expr.span)
    }
}
