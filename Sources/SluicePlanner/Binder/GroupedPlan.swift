import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// Builds the aggregation of one SELECT and maps expressions over its input to its output.
struct GroupedPlan {
    let input: LogicalPlan
    let scope: Scope
    let grouping: Grouping
    let collector: AggregateCollector
    let binder: Binder

    init(
        _ input: LogicalPlan, _ scope: Scope, _ grouping: Grouping, _ collector: AggregateCollector, _ binder: Binder
    ) {
        self.input = input
        self.scope = scope
        self.grouping = grouping
        self.collector = collector
        self.binder = binder
    }

    /// The aggregation with the place of everything in its output.
    struct Result {
        var plan: LogicalPlan
        let keys: [BoundExpr]
        let keyTypes: [DataType]
        let callBase: Int
        /// The column that numbers the grouping sets, if there are several.
        let setColumn: Int?
        let sets: [[Int]]
        let groupings: [AggregateCollector.GroupingCall]
        let propertyBase: Int
        let fields: [PlanField]
        let functions: FunctionRegistry

        func resolve(_ exprs: [BoundExpr]) throws(SQLError) -> [BoundExpr] {
            var out: [BoundExpr] = []
            for expr in exprs { out.append(try resolve(expr)) }
            return out
        }

        /// An expression over the input, as one over the aggregation's output.
        func resolve(_ expr: BoundExpr) throws(SQLError) -> BoundExpr {
            if let key = keys.firstIndex(of: expr) { return .column(key, keyTypes[key], span: expr.span) }
            switch expr.kind {
            case .literal: return expr
            case .column(let index): return try placeholder(index, expr)
            case .call(let name, let arguments):
                return BoundExpr(.call(name, try resolve(arguments)), expr.type, span: expr.span)
            case .cast(let operand, let mode):
                return BoundExpr(.cast(try resolve(operand), mode), expr.type, span: expr.span)
            case .field(let operand, let index):
                return BoundExpr(.field(try resolve(operand), index), expr.type, span: expr.span)
            case .caseWhen(let branches, let otherwise):
                var out: [BoundExpr.Branch] = []
                for branch in branches {
                    out.append(BoundExpr.Branch(try resolve(branch.condition), try resolve(branch.result)))
                }
                return BoundExpr(
                    .caseWhen(out, otherwise: try resolve(otherwise)), expr.type, span: expr.span)
            }
        }

        private func placeholder(_ index: Int, _ expr: BoundExpr) throws(SQLError) -> BoundExpr {
            if index >= AggregateCollector.propertyBase {
                return .column(propertyBase + index - AggregateCollector.propertyBase, expr.type, span: expr.span)
            }
            if index >= AggregateCollector.groupingBase {
                return try groupingValue(groupings[index - AggregateCollector.groupingBase], expr)
            }
            if index >= AggregateCollector.callBase {
                return .column(callBase + index - AggregateCollector.callBase, expr.type, span: expr.span)
            }
            let name = index < fields.count ? fields[index].name : "?"
            throw SQLError(
                .grouping, "column \"\(name)\" is neither in GROUP BY nor inside an aggregate function",
                span: expr.span,
                hint: "add it to GROUP BY, or choose a value with MIN, MAX, FIRST_VALUE or LAST_VALUE")
        }

        /// GROUPING over the number of the grouping set: a constant per set.
        private func groupingValue(
            _ call: AggregateCollector.GroupingCall, _ expr: BoundExpr
        ) throws(SQLError) -> BoundExpr {
            var positions: [Int] = []
            for argument in call.arguments {
                guard let key = keys.firstIndex(of: argument) else {
                    throw SQLError(
                        .grouping, "the arguments of \(call.name) must stand in GROUP BY", span: argument.span)
                }
                positions.append(key)
            }
            if call.name == "GROUP_ID" { return try perSet(expr) { number in earlierEqualSets(number) } }
            return try perSet(expr) { number in
                positions.reduce(Int64(0)) { value, key in value * 2 + (sets[number].contains(key) ? 0 : 1) }
            }
        }

        private func earlierEqualSets(_ number: Int) -> Int64 {
            Int64(sets.prefix(number).filter { Set($0) == Set(sets[number]) }.count)
        }

        private func perSet(_ expr: BoundExpr, _ value: (Int) -> Int64) throws(SQLError) -> BoundExpr {
            let type = expr.type
            guard let setColumn else { return .literal(.int64(value(0)), type, span: expr.span) }
            var branches: [BoundExpr.Branch] = []
            for number in sets.indices.dropLast() {
                let condition = try functions.call(
                    "=",
                    [
                        .column(setColumn, .int.notNull),
                        .literal(.int32(Int32(truncatingIfNeeded: number)), .int.notNull),
                    ])
                branches.append(BoundExpr.Branch(condition, .literal(.int64(value(number)), type)))
            }
            let last = BoundExpr.literal(.int64(value(sets.count - 1)), type)
            return BoundExpr(.caseWhen(branches, otherwise: last), type, span: expr.span)
        }
    }

