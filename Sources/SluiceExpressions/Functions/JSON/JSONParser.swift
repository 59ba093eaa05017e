/// Reads one JSON value (RFC 8259). Text behind it is ignored.
struct JSONParser {
    private let text: UnsafeRawBufferPointer
    private var position = 0
    private var depth = 0
    private static let deepest = 500

    /// nil for text that does not start with a JSON value.
    static func parse(_ text: UnsafeRawBufferPointer) -> JSONValue? {
        var parser = JSONParser(text: text)
        guard let value = parser.value() else { return nil }
        if case .number = value, let next = parser.peek(), !isBlank(next) { return nil }
        return value
    }

    private init(text: UnsafeRawBufferPointer) { self.text = text }

    private func peek() -> UInt8? { position < text.count ? text[position] : nil }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private mutating func skipBlanks() {
        while let byte = peek(), JSONParser.isBlank(byte) { position += 1 }
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private mutating func value() -> JSONValue? {
        skipBlanks()
        guard let first = peek() else { return nil }
        switch first {
        case UInt8(ascii: "{"): return object()
        case UInt8(ascii: "["): return array()
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return word("true", .bool(true))
        case UInt8(ascii: "f"): return word("false", .bool(false))
        case UInt8(ascii: "n"): return word("null", .null)
        default: return number()
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) -> JSONValue? {
        for byte in word.utf8 { guard accept(byte) else { return nil } }
        if let next = peek(), next | 0x20 >= 0x61 && next | 0x20 <= 0x7A || next >= 0x30 && next <= 0x39 {
            return nil
        }
        return value
    }

    private mutating func object() -> JSONValue? {
        depth += 1
        guard depth <= JSONParser.deepest else { return nil }
        defer { depth -= 1 }
        position += 1
        var members: [JSONValue.Member] = []
        skipBlanks()
        if accept(UInt8(ascii: "}")) { return .object([]) }
        while true {
            skipBlanks()
            guard peek() == 0x22, let key = string() else { return nil }
            skipBlanks()
            guard accept(UInt8(ascii: ":")), let value = value() else { return nil }
            if let known = members.firstIndex(where: { $0.key == key }) {
                members[known].value = value
            } else {
                members.append(JSONValue.Member(key: key, value: value))
            }
            skipBlanks()
            if accept(UInt8(ascii: "}")) { return .object(members) }
            guard accept(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func array() -> JSONValue? {
        depth += 1
        guard depth <= JSONParser.deepest else { return nil }
        defer { depth -= 1 }
        position += 1
        var values: [JSONValue] = []
        skipBlanks()
        if accept(UInt8(ascii: "]")) { return .array([]) }
        while true {
            guard let value = value() else { return nil }
            values.append(value)
            skipBlanks()
            if accept(UInt8(ascii: "]")) { return .array(values) }
            guard accept(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func digits() -> Bool {
        let start = position
        while let byte = peek(), byte >= 0x30, byte <= 0x39 { position += 1 }
        return position > start
    }

    private mutating func number() -> JSONValue? {
        let start = position
        _ = accept(0x2D)
        if accept(0x30) {
            if let next = peek(), next >= 0x30, next <= 0x39 { return nil }
        } else if !digits() {
            return nil
        }
        if accept(0x2E), !digits() { return nil }
        if let mark = peek(), mark | 0x20 == 0x65 {
            position += 1
            if let sign = peek(), sign == 0x2B || sign == 0x2D { position += 1 }
            guard digits() else { return nil }
        }
        return .number(Array(text[start..<position]))
    }

    private mutating func string() -> [UInt8]? {
        position += 1
        var out: [UInt8] = []
        var pending: UInt16?
        while let byte = peek() {
            position += 1
            if byte == 0x5C {
                guard escape(&out, &pending) else { return nil }
                continue
            }
            JSONParser.flush(&pending, &out)
            if byte == 0x22 { return out }
            if byte < 0x20 { return nil }
            out.append(byte)
        }
        return nil
    }

    /// A surrogate waits for its partner.
    private static func flush(_ pending: inout UInt16?, _ out: inout [UInt8]) {
        guard pending != nil else { return }
        pending = nil
        out.append(0x3F)
    }

    private mutating func escape(_ out: inout [UInt8], _ pending: inout UInt16?) -> Bool {
        guard let byte = peek() else { return false }
        position += 1
        if byte != UInt8(ascii: "u") { JSONParser.flush(&pending, &out) }
        switch byte {
        case 0x22, 0x5C, 0x2F: out.append(byte)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            guard position + 4 <= text.count else { return false }
            var unit: UInt16 = 0
            for index in position..<(position + 4) {
                guard let digit = URLText.digit(text[index]) else { return false }
                unit = unit << 4 | UInt16(digit)
            }
            position += 4
            if let high = pending, unit & 0xFC00 == 0xDC00 {
                pending = nil
                UTF8Text.append(utf16: [high, unit], to: &out)
            } else {
                JSONParser.flush(&pending, &out)
                if unit & 0xFC00 == 0xD800 {
                    pending = unit
                } else {
                    UTF8Text.append(utf16: [unit], to: &out)
                }
            }
        default: return false
        }
        return true
    }
}
