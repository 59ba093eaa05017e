import SluiceCatalog
import SluiceSyntax

/// What stands in front of the line that is typed.
enum ShellPrompt {
    /// `sluice[shop] 2▶> `: the database if it is not the initial one, and how many jobs run.
    static func first(_ current: DatabaseName, jobs: Int, isUnicode: Bool) -> String {
        var text = "sluice"
        if current.catalog != DatabaseName.initial.catalog {
            text += "[\(PrintableText.of(current.catalog)).\(PrintableText.of(current.database))]"
        } else if current.database != DatabaseName.initial.database {
            text += "[\(PrintableText.of(current.database))]"
        }
        if jobs > 0 { text += " \(jobs)\(isUnicode ? "▶" : "*")" }
        return text + "> "
    }

    /// Says what the lines before left open; as wide as the first prompt.
    static func next(_ opening: StatementSplitter.Opening, width: Int) -> String {
        let mark: String
        switch opening {
        case .string: mark = "'.."
        case .identifier: mark = "`.."
        case .comment: mark = "/*."
        case .brackets: mark = "(."
        case .statementSet: mark = "set."
        case .statement: mark = "..."
        }
        let text = mark + "> "
        return String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }
}
