import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceSyntax

/// The values of sub-queries, joined to the rows before the expression is bound.
extension ExpressionBinder {
    /// The value of a sub-query: a column that was joined for it before.
    func scalar(_ span: SourceSpan, of expr: Expr) throws(SQLError) -> BoundExpr {
        if let column = scope.scalars[span] {
            return .column(column, scope.fields[column].type, span: expr.span)
        }
        if !isInsideAggregate, let value = aggregates?.scalar(at: span) { return value }
        throw refusal(expr)
    }

    /// `EXISTS (q)` as a value: a count that is not there is one of no rows.
    func existence(_ query: Query, _ expr: Expr) throws(SQLError) -> BoundExpr {
        if AggregateSearch(environment: binder.environment).oneRow(query) != nil {
            return .literal(.bool(true), .boolean.notNull, span: expr.span)
        }
        return try call("IS TRUE", [try scalar(expr.span, of: expr)], expr.span)
    }

    /// `x IN (q)` as a value, from the counts of `SubqueryTruth`.
    mutating func membership(
        _ value: Expr, _ expr: Expr, _ negated: Bool
    ) throws(SQLError) -> BoundExpr {
        let places = SubqueryTruth.Membership(expr.span)
        let isNull = try call("IS NULL", [try bind(value)], expr.span)
        let undecided = try call("OR", [isNull, try scalar(places.hasNull, of: expr)], expr.span)
        let isEmpty = try call("IS NOT TRUE", [try scalar(places.hasRows, of: expr)], expr.span)
        func branch(_ condition: BoundExpr, _ result: Datum) throws(SQLError) -> BoundExpr.Branch {
            BoundExpr.Branch(
                try call("IS TRUE", [condition], expr.span), .literal(result, .boolean, span: expr.span))
        }
        let branches = [
            try branch(try scalar(places.matches, of: expr), .bool(!negated)),
            try branch(isEmpty, .bool(negated)), try branch(undecided, .null),
        ]
        let otherwise = BoundExpr.literal(.bool(negated), .boolean, span: expr.span)
        return BoundExpr(.caseWhen(branches, otherwise: otherwise), .boolean, span: expr.span)
    }
}
