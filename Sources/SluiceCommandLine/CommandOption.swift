/// One option of a command: its names, its value and its line of help.
public struct CommandOption: Sendable {
    /// Without the dashes; it is also the key under which a parsed command holds the value.
    public var long: String
    public var short: Character?
    public var summary: String
    public var value: Value
    /// Each use adds a value; otherwise the last one wins.
    public var isRepeatable: Bool
    public var defaultValue: String?
    /// Also accepted by every subcommand.
    public var isInherited: Bool
    public var isHidden: Bool

    /// What stands after the name.
    public enum Value: Sendable {
        /// Nothing.
        case flag
        case required(placeholder: String, ValueKind)
        /// Only as `--name=value`; `--name` alone means `implied`.
        case optional(placeholder: String, ValueKind, implied: String)
    }

    public init(
        _ long: String, short: Character? = nil, _ summary: String, value: Value = .flag,
        isRepeatable: Bool = false, defaultValue: String? = nil, isInherited: Bool = false,
        isHidden: Bool = false
    ) {
        self.long = long
        self.short = short
        self.summary = summary
        self.value = value
        self.isRepeatable = isRepeatable
        self.defaultValue = defaultValue
        self.isInherited = isInherited
        self.isHidden = isHidden
    }

    /// An option with a value of one of the given words.
    public static func choice(
        _ long: String, short: Character? = nil, _ choices: [String], _ summary: String,
        placeholder: String = "WORD", defaultValue: String? = nil, isInherited: Bool = false
    ) -> CommandOption {
        CommandOption(
            long, short: short, summary, value: .required(placeholder: placeholder, .choice(choices)),
            defaultValue: defaultValue, isInherited: isInherited)
    }

    /// An option with a free text, a file name or another value that is checked by `kind`.
    public static func value(
        _ long: String, short: Character? = nil, _ placeholder: String, _ summary: String,
        kind: ValueKind = .text, isRepeatable: Bool = false, defaultValue: String? = nil,
        isInherited: Bool = false
    ) -> CommandOption {
        CommandOption(
            long, short: short, summary, value: .required(placeholder: placeholder, kind),
            isRepeatable: isRepeatable, defaultValue: defaultValue, isInherited: isInherited)
    }

    var takesValue: Bool {
        if case .required = value { return true }
        return false
    }

    var kind: ValueKind? {
        switch value {
        case .flag: return nil
        case .required(_, let kind), .optional(_, let kind, _): return kind
        }
    }

    /// `-D, --define KEY=VALUE`, as help lists it.
    var synopsis: String {
        let names = short.map { "-\($0), --\(long)" } ?? "    --\(long)"
        switch value {
        case .flag: return names
        case .required(let placeholder, _): return "\(names) \(placeholder)"
        case .optional(let placeholder, _, _): return "\(names)[=\(placeholder)]"
        }
    }
}

/// What may stand as the value of an option or as an operand.
public enum ValueKind: Sendable {
    case text
    case file
    case directory
    case integer(ClosedRange<Int>)
    /// `10s`, `5min`, `2 h`
    case duration
    /// `256mb`
    case size
    /// `key=value`
    case pair
    case choice([String])

    /// Why the text is no such value; nil where it is one.
    func complaint(about text: String) -> String? {
        switch self {
        case .text, .file, .directory:
            return nil
        case .integer(let range):
            if let number = Int(text), range.contains(number) { return nil }
            if range.upperBound == Int.max { return "is not a whole number of at least \(range.lowerBound)" }
            return "is not a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .duration:
            return DurationText.micros(text) == nil ? "is not a duration such as 10s, 5min or 2h" : nil
        case .size:
            return SizeText.bytes(text) == nil ? "is not a size such as 64kb, 256mb or 1g" : nil
        case .pair:
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 && !parts[0].isEmpty ? nil : "is not of the form key=value"
        case .choice(let words):
            return words.contains(text) ? nil : "is not one of \(words.joined(separator: ", "))"
        }
    }
}
