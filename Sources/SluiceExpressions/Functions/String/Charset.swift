import SluiceBase

/// The character sets of ENCODE and DECODE. What a set lacks becomes `?`, damaged input U+FFFD.
enum Charset: Sendable {
    case ascii, latin1, utf8, utf16, utf16BE, utf16LE

    static func named(_ name: UnsafeRawBufferPointer) throws(SQLError) -> Charset {
        let text = String(decoding: name, as: UTF8.self)
        switch text.uppercased() {
        case "US-ASCII", "ASCII", "US_ASCII": return .ascii
        case "ISO-8859-1", "ISO8859-1", "ISO8859_1", "LATIN1": return .latin1
        case "UTF-8", "UTF8": return .utf8
        case "UTF-16", "UTF16", "UTF_16": return .utf16
        case "UTF-16BE", "UTF_16BE": return .utf16BE
        case "UTF-16LE", "UTF_16LE": return .utf16LE
        default:
            throw SQLError(
                .evaluation, "unknown character set \"\(text)\"",
                hint: "use one of US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16")
        }
    }

    func encode(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) {
        switch self {
        case .utf8: out.append(bytes)
        case .ascii, .latin1:
            let limit: UInt32 = self == .ascii ? 0x80 : 0x100
            for scalar in UTF8Text.scalars(bytes) {
                out.append(scalar.value < limit ? UInt8(truncatingIfNeeded: scalar.value) : 0x3F)
            }
        case .utf16, .utf16BE, .utf16LE:
            let units = UTF8Text.utf16(bytes)
            if self == .utf16 && !units.isEmpty { out.append(contentsOf: [0xFE, 0xFF]) }
            for unit in units {
                let high = UInt8(unit >> 8)
                let low = UInt8(truncatingIfNeeded: unit)
                out.append(self == .utf16LE ? low : high)
                out.append(self == .utf16LE ? high : low)
            }
        }
    }

    func decode(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) {
        switch self {
        case .utf8: out.append(contentsOf: String(decoding: bytes, as: UTF8.self).utf8)
        case .ascii, .latin1:
            for byte in bytes {
                let isKnown = self == .latin1 || byte < 0x80
                UTF8Text.append(isKnown ? Unicode.Scalar(byte) : "\u{FFFD}", to: &out)
            }
        case .utf16, .utf16BE, .utf16LE: decodeUTF16(bytes, &out)
        }
    }

    private func decodeUTF16(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) {
        var isLittle = self == .utf16LE
        var start = 0
        if self == .utf16, bytes.count >= 2 {
            if bytes[0] == 0xFF && bytes[1] == 0xFE { isLittle = true }
            if isLittle || bytes[0] == 0xFE && bytes[1] == 0xFF { start = 2 }
        }
        var units: [UInt16] = []
        var index = start
        while index + 1 < bytes.count {
            let first = UInt16(bytes[index])
            let second = UInt16(bytes[index + 1])
            units.append(isLittle ? second << 8 | first : first << 8 | second)
            index += 2
        }
        out.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
        if index < bytes.count { UTF8Text.append("\u{FFFD}", to: &out) }
    }
}
