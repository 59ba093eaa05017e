import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// Sub-queries as values, `(SELECT …)`, EXISTS and IN in a select list, WHERE, HAVING or ORDER BY: a left join with the sub-query, of
/// which one column stands for the value. More than one row for a value fails at run time (`SINGLE_VALUE`).
///
/// A sub-query may speak of the outer query by equalities in its WHERE. It is computed for all values of its side of
/// them at once, as in Kim, "On Optimizing an SQL-like Nested Query" (TODS 1982), and joined on them.
extension Binder {
    /// A sub-query that gives at most one row per row of the outer query.
    struct RowQuery {
        var plan: LogicalPlan
        /// The columns of `plan` that are asked for.
        var values: [Int]
        /// An outer expression and the column of `plan` that must equal it.
        var keys: [(outer: BoundExpr, inner: Int)] = []
        /// A column of `plan` that is never NULL, and the values where no row matches; nil: they are all NULL.
        var absent: (marker: Int, values: [BoundExpr])?
        var span: SourceSpan

        /// The value of a scalar sub-query.
        var type: DataType { plan.fields[values[0]].type.nullable() }
    }

    /// Joins the scalar sub-queries in `exprs` to the plan; in the scope they are found by their place in the text.
    mutating func attachScalars(
        in exprs: [Expr], _ plan: LogicalPlan, _ scope: Scope
    ) throws(SQLError) -> (LogicalPlan, Scope) {
        var plan = plan
        var scope = scope
        let search = ScalarQuerySearch(environment: environment)
        for (query, span) in try search.found(in: exprs) where scope.scalars[span] == nil {
            let scalar = try scalarQuery(query, scope, span)
            plan = try attach(scalar, to: plan, keys: scalar.keys.map(\.outer))
            scope.append(plan.fields[plan.fields.count - 1], at: span)
        }
        return (plan, scope)
    }

    /// The plan with the values as further columns. `keys` are the outer sides over the plan's columns.
    func attach(
        _ query: RowQuery, to plan: LogicalPlan, keys: [BoundExpr], keepsAll: Bool = true
    ) throws(SQLError) -> LogicalPlan {
        let width = plan.fields.count
        var conditions: [BoundExpr] = []
        for (outer, key) in zip(keys, query.keys) {
            let inner = BoundExpr.column(width + key.inner, query.plan.fields[key.inner].type)
            conditions.append(try call("=", [outer, inner], query.span))
        }
        var fields = plan.fields.map(\.plain)
        fields += query.plan.fields.map { PlanField($0.name, $0.type.nullable()) }
        let node = LogicalPlan.Join(
            type: keepsAll ? .left : .inner, condition: try conjunction(conditions))
        let joined = LogicalPlan(.join(plan, query.plan, node), fields, span: query.span)
        var values = query.values.map { joined.column(width + $0) }
        if keepsAll, let absent = query.absent {
            let isAbsent = try call("IS NULL", [joined.column(width + absent.marker)], query.span)
            for (index, value) in absent.values.enumerated() where value.literalValue?.isNull != true {
                let branch = BoundExpr.Branch(isAbsent, value)
                let type = values[index].type
                values[index] = BoundExpr(
                    .caseWhen([branch], otherwise: values[index]), type, span: query.span)
            }
        }
        let kept = Array(joined.identityExprs.prefix(width)) + values
        let names = plan.fields.map(\.name) + query.values.map { query.plan.fields[$0].name }
        return joined.projecting(kept, names: names)
    }

    mutating func scalarQuery(
        _ query: Query, _ outer: Scope, _ span: SourceSpan
    ) throws(SQLError) -> RowQuery {
        do {
            let plan = try bind(query)
            try checkOneColumn(plan.fields.count, span)
            let single = plan.hasOneRow ? plan : try singleValue(plan, keys: 0)
            return RowQuery(plan: single, values: [0], span: span)
        } catch {
            guard error.code == .unknownColumn || error.code == .unknownTable,
                case .select(let select) = query.body, let from = select.from, query.isBare,
                select.groupBy == nil, select.having == nil, select.qualify == nil
            else { throw error }
            return try correlatedScalar(select, from, outer, span)
        }
    }

