/// Kinds of cells (KeyValue type byte).
public struct CellType: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let put = CellType(rawValue: 4)
    /// One version.
    public static let delete = CellType(rawValue: 8)
    /// All columns of a family at exactly one timestamp.
    public static let deleteFamilyVersion = CellType(rawValue: 10)
    /// All versions of a column up to a timestamp.
    public static let deleteColumn = CellType(rawValue: 12)
    /// All columns of a family up to a timestamp.
    public static let deleteFamily = CellType(rawValue: 14)
}
