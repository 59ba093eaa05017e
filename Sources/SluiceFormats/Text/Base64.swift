import SluiceColumns

/// Base64 with padding, as RFC 4648 has it; blanks between groups are passed over.
enum Base64 {
    /// nil if the text is none.
    static func decode(_ text: TextRange, into out: inout ByteScratch) -> Bool {
        var bits: UInt32 = 0
        var held = 0
        var padding = 0
        for index in 0..<text.count {
            let byte = text[index]
            if byte <= 0x20 { continue }
            if byte == 0x3D {
                padding += 1
                held += 1
                bits <<= 6
            } else {
                guard padding == 0, let value = sextet(byte) else { return false }
                bits = bits << 6 | value
                held += 1
            }
            if held == 4 {
                guard padding <= 2 else { return false }
                out.append(UInt8(truncatingIfNeeded: bits >> 16))
                if padding < 2 { out.append(UInt8(truncatingIfNeeded: bits >> 8)) }
                if padding < 1 { out.append(UInt8(truncatingIfNeeded: bits)) }
                bits = 0
                held = 0
            }
        }
        return held == 0
    }

    private static func sextet(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: return UInt32(byte) - 0x41
        case 0x61...0x7A: return UInt32(byte) - 0x61 + 26
        case 0x30...0x39: return UInt32(byte) - 0x30 + 52
        case 0x2B: return 62
        case 0x2F: return 63
        default: return nil
        }
    }

    static func encode(_ bytes: UnsafeRawBufferPointer, into out: inout ByteScratch) {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        let letters = alphabet.utf8Start
        out.reserve(bytes.count / 3 * 4 + 8)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let a = UInt32(bytes[index])
            let b = left > 1 ? UInt32(bytes[index + 1]) : 0
            let c = left > 2 ? UInt32(bytes[index + 2]) : 0
            let bits = a << 16 | b << 8 | c
            out.append(letters[Int(bits >> 18)])
            out.append(letters[Int(bits >> 12 & 63)])
            out.append(left > 1 ? letters[Int(bits >> 6 & 63)] : 0x3D)
            out.append(left > 2 ? letters[Int(bits & 63)] : 0x3D)
            index += 3
        }
    }
}
