/// The text of `Keyword.swift`.
enum KeywordFile {
    private static let swiftWords: Set<String> = [
        "as", "in", "is", "case", "default", "do", "else", "false", "for", "if", "import", "static", "true",
        "where",
        "return", "continue", "break", "internal", "inout",
    ]

    static func text(reserved: [String], free: [String], callable: [String]) -> String {
        var text = """
            // Generated from grammar/keywords by GrammarTests (SLUICE_RECORD=1). Do not edit.

            /// A word with a meaning in the grammar. The reserved ones come first.
            public enum Keyword: UInt16, Sendable, CaseIterable {

            """
        for word in reserved + free { text += "    case \(caseName(word))\n" }
        text += """

                static let reservedCount: UInt16 = \(reserved.count)

                /// The words in upper case, in the order of the cases.
                static let words: [StaticString] = [
            \(lines((reserved + free).map { "\"\($0)\"," }))
                ]

                /// Reserved words that may be called like a function.
                static let callable: [Keyword] = [
            \(lines(callable.map { ".\($0.lowercased())," }))
                ]
            }

            """
        return text
    }

    private static func caseName(_ word: String) -> String {
        let name = word.lowercased()
        return swiftWords.contains(name) ? "`\(name)`" : name
    }

    private static func lines(_ items: [String]) -> String {
        var lines: [String] = []
        var line = "       "
        for item in items {
            if line.count + item.count + 1 > 108 {
                lines.append(line)
                line = "       "
            }
            line += " " + item
        }
        lines.append(line)
        return lines.joined(separator: "\n")
    }
}
