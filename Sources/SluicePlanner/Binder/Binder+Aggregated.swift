import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// The aggregation node: one that updates, or one that fires with the watermark.
extension Binder {
    func spanOf(_ exprs: [BoundExpr]) -> SourceSpan? {
        let spans = exprs.compactMap(\.span)
        guard let first = spans.first else { return nil }
        return spans.dropFirst().reduce(first) { $0.union($1) }
    }

    /// An aggregation by columns; with both window columns among them, and in streaming mode, one that fires with
    /// the watermark (W10). Output: keys in order, then the results.
    func aggregated(
        _ source: LogicalPlan, _ keys: [Int], _ calls: [AggregateCall]
    ) throws(SQLError) -> LogicalPlan {
        let callFields = calls.enumerated().map { PlanField("$agg\($0.offset)", $0.element.type) }
        if isStreaming, let windowed = try windowAggregated(source, keys, calls, callFields) {
            return windowed
        }
        let fields = keys.map { key in
            isStreaming ? source.fields[key].plain : source.fields[key]
        }
        return LogicalPlan(
            .aggregate(source, LogicalPlan.Aggregate(keys: keys, calls: calls)), fields + callFields,
            span: source.span)
    }

    private func windowAggregated(
        _ source: LogicalPlan, _ keys: [Int], _ calls: [AggregateCall], _ callFields: [PlanField]
    ) throws(SQLError) -> LogicalPlan? {
        guard let (start, end, role) = windowColumns(source, keys) else { return nil }
        if case .hop(let slide, let size, _) = role.window, size % slide != 0 {
            throw SQLError(
                .invalidWindow, "the size of HOP must be a whole multiple of its slide when it is aggregated",
                span: source.span, hint: "batch mode and GROUP BY HOP(…) have no such limit")
        }
        let plainKeys = keys.filter { source.fields[$0].window?.window != role.window }
        var properties: [WindowAggregateNode.Property] = []
        var propertyFields: [PlanField] = []
        // Where each key of the result stands in the operator's output.
        var places: [Int] = []
        for key in keys {
            guard let part = source.fields[key].window, part.window == role.window else {
                places.append(plainKeys.firstIndex(of: key) ?? 0)
                continue
            }
            let property = property(of: part)
            if !properties.contains(property) {
                properties.append(property)
                propertyFields.append(source.fields[key])
            }
            places.append(plainKeys.count + calls.count + (properties.firstIndex(of: property) ?? 0))
        }
        let node = WindowAggregateNode(
            window: .attached(start: start, end: end),
            time: WindowTime(column: end, isLTZ: role.isLTZ, isProctime: role.isProctime), keys: plainKeys,
            aggregates: calls, properties: properties, consumesRetractions: false)
        let fields = plainKeys.map { source.fields[$0].plain } + callFields + propertyFields
        let plan = LogicalPlan(.windowAggregate(source, node), fields, span: source.span)
        let order = places + calls.indices.map { plainKeys.count + $0 }
        return plan.projecting(order.map { plan.column($0) }, names: order.map { plan.fields[$0].name })
    }

    private func property(of role: WindowRole) -> WindowAggregateNode.Property {
        switch role.part {
        case .start: return .start
        case .end: return .end
        case .time: return role.isProctime ? .proctime : .rowtime
        }
    }

    /// Both bounds of one window among the keys.
    private func windowColumns(_ source: LogicalPlan, _ keys: [Int]) -> (Int, Int, WindowRole)? {
        for start in keys {
            guard let role = source.fields[start].window, role.part == .start else { continue }
            for end in keys {
                guard let other = source.fields[end].window else { continue }
                if other.part == .end && other.window == role.window { return (start, end, role) }
            }
        }
        return nil
    }

    /// SELECT DISTINCT over both window columns fires with the watermark, too.
    func windowDistinct(_ plan: LogicalPlan) throws(SQLError) -> LogicalPlan? {
        guard isStreaming else { return nil }
        let keys = Array(plan.fields.indices)
        guard windowColumns(plan, keys) != nil else { return nil }
        return try aggregated(plan, keys, [])
    }
}
