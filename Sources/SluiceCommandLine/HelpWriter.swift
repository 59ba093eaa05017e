/// The help of a command, from its table.
public struct HelpWriter: Sendable {
    private let root: CommandSpec
    private let path: [String]
    private let command: CommandSpec
    private let inherited: [CommandOption]
    /// Lines are at most this wide where words allow it.
    private let width: Int

    /// Help for the command at `path` below `root`; for `root` itself where there is no such command.
    public init(_ root: CommandSpec, path: [String] = [], width: Int = 100) {
        var command = root
        var inherited: [CommandOption] = []
        var names: [String] = []
        for word in path {
            guard let next = command.subcommand(word) else { break }
            inherited += command.options.filter(\.isInherited)
            names.append(next.name)
            command = next
        }
        self.root = root
        self.path = names
        self.command = command
        self.inherited = inherited
        self.width = Swift.max(width, 40)
    }

    private var name: String { ([root.name] + path).joined(separator: " ") }

    /// One screen: three examples first, then what fits.
    public func short(lines: Int = 24) -> String {
        var out: [String] = []
        for example in command.examples.prefix(3) {
            out.append("  \(example.command)")
            out.append("      \(example.meaning)")
        }
        if !out.isEmpty { out.append("") }
        out.append("usage: \(synopsis)")
        out.append("  \(command.summary)")
        var rows = rowsOfOperands()
        rows += rowsOfCommands()
        rows += rowsOfOptions(command.options)
        if command.subcommands.isEmpty { rows += rowsOfOptions(inherited) }
        let room = Swift.max(lines - out.count - 2, 3)
        let shown = rows.count <= room ? rows[...] : rows.prefix(room)
        if !rows.isEmpty {
            out.append("")
            out += table(shown, wrapped: false)
        }
        let more = rows.count - shown.count
        out.append(more > 0 ? "\(more) more: \(name) --help" : "complete help: \(name) --help")
        return out.joined(separator: "\n") + "\n"
    }

    /// Everything.
    public func full() -> String {
        var out: [String] = ["\(name): \(command.summary)", "", "usage: \(synopsis)"]
        if !command.aliases.isEmpty { out.append("also:  \(command.aliases.joined(separator: ", "))") }
        for paragraph in paragraphs(command.details) {
            out.append("")
            out += wrap(paragraph, indent: 0)
        }
        if !command.examples.isEmpty {
            section("Examples", &out)
            for example in command.examples {
                out.append("  \(example.command)")
                out += wrap(example.meaning, indent: 6)
            }
        }
        add("Arguments", rowsOfOperands(), &out)
        add("Commands", rowsOfCommands(), &out)
        add("Options", rowsOfOptions(command.options), &out)
        let help = [(term: "-h, --help", meaning: "help on one screen, or all of it")]
        add("Options of every command", rowsOfOptions(inherited) + help, &out)
        for part in command.sections {
            section(part.title, &out)
            for paragraph in paragraphs(part.text) { out += wrap(paragraph, indent: 2) }
            out += table(part.rows[...], wrapped: true)
        }
        return out.joined(separator: "\n") + "\n"
    }

    // MARK: Parts

    var synopsis: String {
        var words = [name]
        if !command.options.isEmpty || !inherited.isEmpty { words.append("[options]") }
        if !command.subcommands.isEmpty { words.append(command.operands.isEmpty ? "COMMAND" : "[COMMAND]") }
        words += command.operands.map(\.synopsis)
        return words.joined(separator: " ")
    }

    private func rowsOfOperands() -> [(term: String, meaning: String)] {
        command.operands.map { (term: $0.synopsis, meaning: $0.summary) }
    }

    private func rowsOfCommands() -> [(term: String, meaning: String)] {
        command.subcommands.filter { !$0.isHidden }.map { (term: $0.name, meaning: $0.summary) }
    }

    private func rowsOfOptions(_ options: [CommandOption]) -> [(term: String, meaning: String)] {
        options.filter { !$0.isHidden }.map { (term: $0.synopsis, meaning: $0.meaning) }
    }

    private func section(_ title: String, _ out: inout [String]) {
        out.append("")
        out.append("\(title):")
    }

    private func add(_ title: String, _ rows: [(term: String, meaning: String)], _ out: inout [String]) {
        guard !rows.isEmpty else { return }
        section(title, &out)
        out += table(rows[...], wrapped: true)
    }

    // MARK: Layout

    private func table(_ rows: ArraySlice<(term: String, meaning: String)>, wrapped: Bool) -> [String] {
        let column = Swift.min(rows.map(\.term.count).max() ?? 0, 30) + 4
        var out: [String] = []
        for row in rows {
            let indent = String(repeating: " ", count: column)
            var lines = wrap(row.meaning, indent: column)
            if !wrapped { lines = [indent + row.meaning] }
            let term = "  " + row.term
            if term.count + 2 > column {
                out.append(wrapped ? term : term + "  " + row.meaning)
                if wrapped { out += lines }
                continue
            }
            let first = lines.first.map { String($0.dropFirst(column)) } ?? ""
            out.append(term + String(repeating: " ", count: column - term.count) + first)
            out += lines.dropFirst()
        }
        return out
    }

    private func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }

    private func wrap(_ text: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty && indent + line.count + 1 + word.count > width {
                lines.append(margin + line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        if !line.isEmpty { lines.append(margin + line) }
        return lines
    }
}

extension CommandOption {
    /// The summary with the allowed words and the default.
    var meaning: String {
        var text = summary
        if case .choice(let words) = kind { text += ": " + words.joined(separator: ", ") }
        if let defaultValue { text += " (default \(defaultValue))" }
        return text
    }
}
