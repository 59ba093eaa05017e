import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceSyntax

/// JSON_EXISTS, JSON_VALUE and JSON_QUERY: their clauses become literal arguments.
extension ExpressionBinder {
    mutating func bindPath(_ path: JSONPathCall, _ span: SourceSpan) throws(SQLError) -> BoundExpr {
        var arguments = [try bind(path.input), try bind(path.path)]
        var returning = DataType.string
        if let type = path.returning { returning = try TypeBinder.bind(type) }
        switch path.function {
        case .exists:
            arguments.append(text(JSONBehavior.name(path.onError) ?? "FALSE", span))
        case .value:
            for behavior in [path.onEmpty, path.onError] {
                arguments.append(text(JSONBehavior.name(behavior) ?? "NULL", span))
                if case .defaultValue(let value) = behavior {
                    arguments.append(try bind(value))
                } else {
                    arguments.append(.literal(.null, .null, span: span))
                }
            }
            arguments.append(.literal(.null, returning, span: span))
        case .query:
            arguments.append(text((path.wrapper ?? .without).rawValue, span))
            for behavior in [path.onEmpty, path.onError] {
                arguments.append(text(JSONBehavior.name(behavior) ?? "NULL", span))
            }
            arguments.append(.literal(.null, returning, span: span))
        }
        return try call(path.function.rawValue, arguments, span)
    }
}

/// The words that the JSON functions take for a clause.
private enum JSONBehavior {
    static func name(_ behavior: JSONPathCall.Behavior?) -> String? {
        switch behavior {
        case .none: return nil
        case .true: return "TRUE"
        case .false: return "FALSE"
        case .unknown: return "UNKNOWN"
        case .error: return "ERROR"
        case .null: return "NULL"
        case .emptyArray: return "EMPTY ARRAY"
        case .emptyObject: return "EMPTY OBJECT"
        case .defaultValue: return "DEFAULT"
        }
    }
}
