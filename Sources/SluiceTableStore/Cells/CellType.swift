/// What a cell says; the raw values are HBase's.
public enum CellType: UInt8, Sendable {
    case put = 4
    /// Deletes one version of a column.
    case delete = 8
    /// Deletes the versions of all columns of a family at one timestamp.
    case deleteFamilyVersion = 10
    /// Deletes all versions of a column up to a timestamp.
    case deleteColumn = 12
    /// Deletes all columns of a family up to a timestamp.
    case deleteFamily = 14

    var isFamilyMarker: Bool { self == .deleteFamily || self == .deleteFamilyVersion }

    /// As HBase's shell prints it.
    public var name: String {
        switch self {
        case .put: return "Put"
        case .delete: return "Delete"
        case .deleteFamilyVersion: return "DeleteFamilyVersion"
        case .deleteColumn: return "DeleteColumn"
        case .deleteFamily: return "DeleteFamily"
        }
    }
}

/// A cell with its own bytes.
public struct StoredCell: Sendable, Equatable {
    public var family: [UInt8]
    public var qualifier: [UInt8]
    /// Milliseconds since 1970 by convention.
    public var timestamp: Int64
    public var type: CellType
    public var value: [UInt8]

    public init(
        family: [UInt8], qualifier: [UInt8], timestamp: Int64, type: CellType = .put, value: [UInt8]
    ) {
        self.family = family
        self.qualifier = qualifier
        self.timestamp = timestamp
        self.type = type
        self.value = value
    }
}

/// A row with its cells in HBase's order: family, qualifier, newest first.
public struct StoredRow: Sendable, Equatable {
    public var row: [UInt8]
    public var cells: [StoredCell]

    public init(row: [UInt8], cells: [StoredCell]) {
        self.row = row
        self.cells = cells
    }

    /// The newest value of a column.
    public func value(_ family: String, _ qualifier: String) -> [UInt8]? {
        let family = Array(family.utf8)
        let qualifier = Array(qualifier.utf8)
        return cells.first { $0.family == family && $0.qualifier == qualifier }?.value
    }
}

/// A cell inside the store's buffers: its bytes are valid until the closure that got it returns.
public struct BorrowedCell {
    /// Position in the table's families, which are in byte order.
    public let family: Int
    /// Position in the columns that were asked for; -1 when whole families were.
    public let column: Int
    public let qualifier: UnsafeRawBufferPointer
    public let timestamp: Int64
    public let type: CellType
    public let value: UnsafeRawBufferPointer
}
