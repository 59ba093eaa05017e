/// Numbers of variable length in HFiles: Hadoop's VInt in the index, protobuf's varint in file info and trailer.
enum HFileNumbers {
    /// One byte up to 127; above, -112 minus the count of bytes that follow, big-endian. For numbers from 0 on.
    static func appendVInt(_ value: Int, to bytes: inout [UInt8]) {
        if value <= 127 {
            bytes.append(UInt8(truncatingIfNeeded: value))
            return
        }
        let count = (Int.bitWidth - value.leadingZeroBitCount + 7) / 8
        bytes.append(UInt8(truncatingIfNeeded: -112 - count))
        for index in stride(from: count - 1, through: 0, by: -1) {
            bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index)))
        }
    }

    static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    static func appendField(_ number: UInt64, varint value: UInt64, to bytes: inout [UInt8]) {
        appendVarint(number << 3, to: &bytes)
        appendVarint(value, to: &bytes)
    }

    static func appendField(_ number: UInt64, bytes value: [UInt8], to bytes: inout [UInt8]) {
        appendVarint(number << 3 | 2, to: &bytes)
        appendVarint(UInt64(value.count), to: &bytes)
        bytes.append(contentsOf: value)
    }

    static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
