import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// Sub-queries as values, `(SELECT …)` in a select list, WHERE, HAVING or ORDER BY: a left join with the sub-query, of
/// which one column stands for the value. More than one row for a value fails at run time (`SINGLE_VALUE`).
///
/// A sub-query may speak of the outer query by equalities in its WHERE. It is computed for all values of its side of
/// them at once, as in Kim, "On Optimizing an SQL-like Nested Query" (TODS 1982), and joined on them.
extension Binder {
    /// A sub-query that gives one value per row of the outer query.
    struct ScalarQuery {
        var plan: LogicalPlan
        /// The column of `plan` with the value.
        var value: Int
        /// An outer expression and the column of `plan` that must equal it.
        var keys: [(outer: BoundExpr, inner: Int)] = []
        /// A column of `plan` that is never NULL, and the value where no row matches, unless that is NULL.
        var absent: (marker: Int, value: BoundExpr)?
        var span: SourceSpan

        var type: DataType {
            let type = plan.fields[value].type
            return absent == nil ? type.nullable() : type
        }
    }

    /// Joins the scalar sub-queries in `exprs` to the plan; in the scope they are found by their place in the text.
    mutating func attachScalars(
        in exprs: [Expr], _ plan: LogicalPlan, _ scope: Scope
    ) throws(SQLError) -> (LogicalPlan, Scope) {
        var plan = plan
        var scope = scope
        for expr in exprs {
            for (query, place) in ScalarQuerySearch.found(in: expr) {
                let scalar = try scalarQuery(query, scope, place.span)
                plan = try attach(scalar, to: plan, keys: scalar.keys.map(\.outer))
                scope.append(plan.fields[plan.fields.count - 1], at: place.span)
            }
        }
        return (plan, scope)
    }

    /// The plan with one more column, the value. `keys` are the outer sides over the plan's columns.
    func attach(
        _ scalar: ScalarQuery, to plan: LogicalPlan, keys: [BoundExpr]
    ) throws(SQLError) -> LogicalPlan {
        let width = plan.fields.count
        var conditions: [BoundExpr] = []
        for (outer, key) in zip(keys, scalar.keys) {
            let inner = BoundExpr.column(width + key.inner, scalar.plan.fields[key.inner].type)
            conditions.append(try call("=", [outer, inner], scalar.span))
        }
        var fields = plan.fields.map(\.plain)
        fields += scalar.plan.fields.map { PlanField($0.name, $0.type.nullable()) }
        let node = LogicalPlan.Join(type: .left, condition: try conjunction(conditions))
        let joined = LogicalPlan(.join(plan, scalar.plan, node), fields, span: scalar.span)
        var value = joined.column(width + scalar.value)
        if let absent = scalar.absent {
            let isAbsent = try call("IS NULL", [joined.column(width + absent.marker)], scalar.span)
            let branch = BoundExpr.Branch(isAbsent, absent.value)
            value = BoundExpr(.caseWhen([branch], otherwise: value), scalar.type, span: scalar.span)
        }
        let kept = Array(joined.identityExprs.prefix(width)) + [value]
        return joined.projecting(kept, names: plan.fields.map(\.name) + ["$value\(width)"])
    }

    mutating func scalarQuery(
        _ query: Query, _ outer: Scope, _ span: SourceSpan
    ) throws(SQLError) -> ScalarQuery {
        do {
            let plan = try bind(query)
            try checkOneColumn(plan.fields.count, span)
            let single = plan.hasOneRow ? plan : try singleValue(plan, keys: 0)
            return ScalarQuery(plan: single, value: 0, span: span)
        } catch {
            guard error.code == .unknownColumn || error.code == .unknownTable,
                case .select(let select) = query.body, let from = select.from, query.isBare,
                select.groupBy == nil, select.having == nil, select.qualify == nil
            else { throw error }
            return try correlatedScalar(select, from, outer, span)
        }
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
    ) throws(SQLError) -> ScalarQuery {
        let (input, scope) = try bind(from, hints: select.hints)
        let (plan, pairs) = try correlation(select.where, input, scope, outer)
        let items = try expand(select.items, scope)
        try checkOneColumn(items.count, span)
        let keys = pairs.map(\.inner)
        guard isAggregation(select, items, []) else {
            var binder = ExpressionBinder(self, scope)
            let value = try bind(items, &binder)[0]
            let names = keys.indices.map { "$key\($0)" } + [items[0].name]
            let single = try singleValue(plan.projecting(keys + [value], names: names), keys: keys.count)
            return ScalarQuery(
                plan: single, value: keys.count, keys: pairs.enumerated().map { ($0.element.outer, $0.offset) },
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
                    "a sub-query as a value that is tied to the outer query by more than equalities", part.span)
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
    ) throws(SQLError) -> ScalarQuery {
        let collector = AggregateCollector(hasGroupBy: false)
        var binder = ExpressionBinder(self, scope, aggregates: collector)
        let value = try bind(items, &binder)[0]
        var grouping = Grouping()
        for pair in pairs where !grouping.keys.contains(pair.inner) { grouping.keys.append(pair.inner) }
        grouping.sets = [Array(grouping.keys.indices)]
        let aggregated = try GroupedPlan(plan, scope, grouping, collector, self).build()
        let resolved = try aggregated.resolve(value)
        let keys = grouping.keys.indices.map { aggregated.plan.column($0) }
        let marker = BoundExpr.literal(.bool(true), .boolean.notNull)
        let names = keys.indices.map { "$key\($0)" } + [items[0].name, "$found"]
        var scalar = ScalarQuery(
            plan: aggregated.plan.projecting(keys + [resolved, marker], names: names), value: keys.count,
            span: span)
        for pair in pairs {
            scalar.keys.append((pair.outer, grouping.keys.firstIndex(of: pair.inner) ?? 0))
        }
        let empty = overNothing(resolved, collector, callBase: aggregated.callBase)
        if empty.literalValue?.isNull != true { scalar.absent = (keys.count + 1, empty) }
        return scalar
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
    fileprivate var isBare: Bool { with.isEmpty && orderBy.isEmpty && limit == nil && offset == nil }
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
