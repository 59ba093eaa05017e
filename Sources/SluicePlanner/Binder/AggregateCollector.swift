import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// Gathers the aggregate calls of one SELECT, with its GROUP BY.
///
/// While expressions are bound, a call stands as a placeholder column from `callBase` on, GROUPING and its kin from
/// `groupingBase`, the auxiliary functions of an old group window from `propertyBase`, scalar sub-queries from
/// `scalarBase`. `GroupedPlan` puts the real
/// columns in when the layout of the aggregation is known.
final class AggregateCollector {
    static let callBase = 1 << 40
    static let groupingBase = 1 << 41
    static let propertyBase = 1 << 42
    static let scalarBase = 1 << 43

    struct Order: Hashable {
        var expr: BoundExpr
        var descending: Bool
        var nullsFirst: Bool?
    }

    struct Call: Hashable {
        var name: String
        var arguments: [BoundExpr]
        var isDistinct: Bool
        var filter: BoundExpr?
        var ignoreNulls: Bool
        var order: [Order]
        var type: DataType
    }

    /// `GROUPING(a)`, `GROUPING_ID(a, b)`, `GROUP_ID()` over expressions of GROUP BY.
    struct GroupingCall: Hashable {
        var name: String
        var arguments: [BoundExpr]
    }

    var calls: [Call] = []
    var groupings: [GroupingCall] = []
    /// The old group window of this GROUP BY, once found.
    var window: LegacyWindow?
    var usedProperties: [WindowAggregateNode.Property] = []
    /// Sub-queries as values, joined to the aggregation's result.
    var scalars: [Binder.RowQuery] = []
    let hasGroupBy: Bool

    init(hasGroupBy: Bool) { self.hasGroupBy = hasGroupBy }

    func add(
        _ name: String, _ arguments: [BoundExpr], function: FunctionCall, filter: BoundExpr?, order: [Order],
        span: SourceSpan, _ binder: Binder
    ) throws(SQLError) -> BoundExpr {
        guard let definition = binder.environment.aggregates.find(name) else {
            throw SQLError(.unknownFunction, "aggregate function \"\(name)\" does not exist", span: span)
        }
        // Parameters behind the first argument are read by the typing rule: ARRAY[0.25, 0.5] must be a constant.
        let arguments = arguments.enumerated().map { index, argument in
            index == 0 ? argument : ConstantFolding.fold(argument, registry: binder.environment.functions)
        }
        let site = CallSite(name: name, arguments: arguments, span: span)
        var type: DataType
        do {
            type = try definition.resolve(site, function.isDistinct)
        } catch {
            throw error.at(span)
        }
        // Without GROUP BY, and under FILTER, nothing may be left to aggregate.
        if name != "COUNT", !hasGroupBy || filter != nil { type.isNullable = true }
        let call = Call(
            name: name, arguments: arguments, isDistinct: function.isDistinct, filter: filter,
            ignoreNulls: function.nullTreatment == .ignore, order: order, type: type)
        let index: Int
        if let known = calls.firstIndex(of: call) {
            index = known
        } else {
            index = calls.count
            calls.append(call)
        }
        return .column(AggregateCollector.callBase + index, type, span: span)
    }

    func scalar(at span: SourceSpan) -> BoundExpr? {
        guard let index = scalars.firstIndex(where: { $0.span == span }) else { return nil }
        return .column(AggregateCollector.scalarBase + index, scalars[index].type, span: span)
    }

    /// GROUPING and the auxiliary functions of group windows; nil for any other call.
    func bindAuxiliary(
        _ function: FunctionCall, _ name: String, _ span: SourceSpan, _ binder: inout ExpressionBinder
    ) throws(SQLError) -> BoundExpr? {
        switch name {
        case "GROUPING", "GROUPING_ID", "GROUP_ID":
            guard hasGroupBy else { return nil }
            if name != "GROUP_ID" && function.arguments.isEmpty {
                throw SQLError(
                    .argumentCount, "\"\(name)\" needs a column of GROUP BY as its argument", span: span)
            }
            let grouping = GroupingCall(name: name, arguments: try binder.bind(all: function.arguments))
            groupings.append(grouping)
            return .column(AggregateCollector.groupingBase + groupings.count - 1, .bigint.notNull, span: span)
        default: break
        }
        guard let window, let (kind, property) = LegacyWindow.auxiliary(name) else { return nil }
        guard kind == window.functionName else {
            throw SQLError(.invalidWindow, "\(name) needs \(kind) in GROUP BY", span: span)
        }
        let repeated = try LegacyWindow.bind(kind, function, &binder, span)
        guard repeated.spec == window.spec && repeated.time == window.time else {
            throw SQLError(
                .invalidWindow, "\(name) must repeat the arguments of \(kind) in GROUP BY", span: span)
        }
        return try placeholder(property, span)
    }

    func legacyColumn(_ path: [Identifier]) -> BoundExpr? { nil }

    private func placeholder(
        _ property: WindowAggregateNode.Property, _ span: SourceSpan
    ) throws(SQLError) -> BoundExpr {
        guard let window else { throw SQLError(.invalidWindow, "no group window is in GROUP BY", span: span) }
        if property == .rowtime && window.time.isProctime {
            throw SQLError(
                .invalidWindow, "\(window.functionName)_ROWTIME needs an event time attribute", span: span)
        }
        if !usedProperties.contains(property) { usedProperties.append(property) }
        let index = usedProperties.firstIndex(of: property) ?? 0
        return .column(AggregateCollector.propertyBase + index, window.type(of: property), span: span)
    }
}
