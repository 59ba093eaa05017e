/// The encodings of HBase's `Bytes`: big-endian numbers and what is built from them. Reading gives nil
/// for bytes of another length.
public enum HBaseBytes {
    // MARK: Writing

    @inlinable
    public static func append(int8 value: Int8, to out: inout [UInt8]) {
        out.append(UInt8(bitPattern: value))
    }

    @inlinable
    public static func append(int16 value: Int16, to out: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { out.append(contentsOf: $0) }
    }

    @inlinable
    public static func append(int32 value: Int32, to out: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { out.append(contentsOf: $0) }
    }

    @inlinable
    public static func append(int64 value: Int64, to out: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { out.append(contentsOf: $0) }
    }

    @inlinable
    public static func append(float value: Float, to out: inout [UInt8]) {
        append(int32: Int32(bitPattern: value.bitPattern), to: &out)
    }

    @inlinable
    public static func append(double value: Double, to out: inout [UInt8]) {
        append(int64: Int64(bitPattern: value.bitPattern), to: &out)
    }

    @inlinable
    public static func append(bool value: Bool, to out: inout [UInt8]) {
        out.append(value ? 0xFF : 0x00)
    }

    /// The scale, then the unscaled value in as few bytes as keep its sign.
    public static func append(decimal unscaled: Int128, scale: Int32, to out: inout [UInt8]) {
        append(int32: scale, to: &out)
        var count = 1
        while count < 16 {
            let rest = unscaled >> Int128(count * 8 - 1)
            if rest == 0 || rest == -1 { break }
            count += 1
        }
        for index in stride(from: count - 1, through: 0, by: -1) {
            out.append(UInt8(truncatingIfNeeded: unscaled >> Int128(index * 8)))
        }
    }

    // MARK: Reading

    @inlinable
    public static func int8(_ bytes: UnsafeRawBufferPointer) -> Int8? {
        bytes.count == 1 ? Int8(bitPattern: bytes[0]) : nil
    }

    @inlinable
    public static func int16(_ bytes: UnsafeRawBufferPointer) -> Int16? {
        bytes.count == 2 ? Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)) : nil
    }

    @inlinable
    public static func int32(_ bytes: UnsafeRawBufferPointer) -> Int32? {
        bytes.count == 4 ? Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)) : nil
    }

    @inlinable
    public static func int64(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        bytes.count == 8 ? Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)) : nil
    }

    @inlinable
    public static func float(_ bytes: UnsafeRawBufferPointer) -> Float? {
        int32(bytes).map { Float(bitPattern: UInt32(bitPattern: $0)) }
    }

    @inlinable
    public static func double(_ bytes: UnsafeRawBufferPointer) -> Double? {
        int64(bytes).map { Double(bitPattern: UInt64(bitPattern: $0)) }
    }

    /// Any non-zero byte is true.
    @inlinable
    public static func bool(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        bytes.count == 1 ? bytes[0] != 0 : nil
    }

    /// Nil also for a number beyond 128 bits.
    public static func decimal(_ bytes: UnsafeRawBufferPointer) -> (unscaled: Int128, scale: Int32)? {
        guard bytes.count >= 5, let scale = int32(UnsafeRawBufferPointer(rebasing: bytes[0..<4])) else {
            return nil
        }
        let digits = bytes[4...]
        var unscaled: Int128 = (digits.first ?? 0) & 0x80 == 0 ? 0 : -1
        let excess = bytes.count - 4 - 16
        for (index, byte) in digits.enumerated() {
            if index < excess && byte != (unscaled < 0 ? 0xFF : 0x00) { return nil }
            unscaled = (unscaled << 8) | Int128(byte)
        }
        let isNegative = (digits.first ?? 0) & 0x80 != 0
        if excess > 0 && (unscaled < 0) != isNegative { return nil }
        return (unscaled, scale)
    }

    // MARK: As HBase prints it

    /// Printable ASCII as it is, every other byte and the backslash as `\xNN`.
    public static func printable(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in bytes {
            if byte >= 0x20 && byte < 0x7F && byte != 0x5C {
                out.append(byte)
            } else {
                out.append(0x5C)
                out.append(0x78)
                out.append(digits[Int(byte >> 4)])
                out.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The reverse of `printable`: `\xNN` is a byte, everything else its UTF-8.
    public static func parsePrintable(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x5C, index + 3 < bytes.count, bytes[index + 1] == 0x78,
                let high = hex(bytes[index + 2]), let low = hex(bytes[index + 3])
            {
                out.append(high << 4 | low)
                index += 4
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return out
    }

    private static func hex(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: return digit - 0x30
        case 0x41...0x46: return digit - 0x37
        case 0x61...0x66: return digit - 0x57
        default: return nil
        }
    }
}
