/// Writes errors and warnings for people, editors and programs.
public struct DiagnosticRenderer: Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case human
        /// `file:line:col: error: text [code]`.
        case short
        /// One JSON object a line.
        case json
    }

    public enum Severity: String, Sendable {
        case error
        case warning
    }

    public var format: Format
    /// Colours of a terminal, only in the human form.
    public var isColored: Bool
    /// Source lines are cut at this many columns.
    public var maximumWidth: Int
    /// Later errors of a list are only counted.
    public var maximumCount: Int

    public init(
        format: Format = .human, isColored: Bool = false, maximumWidth: Int = 100, maximumCount: Int = 20
    ) {
        self.format = format
        self.isColored = isColored
        self.maximumWidth = maximumWidth
        self.maximumCount = maximumCount
    }

    /// Several errors of one text, sorted by position; each ends with a line end.
    public func render(_ errors: [SQLError], severity: Severity = .error, source: SourceText?) -> String {
        let sorted = errors.sorted { ($0.span?.lower ?? -1) < ($1.span?.lower ?? -1) }
        var output = ""
        for error in sorted.prefix(maximumCount) {
            output += render(error, severity: severity, source: source)
        }
        let rest = sorted.count - maximumCount
        if rest > 0, format == .human { output += "\(rest) more \(rest == 1 ? "error" : "errors")\n" }
        return output
    }

    /// One error; ends with a line end.
    public func render(_ error: SQLError, severity: Severity = .error, source: SourceText?) -> String {
        switch format {
        case .human: return human(error, severity, source)
        case .short: return short(error, severity, source)
        case .json: return json(error, severity, source)
        }
    }

    // MARK: Human

    private func human(_ error: SQLError, _ severity: Severity, _ source: SourceText?) -> String {
        var lines = [paint("\(severity.rawValue)[\(error.code)]", severity) + ": " + error.message]
        var gutter = 2
        if let source, let span = error.span {
            var marks = [SourceSnippet.Mark(span: span, label: error.label ?? "")]
            for note in error.notes {
                if let place = note.span {
                    marks.append(SourceSnippet.Mark(span: place, label: note.message))
                }
            }
            let snippet = SourceSnippet(source: source, marks: marks, maximumWidth: maximumWidth)
            gutter = snippet.gutter
            let start = source.position(of: span.lower)
            lines.append(
                String(repeating: " ", count: gutter) + "--> \(source.name):\(start.line):\(start.column)")
            lines += snippet.lines(marks)
        } else if let label = error.label {
            lines.append(String(repeating: " ", count: gutter) + " = \(label)")
        }
        for note in error.notes where note.span == nil || source == nil || error.span == nil {
            lines.append(String(repeating: " ", count: gutter) + " = \(note.message)")
        }
        if let hint = error.hint {
            let parts = hint.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                lines.append(index == 0 ? "help: \(part)" : "      \(part)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func paint(_ text: String, _ severity: Severity) -> String {
        guard isColored else { return text }
        return (severity == .error ? "\u{1b}[1;31m" : "\u{1b}[1;33m") + text + "\u{1b}[0m"
    }

    // MARK: Short

    private func short(_ error: SQLError, _ severity: Severity, _ source: SourceText?) -> String {
        var place = ""
        if let source {
            place = source.name + ":"
            if let span = error.span {
                let start = source.position(of: span.lower)
                place += "\(start.line):\(start.column):"
            }
            place += " "
        }
        var text = error.message
        if let label = error.label { text += " (\(label))" }
        return "\(place)\(severity.rawValue): \(text) [\(error.code)]\n"
    }

    // MARK: JSON

    private func json(_ error: SQLError, _ severity: Severity, _ source: SourceText?) -> String {
        var fields = [
            "\"severity\":" + JSONText.quoted(severity.rawValue),
            "\"code\":" + JSONText.quoted(error.code.description),
            "\"message\":" + JSONText.quoted(error.message),
        ]
        if let source { fields.append("\"file\":" + JSONText.quoted(source.name)) }
        if let source, let span = error.span { fields += jsonPlace(span, source) }
        if let label = error.label { fields.append("\"label\":" + JSONText.quoted(label)) }
        if !error.notes.isEmpty {
            let notes = error.notes.map { jsonNote($0, source) }
            fields.append("\"notes\":[" + notes.joined(separator: ",") + "]")
        }
        let hints = error.hint.map { [JSONText.quoted($0)] } ?? []
        fields.append("\"hints\":[" + hints.joined(separator: ",") + "]")
        return "{" + fields.joined(separator: ",") + "}\n"
    }

    private func jsonPlace(_ span: SourceSpan, _ source: SourceText) -> [String] {
        let start = source.position(of: span.lower)
        let end = source.position(of: span.upper)
        return [
            "\"line\":\(start.line)", "\"column\":\(start.column)", "\"end_line\":\(end.line)",
            "\"end_column\":\(end.column)",
        ]
    }

    private func jsonNote(_ note: SQLError.Note, _ source: SourceText?) -> String {
        var fields = ["\"message\":" + JSONText.quoted(note.message)]
        if let source, let span = note.span { fields += jsonPlace(span, source) }
        return "{" + fields.joined(separator: ",") + "}"
    }
}

/// Strings as JSON writes them.
public enum JSONText {
    public static func quoted(_ text: String) -> String {
        var output: [UInt8] = [0x22]
        for byte in text.utf8 {
            switch byte {
            case 0x22: output += [0x5c, 0x22]
            case 0x5c: output += [0x5c, 0x5c]
            case 0x0a: output += [0x5c, 0x6e]
            case 0x0d: output += [0x5c, 0x72]
            case 0x09: output += [0x5c, 0x74]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                output += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: output.append(byte)
            }
        }
        output.append(0x22)
        return String(decoding: output, as: UTF8.self)
    }
}
