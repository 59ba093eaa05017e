public import SluiceColumns

/// Result types: the common type of several values (A6) and the types of decimal arithmetic (A1 to A3).
public enum TypeRules {
    public static let maxPrecision = 38

    /// The least type that holds values of all `types`; nil if there is none. Nullable if any is.
    public static func commonType(_ types: [DataType]) -> DataType? {
        var kind: TypeKind = .null
        var nullable = false
        for type in types {
            nullable = nullable || type.isNullable
            guard let merged = commonKind(kind, type.kind) else { return nil }
            kind = merged
        }
        return DataType(kind, nullable: nullable || kind == .null)
    }

    public static func commonType(_ a: DataType, _ b: DataType) -> DataType? { commonType([a, b]) }

    /// The common type of the arguments of COALESCE, GREATEST and the like: DOUBLE wins over FLOAT.
    public static func commonArgumentType(_ types: [DataType]) -> DataType? {
        guard let common = commonType(types), common.kind == .float else { return commonType(types) }
        return types.contains { $0.kind == .double } ? DataType(.double, nullable: common.isNullable) : common
    }

    /// The common kind of two; of two approximate kinds the first stays.
    public static func commonKind(_ a: TypeKind, _ b: TypeKind) -> TypeKind? {
        if a == b || b == .null { return a }
        if a == .null { return b }
        if a.isNumeric && b.isNumeric { return commonNumeric(a, b) }
        if a.isCharacter && b.isCharacter { return commonText(a, b) }
        if a.isBinary && b.isBinary { return commonBinary(a, b) }
        switch (a, b) {
        case (.timestamp(let p), .timestamp(let q)): return .timestamp(max(p, q))
        case (.timestamp(let p), .timestampLTZ(let q)), (.timestampLTZ(let p), .timestamp(let q)),
            (.timestampLTZ(let p), .timestampLTZ(let q)):
            return .timestampLTZ(max(p, q))
        case (.time(let p), .time(let q)): return .time(max(p, q))
        case (.array(let left), .array(let right)):
            return commonType(left, right).map { .array($0) }
        case (.multiset(let left), .multiset(let right)):
            return commonType(left, right).map { .multiset($0) }
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            guard let keys = commonType(key, otherKey), let values = commonType(value, otherValue) else {
                return nil
            }
            return .map(keys, values)
        case (.row(let left), .row(let right)): return commonRow(left, right)
        default: return nil
        }
    }

    private static func commonRow(_ left: [Field], _ right: [Field]) -> TypeKind? {
        guard left.count == right.count else { return nil }
        var fields: [Field] = []
        for (a, b) in zip(left, right) {
            guard let type = commonType(a.type, b.type) else { return nil }
            fields.append(Field(a.name, type))
        }
        return .row(fields)
    }

    private static func commonNumeric(_ a: TypeKind, _ b: TypeKind) -> TypeKind {
        if a.isApproximate || b.isApproximate {
            if a.isDecimal || b.isDecimal { return .double }
            return a.isApproximate ? a : b
        }
        if a.isInteger && b.isInteger { return integerRank(a) >= integerRank(b) ? a : b }
        let (p1, s1) = decimalShape(a)
        let (p2, s2) = decimalShape(b)
        let digits = min(max(p1 - s1, p2 - s2), maxPrecision)
        let scale = min(max(s1, s2), maxPrecision - digits)
        return .decimal(precision: digits + scale, scale: scale)
    }

    private static func commonText(_ a: TypeKind, _ b: TypeKind) -> TypeKind {
        let length = max(textLength(a), textLength(b))
        return .varchar(length)
    }

    private static func commonBinary(_ a: TypeKind, _ b: TypeKind) -> TypeKind {
        .varbinary(max(textLength(a), textLength(b)))
    }

    /// The declared length of a character or byte string type.
    public static func textLength(_ kind: TypeKind) -> Int {
        switch kind {
        case .char(let length), .varchar(let length), .binary(let length), .varbinary(let length):
            return length
        default: return .max32
        }
    }

