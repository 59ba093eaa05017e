import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// Binds expressions over the columns of a scope.
///
/// With `aggregates` set, aggregate calls are collected there and stand in the result as placeholder columns; see
/// `AggregateCollector`.
struct ExpressionBinder {
    var binder: Binder
    let scope: Scope
    var aggregates: AggregateCollector?
    /// Inside the arguments of an aggregate call.
    var isInsideAggregate = false
    private var depth = 0

    init(_ binder: Binder, _ scope: Scope, aggregates: AggregateCollector? = nil) {
        self.binder = binder
        self.scope = scope
        self.aggregates = aggregates
    }

    mutating func bind(_ expr: Expr) throws(SQLError) -> BoundExpr {
        depth += 1
        defer { depth -= 1 }
        guard depth < 1100 else {
            throw SQLError(.nesting, "the expression is nested too deeply", span: expr.span)
        }
        var bound = try dispatch(expr)
        bound.span = expr.span
        return bound
    }

    mutating func bind(all exprs: [Expr]) throws(SQLError) -> [BoundExpr] {
        var bound: [BoundExpr] = []
        for expr in exprs { bound.append(try bind(expr)) }
        return bound
    }

    /// A condition of WHERE, ON, HAVING or FILTER: BOOLEAN.
    mutating func bindCondition(_ expr: Expr, _ place: String) throws(SQLError) -> BoundExpr {
        try Coercion.condition(try bind(expr), place)
    }

    private mutating func dispatch(_ expr: Expr) throws(SQLError) -> BoundExpr {
        switch expr.kind {
        case .literal(.timestampLTZ(let text)):
            return try Literals.timestamp(
                text, withLocalZone: binder.environment.config.zone, span: expr.span)
        case .literal(let literal): return try LiteralBinder.bind(literal, expr.span)
        case .column(let path): return try column(path, expr.span)
        case .unary(let op, let operand): return try unary(op, operand, expr.span)
        case .binary(.and, _, _): return try call("AND", try bind(all: chain(expr, .and)), expr.span)
        case .binary(.or, _, _): return try call("OR", try bind(all: chain(expr, .or)), expr.span)
        case .binary(let op, let left, let right):
            return try call(op.rawValue, [try bind(left), try bind(right)], expr.span)
        case .isPredicate(let operand, let predicate, let negated):
            let name = "IS " + (negated ? "NOT " : "") + predicate.rawValue
            return try call(name, [try bind(operand)], expr.span)
        case .between, .inList, .like, .caseWhen, .trim, .interval, .quantified: return try special(expr)
        case .cast(let operand, let type, let isTry):
            return try cast(try bind(operand), to: type, isTry: isTry, expr.span)
        case .call(let function): return try bind(function, expr.span)
        case .field(let operand, let name): return try field(try bind(operand), name)
        case .element(let operand, let index):
            return try call("ITEM", [try bind(operand), try bind(index)], expr.span)
        case .row(let items, _): return try call("ROW", try bind(all: items), expr.span)
        case .array(let items): return try call("ARRAY", try bind(all: items), expr.span)
        case .map(let items): return try call("MAP", try bind(all: items), expr.span)
        case .timeUnit(let unit): return text(unit.rawValue, expr.span)
        case .jsonPath(let path): return try bindPath(path, expr.span)
        case .scalarQuery: return try scalar(expr.span, of: expr)
        case .exists(let query): return try existence(query, expr)
        case .inQuery(let value, _, let negated): return try membership(value, expr, negated)
        default: throw refusal(expr)
        }
    }

    /// The operands of `a AND b AND c`, so that long conditions do not nest.
    private func chain(_ expr: Expr, _ op: BinaryOperator) -> [Expr] {
        var operands: [Expr] = []
        var rest = expr
        while case .binary(op, let left, let right) = rest.kind {
            operands.append(right)
            rest = left
        }
        operands.append(rest)
        return operands.reversed()
    }