    /// The right side of CROSS JOIN LATERAL: aggregates over the rows that equalities tie to a row of the left side.
    mutating func lateralAggregate(
        _ select: Select, _ from: TableRef, _ outer: Scope, _ span: SourceSpan
    ) throws(SQLError) -> RowQuery {
        let (input, scope) = try bind(from, hints: select.hints)
        let (plan, pairs) = try correlation(select.where, input, scope, outer)
        return try correlatedAggregate(try expand(select.items, scope), plan, scope, pairs, span)
    }

    /// Whether the query has a row that equals `value`, an expression over aggregates: its distinct values, to be joined.
    mutating func matches(
        _ value: BoundExpr, _ query: Query, _ span: SourceSpan
    ) throws(SQLError) -> RowQuery {
        let plan = try bind(query)
        try checkOneColumn(plan.fields.count, span)
        guard case .call("=", let sides) = try call("=", [value, plan.column(0)], span).kind, sides.count == 2
        else { throw unsupported("IN of an aggregate of this type", span) }
        let items = try distinct(plan.projecting([sides[1]], names: ["$item"]))
        let found = BoundExpr.literal(.bool(true), .boolean.notNull)
        var result = RowQuery(
            plan: items.projecting([items.column(0), found], names: ["$item", "$found"]), values: [1],
            span: span)
        result.keys = [(sides[0], 0)]
        return result
    }

    private func checkOneColumn(_ count: Int, _ span: SourceSpan) throws(SQLError) {
        guard count != 1 else { return }
        throw SQLError(
            .columnMismatch, "a sub-query as a value must have one column, this one has \(count)", span: span)
    }

    /// The last column of `plan`, once per value of the first `keys` columns.
    private func singleValue(_ plan: LogicalPlan, keys: Int) throws(SQLError) -> LogicalPlan {
        let collector = AggregateCollector(hasGroupBy: false)
        let function = FunctionCall(name: ObjectName("SINGLE_VALUE"))
        let value = plan.column(plan.fields.count - 1)
        _ = try collector.add(
            "SINGLE_VALUE", [value], function: function, filter: nil, order: [],
            span: plan.span ?? SourceSpan(0, 0), self)
        var grouping = Grouping()
        grouping.keys = (0..<keys).map { plan.column($0) }
        grouping.sets = [Array(0..<keys)]
        return try GroupedPlan(plan, Scope(plan: plan, name: nil), grouping, collector, self).build().plan
    }

    // MARK: Sub-queries that speak of the outer query

    private mutating func correlatedScalar(
        _ select: Select, _ from: TableRef, _ outer: Scope, _ span: SourceSpan
    ) throws(SQLError) -> RowQuery {
        let (input, scope) = try bind(from, hints: select.hints)
        let (plan, pairs) = try correlation(select.where, input, scope, outer)
        let items = try expand(select.items, scope)
        try checkOneColumn(items.count, span)
        let keys = pairs.map(\.inner)
        guard isAggregation(select, items, []) else {
            var binder = ExpressionBinder(self, scope)
            let value = try bind(items, &binder)[0]
            let names = keys.indices.map { "$key\($0)" } + [items[0].name]
            var rows = plan.projecting(keys + [value], names: names)
            if select.isDistinct { rows = try distinct(rows) }
            let single = try singleValue(rows, keys: keys.count)
            return RowQuery(
                plan: single, values: [keys.count],
                keys: pairs.enumerated().map { ($0.element.outer, $0.offset) },
                span: span)
        }
        return try correlatedAggregate(items, plan, scope, pairs, span)
    }

