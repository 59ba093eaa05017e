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
        _ input: LogicalPlan, _ scope: Scope, _ grouping: Grouping, _ collector: AggregateCollector,
        _ binder: Binder
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
        /// Where the values of scalar sub-queries follow, once they are joined.
        let scalarBase: Int
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
            if index >= AggregateCollector.scalarBase {
                return .column(scalarBase + index - AggregateCollector.scalarBase, expr.type, span: expr.span)
            }
            if index >= AggregateCollector.propertyBase {
                return .column(
                    propertyBase + index - AggregateCollector.propertyBase, expr.type, span: expr.span)
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
                        .grouping, "the arguments of \(call.name) must stand in GROUP BY", span: argument.span
                    )
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
            propertyBase: keyColumns.count + calls.count, scalarBase: plan.fields.count, fields: scope.fields,
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
        _ source: LogicalPlan, _ window: LegacyWindow, _ timeColumn: Int, _ keys: [Int],
        _ calls: [AggregateCall]
    ) -> LogicalPlan {
        var time = window.time
        time.column = timeColumn
        let node = WindowAggregateNode(
            window: window.spec, time: time, keys: keys, aggregates: calls,
            properties: collector.usedProperties,
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
