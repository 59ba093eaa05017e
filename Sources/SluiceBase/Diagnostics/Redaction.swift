/// Keeps secrets off screens, logs and histories: which option keys are sensitive, and what is shown instead.
///
/// A reference such as `${secret:NAME}` is no secret and stays.
public struct Redaction: Sendable {
    public static let mask = "******"

    /// Flink's list and ours; a key that contains one of them is sensitive. `-` and `_` count as `.`.
    static let words: [String] = [
        "password", "secret", "fs.azure.account.key", "apikey", "api.key", "auth.params", "service.key",
        "token",
        "basic.auth", "jaas.config", "http.headers", "access.key", "accesskey", "private.key", "passphrase",
        "keytab",
    ]

    private let words: [String]

    /// `additional` holds the value of `security.additional-sensitive-keys`.
    public init(additional: [String] = []) {
        words = Self.words + additional.map(Self.folded).filter { !$0.isEmpty }
    }

    public func isSensitive(_ key: String) -> Bool {
        let name = Self.folded(key)
        return words.contains { name.contains($0) }
    }

    /// What may be shown of an option's value.
    public func shown(_ value: String, of key: String) -> String {
        if Self.isReference(value) { return value }
        return isSensitive(key) ? Self.mask : Self.withoutCredentials(value)
    }

    /// The statement with the value of every sensitive `'key' = 'value'` masked, and credentials in URLs too.
    public func shown(statement: String) -> String {
        let bytes = Array(statement.utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var position = 0
        /// The last literal, while nothing but blanks and one equals sign have followed it.
        var key: String?
        var sawEquals = false
        while position < bytes.count {
            let start = position
            let kind = Self.skipToken(bytes, &position)
            switch kind {
            case .literal:
                let value = Self.unquoted(bytes[start..<position])
                let text =
                    key != nil && sawEquals ? shown(value, of: key ?? "") : Self.withoutCredentials(value)
                out += text == value ? Array(bytes[start..<position]) : Self.quoted(text)
                key = sawEquals ? nil : value
                sawEquals = false
            case .equals:
                out.append(bytes[start])
                sawEquals = key != nil && !sawEquals
            case .blank:
                out += bytes[start..<position]
            case .other:
                out += bytes[start..<position]
                key = nil
                sawEquals = false
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    // MARK: Parts

    private static func folded(_ key: String) -> String {
        String(key.lowercased().map { $0 == "-" || $0 == "_" ? "." : $0 })
    }

    private static func isReference(_ value: String) -> Bool {
        value.hasPrefix("${") && value.hasSuffix("}") && !value.dropFirst(2).dropLast().contains("}")
    }

    private enum Token { case literal, equals, blank, other }

    /// Literals, names in backticks and comments are one token; blanks and comments are the same.
    private static func skipToken(_ bytes: [UInt8], _ position: inout Int) -> Token {
        let first = bytes[position]
        let next = position + 1 < bytes.count ? bytes[position + 1] : 0
        switch first {
        case UInt8(ascii: "'"):
            skipQuoted(bytes, &position)
            return .literal
        case UInt8(ascii: "`"), UInt8(ascii: "\""):
            skipQuoted(bytes, &position)
            return .other
        case UInt8(ascii: "-") where next == first:
            while position < bytes.count && bytes[position] != 10 { position += 1 }
            return .blank
        case UInt8(ascii: "/") where next == UInt8(ascii: "*"):
            position += 2
            while position < bytes.count {
                let ends = bytes[position] == UInt8(ascii: "/") && bytes[position - 1] == UInt8(ascii: "*")
                position += 1
                if ends { break }
            }
            return .blank
        case UInt8(ascii: "="):
            position += 1
            return .equals
        case 9, 10, 13, 32:
            position += 1
            return .blank
        default:
            position += 1
            return .other
        }
    }

    /// A doubled quote stands for one; an unclosed text goes to the end.
    private static func skipQuoted(_ bytes: [UInt8], _ position: inout Int) {
        let quote = bytes[position]
        position += 1
        while position < bytes.count {
            if bytes[position] == quote {
                if position + 1 < bytes.count && bytes[position + 1] == quote {
                    position += 2
                    continue
                }
                position += 1
                return
            }
            position += 1
        }
    }

    private static func unquoted(_ bytes: ArraySlice<UInt8>) -> String {
        var out: [UInt8] = []
        var position = bytes.startIndex + 1
        while position < bytes.endIndex {
            if bytes[position] == UInt8(ascii: "'") {
                position += 1
                if position >= bytes.endIndex { break }
            }
            out.append(bytes[position])
            position += 1
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func quoted(_ text: String) -> [UInt8] {
        var out: [UInt8] = [UInt8(ascii: "'")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "'") { out.append(byte) }
            out.append(byte)
        }
        return out + [UInt8(ascii: "'")]
    }

    /// `jdbc:x://user:pw@host/db?password=pw` without the passwords.
    static func withoutCredentials(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: ":")), text.contains("://") else { return text }
        var out = maskedUser(text)
        for name in ["password=", "pwd=", "token=", "secret="] where out.lowercased().contains(name) {
            out = maskedParameter(name, in: out)
        }
        return out
    }

    private static func maskedUser(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var slashes = -1
        for index in bytes.indices.dropLast(2)
        where bytes[index] == UInt8(ascii: ":") && bytes[index + 1] == UInt8(ascii: "/")
            && bytes[index + 2] == UInt8(ascii: "/")
        {
            slashes = index + 3
            break
        }
        guard slashes > 0 else { return text }
        let stops: [UInt8] = [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")]
        let end = bytes[slashes...].firstIndex { stops.contains($0) } ?? bytes.count
        guard let at = bytes[slashes..<end].lastIndex(of: UInt8(ascii: "@")),
            let colon = bytes[slashes..<at].firstIndex(of: UInt8(ascii: ":"))
        else { return text }
        let masked = Array(bytes[...colon]) + Array(mask.utf8) + Array(bytes[at...])
        return String(decoding: masked, as: UTF8.self)
    }

    private static func maskedParameter(_ name: String, in text: String) -> String {
        let bytes = Array(text.utf8)
        let wanted = Array(name.utf8)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let starts = index == 0 || !isWordByte(bytes[index - 1])
            let window = bytes[index..<Swift.min(index + wanted.count, bytes.count)].map(lowered)
            guard starts && window == wanted else {
                out.append(bytes[index])
                index += 1
                continue
            }
            out += bytes[index..<index + wanted.count]
            out += Array(mask.utf8)
            index += wanted.count
            while index < bytes.count && bytes[index] != UInt8(ascii: "&")
                && bytes[index] != UInt8(ascii: ";")
            {
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (97...122).contains(lowered(byte)) || (48...57).contains(byte)
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
}
