import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// IN, NOT IN, EXISTS, NOT EXISTS and comparisons with ANY and ALL, with a sub-query as conditions of WHERE: semi and anti joins.
///
/// A sub-query may speak of the outer query in its WHERE, as long as it is a plain SELECT … FROM … WHERE.
extension Binder {
    /// The rows that meet a WHERE condition.
    mutating func filtered(
        _ plan: LogicalPlan, _ scope: Scope, by condition: Expr
    ) throws(SQLError) -> LogicalPlan {
        var plain: [BoundExpr] = []
        var tests: [SubqueryTest] = []
        for part in Binder.conjuncts(of: condition) {
            if let test = SubqueryTest(part, environment) {
                tests.append(test)
                continue
            }
            var binder = ExpressionBinder(self, scope)
            plain.append(try binder.bindCondition(part, "WHERE"))
        }
        var result = plan
        if let predicate = try conjunction(plain) {
            result = LogicalPlan(.filter(result, predicate), result.fields, span: condition.span)
        }
        for test in tests { result = try join(result, scope, test) }
        return result
    }

    /// A WHERE without the tests that become semi joins.
    func valueParts(of condition: Expr) -> [Expr] {
        var parts: [Expr] = []
        for part in Binder.conjuncts(of: condition) {
            if let test = SubqueryTest(part, environment) {
                parts += [test.value].compactMap { $0 }
            } else {
                parts.append(part)
            }
        }
        return parts
    }

    static func conjuncts(of condition: Expr) -> [Expr] {
        var parts: [Expr] = []
        var rest = condition
        while case .binary(.and, let left, let right) = rest.kind {
            parts.append(right)
            rest = left
        }
        parts.append(rest)
        return parts.reversed()
    }

    private mutating func join(
        _ plan: LogicalPlan, _ scope: Scope, _ test: SubqueryTest
    ) throws(SQLError) -> LogicalPlan {
        let inner = try subquery(test.query, scope)
        let width = scope.fields.count
        var conditions = inner.conditions
        if let comparison = test.comparison {
            let condition = try self.condition(test, comparison, scope, inner, width)
            let node = LogicalPlan.Join(
                type: test.isNegated == comparison.isAll ? .semi : .anti,
                condition: try conjunction([condition] + conditions))
            return LogicalPlan(.join(plan, inner.plan, node), plan.fields.map(\.plain), span: test.span)
        }
        if let value = test.value {
            let parts = try equalities(value, scope, inner, width, test.span)
            if !test.isNegated {
                for part in parts { try refuseTextKeys(part, width) }
            } else if let undecided = try matchesOrNulls(parts, isTied: !conditions.isEmpty) {
                return try anti(plan, inner, undecided + conditions, test.span)
            }
            conditions = parts + conditions
        }
        var type: JoinNode.JoinType = test.isNegated ? .anti : .semi
        if test.isNegated && test.value != nil { type = .nullAwareAnti }
        let node = LogicalPlan.Join(type: type, condition: try conjunction(conditions))
        return LogicalPlan(.join(plan, inner.plan, node), plan.fields.map(\.plain), span: test.span)
    }

    private func anti(
        _ plan: LogicalPlan, _ inner: Subquery, _ conditions: [BoundExpr], _ span: SourceSpan
    ) throws(SQLError) -> LogicalPlan {
        let node = LogicalPlan.Join(type: .anti, condition: try conjunction(conditions))
        return LogicalPlan(.join(plan, inner.plan, node), plan.fields.map(\.plain), span: span)
    }

