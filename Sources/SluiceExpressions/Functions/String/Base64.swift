/// Base 64 with padding, as in RFC 4648.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var out = [UInt8](repeating: 0xFF, count: 256)
        for (index, byte) in alphabet.enumerated() { out[Int(byte)] = UInt8(index) }
        return out
    }()

    static func encode(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let first = UInt32(bytes[index])
            let second = index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0
            let third = index + 2 < bytes.count ? UInt32(bytes[index + 2]) : 0
            let group = first << 16 | second << 8 | third
            out.append(alphabet[Int(group >> 18)])
            out.append(alphabet[Int(group >> 12 & 63)])
            out.append(index + 1 < bytes.count ? alphabet[Int(group >> 6 & 63)] : 0x3D)
            out.append(index + 2 < bytes.count ? alphabet[Int(group & 63)] : 0x3D)
            index += 3
        }
    }

    /// False for text that is not base 64. Padding may be left out.
    static func decode(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) -> Bool {
        var end = bytes.count
        if end > 0 && end % 4 == 0 {
            if bytes[end - 1] == 0x3D { end -= 1 }
            if bytes[end - 1] == 0x3D { end -= 1 }
        }
        if end % 4 == 1 { return false }
        var group: UInt32 = 0
        var bits = 0
        for index in 0..<end {
            let value = values[Int(bytes[index])]
            if value == 0xFF { return false }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return true
    }
}
