import SluiceBase

/// The declared type of a parameter: which values it takes and how they are written into a statement.
enum ParameterType: Equatable {
    /// STRING, VARCHAR(n), CHAR(n): one line.
    case string(maxLength: Int?)
    /// TEXT: may have several lines.
    case text
    case identifier
    case boolean
    case integer(name: String, ClosedRange<Int64>)
    case decimal(precision: Int, scale: Int)
    case double
    case date
    case time
    case timestamp

    /// Reads a type as a declaration writes it; nil: no type of parameters.
    init?(_ written: String) {
        let text = written.uppercased().filter { $0 != " " && $0 != "\t" }
        let open = text.firstIndex(of: "(")
        let word = String(text[..<(open ?? text.endIndex)])
        var numbers: [Int] = []
        if let open {
            guard text.hasSuffix(")") else { return nil }
            for part in text[text.index(after: open)...].dropLast().split(
                separator: ",", omittingEmptySubsequences: false)
            {
                guard let number = Int(part), (0...1_000_000).contains(number) else { return nil }
                numbers.append(number)
            }
        }
        guard let found = ParameterType.make(word, numbers) else { return nil }
        self = found
    }

    private static func make(_ word: String, _ numbers: [Int]) -> ParameterType? {
        switch (word, numbers.count) {
        case ("STRING", 0): return .string(maxLength: nil)
        case ("VARCHAR", 0...1), ("CHAR", 0...1):
            return .string(maxLength: numbers.first ?? (word == "CHAR" ? 1 : nil))
        case ("TEXT", 0): return .text
        case ("IDENTIFIER", 0): return .identifier
        case ("BOOLEAN", 0): return .boolean
        case ("TINYINT", 0): return .integer(name: word, -128...127)
        case ("SMALLINT", 0): return .integer(name: word, -32768...32767)
        case ("INT", 0), ("INTEGER", 0): return .integer(name: "INT", -2_147_483_648...2_147_483_647)
        case ("BIGINT", 0): return .integer(name: word, Int64.min...Int64.max)
        case ("DECIMAL", 0...2), ("NUMERIC", 0...2), ("DEC", 0...2):
            let precision = numbers.first ?? 10
            let scale = numbers.count == 2 ? numbers[1] : 0
            guard (1...38).contains(precision), scale <= precision else { return nil }
            return .decimal(precision: precision, scale: scale)
        case ("FLOAT", 0), ("DOUBLE", 0): return .double
        case ("DATE", 0): return .date
        case ("TIME", 0...1): return .time
        case ("TIMESTAMP", 0...1): return .timestamp
        default: return nil
        }
    }

    var name: String {
        switch self {
        case .string(let length): return length.map { "VARCHAR(\($0))" } ?? "STRING"
        case .text: return "TEXT"
        case .identifier: return "IDENTIFIER"
        case .boolean: return "BOOLEAN"
        case .integer(let name, _): return name
        case .decimal(let precision, let scale): return "DECIMAL(\(precision), \(scale))"
        case .double: return "DOUBLE"
        case .date: return "DATE"
        case .time: return "TIME"
        case .timestamp: return "TIMESTAMP"
        }
    }

    /// Words that a declaration may use, for suggestions.
    static let words = [
        "STRING", "VARCHAR", "CHAR", "TEXT", "IDENTIFIER", "BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT",
        "DECIMAL",
        "FLOAT", "DOUBLE", "DATE", "TIME", "TIMESTAMP",
    ]

