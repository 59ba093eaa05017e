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
        case .string(let text):
            let length = Swift.max(text.unicodeScalars.count, 1)
            return .literal(.string(text), DataType(.char(length), nullable: false), span: span)
        case .binary(let bytes):
            return .literal(.bytes(bytes), DataType(.binary(Swift.max(bytes.count, 1)), nullable: false), span: span)
        default: return try parsed(literal, span)
        }
    }

    private static func parsed(_ literal: Literal, _ span: SourceSpan) throws(SQLError) -> BoundExpr {
        do throws(SQLError) {
            switch literal {
            case .exactNumber(let text): return try Literals.exactNumber(text).at(span)
            case .approximateNumber(let text): return try Literals.approximateNumber(text).at(span)
            case .date(let text): return try Literals.date(text).at(span)
            case .time(let text): return try Literals.time(text).at(span)
            case .timestamp(let text): return try Literals.timestamp(text).at(span)
            case .timestampLTZ:
                throw SQLError(.unsupported, "a TIMESTAMP WITH LOCAL TIME ZONE literal is not supported yet", span: span)
            case .interval(let interval): return try self.interval(interval).at(span)
            default: return .literal(.null, .null, span: span)
            }
        } catch {
            throw error.at(span)
        }
    }

    private static func interval(_ literal: IntervalLiteral) throws(SQLError) -> BoundExpr {
        let qualifier = literal.qualifier
        return try Literals.interval(
            (literal.isNegative ? "-" : "") + literal.text, from: qualifier.start.rawValue, to: qualifier.end?.rawValue,
            precision: qualifier.startPrecision)
    }

    /// `-5` as one literal, so that the smallest BIGINT can be written; nil where the operand is no number.
    static func negated(_ literal: Literal, _ span: SourceSpan) throws(SQLError) -> BoundExpr? {
        switch literal {
        case .exactNumber(let text):
            guard text == "9223372036854775808" else { return nil }
            return .literal(.int64(.min), .bigint.notNull, span: span)
        default: return nil
        }
    }

    /// `INTERVAL 5 DAY`: a number without quotes.
    static func interval(
        _ value: Expr, _ qualifier: IntervalQualifier, _ span: SourceSpan
    ) throws(SQLError) -> BoundExpr {
        switch value.kind {
        case .literal(.exactNumber(let text)):
            return try interval(IntervalLiteral(text: text, qualifier: qualifier)).at(span)
        case .unary(.minus, let inner):
            if case .literal(.exactNumber(let text)) = inner.kind {
                return try interval(IntervalLiteral(isNegative: true, text: text, qualifier: qualifier)).at(span)
            }
        default: break
        }
        throw SQLError(.unsupported, "an interval of an expression is not supported yet", span: span)
    }
}

extension BoundExpr {
    fileprivate func at(_ span: SourceSpan) -> BoundExpr {
        var copy = self
        copy.span = span
        return copy
    }
}
