public import SluiceBase
public import SluiceColumns

/// Inserts casts into typed expressions.
public enum Coercion {
    /// `expr` as a value of `type`. Equal types cost nothing, NULL literals change their type in place, implicit
    /// casts of literals are computed at once.
    public static func cast(
        _ expr: BoundExpr, to type: DataType, mode: BoundExpr.CastMode = .implicit
    ) throws(SQLError) -> BoundExpr {
        if expr.type.kind == type.kind {
            if mode == .tryCast { return BoundExpr(expr.kind, expr.type.nullable(), span: expr.span) }
            return expr
        }
        guard CastRules.isAllowed(from: expr.type, to: type) else {
            throw refusal(from: expr.type, to: type, span: expr.span)
        }
        if mode == .cast, let source = withoutLosslessCast(expr, to: type) {
            return try cast(source, to: type, mode: mode)
        }
        let nullable = mode == .tryCast || expr.type.isNullable
        let result = DataType(type.kind, nullable: nullable)
        if case .literal(.null) = expr.kind { return .literal(.null, result.nullable(), span: expr.span) }
        return BoundExpr(.cast(expr, mode), result, span: expr.span)
    }

    /// All `exprs` as values of their common type; nil if there is none.
    public static func unify(_ exprs: [BoundExpr]) throws(SQLError) -> (exprs: [BoundExpr], type: DataType)? {
        guard let common = TypeRules.commonType(exprs.map(\.type)) else { return nil }
        var out: [BoundExpr] = []
        for expr in exprs { out.append(try cast(expr, to: common)) }
        return (out, common)
    }

    /// The same for arguments of functions, where DOUBLE wins over FLOAT.
    static func unifyArguments(
        _ exprs: [BoundExpr]
    ) throws(SQLError) -> (exprs: [BoundExpr], type: DataType)? {
        guard let common = TypeRules.commonArgumentType(exprs.map(\.type)) else { return nil }
        var out: [BoundExpr] = []
        for expr in exprs { out.append(try cast(expr, to: common)) }
        return (out, common)
    }

    /// What remains of `CAST(CAST(x AS inner) AS outer)` when the inner cast keeps every value: it goes. So a FLOAT
    /// that passes through STRING to DOUBLE keeps its binary value.
    private static func withoutLosslessCast(_ expr: BoundExpr, to type: DataType) -> BoundExpr? {
        guard case .cast(let source, let mode) = expr.kind, mode != .tryCast,
            isLossless(source.type.kind, expr.type.kind), CastRules.isAllowed(from: source.type, to: type)
        else { return nil }
        if case .char = expr.type.kind {
            guard case .char = source.type.kind else { return nil }
        }
        return source
    }

    private static func isLossless(_ from: TypeKind, _ to: TypeKind) -> Bool {
        if from.isInteger && to.isInteger {
            return TypeRules.integerRank(from) <= TypeRules.integerRank(to)
        }
        if from.isCharacter && to.isCharacter {
            if case .varchar = from, case .char = to { return false }
            return TypeRules.textLength(from) <= TypeRules.textLength(to)
        }
        guard from.isNumeric && to.isCharacter else { return false }
        if from.isApproximate { return TypeRules.textLength(to) >= 16 }
        let (precision, scale) = TypeRules.decimalShape(from)
        return TypeRules.textLength(to) >= precision + 1 + (scale > 0 ? scale + 1 : 0)
    }

    /// The error of a cast that is not allowed.
    public static func refusal(from: DataType, to: DataType, span: SourceSpan?) -> SQLError {
        var hint: String?
        if from.kind.isNumeric && to.kind.isTimestamp { hint = "use TO_TIMESTAMP or TO_TIMESTAMP_LTZ" }
        if from.kind.isTimestamp && to.kind.isNumeric { hint = "use UNIX_TIMESTAMP or EXTRACT" }
        return SQLError(
            .invalidCast, "cannot cast \(from.kind) to \(to.kind)", span: span, hint: hint)
    }

    /// `expr` as a condition; NULL counts as BOOLEAN.
    public static func condition(_ expr: BoundExpr, _ place: String) throws(SQLError) -> BoundExpr {
        if expr.type.kind == .boolean { return expr }
        if expr.type.kind == .null { return try cast(expr, to: .boolean) }
        throw SQLError(
            .typeMismatch, "\(place) must be BOOLEAN, not \(expr.type.kind)", span: expr.span)
    }
}