    func refusal(_ expr: Expr) -> SQLError {
        switch expr.kind {
        case .inQuery, .exists, .scalarQuery:
            return binder.unsupported("a sub-query as a value in this place", expr.span)
        case .quantified:
            return binder.unsupported(
                "a comparison with ANY or ALL of a sub-query inside another expression", expr.span,
                hint: "it can stand in WHERE, joined to other conditions by AND")
        case .arrayQuery, .mapQuery: return binder.unsupported("ARRAY and MAP of a query", expr.span)
        case .star:
            return SQLError(.syntax, "\"*\" can only stand in COUNT(*) or as a select item", span: expr.span)
        case .namedArgument(let name, _):
            return SQLError(
                .argumentCount, "argument name \"\(name.name)\" is not known here", span: expr.span)
        default: return SQLError(.unsupported, "this expression is not allowed here", span: expr.span)
        }
    }

    func call(_ name: String, _ arguments: [BoundExpr], _ span: SourceSpan) throws(SQLError) -> BoundExpr {
        do {
            return try binder.environment.functions.call(name, arguments, span: span)
        } catch {
            throw error.at(span)
        }
    }

    func text(_ value: String, _ span: SourceSpan) -> BoundExpr {
        .literal(
            .string(value), DataType(.char(Swift.max(value.unicodeScalars.count, 1)), nullable: false),
            span: span)
    }

    // MARK: Columns

    private func column(_ path: [Identifier], _ span: SourceSpan) throws(SQLError) -> BoundExpr {
        if let aggregates, let property = aggregates.legacyColumn(path) { return property }
        let found = try scope.resolve(path, span: span)
        let type = scope.fields[found.column].type
        var expr = BoundExpr.column(found.column, type, span: span)
        for name in found.rest { expr = try field(expr, name) }
        return expr
    }

    private func field(_ operand: BoundExpr, _ name: Identifier) throws(SQLError) -> BoundExpr {
        guard case .row(let fields) = operand.type.kind else {
            throw SQLError(
                .unknownColumn, "\"\(name.name)\" is no field: the value before it is \(operand.type.kind)",
                span: name.span)
        }
        guard let index = fields.firstIndex(where: { $0.name == name.name }) else {
            let near = DidYouMean.nearest(name.name, in: fields.map(\.name))
            throw SQLError(
                .unknownColumn, "field \"\(name.name)\" does not exist", span: name.span,
                label: near.map { "did you mean \"\($0)\"?" },
                notes: [SQLError.Note("the row has: " + fields.map(\.name).joined(separator: ", "))])
        }
        var type = fields[index].type
        if operand.type.isNullable { type.isNullable = true }
        return BoundExpr(.field(operand, index), type, span: name.span)
    }

    // MARK: Operators

    private mutating func unary(_ op: UnaryOperator, _ operand: Expr, _ span: SourceSpan) throws(SQLError)
        -> BoundExpr
    {
        switch op {
        case .not: return try call("NOT", [try bind(operand)], span)
        case .plus: return try call("PLUS", [try bind(operand)], span)
        case .minus:
            if case .literal(let literal) = operand.kind,
                let negative = try LiteralBinder.negated(literal, span)
            {
                return negative
            }
            return try call("NEGATE", [try bind(operand)], span)
        case .final, .running:
            throw SQLError(.unsupported, "\(op.rawValue) can only stand in MATCH_RECOGNIZE", span: span)
        }
    }