    /// `x = y OR x IS NULL OR y IS NULL` for each equality of a NOT IN that a join of its own kind cannot tell apart: one
    /// that is tied to the outer query, whose ties must be true while its equalities may be unknown; one that compares a
    /// text with another type, where a text that is no such value equals nothing, while the NULL that its cast gives
    /// would leave NOT IN undecided. Nil: the equalities can stand as they are.
    private func matchesOrNulls(
        _ equalities: [BoundExpr], isTied: Bool
    ) throws(SQLError) -> [BoundExpr]? {
        var isNeeded = isTied
        var undecided: [BoundExpr] = []
        for equality in equalities {
            guard case .call("=", let sides) = equality.kind, sides.count == 2 else { return nil }
            if sides[0].type.kind.isCharacter != sides[1].type.kind.isCharacter { isNeeded = true }
            var parts = [equality]
            for side in sides {
                var operand = side
                if case .cast(let inner, .tryCast) = side.kind, inner.span == side.span {
                    operand = inner
                    isNeeded = true
                }
                parts.append(try call("IS NULL", [operand], equality.span))
            }
            undecided.append(try call("OR", parts, equality.span))
        }
        return isNeeded ? undecided : nil
    }

    /// What one row of the sub-query must show to decide `x > ANY (…)` or `x > ALL (…)`: the first looks for a row for
    /// which the comparison is true, the second for one for which it is not.
    private mutating func condition(
        _ test: SubqueryTest, _ comparison: SubqueryTest.Comparison, _ scope: Scope, _ inner: Subquery,
        _ width: Int
    ) throws(SQLError) -> BoundExpr {
        guard let value = test.value, inner.outputs.count == 1 else {
            throw SQLError(
                .columnMismatch,
                "\(comparison.op.rawValue) compares one value with a sub-query of \(inner.outputs.count) columns",
                span: test.span)
        }
        var binder = ExpressionBinder(self, scope)
        let left = try binder.bind(value)
        let column = inner.outputs[0]
        let right = BoundExpr.column(width + column, inner.plan.fields[column].type, span: test.span)
        let compared = try call(comparison.op.rawValue, [left, right], test.span)
        switch (comparison.isAll, test.isNegated) {
        case (false, false): return compared
        case (false, true): return try call("IS NOT FALSE", [compared], test.span)
        case (true, false): return try call("IS NOT TRUE", [compared], test.span)
        case (true, true): return try call("IS FALSE", [compared], test.span)
        }
    }

    /// `x = column` for the value or values before IN.
    private mutating func equalities(
        _ value: Expr, _ scope: Scope, _ inner: Subquery, _ width: Int, _ span: SourceSpan
    ) throws(SQLError) -> [BoundExpr] {
        var values = [value]
        if case .row(let items, _) = value.kind { values = items }
        guard values.count == inner.outputs.count else {
            throw SQLError(
                .columnMismatch,
                "IN compares \(values.count) value(s) with a sub-query of \(inner.outputs.count) column(s)",
                span: span)
        }
        var parts: [BoundExpr] = []
        for (expr, column) in zip(values, inner.outputs) {
            var binder = ExpressionBinder(self, scope)
            let left = try binder.bind(expr)
            let right = BoundExpr.column(width + column, inner.plan.fields[column].type, span: span)
            do {
                parts.append(try call("=", [left, right], span))
            } catch {
                throw SQLError(
                    .typeMismatch, "IN compares \(left.type.kind) with a sub-query of \(right.type.kind)",
                    span: expr.span, hint: "add a CAST")
            }
        }
        return parts
    }

    // MARK: The sub-query

    struct Subquery {
        var plan: LogicalPlan
        /// Columns of `plan` that the select list gives.
        var outputs: [Int]
        /// Over the outer columns, then those of `plan`.
        var conditions: [BoundExpr]
    }

    mutating func subquery(_ query: Query, _ scope: Scope) throws(SQLError) -> Subquery {
        do {
            let plan = try bind(query)
            return Subquery(plan: plan, outputs: Array(plan.fields.indices), conditions: [])
        } catch {
            guard error.code == .unknownColumn || error.code == .unknownTable,
                case .select(let select) = query.body, let from = select.from
            else { throw error }
            guard let clause = clauseBeyondWhere(query, select) else {
                return try correlated(select, from, scope)
            }
            var probe = self
            guard let parts = try? probe.tiedParts(select, from, scope), !parts.conditions.isEmpty else {
                throw error
            }
            throw SQLError(
                .unsupported,
                "a sub-query with \(clause) that is tied to the outer query is not supported yet",
                span: query.span,
                hint: "tie it by a join, or leave the \(clause) out where it changes nothing")
        }
    }

