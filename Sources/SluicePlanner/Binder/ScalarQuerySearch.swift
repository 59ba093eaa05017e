import SluiceBase
import SluiceSyntax

/// The sub-queries that give a value to an expression, not those inside other sub-queries.
struct ScalarQuerySearch {
    let environment: PlannerEnvironment

    func found(in expr: Expr) throws(SQLError) -> [(query: Query, span: SourceSpan)] {
        var found: [(query: Query, span: SourceSpan)] = []
        var open = [expr]
        while let next = open.popLast() {
            if case .scalarQuery(let query) = next.kind { found.append((query, next.span)) }
            found += try SubqueryTruth.queries(of: next, environment)
            open += next.operands.reversed()
        }
        return found
    }

    func found(in exprs: [Expr]) throws(SQLError) -> [(query: Query, span: SourceSpan)] {
        var all: [(query: Query, span: SourceSpan)] = []
        for expr in exprs { all += try found(in: expr) }
        return all
    }
}
