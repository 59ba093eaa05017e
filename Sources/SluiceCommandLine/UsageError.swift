/// A command line that cannot be carried out.
public struct UsageError: Error, Sendable, Equatable {
    /// One sentence: lower case, no full stop, names in double quotes.
    public var message: String
    /// What to do next, one line each.
    public var hints: [String]

    /// The exit code of a wrong command line.
    public static let exitCode: Int32 = 2

    public init(_ message: String, hints: [String] = []) {
        self.message = message
        self.hints = hints
    }

    /// The lines for stderr.
    public var text: String {
        hints.reduce("error: \(message)\n") { $0 + "help: \($1)\n" }
    }
}

/// A word of the user in double quotes: control characters escaped, cut at 80 characters.
func quoted(_ word: String) -> String {
    var text = ""
    for scalar in word.unicodeScalars.prefix(80) {
        let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
        text += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    return word.unicodeScalars.count > 80 ? "\"\(text)…\"" : "\"\(text)\""
}
