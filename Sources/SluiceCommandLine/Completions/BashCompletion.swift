/// The completion script for bash; needs nothing but bash itself.
public struct BashCompletion: Sendable {
    private let root: CommandSpec

    public init(_ root: CommandSpec) { self.root = root }

    public func script() -> String {
        let model = CompletionModel(root)
        let function = model.functionName
        var out: [String] = ["# bash completion for \(model.name)", "\(function)() {"]
        out += [
            "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path='' word i",
            "    COMPREPLY=()",
            "    if [[ $cur == = ]]; then cur=''; fi",
            "    if [[ $prev == = && COMP_CWORD -ge 2 ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi",
            "    for ((i = 1; i < COMP_CWORD; i++)); do",
            "        word=${COMP_WORDS[i]}",
            "        case \"$word\" in",
        ]
        if !model.valueOptions.isEmpty {
            out += [
                "        \(model.valueOptions.joined(separator: "|")))", "            ((i++))",
                "            continue ;;",
            ]
        }
        out += [
            "        --) break ;;", "        -*) continue ;;", "        esac",
            "        case \"$path/$word\" in",
        ]
        for step in model.steps {
            out.append("        \(shellQuoted(step.from + "/" + step.word))) path=\(shellQuoted(step.to)) ;;")
        }
        out += ["        esac", "    done", "    case \"$path/$prev\" in"]
        for row in model.rows { out += values(row) }
        out += ["    esac", "    case \"$path\" in"]
        for row in model.rows { out += words(row) }
        out += ["    esac", "}", "complete -o filenames -F \(function) \(model.name)"]
        return out.joined(separator: "\n") + "\n"
    }

    /// What may follow an option with a value.
    private func values(_ row: CompletionModel.Row) -> [String] {
        var out: [String] = []
        for option in row.options where option.takesValue {
            var spellings = ["--" + option.long]
            if let short = option.short { spellings.append("-\(short)") }
            let pattern = spellings.map { shellQuoted(row.path + "/" + $0) }.joined(separator: "|")
            out.append("    \(pattern)) \(offer(option.kind ?? .text)); return ;;")
        }
        return out
    }

    private func offer(_ kind: ValueKind) -> String {
        switch kind {
        case .choice(let words):
            return "COMPREPLY=($(compgen -W \(shellQuoted(words.joined(separator: " "))) -- \"$cur\"))"
        case .directory: return "COMPREPLY=($(compgen -d -- \"$cur\"))"
        case .file: return "COMPREPLY=($(compgen -f -- \"$cur\"))"
        case .text, .integer, .duration, .size, .pair: return "COMPREPLY=()"
        }
    }

    private func words(_ row: CompletionModel.Row) -> [String] {
        let options = shellQuoted(row.optionWords.joined(separator: " "))
        let names = shellQuoted((row.commands.map(\.name) + row.operandChoices).joined(separator: " "))
        var out = [
            "    \(shellQuoted(row.path)))",
            "        if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \(options) -- \"$cur\")); return; fi",
            "        COMPREPLY=($(compgen -W \(names) -- \"$cur\"))",
        ]
        if row.takesFiles { out.append("        COMPREPLY+=($(compgen -f -- \"$cur\"))") }
        out.append("        ;;")
        return out
    }
}
