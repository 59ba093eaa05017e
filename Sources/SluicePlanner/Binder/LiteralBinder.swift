import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceSyntax

/// Literals as typed constants (A15, D3).
enum LiteralBinder {
    static func bind(_ literal: Literal, _ span: SourceSpan) throws(SQLError) -> BoundExpr {
        switch literal {
        case .null: return .literal(.null, .null, span: span)
        case .boolean(let value): return .literal(.bool(value), .boolean.notNull, span: span)
        case .unknown: return .literal(.null, .boolean, span: span)
        case .string(let text): return Literals.string(text, span: span)
        case .binary(let bytes):
            return .literal(
                .bytes(bytes), DataType(.binary(Swift.max(bytes.count, 1)), nullable: false), span: span)
        case .exactNumber(let text): return try Literals.exactNumber(text, span: span)
        case .approximateNumber(let text): return try Literals.approximateNumber(text, span: span)
        case .date(let text): return try Literals.date(text, span: span)
        case .time(let text): return try Literals.time(text, span: span)
        case .timestamp(let text): return try Literals.timestamp(text, span: span)
        case .timestampLTZ(let text): return try Literals.timestamp(text, withLocalZone: .utc, span: span)
        case .interval(let interval): return try self.interval(interval, span)
        }
    }

    private static func interval(_ literal: IntervalLiteral, _ span: SourceSpan) throws(SQLError) -> BoundExpr
    {
        let qualifier = literal.qualifier
        guard let start = IntervalUnit(keyword: qualifier.start.rawValue) else {
            throw SQLError(.unsupported, "\(qualifier.start.rawValue) is no unit of an interval", span: span)
        }
        return try Literals.interval(
            literal.text, isNegative: literal.isNegative, from: start,
            to: qualifier.end.flatMap { IntervalUnit(keyword: $0.rawValue) },
            leadingPrecision: qualifier.startPrecision, span: span)
    }

    /// `-9223372036854775808`, whose digits alone fit no BIGINT; nil where the operand is another literal.
    static func negated(_ literal: Literal, _ span: SourceSpan) throws(SQLError) -> BoundExpr? {
        guard case .exactNumber("9223372036854775808") = literal else { return nil }
        return .literal(.int64(.min), .bigint.notNull, span: span)
    }

    /// `INTERVAL 5 DAY`: a number without quotes.
    static func interval(
        _ value: Expr, _ qualifier: IntervalQualifier, _ span: SourceSpan
    ) throws(SQLError) -> BoundExpr {
        switch value.kind {
        case .literal(.exactNumber(let text)):
            return try interval(IntervalLiteral(text: text, qualifier: qualifier), span)
        case .unary(.minus, let inner):
            if case .literal(.exactNumber(let text)) = inner.kind {
                return try interval(IntervalLiteral(isNegative: true, text: text, qualifier: qualifier), span)
            }
        default: break
        }
        throw SQLError(.unsupported, "an interval of an expression is not supported yet", span: span)
    }
}
