extension DataType: CustomStringConvertible {
    /// Flink's summary text: `DECIMAL(10, 2) NOT NULL`.
    public var description: String { isNullable ? kind.description : kind.description + " NOT NULL" }
}

extension TypeKind: CustomStringConvertible {
    public var description: String {
        switch self {
        case .boolean: return "BOOLEAN"
        case .tinyint: return "TINYINT"
        case .smallint: return "SMALLINT"
        case .int: return "INT"
        case .bigint: return "BIGINT"
        case .float: return "FLOAT"
        case .double: return "DOUBLE"
        case .decimal(let precision, let scale): return "DECIMAL(\(precision), \(scale))"
        case .char(let length): return "CHAR(\(length))"
        case .varchar(let length): return length == .max32 ? "STRING" : "VARCHAR(\(length))"
        case .binary(let length): return "BINARY(\(length))"
        case .varbinary(let length): return length == .max32 ? "BYTES" : "VARBINARY(\(length))"
        case .date: return "DATE"
        case .time(let precision): return "TIME(\(precision))"
        case .timestamp(let precision): return "TIMESTAMP(\(precision))"
        case .timestampLTZ(let precision): return "TIMESTAMP_LTZ(\(precision))"
        case .intervalYearMonth: return "INTERVAL YEAR TO MONTH"
        case .intervalDayTime: return "INTERVAL DAY TO SECOND(3)"
        case .array(let element): return "ARRAY<\(element)>"
        case .map(let key, let value): return "MAP<\(key), \(value)>"
        case .multiset(let element): return "MULTISET<\(element)>"
        case .row(let fields):
            let texts = fields.map { field in "\(quoteIdentifier(field.name)) \(field.type)" }
            return "ROW<" + texts.joined(separator: ", ") + ">"
        case .null: return "NULL"
        }
    }
}

/// A name between backticks, with inner backticks doubled.
public func quoteIdentifier(_ name: String) -> String {
    var out = "`"
    for character in name {
        if character == "`" { out += "``" } else { out.append(character) }
    }
    return out + "`"
}
