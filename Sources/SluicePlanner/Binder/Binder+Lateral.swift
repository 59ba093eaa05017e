import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// `CROSS JOIN LATERAL (SELECT …)` and `LEFT JOIN LATERAL (SELECT …) ON TRUE`: the sub-query may speak of the left side
/// in its WHERE.
extension Binder {
    mutating func lateral(
        _ join: SluiceSyntax.Join, _ query: Query, _ alias: TableAlias?, _ left: LogicalPlan,
        _ leftScope: Scope
    ) throws(SQLError) -> (LogicalPlan, Scope) {
        let keepsLeft = try checkCorrelated(join, "LATERAL")
        let span = join.right.span
        if let (select, from) = aggregate(query), try isTied(query) {
            let rows = try lateralAggregate(select, from, leftScope, span)
            // Flink's CROSS JOIN drops rows with nothing to aggregate, where the standard has one row for them.
            let plan = try attach(rows, to: left, keys: rows.keys.map(\.outer), keepsAll: keepsLeft)
            return try named(plan, alias, left, leftScope, span)
        }
        let inner = try subquery(query, leftScope)
        if !inner.conditions.isEmpty, case .select(let select) = query.body, select.isDistinct {
            throw unsupported("LATERAL with a SELECT DISTINCT that is tied to the left side", span)
        }
        let node = LogicalPlan.Join(
            type: keepsLeft ? .left : .inner, condition: try conjunction(inner.conditions))
        let right = inner.plan.fields.map { PlanField($0.name, keepsLeft ? $0.type.nullable() : $0.type) }
        let joined = LogicalPlan(.join(left, inner.plan, node), left.fields.map(\.plain) + right, span: span)
        let columns = Array(left.fields.indices) + inner.outputs.map { left.fields.count + $0 }
        let plan = joined.projecting(
            columns.map { joined.column($0) }, names: columns.map { joined.fields[$0].name })
        return try named(plan, alias, left, leftScope, span)
    }

    /// True if the query does not stand alone.
    private mutating func isTied(_ query: Query) throws(SQLError) -> Bool {
        do {
            _ = try bind(query)
            return false
        } catch {
            guard error.code == .unknownColumn || error.code == .unknownTable else { throw error }
            return true
        }
    }

    /// A plain SELECT of aggregates over all rows.
    private func aggregate(_ query: Query) -> (Select, TableRef)? {
        guard query.isBare, case .select(let select) = query.body, let from = select.from,
            select.groupBy == nil, select.having == nil, select.qualify == nil, !select.isDistinct
        else { return nil }
        return AggregateSearch(environment: environment).found(in: select.items) ? (select, from) : nil
    }

    /// The columns behind those of the left side under the alias.
    private func named(
        _ plan: LogicalPlan, _ alias: TableAlias?, _ left: LogicalPlan, _ leftScope: Scope, _ span: SourceSpan
    ) throws(SQLError) -> (LogicalPlan, Scope) {
        let width = left.fields.count
        var result = plan
        let count = plan.fields.count - width
        if let alias, !alias.columns.isEmpty {
            guard alias.columns.count == count else {
                throw SQLError(
                    .columnMismatch,
                    "\"\(alias.name.name)\" names \(alias.columns.count) columns, but its query has \(count)",
                    span: alias.name.span)
            }
            for (index, column) in alias.columns.enumerated() {
                result.fields[width + index].name = column.name
            }
        }
        var right = Scope()
        right.fields = Array(result.fields[width...])
        right.tables = [Scope.Table(name: alias?.name.name, path: [], columns: 0..<count)]
        try checkNames(leftScope, right, span)
        var scope = leftScope.joined(right)
        scope.fields = result.fields
        return (result, scope)
    }
}
