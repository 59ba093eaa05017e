/// A SQL type as Flink writes it: a kind and whether NULL is allowed.
public struct DataType: Hashable, Sendable, Codable {
    public var kind: TypeKind
    public var isNullable: Bool

    public init(_ kind: TypeKind, nullable: Bool = true) {
        self.kind = kind
        self.isNullable = nullable
    }

    public func nullable(_ flag: Bool = true) -> DataType { DataType(kind, nullable: flag) }
    public var notNull: DataType { DataType(kind, nullable: false) }
}

/// The closed set of type kinds. Lengths count code points or bytes, precisions decimal digits.
public indirect enum TypeKind: Hashable, Sendable, Codable {
    case boolean
    case tinyint, smallint, int, bigint
    case float, double
    case decimal(precision: Int, scale: Int)
    case char(Int), varchar(Int)
    case binary(Int), varbinary(Int)
    case date
    case time(Int)
    case timestamp(Int)
    case timestampLTZ(Int)
    /// Months.
    case intervalYearMonth
    /// Milliseconds.
    case intervalDayTime
    case array(DataType)
    case map(DataType, DataType)
    /// Element to count.
    case multiset(DataType)
    case row([Field])
    /// The type of a bare NULL.
    case null
}

/// A named, typed column of a row type or a schema.
public struct Field: Hashable, Sendable, Codable {
    public var name: String
    public var type: DataType

    public init(_ name: String, _ type: DataType) {
        self.name = name
        self.type = type
    }
}

/// The columns of a batch, an edge or a table.
public typealias Schema = [Field]

extension DataType {
    public static let boolean = DataType(.boolean)
    public static let tinyint = DataType(.tinyint)
    public static let smallint = DataType(.smallint)
    public static let int = DataType(.int)
    public static let bigint = DataType(.bigint)
    public static let float = DataType(.float)
    public static let double = DataType(.double)
    public static let string = DataType(.varchar(.max32))
    public static let bytes = DataType(.varbinary(.max32))
    public static let date = DataType(.date)
    public static let time = DataType(.time(0))
    public static let null = DataType(.null)
    public static func decimal(_ precision: Int, _ scale: Int) -> DataType {
        DataType(.decimal(precision: precision, scale: scale))
    }
    public static func timestamp(_ precision: Int) -> DataType { DataType(.timestamp(precision)) }
    public static func timestampLTZ(_ precision: Int) -> DataType { DataType(.timestampLTZ(precision)) }
}

extension Int {
    /// The length of STRING and BYTES.
    public static let max32 = 2_147_483_647
}

extension TypeKind {
    public var isInteger: Bool {
        switch self {
        case .tinyint, .smallint, .int, .bigint: return true
        default: return false
        }
    }
    public var isDecimal: Bool {
        if case .decimal = self { return true }
        return false
    }
    public var isExactNumeric: Bool { isInteger || isDecimal }
    public var isApproximate: Bool { self == .float || self == .double }
    public var isNumeric: Bool { isExactNumeric || isApproximate }
    public var isCharacter: Bool {
        switch self {
        case .char, .varchar: return true
        default: return false
        }
    }
    public var isBinary: Bool {
        switch self {
        case .binary, .varbinary: return true
        default: return false
        }
    }
    public var isTimestamp: Bool {
        switch self {
        case .timestamp, .timestampLTZ: return true
        default: return false
        }
    }
    public var isInterval: Bool { self == .intervalYearMonth || self == .intervalDayTime }
    /// DATE, TIME and both timestamps.
    public var isDateTime: Bool {
        switch self {
        case .date, .time, .timestamp, .timestampLTZ: return true
        default: return false
        }
    }
    public var isNested: Bool {
        switch self {
        case .array, .map, .multiset, .row: return true
        default: return false
        }
    }
}
