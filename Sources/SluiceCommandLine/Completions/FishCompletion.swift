/// The completion script for fish.
public struct FishCompletion: Sendable {
    private let root: CommandSpec

    public init(_ root: CommandSpec) { self.root = root }

    public func script() -> String {
        let model = CompletionModel(root)
        let walker = "_" + model.functionName + "_path"
        var out: [String] = ["# fish completion for \(model.name)", "function \(walker)"]
        out += [
            "    set -l words (commandline -opc)",
            "    set -l path ''",
            "    set -l skip 0",
            "    for word in $words[2..-1]",
            "        if test $skip = 1",
            "            set skip 0",
            "            continue",
            "        end",
            "        switch \"$word\"",
        ]
        if !model.valueOptions.isEmpty {
            out += [
                "            case \(model.valueOptions.map(quoted).joined(separator: " "))",
                "                set skip 1",
                "                continue",
            ]
        }
        out += [
            "            case '-*'", "                continue", "        end",
            "        switch \"$path/$word\"",
        ]
        for step in model.steps {
            out += [
                "            case \(quoted(step.from + "/" + step.word))",
                "                set path \(quoted(step.to))",
            ]
        }
        out += ["        end", "    end", "    echo \"/$path\"", "end", "complete -c \(model.name) -f"]
        for row in model.rows { out += lines(row, name: model.name, walker: walker) }
        return out.joined(separator: "\n") + "\n"
    }

    private func lines(_ row: CompletionModel.Row, name: String, walker: String) -> [String] {
        let condition = "complete -c \(name) -n \(quoted("test (\(walker)) = \"/\(row.path)\""))"
        var out: [String] = []
        for command in row.commands {
            out.append("\(condition) -a \(quoted(command.name)) -d \(quoted(command.summary))")
        }
        for word in row.operandChoices { out.append("\(condition) -a \(quoted(word))") }
        if row.takesFiles { out.append("\(condition) -F") }
        for option in row.options {
            var line = "\(condition) -l \(quoted(option.long))"
            if let short = option.short { line += " -s \(quoted(String(short)))" }
            if option.takesValue { line += offer(option.kind ?? .text) }
            out.append("\(line) -d \(quoted(option.summary))")
        }
        out.append("\(condition) -l help -s h -d 'help'")
        return out
    }

    private func offer(_ kind: ValueKind) -> String {
        switch kind {
        case .choice(let words): return " -x -a \(quoted(words.joined(separator: " ")))"
        case .file, .directory: return " -r -F"
        case .text, .integer, .duration, .size, .pair: return " -x"
        }
    }

    private func quoted(_ text: String) -> String {
        var out = "'"
        for character in text {
            if character == "'" || character == "\\" { out.append("\\") }
            out.append(character)
        }
        return out + "'"
    }
}
