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
        _ select: Select, _ items: [Item], _ input: LogicalPlan, _ scope: Scope, orderBy: [OrderItem],
        limit: RowCount?, offset: RowCount?
    ) throws(SQLError) -> LogicalPlan {
        let collector = AggregateCollector(hasGroupBy: select.groupBy != nil)
        var keyBinder = ExpressionBinder(self, scope)
        let grouping = try Grouping.bind(select.groupBy, &keyBinder, collector)

        var binder = ExpressionBinder(self, scope, aggregates: collector)
        let exprs = try bind(items, &binder)
        var having: BoundExpr?
        if let condition = select.having { having = try binder.bindCondition(condition, "HAVING") }
        // Order items are bound before the layout is fixed, for they may bring aggregate calls of their own.
        for item in orderBy {
            if case .column(let path) = item.expr.kind, path.count == 1, items.contains(where: { $0.name == path[0].name }) {
                continue
            }
            _ = try binder.bind(item.expr)
        }
        let aggregated = try GroupedPlan(input, scope, grouping, collector, self).build()
        let resolved = try aggregated.resolve(exprs)
        var plan = aggregated.plan
        if let having {
            plan = LogicalPlan(.filter(plan, try aggregated.resolve(having)), plan.fields, span: having.span)
        }
        let order = try orderKeys(orderBy, items, resolved, &binder, isDistinct: select.isDistinct) {
            expr throws(SQLError) in try aggregated.resolve(expr)
        }
        return try finish(
            plan, resolved, items.map(\.name), order, isDistinct: select.isDistinct, limit: limit, offset: offset,
            span: orderBy.first?.expr.span)
    }
}

/// Looks for aggregate calls in an expression, not inside OVER and not in sub-queries.
struct AggregateSearch {
    let environment: PlannerEnvironment

    func found(in expr: Expr) -> Bool {
        switch expr.kind {
        case .call(let function):
            if function.over != nil { return false }
            let name = function.name.last.uppercased()
            if environment.aggregates.find(name) != nil, environment.functions.find(name) == nil { return true }
            return function.arguments.contains { found(in: $0) }
        case .unary(_, let operand), .isPredicate(let operand, _, _), .cast(let operand, _, _),
            .field(let operand, _), .interval(let operand, _):
            return found(in: operand)
        case .binary(_, let left, let right), .element(let left, let right):
            return found(in: left) || found(in: right)
        case .between(let value, let low, let high, _, _):
            return found(in: value) || found(in: low) || found(in: high)
        case .inList(let value, let list, _): return found(in: value) || list.contains { found(in: $0) }
        case .like(let value, _, let pattern, let escape, _):
            return found(in: value) || found(in: pattern) || (escape.map { found(in: $0) } ?? false)
        case .caseWhen(let operand, let branches, let otherwise):
            if let operand, found(in: operand) { return true }
            if let otherwise, found(in: otherwise) { return true }
            return branches.contains { branch in
                branch.conditions.contains { found(in: $0) } || found(in: branch.result)
            }
        case .row(let items, _), .array(let items), .map(let items): return items.contains { found(in: $0) }
        case .trim(_, let characters, let source):
            return found(in: source) || (characters.map { found(in: $0) } ?? false)
        default: return false
        }
    }
}

/// GROUP BY: distinct key expressions over the input, and grouping sets as positions in them.
struct Grouping {
    var keys: [BoundExpr] = []
    var sets: [[Int]] = [[]]

    static func bind(
        _ clause: GroupBy?, _ binder: inout ExpressionBinder, _ collector: AggregateCollector
    ) throws(SQLError) -> Grouping {
        var grouping = Grouping()
        guard let clause else { return grouping }
        for element in clause.items {
            if case .expr(let expr) = element, let function = LegacyWindow.isWindow(expr) {
                guard collector.window == nil else {
                    throw SQLError(.invalidWindow, "only one group window can stand in GROUP BY", span: expr.span)
                }
                collector.window = try LegacyWindow.bind(
                    function.name.last.uppercased(), function, &binder, expr.span)
                continue
            }
            let more = try grouping.sets(of: element, &binder)
            grouping.sets = cross(grouping.sets, more)
            guard grouping.sets.count <= 4096 else {
                throw SQLError(.grouping, "GROUP BY has more than 4096 grouping sets", span: clause.span)
            }
        }
        if clause.isDistinct {
            var seen: Set<[Int]> = []
            grouping.sets = grouping.sets.filter { seen.insert($0.sorted()).inserted }
        }
        return grouping
    }

    private static func cross(_ a: [[Int]], _ b: [[Int]]) -> [[Int]] {
        var out: [[Int]] = []
        for left in a {
            for right in b { out.append(left + right.filter { !left.contains($0) }) }
        }
        return out
    }

    private mutating func sets(
        of element: GroupingElement, _ binder: inout ExpressionBinder
    ) throws(SQLError) -> [[Int]] {
        switch element {
        case .expr(let expr): return [[try key(expr, &binder)]]
        case .list(let exprs): return [try keys(exprs, &binder)]
        case .rollup(let parts):
            var units: [[Int]] = []
            for part in parts { units.append(try unit(part, &binder)) }
            return (0...units.count).reversed().map { length in units.prefix(length).flatMap { $0 } }
        case .cube(let parts):
            var units: [[Int]] = []
            for part in parts { units.append(try unit(part, &binder)) }
            guard units.count <= 12 else {
                throw SQLError(.grouping, "CUBE takes at most 12 elements", span: nil)
            }
            return (0..<(1 << units.count)).reversed().map { mask in
                units.indices.filter { mask & (1 << (units.count - 1 - $0)) != 0 }.flatMap { units[$0] }
            }
        case .groupingSets(let parts):
            var out: [[Int]] = []
            for part in parts { out += try sets(of: part, &binder) }
            return out
        }
    }

    private mutating func unit(_ element: GroupingElement, _ binder: inout ExpressionBinder) throws(SQLError) -> [Int]
    {
        switch element {
        case .expr(let expr): return [try key(expr, &binder)]
        case .list(let exprs): return try keys(exprs, &binder)
        default: throw SQLError(.grouping, "grouping sets cannot stand inside ROLLUP or CUBE", span: nil)
        }
    }

    private mutating func keys(_ exprs: [Expr], _ binder: inout ExpressionBinder) throws(SQLError) -> [Int] {
        var out: [Int] = []
        for expr in exprs {
            let index = try key(expr, &binder)
            if !out.contains(index) { out.append(index) }
        }
        return out
    }

    private mutating func key(_ expr: Expr, _ binder: inout ExpressionBinder) throws(SQLError) -> Int {
        if case .row(let items, false) = expr.kind, items.count == 1 { return try key(items[0], &binder) }
        let bound = try binder.bind(expr)
        if let known = keys.firstIndex(of: bound) { return known }
        keys.append(bound)
        return keys.count - 1
    }
}
