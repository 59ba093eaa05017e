import SluiceBase
import SluiceExpressions
import SluiceSyntax

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
                    throw SQLError(
                        .invalidWindow, "only one group window can stand in GROUP BY", span: expr.span)
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

    private mutating func unit(_ element: GroupingElement, _ binder: inout ExpressionBinder) throws(SQLError)
        -> [Int]
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
