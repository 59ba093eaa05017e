/// A parsed JSON document. Numbers keep their text, objects the order of their keys.
indirect enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case number([UInt8])
    case string([UInt8])
    case array([JSONValue])
    case object([Member])

    struct Member: Sendable {
        var key: [UInt8]
        var value: JSONValue
    }

    var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    var isScalar: Bool {
        switch self {
        case .array, .object: return false
        default: return true
        }
    }

    /// An object's value of a key.
    subscript(key: [UInt8]) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    /// Appends the document with sorted keys and numbers printed anew.
    func write(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
        case .number(let text): JSONNumber.write(text, to: &out)
        case .string(let text): JSONValue.quote(text, to: &out)
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                value.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            let sorted = members.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSONValue.quote(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// A string between quotes; only quotes, backslashes and control characters are escaped.
    static func quote(_ text: [UInt8], to out: inout [UInt8]) {
        out.append(0x22)
        for byte in text {
            switch byte {
            case 0x22: out.append(contentsOf: [0x5C, 0x22])
            case 0x5C: out.append(contentsOf: [0x5C, 0x5C])
            case 0x08: out.append(contentsOf: [0x5C, 0x62])
            case 0x0C: out.append(contentsOf: [0x5C, 0x66])
            case 0x0A: out.append(contentsOf: [0x5C, 0x6E])
            case 0x0D: out.append(contentsOf: [0x5C, 0x72])
            case 0x09: out.append(contentsOf: [0x5C, 0x74])
            case 0..<0x20:
                out.append(contentsOf: "\\u00".utf8)
                out.append(contentsOf: [0x30 + (byte >> 4), Array("0123456789ABCDEF".utf8)[Int(byte & 15)]])
            default: out.append(byte)
            }
        }
        out.append(0x22)
    }
}

/// Numbers as `java.math.BigDecimal` prints them.
enum JSONNumber {
    /// An integer as it is; a number with a fraction or an exponent anew: `1e3` is `1E+3`, `-0.0` is `0.0`.
    static func write(_ text: [UInt8], to out: inout [UInt8]) {
        let isInteger = !text.contains { $0 == 0x2E || $0 | 0x20 == 0x65 }
        if isInteger {
            out.append(contentsOf: text.elementsEqual("-0".utf8) ? [0x30] : text)
            return
        }
        var digits: [UInt8] = []
        var scale = 0
        var isNegative = false
        var hasPoint = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == 0x2D {
                isNegative = true
            } else if byte == 0x2E {
                hasPoint = true
            } else if byte | 0x20 == 0x65 {
                let exponent = String(decoding: text[index...], as: UTF8.self)
                scale -= Int(exponent) ?? 0
                break
            } else {
                digits.append(byte)
                if hasPoint { scale += 1 }
            }
        }
        while digits.count > 1, digits.first == 0x30 { digits.removeFirst() }
        write(digits, scale: scale, isNegative: isNegative, to: &out)
    }

    /// `BigDecimal.toString`: plain if the scale is not negative and the value not tiny, scientific otherwise.
    static func write(_ digits: [UInt8], scale: Int, isNegative: Bool, to out: inout [UInt8]) {
        let isZero = digits.allSatisfy { $0 == 0x30 }
        if isNegative && !isZero { out.append(0x2D) }
        let adjusted = digits.count - 1 - scale
        if scale >= 0 && adjusted >= -6 {
            if scale == 0 {
                out.append(contentsOf: digits)
                return
            }
            var padded = digits
            while padded.count <= scale { padded.insert(0x30, at: 0) }
            out.append(contentsOf: padded[0..<(padded.count - scale)])
            out.append(0x2E)
            out.append(contentsOf: padded[(padded.count - scale)...])
            return
        }
        out.append(digits[0])
        if digits.count > 1 {
            out.append(0x2E)
            out.append(contentsOf: digits[1...])
        }
        if adjusted != 0 {
            out.append(0x45)
            if adjusted > 0 { out.append(0x2B) }
            out.append(contentsOf: String(adjusted).utf8)
        }
    }
}
