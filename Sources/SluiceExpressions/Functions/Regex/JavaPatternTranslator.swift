/// Rewrites a pattern of `java.util.regex` for PCRE2: classes with unions and intersections, the names of properties,
/// escapes; and refuses what Java refuses although PCRE2 knows it.
struct JavaPatternTranslator {
    private let text: [UInt8]
    private var position = 0
    private var out: [UInt8] = []

    init(_ pattern: [UInt8]) { text = pattern }

    /// nil if Java would refuse the pattern for a reason that PCRE2 does not see.
    mutating func translate() -> [UInt8]? {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\\"): guard escape(inClass: false) else { return nil }
            case UInt8(ascii: "["): guard characterClass() else { return nil }
            case UInt8(ascii: "("): guard group() else { return nil }
            case UInt8(ascii: "{"): guard repetition() else { return nil }
            default:
                out.append(byte)
                position += 1
            }
        }
        return out
    }

    private func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < text.count ? text[position + ahead] : nil
    }

    private func starts(with word: String) -> Bool { text[position...].starts(with: word.utf8) }

    /// `(` alone, `(?:`, `(?=`, `(?!`, `(?>`, `(?<`, or flags.
    private mutating func group() -> Bool {
        if starts(with: "(*") { return false }
        guard starts(with: "(?") else {
            out.append(UInt8(ascii: "("))
            position += 1
            return true
        }
        out.append(contentsOf: "(?".utf8)
        position += 2
        guard let byte = peek() else { return false }
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: ">"), UInt8(ascii: "<"):
            out.append(byte)
            position += 1
            return true
        default: return flags()
        }
    }

    private mutating func flags() -> Bool {
        while let byte = peek() {
            position += 1
            switch byte {
            case UInt8(ascii: ")"), UInt8(ascii: ":"):
                out.append(byte)
                return true
            // Unix lines and Unicode case have no switch of their own.
            case UInt8(ascii: "d"), UInt8(ascii: "u"), UInt8(ascii: "U"): continue
            case UInt8(ascii: "i"), UInt8(ascii: "m"), UInt8(ascii: "s"), UInt8(ascii: "x"),
                UInt8(ascii: "-"):
                out.append(byte)
            default: return false
            }
        }
        return false
    }

    /// `{n}`, `{n,}`, `{n,m}`; a brace of any other kind is an error in Java.
    private mutating func repetition() -> Bool {
        var end = position + 1
        var digits = 0
        while end < text.count, text[end] >= 0x30, text[end] <= 0x39 {
            digits += 1
            end += 1
        }
        guard digits > 0, end < text.count else { return false }
        if text[end] == UInt8(ascii: ",") {
            end += 1
            while end < text.count, text[end] >= 0x30, text[end] <= 0x39 { end += 1 }
        }
        guard end < text.count, text[end] == UInt8(ascii: "}") else { return false }
        out.append(contentsOf: text[position...end])
        position = end + 1
        return true
    }

    private mutating func escape(inClass: Bool) -> Bool {
        guard let next = peek(1) else { return false }
        switch next {
        case UInt8(ascii: "Q"): return quoted()
        case UInt8(ascii: "u"): return codePoint(digits: 4, skip: 2)
        case UInt8(ascii: "0"): return octal()
        case UInt8(ascii: "p"), UInt8(ascii: "P"): return property(inClass: inClass)
        case UInt8(ascii: "K"), UInt8(ascii: "C"), UInt8(ascii: "g"), UInt8(ascii: "o"), UInt8(ascii: "N"):
            return false
        default:
            out.append(UInt8(ascii: "\\"))
            out.append(next)
            position += 2
            return true
        }
    }

    private mutating func quoted() -> Bool {
        position += 2
        while position < text.count {
            if starts(with: "\\E") {
                position += 2
                return true
            }
            appendLiteral(text[position])
            position += 1
        }
        return true
    }

    private mutating func appendLiteral(_ byte: UInt8) {
        if byte < 0x80, !isWord(byte) { out.append(UInt8(ascii: "\\")) }
        out.append(byte)
    }

    private func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == 0x5F
            || byte <= 0x20
    }

    private mutating func codePoint(digits: Int, skip: Int) -> Bool {
        let start = position + skip
        guard start + digits <= text.count else { return false }
        let hex = text[start..<(start + digits)]
        guard hex.allSatisfy({ URLText.digit($0) != nil }) else { return false }
        out.append(contentsOf: "\\x{".utf8)
        out.append(contentsOf: hex)
        out.append(UInt8(ascii: "}"))
        position = start + digits
        return true
    }

    /// `\0n`, `\0nn`, `\0mnn`.
    private mutating func octal() -> Bool {
        var at = position + 2
        var value = 0
        var count = 0
        while at < text.count, count < 3, text[at] >= 0x30, text[at] <= 0x37 {
            let larger = value * 8 + Int(text[at] - 0x30)
            if larger > 0o377 { break }
            value = larger
            at += 1
            count += 1
        }
        guard count > 0 else { return false }
        out.append(contentsOf: "\\x{\(String(value, radix: 16))}".utf8)
        position = at
        return true
    }

    private static let posix: [String: String] = [
        "Lower": "a-z", "Upper": "A-Z", "ASCII": "\\x{0}-\\x{7F}", "Alpha": "a-zA-Z", "Digit": "0-9",
        "Alnum": "a-zA-Z0-9", "Punct": "!-\\/:-@\\[-`{-~", "Graph": "!-~", "Print": " -~", "Blank": " \\t",
        "Cntrl": "\\x{0}-\\x{1F}\\x{7F}", "XDigit": "0-9a-fA-F", "Space": " \\t\\n\\x{B}\\f\\r",
    ]

    private static let binary: [String: String] = [
        "IsAlphabetic": "\\p{L}\\p{Nl}", "IsLetter": "\\p{L}", "IsLowercase": "\\p{Ll}",
        "IsUppercase": "\\p{Lu}",
        "IsDigit": "\\p{Nd}", "IsPunctuation": "\\p{P}", "IsWhite_Space": "\\s\\p{Z}", "IsControl": "\\p{Cc}",
        "javaLowerCase": "\\p{Ll}", "javaUpperCase": "\\p{Lu}", "javaWhitespace": "\\s",
        "javaLetter": "\\p{L}",
        "javaDigit": "\\p{Nd}", "javaLetterOrDigit": "\\p{L}\\p{Nd}",
    ]

    private mutating func property(inClass: Bool) -> Bool {
        var isNegated = peek(1) == UInt8(ascii: "P")
        position += 2
        var name: String
        guard let byte = peek() else { return false }
        if byte == UInt8(ascii: "{") {
            guard let end = text[position...].firstIndex(of: UInt8(ascii: "}")) else { return false }
            name = String(decoding: text[(position + 1)..<end], as: UTF8.self)
            position = end + 1
        } else {
            name = String(decoding: [byte], as: UTF8.self)
            position += 1
        }
        if name.hasPrefix("^") { isNegated.toggle() }
        if let set = JavaPatternTranslator.posix[name] ?? JavaPatternTranslator.binary[name] {
            if inClass && isNegated { return false }
            out.append(contentsOf: (inClass ? set : "[" + (isNegated ? "^" : "") + set + "]").utf8)
            return true
        }
        if let equals = name.firstIndex(of: "=") { name = String(name[name.index(after: equals)...]) }
        if name.hasPrefix("Is") || name.hasPrefix("In") { name = String(name.dropFirst(2)) }
        guard !name.isEmpty, name.utf8.allSatisfy({ isWord($0) }) else { return false }
        out.append(contentsOf: "\\\(isNegated ? "P" : "p"){\(name)}".utf8)
        return true
    }
}