    func build() throws(SQLError) -> Result {
        var arguments = ArgumentColumns(keys: grouping.keys)
        var calls: [AggregateCall] = []
        for call in collector.calls { calls.append(try arguments.aggregate(call, binder)) }
        let timeColumn = collector.window.map { arguments.column(input.column($0.time.column)) }
        let below = arguments.projection(over: input)

        let hasSets = grouping.sets.count > 1 || (grouping.sets.first?.count ?? 0) != grouping.keys.count
        let keyCount = grouping.keys.count
        var keyTypes = grouping.keys.map(\.type)
        if hasSets {
            for key in keyTypes.indices where !grouping.sets.allSatisfy({ $0.contains(key) }) {
                keyTypes[key].isNullable = true
            }
        }
        let source = hasSets ? expand(below, keyTypes) : below
        var keyColumns = Array(0..<keyCount)
        if hasSets { keyColumns.append(source.fields.count - 1) }

        var plan: LogicalPlan
        if let window = collector.window {
            plan = legacy(source, window, timeColumn ?? 0, keyColumns, calls)
        } else {
            plan = try binder.aggregated(source, keyColumns, calls)
        }
        plan.span = binder.spanOf(grouping.keys) ?? input.span
        return Result(
            plan: plan, keys: grouping.keys, keyTypes: keyTypes, callBase: keyColumns.count,
            setColumn: hasSets ? keyCount : nil, sets: grouping.sets, groupings: collector.groupings,
            propertyBase: keyColumns.count + calls.count, fields: scope.fields,
            functions: binder.environment.functions)
    }

    /// A row per grouping set, absent keys NULL, the number of the set as last column.
    private func expand(_ below: LogicalPlan, _ keyTypes: [DataType]) -> LogicalPlan {
        var fields = below.fields
        for (key, type) in keyTypes.enumerated() {
            if fields[key].type != type { fields[key] = PlanField(fields[key].name, type) }
        }
        fields.append(PlanField("$set", .int.notNull))
        var lists: [[BoundExpr]] = []
        for (number, set) in grouping.sets.enumerated() {
            var list: [BoundExpr] = []
            for index in below.fields.indices {
                if index < keyTypes.count && !set.contains(index) {
                    list.append(.literal(.null, keyTypes[index]))
                } else {
                    list.append(.column(index, fields[index].type))
                }
            }
            list.append(.literal(.int32(Int32(truncatingIfNeeded: number)), .int.notNull))
            lists.append(list)
        }
        return LogicalPlan(.expand(below, lists), fields, span: below.span)
    }

    private func legacy(
        _ source: LogicalPlan, _ window: LegacyWindow, _ timeColumn: Int, _ keys: [Int], _ calls: [AggregateCall]
    ) -> LogicalPlan {
        var time = window.time
        time.column = timeColumn
        let node = WindowAggregateNode(
            window: window.spec, time: time, keys: keys, aggregates: calls, properties: collector.usedProperties,
            consumesRetractions: false)
        var fields = keys.map { source.fields[$0].plain }
        fields += calls.enumerated().map { PlanField("$agg\($0.offset)", $0.element.type) }
        for property in collector.usedProperties {
            let type = window.type(of: property)
            var field = PlanField("$\(property)", type)
            if property == .rowtime { field.time = .rowtime }
            if property == .proctime { field.time = .proctime }
            fields.append(field)
        }
        return LogicalPlan(.windowAggregate(source, node), fields, span: source.span)
    }
}

/// The columns of the projection below an aggregation: keys first, then arguments, filters and orders, each once.
struct ArgumentColumns {
    private var exprs: [BoundExpr]
    private let keyCount: Int

    init(keys: [BoundExpr]) {
        exprs = keys
        keyCount = keys.count
    }

    mutating func column(_ expr: BoundExpr) -> Int {
        if let known = exprs.firstIndex(of: expr) { return known }
        exprs.append(expr)
        return exprs.count - 1
    }

    mutating func aggregate(_ call: AggregateCollector.Call, _ binder: Binder) throws(SQLError) -> AggregateCall {
        var columns: [Int] = []
        var types: [DataType] = []
        var literals: [Datum] = []
        for (index, argument) in call.arguments.enumerated() {
            if index > 0, let value = ConstantFolding.fold(argument, registry: binder.environment.functions).literalValue {
                literals.append(AggregateLiteral.converted(value, argument.type, of: call.name))
                continue
            }
            // A key may be NULL in a grouping set while the argument is not: arguments have columns of their own.
            columns.append(argumentColumn(argument))
            types.append(argument.type)
        }
        let filter = call.filter.map { argumentColumn($0) }
        var order: [SortKey] = []
        for item in call.order {
            order.append(
                SortKey(column: argumentColumn(item.expr), descending: item.descending, nullsFirst: item.nullsFirst))
        }
        return AggregateCall(
            name: call.name, arguments: columns, argumentTypes: types, literals: literals,
            isDistinct: call.isDistinct, filter: filter, ignoreNulls: call.ignoreNulls, order: order, type: call.type)
    }

    private mutating func argumentColumn(_ expr: BoundExpr) -> Int {
        if let known = exprs[keyCount...].firstIndex(of: expr) { return known }
        exprs.append(expr)
        return exprs.count - 1
    }

    func projection(over input: LogicalPlan) -> LogicalPlan {
        let names = exprs.enumerated().map { index, expr in
            if case .column(let column) = expr.kind, column < input.fields.count { return input.fields[column].name }
            return "$f\(index)"
        }
        return input.projecting(exprs, names: names)
    }
}

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
        if isStreaming, let windowed = try windowAggregated(source, keys, calls, callFields) { return windowed }
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
