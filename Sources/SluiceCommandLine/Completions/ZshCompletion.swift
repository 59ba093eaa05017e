/// The completion script for zsh; to be put into a folder of `fpath` as `_sluice`.
public struct ZshCompletion: Sendable {
    private let root: CommandSpec

    public init(_ root: CommandSpec) { self.root = root }

    public func script() -> String {
        let model = CompletionModel(root)
        let function = model.functionName
        var out: [String] = ["#compdef \(model.name)", "\(function)() {"]
        out += [
            "    local cur=${words[CURRENT]} prev=${words[CURRENT-1]} cmdpath='' word",
            "    local -i i",
            "    local -a items",
            "    for ((i = 2; i < CURRENT; i++)); do",
            "        word=${words[i]}",
            "        case \"$word\" in",
        ]
        if !model.valueOptions.isEmpty {
            out += [
                "        (\(model.valueOptions.joined(separator: "|")))", "            ((i++))",
                "            continue ;;",
            ]
        }
        out += [
            "        (--) break ;;", "        (-*) continue ;;", "        esac",
            "        case \"$cmdpath/$word\" in",
        ]
        for step in model.steps {
            out.append(
                "        (\(shellQuoted(step.from + "/" + step.word))) cmdpath=\(shellQuoted(step.to)) ;;")
        }
        out += ["        esac", "    done", "    case \"$cmdpath/$prev\" in"]
        for row in model.rows {
            for option in row.options where option.takesValue {
                var spellings = ["--" + option.long]
                if let short = option.short { spellings.append("-\(short)") }
                let pattern = spellings.map { shellQuoted(row.path + "/" + $0) }.joined(separator: "|")
                out.append("    (\(pattern)) \(offer(option.kind ?? .text)); return ;;")
            }
        }
        out += ["    esac", "    case \"$cmdpath\" in"]
        for row in model.rows { out += words(row) }
        out += ["    esac", "}", "compdef \(function) \(model.name)"]
        return out.joined(separator: "\n") + "\n"
    }

    private func offer(_ kind: ValueKind) -> String {
        switch kind {
        case .choice(let words): return "compadd -- \(words.map(shellQuoted).joined(separator: " "))"
        case .directory: return "_files -/"
        case .file: return "_files"
        case .text, .integer, .duration, .size, .pair: return "_message value"
        }
    }

    private func words(_ row: CompletionModel.Row) -> [String] {
        var out = ["    (\(shellQuoted(row.path)))", "        if [[ $cur == -* ]]; then"]
        let options: [String] = row.options.map { described("--" + $0.long, $0.summary) }
        let all = options + [described("--help", "complete help"), described("-h", "short help")]
        out += [
            "            items=(\(all.joined(separator: " ")))", "            _describe option items; return",
            "        fi",
        ]
        if !row.commands.isEmpty {
            let names = row.commands.map { described($0.name, $0.summary) }
            out += ["        items=(\(names.joined(separator: " ")))", "        _describe command items"]
        }
        if !row.operandChoices.isEmpty {
            out.append("        compadd -- \(row.operandChoices.map(shellQuoted).joined(separator: " "))")
        }
        if row.takesFiles { out.append("        _files") }
        out.append("        ;;")
        return out
    }

    /// `_describe` splits at the first colon.
    private func described(_ word: String, _ summary: String) -> String {
        let safe = String(word.flatMap { $0 == ":" ? ["\\", ":"] : [$0] })
        return shellQuoted(safe + ":" + summary)
    }
}
