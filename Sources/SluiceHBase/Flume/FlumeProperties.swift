import SluiceBase

/// A Java properties file: keys and values in order, comments left out, lines that end in a backslash joined,
/// escapes resolved. Later values of a key win.
struct FlumeProperties {
    struct Entry {
        var key: String
        var value: String
        /// From 1 on.
        var line: Int
    }

    private(set) var entries: [Entry] = []

    init(_ text: String) throws(SQLError) {
        var pending: [UInt8] = []
        var start = 0
        var number = 0
        for line in Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            var bytes = Array(line.drop { Self.isSpace($0) })
            if bytes.last == 0x0D { bytes.removeLast() }
            if pending.isEmpty {
                start = number
                guard let first = bytes.first, first != UInt8(ascii: "#"), first != UInt8(ascii: "!") else {
                    continue
                }
            }
            let slashes = bytes.reversed().prefix { $0 == UInt8(ascii: "\\") }.count
            if slashes % 2 == 1 {
                pending += bytes.dropLast()
                continue
            }
            add(pending + bytes, line: start)
            pending = []
        }
        if !pending.isEmpty { add(pending, line: start) }
        guard !entries.isEmpty else {
            throw SQLError(.connectorOption, "the file holds no properties")
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0C }

    private mutating func add(_ bytes: [UInt8], line: Int) {
        var split = bytes.count
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "\\") {
                at += 2
                continue
            }
            if bytes[at] == UInt8(ascii: "=") || bytes[at] == UInt8(ascii: ":") || Self.isSpace(bytes[at]) {
                split = at
                break
            }
            at += 1
        }
        var rest = bytes[min(split, bytes.count)...].drop { Self.isSpace($0) }
        if let sign = rest.first, sign == UInt8(ascii: "=") || sign == UInt8(ascii: ":") {
            rest = rest.dropFirst().drop { Self.isSpace($0) }
        }
        let key = Self.unescaped(bytes[..<min(split, bytes.count)])
        entries.removeAll { $0.key == key }
        var value = Self.unescaped(rest)
        while let last = value.last, last == " " || last == "\t" { value.removeLast() }
        entries.append(Entry(key: key, value: value, line: line))
    }

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        var out: [UInt8] = []
        var at = bytes.startIndex
        while at < bytes.endIndex {
            let byte = bytes[at]
            at += 1
            guard byte == UInt8(ascii: "\\"), at < bytes.endIndex else {
                out.append(byte)
                continue
            }
            let escape = bytes[at]
            at += 1
            switch escape {
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "u"):
                let digits = String(decoding: bytes[at...].prefix(4), as: UTF8.self)
                if digits.utf8.count == 4, let code = UInt32(digits, radix: 16),
                    let scalar = Unicode.Scalar(code)
                {
                    out += Array(String(Character(scalar)).utf8)
                    at += 4
                } else {
                    out.append(escape)
                }
            default: out.append(escape)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