    private mutating func special(_ expr: Expr) throws(SQLError) -> BoundExpr {
        let span = expr.span
        switch expr.kind {
        case .between(let value, let low, let high, let negated, let symmetric):
            let result = try between(try bind(value), try bind(low), try bind(high), symmetric, span)
            return negated ? try call("NOT", [result], span) : result
        case .inList(let value, let list, let negated):
            let result = try call("IN", [try bind(value)] + (try bind(all: list)), span)
            return negated ? try call("NOT", [result], span) : result
        case .like(let value, let kind, let pattern, let escape, let negated):
            var arguments = [try bind(value), try bind(pattern)]
            if let escape { arguments.append(try bind(escape)) }
            let result = try call(kind.rawValue, arguments, span)
            return negated ? try call("NOT", [result], span) : result
        case .caseWhen(let operand, let branches, let otherwise):
            return try caseWhen(operand, branches, otherwise, span)
        case .trim(let side, let characters, let source):
            var arguments = [text(side.rawValue, span)]
            if let characters {
                arguments.append(try bind(characters))
            } else {
                arguments.append(text(" ", span))
            }
            arguments.append(try bind(source))
            return try call("TRIM", arguments, span)
        case .quantified(let value, let op, let quantifier, .list(let items)):
            return try compared(value, op, with: items, isAll: quantifier == .all, span)
        case .interval(let value, let qualifier):
            return try LiteralBinder.interval(value, qualifier, span)
        default: throw refusal(expr)
        }
    }

    /// `x > ANY (a, b)` is `x > a OR x > b`, ALL joins by AND.
    private mutating func compared(
        _ value: Expr, _ op: BinaryOperator, with items: [Expr], isAll: Bool, _ span: SourceSpan
    ) throws(SQLError) -> BoundExpr {
        let left = try bind(value)
        var parts: [BoundExpr] = []
        for item in items { parts.append(try call(op.rawValue, [left, try bind(item)], span)) }
        return parts.count == 1 ? parts[0] : try call(isAll ? "AND" : "OR", parts, span)
    }

    private func between(
        _ value: BoundExpr, _ low: BoundExpr, _ high: BoundExpr, _ symmetric: Bool, _ span: SourceSpan
    ) throws(SQLError) -> BoundExpr {
        let forward = try call(
            "AND", [try call(">=", [value, low], span), try call("<=", [value, high], span)], span)
        guard symmetric else { return forward }
        let backward = try call(
            "AND", [try call(">=", [value, high], span), try call("<=", [value, low], span)], span)
        return try call("OR", [forward, backward], span)
    }

    private mutating func caseWhen(
        _ operand: Expr?, _ branches: [CaseBranch], _ otherwise: Expr?, _ span: SourceSpan
    ) throws(SQLError) -> BoundExpr {
        var subject: BoundExpr?
        if let operand { subject = try bind(operand) }
        var conditions: [BoundExpr] = []
        var results: [BoundExpr] = []
        for branch in branches {
            var alternatives: [BoundExpr] = []
            for condition in branch.conditions {
                let bound = try bind(condition)
                if let subject {
                    alternatives.append(try call("=", [subject, bound], condition.span))
                } else {
                    alternatives.append(try Coercion.condition(bound, "WHEN"))
                }
            }
            var condition = alternatives[0]
            for other in alternatives.dropFirst() { condition = try call("OR", [condition, other], span) }
            conditions.append(condition)
            results.append(try bind(branch.result))
        }
        if let otherwise {
            results.append(try bind(otherwise))
        } else {
            results.append(.literal(.null, .null, span: span))
        }
        guard let (unified, type) = try Coercion.unify(results) else {
            throw SQLError(
                .typeMismatch,
                "the results of CASE have no common type: "
                    + results.map { $0.type.kind.description }.joined(separator: ", "), span: span)
        }
        let pairs = zip(conditions, unified).map { BoundExpr.Branch($0, $1) }
        return BoundExpr(.caseWhen(pairs, otherwise: unified[unified.count - 1]), type, span: span)
    }

    private func cast(
        _ operand: BoundExpr, to name: TypeName, isTry: Bool, _ span: SourceSpan
    ) throws(SQLError) -> BoundExpr {
        var type = try TypeBinder.bind(name)
        guard CastRules.isAllowed(from: operand.type, to: type) else {
            throw Coercion.refusal(from: operand.type, to: type, span: span)
        }
        type.isNullable = isTry || operand.type.isNullable
        return try Coercion.cast(operand, to: type, mode: isTry ? .tryCast : .cast)
    }
}