    /// What a sub-query has beyond SELECT … FROM … WHERE; nil: it may speak of the outer query.
    private func clauseBeyondWhere(_ query: Query, _ select: Select) -> String? {
        if !query.with.isEmpty { return "WITH" }
        if query.limit != nil { return "LIMIT" }
        if query.offset != nil { return "OFFSET" }
        if select.groupBy != nil { return "GROUP BY" }
        if select.having != nil { return "HAVING" }
        if select.qualify != nil { return "QUALIFY" }
        return AggregateSearch(environment: environment).found(in: select.items) ? "aggregates" : nil
    }

    /// FROM and WHERE of a sub-query: what is tied to the outer query apart from what is not.
    private struct TiedParts {
        var plan: LogicalPlan
        var scope: Scope
        var conditions: [BoundExpr]
    }

    private mutating func tiedParts(
        _ select: Select, _ from: TableRef, _ outer: Scope
    ) throws(SQLError) -> TiedParts {
        let (input, innerScope) = try bind(from, hints: select.hints)
        let width = outer.fields.count
        var scope = outer.joined(innerScope)
        scope.innermost = width..<scope.fields.count
        var own: [BoundExpr] = []
        var conditions: [BoundExpr] = []
        for part in select.where.map({ Binder.conjuncts(of: $0) }) ?? [] {
            var binder = ExpressionBinder(self, scope)
            let bound = try binder.bindCondition(part, "WHERE")
            if bound.referencedColumns.allSatisfy({ $0 >= width }) {
                own.append(bound.remappingColumns { $0 - width })
            } else {
                conditions.append(bound)
            }
        }
        var plan = input
        if let predicate = try conjunction(own) {
            plan = LogicalPlan(.filter(plan, predicate), plan.fields, span: predicate.span)
        }
        return TiedParts(plan: plan, scope: innerScope, conditions: conditions)
    }

    private mutating func correlated(
        _ select: Select, _ from: TableRef, _ outer: Scope
    ) throws(SQLError) -> Subquery {
        let parts = try tiedParts(select, from, outer)
        let plan = parts.plan
        let items = try expand(select.items, parts.scope)
        var binder = ExpressionBinder(self, parts.scope)
        let exprs = try bind(items, &binder)
        let all = plan.identityExprs + exprs
        let outputs = exprs.indices.map { plan.fields.count + $0 }
        let names = plan.fields.map(\.name) + items.map(\.name)
        return Subquery(
            plan: plan.projecting(all, names: names), outputs: outputs, conditions: parts.conditions)
    }
}

/// A condition with a sub-query, negations taken off.
private struct SubqueryTest {
    var query: Query
    /// What stands before IN or the comparison; nil for EXISTS.
    var value: Expr?
    var comparison: Comparison?
    var isNegated: Bool
    var span: SourceSpan

    struct Comparison {
        var op: BinaryOperator
        var isAll: Bool
    }

    /// Nil also for EXISTS over aggregates without groups, which is a constant.
    init?(_ expr: Expr, _ environment: PlannerEnvironment) {
        var inner = expr
        var negations = 0
        while case .unary(.not, let operand) = inner.kind {
            inner = operand
            negations += 1
        }
        span = expr.span
        switch inner.kind {
        case .inQuery(let value, let query, let negated):
            self.value = value
            self.query = query
            isNegated = negated != (negations % 2 == 1)
        case .exists(let query):
            guard AggregateSearch(environment: environment).oneRow(query) == nil else { return nil }
            self.query = query
            isNegated = negations % 2 == 1
        case .quantified(let value, let op, let quantifier, .query(let query)):
            self.value = value
            self.query = query
            comparison = Comparison(op: op, isAll: quantifier == .all)
            isNegated = negations % 2 == 1
        default: return nil
        }
    }
}