    /// Why the text is no value of the type; nil where it is one.
    func complaint(about value: String) -> String? {
        let isFit: Bool
        switch self {
        case .string(let length):
            if value.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
                return "has several lines; declare the parameter as TEXT"
            }
            isFit = length.map { value.unicodeScalars.count <= $0 } ?? true
        case .text: isFit = true
        case .identifier: isFit = !value.isEmpty && !value.utf8.contains { $0 < 0x20 || $0 == 0x7F }
        case .boolean: isFit = ["true", "false"].contains(value.lowercased())
        case .integer(_, let range): isFit = Int64(value).map { range.contains($0) } ?? false
        case .decimal(let precision, let scale): isFit = NumberShape(value)?.fits(precision, scale) ?? false
        case .double: isFit = NumberShape(value)?.isFinite ?? false
        case .date: isFit = TimeShape.isDate(value)
        case .time: isFit = TimeShape.isTime(value)
        case .timestamp: isFit = TimeShape.isTimestamp(value)
        }
        return isFit ? nil : "is not \(article) \(name)"
    }

    private var article: String {
        switch self {
        case .identifier, .integer(name: "INT", _): return "an"
        default: return "a"
        }
    }

    /// The value as a literal of the type. The value has passed `complaint`.
    func literal(_ value: String) -> String {
        switch self {
        case .string, .text: return "'" + ParameterType.doubled(value, "'") + "'"
        case .identifier: return "`" + ParameterType.doubled(value, "`") + "`"
        case .boolean: return value.uppercased()
        case .integer: return ParameterType.signed(String(Int64(value) ?? 0))
        case .decimal: return ParameterType.signed(value.hasPrefix("+") ? String(value.dropFirst()) : value)
        case .double:
            let digits = value.hasPrefix("+") ? String(value.dropFirst()) : value
            return ParameterType.signed(digits.contains { $0 == "e" || $0 == "E" } ? digits : digits + "E0")
        case .date: return "DATE '\(value)'"
        case .time: return "TIME '\(value)'"
        case .timestamp: return "TIMESTAMP '\(value.replacing("T", with: " "))'"
        }
    }

    /// Negative numbers stand in brackets, so that they cannot join with a sign in front of them.
    private static func signed(_ digits: String) -> String { digits.hasPrefix("-") ? "(\(digits))" : digits }

    static func doubled(_ text: String, _ quote: String) -> String {
        text.replacing(quote, with: quote + quote)
    }
}

/// A decimal number in text: digits, at most one point, perhaps an exponent.
private struct NumberShape {
    private var whole = 0
    private var fraction = 0
    private var hasExponent = false
    let isFinite: Bool

    init?(_ text: String) {
        var rest = Substring(text)
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        let digits = { (text: Substring) in text.prefix { $0.isASCII && $0.isNumber } }
        let head = digits(rest)
        whole = head.drop { $0 == "0" }.count
        rest = rest.dropFirst(head.count)
        var tailCount = 0
        if rest.first == "." {
            let tail = digits(rest.dropFirst())
            tailCount = tail.count
            rest = rest.dropFirst(1 + tailCount)
        }
        fraction = tailCount
        guard head.count + tailCount > 0 else { return nil }
        if rest.first == "e" || rest.first == "E" {
            hasExponent = true
            rest = rest.dropFirst()
            if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
            let exponent = digits(rest)
            guard !exponent.isEmpty else { return nil }
            rest = rest.dropFirst(exponent.count)
        }
        guard rest.isEmpty, let value = Double(text) else { return nil }
        isFinite = value.isFinite
    }

    func fits(_ precision: Int, _ scale: Int) -> Bool {
        !hasExponent && fraction <= scale && whole <= precision - scale
    }
}

/// Dates and times in text.
private enum TimeShape {
    private static func numbers(_ text: Substring, _ separator: Character, _ widths: [Int]) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count == widths.count else { return nil }
        var out: [Int] = []
        for (part, width) in zip(parts, widths) {
            guard part.count == width, part.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(part)
            else {
                return nil
            }
            out.append(number)
        }
        return out
    }

    static func isDate(_ text: some StringProtocol) -> Bool {
        guard let parts = numbers(Substring(text), "-", [4, 2, 2]) else { return false }
        let isLeap = parts[0] % 4 == 0 && (parts[0] % 100 != 0 || parts[0] % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(parts[1]) else { return false }
        return (1...days[parts[1] - 1]).contains(parts[2])
    }

    static func isTime(_ text: some StringProtocol) -> Bool {
        let parts = Substring(text).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let clock = parts.first.flatMap({ numbers($0, ":", [2, 2, 2]) }) else {
            return false
        }
        if parts.count == 2 {
            guard (1...9).contains(parts[1].count), parts[1].allSatisfy({ $0.isASCII && $0.isNumber }) else {
                return false
            }
        }
        return clock[0] < 24 && clock[1] < 60 && clock[2] < 60
    }

    static func isTimestamp(_ text: String) -> Bool {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == " " || $0 == "T" }
        return parts.count == 2 && isDate(parts[0]) && isTime(parts[1])
    }
}
