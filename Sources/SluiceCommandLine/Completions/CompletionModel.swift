/// What the completion scripts of the shells are made from: one row a command.
///
/// The scripts walk the words before the cursor to the command's path, skipping the values of options, and
/// then offer that command's words.
struct CompletionModel {
    struct Row {
        /// Path joined by spaces, empty for the program itself.
        let path: String
        let commands: [CommandSpec]
        let options: [CommandOption]
        let operands: [CommandOperand]
    }

    let name: String
    let rows: [Row]
    /// `path word` -> path of the subcommand, with one entry for each alias.
    let steps: [(from: String, word: String, to: String)]
    /// Spellings of all options that take the next word as their value.
    let valueOptions: [String]

    init(_ root: CommandSpec) {
        var rows: [Row] = []
        var steps: [(from: String, word: String, to: String)] = []
        var valueOptions: Set<String> = []
        root.walk { path, command, options in
            let from = path.joined(separator: " ")
            let visible = options.filter { !$0.isHidden }
            let commands = command.subcommands.filter { !$0.isHidden }
            rows.append(Row(path: from, commands: commands, options: visible, operands: command.operands))
            for next in commands {
                let to = (path + [next.name]).joined(separator: " ")
                for word in [next.name] + next.aliases { steps.append((from: from, word: word, to: to)) }
            }
            for option in visible where option.takesValue {
                valueOptions.insert("--" + option.long)
                if let short = option.short { valueOptions.insert("-\(short)") }
            }
        }
        name = root.name
        self.rows = rows
        self.steps = steps
        self.valueOptions = valueOptions.sorted()
    }

    /// A name that a shell accepts for a function.
    var functionName: String { "_" + String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" }) }
}

extension CompletionModel.Row {
    /// All spellings: `--format`, `-q`.
    var optionWords: [String] {
        options.flatMap { option in ["--" + option.long] + (option.short.map { ["-\($0)"] } ?? []) }
            + ["--help", "-h"]
    }

    /// Whether a file may stand as an operand.
    var takesFiles: Bool {
        operands.contains {
            switch $0.kind {
            case .file, .directory: return true
            default: return false
            }
        }
    }

    var operandChoices: [String] {
        operands.flatMap { operand -> [String] in
            if case .choice(let words) = operand.kind { return words }
            return []
        }
    }
}

/// A text in single quotes for bash and zsh.
func shellQuoted(_ text: String) -> String {
    var out = "'"
    for character in text { out += character == "'" ? "'\\''" : String(character) }
    return out + "'"
}