    /// `outer = inner` pairs of a WHERE, its other conditions applied to the input.
    private mutating func correlation(
        _ condition: Expr?, _ input: LogicalPlan, _ scope: Scope, _ outer: Scope
    ) throws(SQLError) -> (LogicalPlan, [(outer: BoundExpr, inner: BoundExpr)]) {
        let width = outer.fields.count
        var joint = outer.joined(scope)
        joint.innermost = width..<joint.fields.count
        var own: [BoundExpr] = []
        var pairs: [(outer: BoundExpr, inner: BoundExpr)] = []
        for part in condition.map({ Binder.conjuncts(of: $0) }) ?? [] {
            var binder = ExpressionBinder(self, joint)
            let bound = try binder.bindCondition(part, "WHERE")
            if bound.referencedColumns.allSatisfy({ $0 >= width }) {
                own.append(bound.remappingColumns { $0 - width })
            } else if let pair = pair(bound, width) {
                pairs.append(pair)
            } else {
                throw unsupported(
                    "an aggregating sub-query that is tied to the outer query by more than equalities",
                    part.span)
            }
        }
        guard let predicate = try conjunction(own) else { return (input, pairs) }
        return (LogicalPlan(.filter(input, predicate), input.fields, span: predicate.span), pairs)
    }

    private func pair(_ condition: BoundExpr, _ width: Int) -> (outer: BoundExpr, inner: BoundExpr)? {
        guard case .call("=", let sides) = condition.kind, sides.count == 2 else { return nil }
        for (a, b) in [(sides[0], sides[1]), (sides[1], sides[0])] {
            let outer = a.referencedColumns
            let inner = b.referencedColumns
            if outer.allSatisfy({ $0 < width }), !inner.isEmpty, inner.allSatisfy({ $0 >= width }) {
                return (a, b.remappingColumns { $0 - width })
            }
        }
        return nil
    }

    private mutating func correlatedAggregate(
        _ items: [Item], _ plan: LogicalPlan, _ scope: Scope,
        _ pairs: [(outer: BoundExpr, inner: BoundExpr)], _ span: SourceSpan
    ) throws(SQLError) -> RowQuery {
        let collector = AggregateCollector(hasGroupBy: false)
        var binder = ExpressionBinder(self, scope, aggregates: collector)
        let exprs = try bind(items, &binder)
        var grouping = Grouping()
        for pair in pairs where !grouping.keys.contains(pair.inner) { grouping.keys.append(pair.inner) }
        grouping.sets = [Array(grouping.keys.indices)]
        let aggregated = try GroupedPlan(plan, scope, grouping, collector, self).build()
        let resolved = try aggregated.resolve(exprs)
        let keys = grouping.keys.indices.map { aggregated.plan.column($0) }
        let marker = BoundExpr.literal(.bool(true), .boolean.notNull)
        let names = keys.indices.map { "$key\($0)" } + items.map(\.name) + ["$found"]
        let plan = aggregated.plan.projecting(keys + resolved + [marker], names: names)
        var query = RowQuery(plan: plan, values: resolved.indices.map { keys.count + $0 }, span: span)
        for pair in pairs {
            query.keys.append((pair.outer, grouping.keys.firstIndex(of: pair.inner) ?? 0))
        }
        query.absent = (
            keys.count + resolved.count,
            resolved.map { overNothing($0, collector, callBase: aggregated.callBase) }
        )
        return query
    }

    /// The value of an expression over aggregates when there is nothing to aggregate: counts are 0, all else is NULL.
    private func overNothing(
        _ value: BoundExpr, _ collector: AggregateCollector, callBase: Int
    ) -> BoundExpr {
        let empty = value.rewriting { part in
            guard case .column(let index) = part.kind else { return part }
            let call = index - callBase
            let counts: Set<String> = ["COUNT", "APPROX_COUNT_DISTINCT", "REGR_COUNT"]
            if collector.calls.indices.contains(call), counts.contains(collector.calls[call].name) {
                return .literal(.int64(0), part.type, span: part.span)
            }
            return .literal(.null, part.type.nullable(), span: part.span)
        }
        return ConstantFolding.fold(empty, registry: environment.functions)
    }
}

extension Query {
    /// Nothing but its body.
    var isBare: Bool { with.isEmpty && orderBy.isEmpty && limit == nil && offset == nil }
}

extension LogicalPlan {
    /// Exactly one row, whatever the input: an aggregation without keys, or a constant row.
    fileprivate var hasOneRow: Bool {
        switch kind {
        case .values(let rows): return rows.count == 1
        case .aggregate(_, let node): return node.keys.isEmpty
        case .project(let input, _): return input.hasOneRow
        default: return false
        }
    }
}