    public static func integerRank(_ kind: TypeKind) -> Int {
        switch kind {
        case .tinyint: return 1
        case .smallint: return 2
        case .int: return 3
        case .bigint: return 4
        default: return 0
        }
    }

    /// Precision and scale of an exact number; integers count as decimals of their largest width.
    public static func decimalShape(_ kind: TypeKind) -> (precision: Int, scale: Int) {
        switch kind {
        case .decimal(let precision, let scale): return (precision, scale)
        case .tinyint: return (3, 0)
        case .smallint: return (5, 0)
        case .bigint: return (19, 0)
        default: return (10, 0)
        }
    }

    /// A decimal type cut to 38 digits: integer digits win, but up to 6 digits of scale are kept.
    public static func adjustedDecimal(_ precision: Int, _ scale: Int) -> TypeKind {
        if precision <= maxPrecision { return .decimal(precision: precision, scale: scale) }
        let digits = precision - scale
        let kept = max(maxPrecision - digits, min(scale, 6))
        return .decimal(precision: maxPrecision, scale: kept)
    }

    /// The type of decimal `+` and `-`.
    public static func decimalSum(_ a: TypeKind, _ b: TypeKind) -> TypeKind {
        let (p1, s1) = decimalShape(a)
        let (p2, s2) = decimalShape(b)
        let scale = max(s1, s2)
        return adjustedDecimal(scale + max(p1 - s1, p2 - s2) + 1, scale)
    }

    public static func decimalProduct(_ a: TypeKind, _ b: TypeKind) -> TypeKind {
        let (p1, s1) = decimalShape(a)
        let (p2, s2) = decimalShape(b)
        return adjustedDecimal(p1 + p2 + 1, s1 + s2)
    }

    public static func decimalQuotient(_ a: TypeKind, _ b: TypeKind) -> TypeKind {
        let (p1, s1) = decimalShape(a)
        let (p2, s2) = decimalShape(b)
        let scale = max(6, s1 + p2 + 1)
        return adjustedDecimal(p1 - s1 + s2 + scale, scale)
    }

    /// The type of `%`: of two numbers without fraction it is the divisor's type.
    public static func decimalRemainder(_ a: TypeKind, _ b: TypeKind) -> TypeKind {
        let (p1, s1) = decimalShape(a)
        let (p2, s2) = decimalShape(b)
        if s1 == 0 && s2 == 0 { return b }
        let scale = max(s1, s2)
        return adjustedDecimal(min(p1 - s1, p2 - s2) + scale, scale)
    }

    /// ROUND and TRUNCATE of DECIMAL(p, s) to `digits` (A2).
    public static func roundedDecimal(precision: Int, scale: Int, digits: Int) -> TypeKind {
        if digits >= scale { return .decimal(precision: precision, scale: scale) }
        if digits < 0 {
            return .decimal(precision: min(maxPrecision, max(1, 1 + precision - scale)), scale: 0)
        }
        return .decimal(precision: min(maxPrecision, 1 + precision - scale + digits), scale: digits)
    }

    /// SUM over a type (A3).
    public static func sumType(_ type: DataType) -> DataType {
        guard case .decimal(_, let scale) = type.kind else { return type.nullable() }
        return DataType(.decimal(precision: maxPrecision, scale: scale))
    }

    /// AVG over a type (A3).
    public static func averageType(_ type: DataType) -> DataType {
        guard case .decimal(_, let scale) = type.kind else { return type.nullable() }
        let sum: TypeKind = .decimal(precision: maxPrecision, scale: scale)
        let quotient = decimalQuotient(sum, .decimal(precision: 20, scale: 0))
        guard case .decimal(_, let derived) = quotient else { return DataType(quotient) }
        return DataType(.decimal(precision: maxPrecision, scale: max(6, min(derived, max(scale, 6)))))
    }
}
