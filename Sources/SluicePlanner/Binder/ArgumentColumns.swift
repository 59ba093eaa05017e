import SluiceBase
import SluiceColumns
import SluiceExpressions

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

    mutating func aggregate(_ call: AggregateCollector.Call, _ binder: Binder) throws(SQLError)
        -> AggregateCall
    {
        var columns: [Int] = []
        var types: [DataType] = []
        var literals: [Datum] = []
        for (index, argument) in call.arguments.enumerated() {
            if index > 0,
                let value = ConstantFolding.fold(argument, registry: binder.environment.functions)
                    .literalValue
            {
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
                SortKey(
                    column: argumentColumn(item.expr), descending: item.descending,
                    nullsFirst: item.nullsFirst))
        }
        return AggregateCall(
            name: call.name, arguments: columns, argumentTypes: types, literals: literals,
            isDistinct: call.isDistinct, filter: filter, ignoreNulls: call.ignoreNulls, order: order,
            type: call.type)
    }

    private mutating func argumentColumn(_ expr: BoundExpr) -> Int {
        if let known = exprs[keyCount...].firstIndex(of: expr) { return known }
        exprs.append(expr)
        return exprs.count - 1
    }

    func projection(over input: LogicalPlan) -> LogicalPlan {
        let names = exprs.enumerated().map { index, expr in
            if case .column(let column) = expr.kind, column < input.fields.count {
                return input.fields[column].name
            }
            return "$f\(index)"
        }
        return input.projecting(exprs, names: names)
    }
}
