public import SluiceColumns

/// Which type pairs CAST accepts (K2) and which casts the planner may insert (A7, A8).
public enum CastRules {
    /// True if CAST and TRY_CAST from one type to the other are allowed.
    public static func isAllowed(from: DataType, to: DataType) -> Bool { isAllowed(from.kind, to.kind) }

    static func isAllowed(_ from: TypeKind, _ to: TypeKind) -> Bool {
        if from == .null { return true }
        if to == .null { return from == .null }
        if to.isCharacter { return true }
        if from.isCharacter { return fromText(to) }
        if from.isBinary { return to.isBinary }
        if from == .boolean { return to == .boolean || to.isNumeric }
        if from.isNumeric { return fromNumber(from, to) }
        if from.isDateTime { return fromDateTime(from, to) }
        switch (from, to) {
        case (.intervalYearMonth, .intervalYearMonth), (.intervalDayTime, .intervalDayTime): return true
        case (.array(let a), .array(let b)), (.multiset(let a), .multiset(let b)):
            return isAllowed(a.kind, b.kind)
        case (.map(let k, let v), .map(let otherKey, let otherValue)):
            return isAllowed(k.kind, otherKey.kind) && isAllowed(v.kind, otherValue.kind)
        case (.row(let a), .row(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { isAllowed($0.type.kind, $1.type.kind) }
        default: return false
        }
    }

    private static func fromText(_ to: TypeKind) -> Bool {
        to == .boolean || to.isBinary || to.isNumeric || to.isDateTime
    }

    private static func fromNumber(_ from: TypeKind, _ to: TypeKind) -> Bool {
        if to == .boolean || to.isNumeric { return true }
        return from.isInteger && to.isInterval
    }

    private static func fromDateTime(_ from: TypeKind, _ to: TypeKind) -> Bool {
        switch (from, to) {
        case (.date, .date), (.date, .timestamp), (.date, .timestampLTZ): return true
        case (.time, .time), (.time, .timestamp), (.time, .timestampLTZ): return true
        case (.timestamp, _), (.timestampLTZ, _): return to.isDateTime
        default: return false
        }
    }

    /// True if a cast between the pair may fail for some value, so that CAST can fail the job.
    public static func canFail(from: DataType, to: DataType) -> Bool { canFail(from.kind, to.kind) }

    static func canFail(_ from: TypeKind, _ to: TypeKind) -> Bool {
        if from == to || from == .null { return false }
        if from.isCharacter { return !to.isCharacter && !to.isBinary }
        if from.isApproximate && to.isDecimal { return true }
        switch (from, to) {
        case (.array(let a), .array(let b)), (.multiset(let a), .multiset(let b)):
            return canFail(a.kind, b.kind)
        case (.map(let k, let v), .map(let otherKey, let otherValue)):
            return canFail(k.kind, otherKey.kind) || canFail(v.kind, otherValue.kind)
        case (.row(let a), .row(let b)): return zip(a, b).contains { canFail($0.type.kind, $1.type.kind) }
        default: return false
        }
    }

    /// True if a value of one type may be written into a column of the other without CAST (A8).
    public static func isImplicit(from: DataType, to: DataType) -> Bool { isImplicit(from.kind, to.kind) }

    static func isImplicit(_ from: TypeKind, _ to: TypeKind) -> Bool {
        if from == to || from == .null { return true }
        switch (from, to) {
        case (.char, _) where to.isCharacter, (.varchar, _) where to.isCharacter: return true
        case (.binary, _) where to.isBinary, (.varbinary, .varbinary): return true
        case (_, .decimal), (_, .double): return from.isNumeric
        case (_, .float): return from.isExactNumeric
        case (_, .bigint), (_, .int), (_, .smallint):
            return from.isInteger && TypeRules.integerRank(from) <= TypeRules.integerRank(to)
        case (.timestamp, .timestamp), (.timestampLTZ, .timestampLTZ), (.time, .time): return true
        case (.timestamp, .timestampLTZ), (.timestampLTZ, .timestamp): return true
        case (.array(let a), .array(let b)), (.multiset(let a), .multiset(let b)):
            return isImplicit(a.kind, b.kind)
        case (.map(let k, let v), .map(let otherKey, let otherValue)):
            return isImplicit(k.kind, otherKey.kind) && isImplicit(v.kind, otherValue.kind)
        case (.row(let a), .row(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { isImplicit($0.type.kind, $1.type.kind) }
        default: return false
        }
    }
}