extension JavaPatternTranslator {
    /// `[…]` with nested classes (union) and `&&` (intersection), as alternatives and lookaheads over plain classes.
    private mutating func characterClass() -> Bool {
        var depth = 0
        guard let expression = classExpression(&depth) else { return false }
        out.append(contentsOf: expression)
        return true
    }

    /// A class from `[` to `]` as an expression that matches one character.
    private mutating func classExpression(_ depth: inout Int) -> [UInt8]? {
        depth += 1
        guard depth < 50 else { return nil }
        defer { depth -= 1 }
        position += 1
        var isNegated = false
        if peek() == UInt8(ascii: "^") {
            isNegated = true
            position += 1
        }
        var operands: [[UInt8]] = []
        var set: [UInt8] = []
        var nested: [[UInt8]] = []
        var isFirst = true
        while let byte = peek() {
            if byte == UInt8(ascii: "]") && !isFirst {
                position += 1
                operands.append(JavaPatternTranslator.union(set, nested))
                return JavaPatternTranslator.combined(operands, isNegated: isNegated)
            }
            isFirst = false
            if byte == UInt8(ascii: "[") {
                guard let inner = classExpression(&depth) else { return nil }
                nested.append(inner)
            } else if starts(with: "&&") {
                operands.append(JavaPatternTranslator.union(set, nested))
                set = []
                nested = []
                position += 2
            } else if byte == UInt8(ascii: "\\") {
                let saved = out
                out = set
                let isValid = escape(inClass: true)
                set = out
                out = saved
                if !isValid { return nil }
            } else {
                set.append(byte)
                position += 1
            }
        }
        return nil
    }

    private static func union(_ set: [UInt8], _ nested: [[UInt8]]) -> [UInt8] {
        var parts = nested
        if !set.isEmpty { parts.insert(plain(set), at: 0) }
        if parts.count == 1 { return parts[0] }
        return Array("(?:".utf8) + parts.joined(separator: [UInt8(ascii: "|")]) + Array(")".utf8)
    }

    private static func plain(_ set: [UInt8]) -> [UInt8] {
        let guarded = set.first == UInt8(ascii: "^") ? [UInt8(ascii: "\\")] + set : set
        return [UInt8(ascii: "[")] + guarded + [UInt8(ascii: "]")]
    }

    private static func combined(_ operands: [[UInt8]], isNegated: Bool) -> [UInt8] {
        let parts = operands.filter { $0 != Array("(?:)".utf8) }
        guard let last = parts.last else { return Array("(?!)".utf8) }
        if parts.count == 1 && isNegated && last.first == UInt8(ascii: "[")
            && last.dropFirst().first != UInt8(ascii: "^")
        {
            return Array("[^".utf8) + last.dropFirst()
        }
        var expression: [UInt8] = []
        for part in parts.dropLast() { expression += Array("(?=".utf8) + part + Array(")".utf8) }
        expression += last
        if isNegated { return Array("(?:(?!".utf8) + expression + Array(")(?s:.))".utf8) }
        return parts.count == 1 ? expression : Array("(?:".utf8) + expression + Array(")".utf8)
    }
}
