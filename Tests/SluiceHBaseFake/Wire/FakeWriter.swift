/// Writes a protobuf message.
struct FakeWriter {
    private(set) var result: [UInt8] = []

    static func varint(_ value: UInt64, _ out: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            out.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(rest))
    }

    mutating func uint(_ number: Int, _ value: UInt64) {
        Self.varint(UInt64(number) << 3, &result)
        Self.varint(value, &result)
    }

    mutating func int(_ number: Int, _ value: Int) { uint(number, UInt64(bitPattern: Int64(value))) }

    mutating func bool(_ number: Int, _ value: Bool) { uint(number, value ? 1 : 0) }

    mutating func bytes(_ number: Int, _ value: [UInt8]) {
        Self.varint(UInt64(number) << 3 | 2, &result)
        Self.varint(UInt64(value.count), &result)
        result += value
    }

    mutating func float(_ number: Int, _ value: Float) {
        Self.varint(UInt64(number) << 3 | 5, &result)
        for shift in [0, 8, 16, 24] {
            result.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(shift)))
        }
    }

    mutating func string(_ number: Int, _ value: String) { bytes(number, Array(value.utf8)) }

    mutating func message(_ number: Int, _ value: FakeWriter) { bytes(number, value.result) }

    mutating func message(_ number: Int, _ body: (inout FakeWriter) throws -> Void) rethrows {
        var inner = FakeWriter()
        try body(&inner)
        bytes(number, inner.result)
    }
}

/// Big-endian numbers of frames, cells and jute records.
enum BigEndian {
    static func append<Number: FixedWidthInteger>(_ value: Number, _ out: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { out += $0 }
    }

    static func bytes<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    /// The number at `position`, which moves on; nil when bytes are missing.
    static func read<Number: FixedWidthInteger>(
        _ type: Number.Type, _ bytes: ArraySlice<UInt8>, _ position: inout Int
    ) -> Number? {
        let width = Number.bitWidth / 8
        guard bytes.endIndex - position >= width else { return nil }
        var value: Number = 0
        for i in 0..<width { value = value << 8 | Number(truncatingIfNeeded: bytes[position + i]) }
        position += width
        return value
    }
}
