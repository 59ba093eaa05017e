import SluiceSyntax

/// The sub-queries that stand as values in an expression, not those inside other sub-queries.
struct ScalarQuerySearch {
    static func found(in expr: Expr) -> [(query: Query, expr: Expr)] {
        var found: [(query: Query, expr: Expr)] = []
        var open = [expr]
        while let next = open.popLast() {
            if case .scalarQuery(let query) = next.kind { found.append((query, next)) }
            open += next.operands.reversed()
        }
        return found
    }
}
