/// Writes cells in the form of a cell block: int32 length and KeyValue.
public enum CellEncoder {
    /// The timestamp that lets the server fill in its clock.
    public static let latest = Int64.max
    /// Longest row and family that the layout can hold.
    public static let longestRow = Int(Int16.max)
    public static let longestFamily = Int(Int8.max)

    /// Bytes of a cell in a block, its length prefix included.
    @inline(__always)
    public static func size(row: Int, family: Int, qualifier: Int, value: Int) -> Int {
        4 + 8 + 12 + row + family + qualifier + value
    }

    /// Appends one cell. Lengths are the caller's to check (`longestRow`, `longestFamily`); a longer text would be
    /// written with a wrong length.
    public static func append(
        to writer: inout ProtobufWriter, row: UnsafeRawBufferPointer, family: UnsafeRawBufferPointer,
        qualifier: UnsafeRawBufferPointer, timestamp: Int64, type: CellType, value: UnsafeRawBufferPointer
    ) {
        let total = size(
            row: row.count, family: family.count, qualifier: qualifier.count, value: value.count)
        writer.append(maximum: total) { target in
            var used = target.storeBigEndian(Int32(truncatingIfNeeded: total - 4))
            let keyLength = 12 + row.count + family.count + qualifier.count
            used += (target + used).storeBigEndian(Int32(truncatingIfNeeded: keyLength))
            used += (target + used).storeBigEndian(Int32(truncatingIfNeeded: value.count))
            used += (target + used).storeBigEndian(Int16(truncatingIfNeeded: row.count))
            used += (target + used).store(row)
            target[used] = UInt8(truncatingIfNeeded: family.count)
            used += 1
            used += (target + used).store(family)
            used += (target + used).store(qualifier)
            used += (target + used).storeBigEndian(timestamp)
            target[used] = type.rawValue
            used += 1
            used += (target + used).store(value)
            return used
        }
    }
}
