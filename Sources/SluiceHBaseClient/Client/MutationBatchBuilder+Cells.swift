/// A family and a qualifier as they stand in a cell, prepared once for many cells.
public struct PreparedColumn: Sendable, Hashable {
    /// Length of the family, family, qualifier.
    let bytes: [UInt8]
    let familyLength: Int

    public init(family: [UInt8], qualifier: [UInt8]) {
        familyLength = family.count
        bytes = [UInt8(clamping: family.count)] + family + qualifier
    }

    public var family: [UInt8] { Array(bytes[1..<1 + familyLength]) }
    public var qualifier: [UInt8] { Array(bytes[(1 + familyLength)...]) }
}

/// Cells of the operation that was opened last. A timestamp in milliseconds; `latest` lets the server fill it
/// in.
extension MutationBatchBuilder {
    /// A value to put or append.
    public mutating func cell(
        _ column: PreparedColumn, value: UnsafeRawBufferPointer, timestamp: Int64 = latest
    ) {
        column.bytes.withUnsafeBytes { name in
            addCell(.put, name, longestName: column.familyLength, value, timestamp)
        }
    }

    public mutating func cell(
        family: [UInt8], qualifier: [UInt8], value: [UInt8], timestamp: Int64 = latest
    ) {
        value.withUnsafeBytes {
            cell(PreparedColumn(family: family, qualifier: qualifier), value: $0, timestamp: timestamp)
        }
    }

    /// Adds to a counter of eight bytes.
    public mutating func increment(_ column: PreparedColumn, by delta: Int64) {
        withUnsafeBytes(of: delta.bigEndian) { cell(column, value: $0) }
    }

    public mutating func increment(family: [UInt8], qualifier: [UInt8], by delta: Int64) {
        increment(PreparedColumn(family: family, qualifier: qualifier), by: delta)
    }

    /// All versions of a column up to the time.
    public mutating func deleteColumn(_ column: PreparedColumn, timestamp: Int64 = latest) {
        mark(.deleteColumn, column, timestamp)
    }

    /// One version of a column; with `latest` the newest one.
    public mutating func deleteVersion(_ column: PreparedColumn, timestamp: Int64 = latest) {
        mark(.delete, column, timestamp)
    }

    /// All columns of a family up to the time.
    public mutating func deleteFamily(_ family: [UInt8], timestamp: Int64 = latest) {
        mark(.deleteFamily, PreparedColumn(family: family, qualifier: []), timestamp)
    }

    /// All columns of a family at exactly the time.
    public mutating func deleteFamilyVersion(_ family: [UInt8], timestamp: Int64) {
        mark(.deleteFamilyVersion, PreparedColumn(family: family, qualifier: []), timestamp)
    }

    private mutating func mark(_ type: CellType, _ column: PreparedColumn, _ timestamp: Int64) {
        column.bytes.withUnsafeBytes { name in
            let empty = UnsafeRawBufferPointer(start: nil, count: 0)
            addCell(type, name, longestName: column.familyLength, empty, timestamp)
        }
    }
}
