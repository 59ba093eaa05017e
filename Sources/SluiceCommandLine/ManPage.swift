/// The manual page of a program in roff, from its tree of commands.
public struct ManPage: Sendable {
    private let root: CommandSpec
    private let version: String
    private let date: String

    /// `date` as it stands at the foot of the page, `2026-03-01`.
    public init(_ root: CommandSpec, version: String, date: String) {
        self.root = root
        self.version = version
        self.date = date
    }

    public func text() -> String {
        var out: [String] = [
            ".TH \(escaped(root.name.uppercased())) 1 \"\(escaped(date))\" \"\(escaped(root.name)) \(escaped(version))\"",
            ".SH NAME",
            "\(escaped(root.name)) \\- \(escaped(root.summary))",
            ".SH SYNOPSIS",
        ]
        root.walk { path, _, _ in
            if path.count < 2 { out += [".br", escaped(HelpWriter(root, path: path).synopsis)] }
        }
        add(paragraphs: root.details, heading: ".SH DESCRIPTION", &out)
        add(options: root.options, heading: ".SH OPTIONS", &out)
        out.append(".SH COMMANDS")
        root.walk { path, command, _ in
            if !path.isEmpty { add(command, path: path, &out) }
        }
        for section in root.sections {
            add(paragraphs: section.text, heading: ".SH \(escaped(section.title.uppercased()))", &out)
            if section.text.isEmpty { out.append(".SH \(escaped(section.title.uppercased()))") }
            for row in section.rows { out += [".TP", ".B \(escaped(row.term))", line(row.meaning)] }
        }
        add(examples: root.examples, heading: ".SH EXAMPLES", &out)
        return out.joined(separator: "\n") + "\n"
    }

    private func add(_ command: CommandSpec, path: [String], _ out: inout [String]) {
        out.append(".SS \(escaped(HelpWriter(root, path: path).synopsis))")
        out.append(line(command.summary.prefix(1).uppercased() + command.summary.dropFirst() + "."))
        add(paragraphs: command.details, heading: ".PP", &out)
        for operand in command.operands {
            out += [".TP", ".I \(escaped(operand.name))", line(operand.summary)]
        }
        add(options: command.options, heading: nil, &out)
        add(examples: command.examples, heading: ".PP", &out)
        for section in command.sections {
            out += [".PP", line(section.title + ":")]
            if !section.text.isEmpty { out.append(line(section.text)) }
            for row in section.rows { out += [".TP", ".B \(escaped(row.term))", line(row.meaning)] }
        }
    }

    private func add(paragraphs text: String, heading: String, _ out: inout [String]) {
        let paragraphs = text.split(separator: "\n", omittingEmptySubsequences: true)
        for (index, paragraph) in paragraphs.enumerated() {
            out.append(index == 0 ? heading : ".PP")
            out.append(line(String(paragraph)))
        }
    }

    private func add(options: [CommandOption], heading: String?, _ out: inout [String]) {
        let visible = options.filter { !$0.isHidden }
        guard !visible.isEmpty else { return }
        if let heading { out.append(heading) }
        for option in visible {
            let synopsis = String(option.synopsis.drop { $0 == " " })
            out += [".TP", ".B \(escaped(synopsis))", line(option.meaning)]
        }
    }

    private func add(examples: [CommandExample], heading: String, _ out: inout [String]) {
        guard !examples.isEmpty else { return }
        out.append(heading)
        for example in examples {
            out += [".nf", ".B \(escaped(example.command))", ".fi", ".RS 4", line(example.meaning), ".RE"]
        }
    }

    /// A line of text: a leading dot or quote would be taken as a request.
    private func line(_ text: String) -> String {
        let body = escaped(text)
        return body.hasPrefix(".") || body.hasPrefix("'") ? "\\&" + body : body
    }

    private func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "\\": out += "\\e"
            case "-": out += "\\-"
            case "\"": out += "\\(dq"
            case "…": out += "..."
            case "\n": out += " "
            default: out.append(character)
            }
        }
        return out
    }
}
