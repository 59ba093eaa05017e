/// JSON_QUOTE and JSON_UNQUOTE, with their way to write characters as UTF-16 units.
enum JSONQuoting {
    static func quote(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) {
        out.append(0x22)
        let units = UTF8Text.utf16(bytes)
        for (index, unit) in units.enumerated() {
            switch unit {
            case 0x22: out.append(contentsOf: [0x5C, 0x22])
            case 0x5C: out.append(contentsOf: [0x5C, 0x5C])
            case 0x2F: out.append(contentsOf: [0x5C, 0x2F])
            case 0x08: out.append(contentsOf: [0x5C, 0x62])
            case 0x0C: out.append(contentsOf: [0x5C, 0x66])
            case 0x0A: out.append(contentsOf: [0x5C, 0x6E])
            case 0x0D: out.append(contentsOf: [0x5C, 0x72])
            case 0x09: out.append(contentsOf: [0x5C, 0x74])
            case 0x20...0x7E: out.append(UInt8(unit))
            default:
                // A character outside the basic plane is written by its whole number and again by its second unit.
                var value = UInt32(unit)
                if unit & 0xFC00 == 0xD800, index + 1 < units.count {
                    value = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(units[index + 1] & 0x3FF))
                }
                out.append(contentsOf: [0x5C, 0x75])
                let digits = Array(String(value, radix: 16).utf8)
                for _ in digits.count..<Swift.max(4, digits.count) { out.append(0x30) }
                out.append(contentsOf: digits)
            }
        }
        out.append(0x22)
    }

    /// False if the text is not one JSON string.
    static func unquote(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) -> Bool {
        guard bytes.count >= 2, bytes[0] == 0x22, bytes[bytes.count - 1] == 0x22 else { return false }
        var units: [UInt16] = []
        let inner = UTF8Text.utf16(UnsafeRawBufferPointer(rebasing: bytes[1..<(bytes.count - 1)]))
        var index = 0
        while index < inner.count {
            let unit = inner[index]
            index += 1
            if unit == 0x22 || unit < 0x20 { return false }
            guard unit == 0x5C else {
                units.append(unit)
                continue
            }
            guard index < inner.count, let escaped = escape(inner, &index) else { return false }
            units.append(escaped)
        }
        UTF8Text.append(utf16: units, to: &out)
        return true
    }

    private static func escape(_ text: [UInt16], _ index: inout Int) -> UInt16? {
        let unit = text[index]
        index += 1
        switch unit {
        case 0x22, 0x5C, 0x2F: return unit
        case 0x62: return 0x08
        case 0x66: return 0x0C
        case 0x6E: return 0x0A
        case 0x72: return 0x0D
        case 0x74: return 0x09
        case 0x75:
            guard index + 4 <= text.count else { return nil }
            var value: UInt16 = 0
            for digit in text[index..<(index + 4)] {
                guard digit < 0x80, let nibble = URLText.digit(UInt8(digit)) else { return nil }
                value = value << 4 | UInt16(nibble)
            }
            index += 4
            return value
        default: return nil
        }
    }
}
