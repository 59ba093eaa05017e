import Glibc

/// A cell as HFiles hold it: int32 key length, int32 value length, key, value; all numbers big-endian. The key is int16
/// row length, row, int8 family length, family, qualifier, int64 timestamp, int8 type.
///
/// Points into bytes of somebody else, who keeps them for as long as it is used.
struct StoredCell {
    let bytes: UnsafeRawBufferPointer
    let keyLength: Int
    let rowLength: Int
    let familyLength: Int

    /// Nil: the bytes are no cell, or more than one.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let length = StoredCell.length(of: bytes), length == bytes.count else { return nil }
        keyLength = StoredCell.int32(bytes, 0)
        guard keyLength >= 12, keyLength <= bytes.count - 8 else { return nil }
        let row = Int(bytes[8]) << 8 | Int(bytes[9])
        guard row > 0, row <= Int(Int16.max), row + 12 <= keyLength else { return nil }
        let family = Int(bytes[10 + row])
        guard family <= Int(Int8.max), row + family + 12 <= keyLength else { return nil }
        rowLength = row
        familyLength = family
        self.bytes = bytes
    }

    /// The length of the cell that the bytes begin with; nil: its first eight bytes are not there, or are nonsense.
    static func length(of bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= 8 else { return nil }
        let key = int32(bytes, 0)
        let value = int32(bytes, 4)
        guard key >= 0, value >= 0 else { return nil }
        return 8 + key + value
    }

    private static func int32(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int {
        Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
    }

    var key: UnsafeRawBufferPointer { part(8, keyLength) }
    var row: UnsafeRawBufferPointer { part(10, rowLength) }
    var family: UnsafeRawBufferPointer { part(11 + rowLength, familyLength) }
    var qualifier: UnsafeRawBufferPointer {
        part(11 + rowLength + familyLength, keyLength - 12 - rowLength - familyLength)
    }
    var value: UnsafeRawBufferPointer { part(8 + keyLength, valueLength) }
    var valueLength: Int { bytes.count - 8 - keyLength }

    var timestamp: Int64 {
        Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: keyLength - 1, as: Int64.self))
    }

    var type: UInt8 { bytes[7 + keyLength] }

    private func part(_ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
    }
}

/// The order of cells in a store: row, family and qualifier ascending as unsigned bytes, then the newest timestamp and
/// the highest type first.
enum CellOrder {
    /// Compares two whole keys that `StoredCell` has checked; below 0: the first one comes first.
    static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let leftRow = Int(left[0]) << 8 | Int(left[1])
        let rightRow = Int(right[0]) << 8 | Int(right[1])
        var order = bytes(left, 2, leftRow, right, 2, rightRow)
        if order != 0 { return order }
        let leftFamily = Int(left[2 + leftRow])
        let rightFamily = Int(right[2 + rightRow])
        order = bytes(left, 3 + leftRow, leftFamily, right, 3 + rightRow, rightFamily)
        if order != 0 { return order }
        let leftEnd = left.count - 9
        let rightEnd = right.count - 9
        let leftStart = 3 + leftRow + leftFamily
        let rightStart = 3 + rightRow + rightFamily
        order = bytes(left, leftStart, leftEnd - leftStart, right, rightStart, rightEnd - rightStart)
        if order != 0 { return order }
        let leftTime = Int64(bigEndian: left.loadUnaligned(fromByteOffset: leftEnd, as: Int64.self))
        let rightTime = Int64(bigEndian: right.loadUnaligned(fromByteOffset: rightEnd, as: Int64.self))
        if leftTime != rightTime { return leftTime > rightTime ? -1 : 1 }
        return Int(right[right.count - 1]) - Int(left[left.count - 1])
    }

    /// Unsigned bytes; the shorter one first where one begins with the other.
    static func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        bytes(left, 0, left.count, right, 0, right.count)
    }

    @inline(__always)
    private static func bytes(
        _ left: UnsafeRawBufferPointer, _ leftStart: Int, _ leftCount: Int,
        _ right: UnsafeRawBufferPointer, _ rightStart: Int, _ rightCount: Int
    ) -> Int {
        let common = Swift.min(leftCount, rightCount)
        if common > 0, let leftBase = left.baseAddress, let rightBase = right.baseAddress {
            let order = memcmp(leftBase + leftStart, rightBase + rightStart, common)
            if order != 0 { return Int(order) }
        }
        return leftCount - rightCount
    }
}
