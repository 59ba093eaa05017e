public import SluiceBase
public import SluiceColumns
public import SluiceSyntax

/// Turns a type as written into a type: defaults filled in, limits checked.
public enum TypeBinder {
    public static func bind(_ name: TypeName) throws(SQLError) -> DataType {
        DataType(try kind(name), nullable: name.isNullable ?? true)
    }

    private static func kind(_ name: TypeName) throws(SQLError) -> TypeKind {
        switch name.kind {
        case .boolean: return .boolean
        case .tinyint: return .tinyint
        case .smallint: return .smallint
        case .int: return .int
        case .bigint: return .bigint
        case .float: return .float
        case .double: return .double
        case .decimal(let precision, let scale): return try decimal(precision ?? 10, scale ?? 0, name.span)
        case .char(let length): return .char(try self.length(length ?? 1, name.span))
        case .varchar(let length): return .varchar(try self.length(length ?? 1, name.span))
        case .string: return .varchar(.max32)
        case .binary(let length): return .binary(try self.length(length ?? 1, name.span))
        case .varbinary(let length): return .varbinary(try self.length(length ?? 1, name.span))
        case .bytes: return .varbinary(.max32)
        case .date: return .date
        case .time(let precision): return .time(try time(precision ?? 0, name.span))
        case .timestamp(let precision): return .timestamp(try fraction(precision ?? 6, name.span))
        case .timestampLTZ(let precision): return .timestampLTZ(try fraction(precision ?? 6, name.span))
        case .interval(let qualifier): return qualifier.isYearMonth ? .intervalYearMonth : .intervalDayTime
        case .null: return .null
        case .array, .multiset, .map, .row: return try nested(name)
        case .structured: throw unsupported("STRUCTURED", name)
        case .raw: throw unsupported("RAW", name)
        case .variant: throw unsupported("VARIANT", name)
        case .bitmap: throw unsupported("BITMAP", name)
        case .named(let object):
            throw SQLError(.typeMismatch, "type \"\(object.description)\" does not exist", span: name.span)
        }
    }

    private static func nested(_ name: TypeName) throws(SQLError) -> TypeKind {
        switch name.kind {
        case .array(let element): return .array(try bind(element))
        case .multiset(let element): return .multiset(try bind(element))
        case .map(let key, let value): return .map(try bind(key), try bind(value))
        case .row(let fields):
            var bound: [Field] = []
            for field in fields {
                if bound.contains(where: { $0.name == field.name.name }) {
                    throw SQLError(
                        .duplicateName, "field \"\(field.name.name)\" stands twice in the row type",
                        span: field.name.span)
                }
                bound.append(Field(field.name.name, try bind(field.type)))
            }
            return .row(bound)
        default: return .null
        }
    }

    private static func unsupported(_ what: String, _ name: TypeName) -> SQLError {
        SQLError(.unsupported, "type \(what) is not supported yet", span: name.span)
    }

    private static func decimal(_ precision: Int, _ scale: Int, _ span: SourceSpan) throws(SQLError)
        -> TypeKind
    {
        guard (1...38).contains(precision) else {
            throw SQLError(
                .typeMismatch, "decimal precision must be between 1 and 38, not \(precision)", span: span)
        }
        guard (0...precision).contains(scale) else {
            throw SQLError(
                .typeMismatch, "decimal scale must be between 0 and the precision \(precision), not \(scale)",
                span: span)
        }
        return .decimal(precision: precision, scale: scale)
    }

    private static func length(_ length: Int, _ span: SourceSpan) throws(SQLError) -> Int {
        guard (1...Int.max32).contains(length) else {
            throw SQLError(
                .typeMismatch, "length must be between 1 and 2147483647, not \(length)", span: span)
        }
        return length
    }

    private static func fraction(_ precision: Int, _ span: SourceSpan) throws(SQLError) -> Int {
        guard (0...9).contains(precision) else {
            throw SQLError(
                .typeMismatch, "timestamp precision must be between 0 and 9, not \(precision)", span: span)
        }
        return precision
    }

    private static func time(_ precision: Int, _ span: SourceSpan) throws(SQLError) -> Int {
        guard (0...9).contains(precision) else {
            throw SQLError(
                .typeMismatch, "time precision must be between 0 and 9, not \(precision)", span: span)
        }
        return precision
    }
}
