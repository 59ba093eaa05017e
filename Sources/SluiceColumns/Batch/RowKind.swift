/// What a row of a changelog does (U1). Raw values index `+I -U +U -D`.
public enum RowKind: UInt8, BitwiseCopyable, Sendable, Hashable, CaseIterable, Codable {
    case insert = 0
    case updateBefore = 1
    case updateAfter = 2
    case delete = 3

    /// +1 for a row that is there, -1 for one that is taken away.
    @inlinable @inline(__always)
    public var weight: Int8 { rawValue == 0 || rawValue == 2 ? 1 : -1 }

    /// True for -U and -D.
    @inlinable @inline(__always)
    public var isRetraction: Bool { rawValue & 1 == 1 }

    public var symbol: String {
        switch self {
        case .insert: return "+I"
        case .updateBefore: return "-U"
        case .updateAfter: return "+U"
        case .delete: return "-D"
        }
    }
}
