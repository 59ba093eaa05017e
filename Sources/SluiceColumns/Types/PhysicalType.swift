/// How values lie in memory; several SQL types share one.
///
/// | physical | SQL types and unit |
/// |---|---|
/// | bool | BOOLEAN, one byte |
/// | int32 | TINYINT, SMALLINT, INT; DATE (days); TIME (milliseconds of the day); INTERVAL YEAR TO MONTH (months); NULL |
/// | int64 | BIGINT; TIMESTAMP and TIMESTAMP_LTZ up to precision 6 (microseconds); INTERVAL DAY TO SECOND (milliseconds); DECIMAL(p <= 18) (unscaled) |
/// | int128 | DECIMAL(p > 18) (unscaled); TIMESTAMP and TIMESTAMP_LTZ of precision 7 to 9 (nanoseconds) |
/// | bytes | CHAR, VARCHAR (UTF-8), BINARY, VARBINARY |
/// | list, map, row | ARRAY; MAP and MULTISET (element to INT count); ROW |
public enum PhysicalType: UInt8, Sendable, Hashable {
    case bool, int32, int64, float32, float64, int128, bytes, list, map, row
}

extension TypeKind {
    public var physical: PhysicalType {
        switch self {
        case .boolean: return .bool
        case .tinyint, .smallint, .int, .date, .time, .intervalYearMonth, .null: return .int32
        case .bigint, .intervalDayTime: return .int64
        case .float: return .float32
        case .double: return .float64
        case .decimal(let precision, _): return precision <= 18 ? .int64 : .int128
        case .timestamp(let precision), .timestampLTZ(let precision):
            return precision <= 6 ? .int64 : .int128
        case .char, .varchar, .binary, .varbinary: return .bytes
        case .array: return .list
        case .map, .multiset: return .map
        case .row: return .row
        }
    }
}

extension DataType {
    public var physical: PhysicalType { kind.physical }
}
