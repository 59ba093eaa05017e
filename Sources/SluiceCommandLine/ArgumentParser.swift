import SluiceBase

/// Reads the arguments of a command line against a tree of commands.
///
/// Options may follow operands, `--` ends options, `--name value` and `--name=value` mean the same, short flags
/// may be joined (`-qv`), a short option's value may follow at once (`-Dkey=value`).
public struct ArgumentParser: Sendable {
    let root: CommandSpec

    public init(_ root: CommandSpec) { self.root = root }

    /// `arguments` without the name of the program.
    public func parse(_ arguments: [String]) throws(UsageError) -> ParsedCommand {
        var state = State(command: root)
        var index = 0
        while index < arguments.count {
            let word = arguments[index]
            index += 1
            if state.optionsEnded || word == "-" || !word.hasPrefix("-") {
                try takeWord(word, &state)
            } else if word == "--" {
                state.optionsEnded = true
            } else if word.hasPrefix("--") {
                try takeLong(word.dropFirst(2), arguments, &index, &state)
            } else {
                try takeShort(word.dropFirst(), arguments, &index, &state)
            }
            if state.help != nil { break }
        }
        if state.help == nil { try checkOperands(state) }
        return ParsedCommand(
            path: state.path, command: state.command, help: state.help, occurrences: state.occurrences,
            operands: state.operands, options: state.options)
    }

    /// What has been read so far.
    private struct State {
        var path: [String] = []
        var command: CommandSpec
        var inherited: [CommandOption] = []
        var occurrences: [ParsedCommand.Occurrence] = []
        var operands: [String] = []
        var help: ParsedCommand.Help?
        var optionsEnded = false

        init(command: CommandSpec) { self.command = command }

        var options: [CommandOption] { command.options + inherited }
    }

    // MARK: Words

    private func takeWord(_ word: String, _ state: inout State) throws(UsageError) {
        let mayName = state.operands.isEmpty && !state.optionsEnded && !state.command.subcommands.isEmpty
        guard mayName else { return try takeOperand(word, &state) }
        if let next = state.command.subcommand(word) {
            state.inherited += state.command.options.filter(\.isInherited)
            state.path.append(next.name)
            state.command = next
            return
        }
        if !state.command.operands.isEmpty && looksLikeFile(word) { return try takeOperand(word, &state) }
        throw unknownCommand(word, state)
    }

    /// A program with commands and operands takes `job.sql` as an operand, but not a mistyped command.
    private func looksLikeFile(_ word: String) -> Bool {
        word == "-" || word.utf8.contains(UInt8(ascii: ".")) || word.utf8.contains(UInt8(ascii: "/"))
    }

    private func takeOperand(_ word: String, _ state: inout State) throws(UsageError) {
        let specs = state.command.operands
        let index = state.operands.count
        let spec: CommandOperand
        if index < specs.count {
            spec = specs[index]
        } else if let last = specs.last, last.isRepeated {
            spec = last
        } else {
            let expected =
                specs.isEmpty
                ? "takes no arguments" : "takes \(specs.map(\.synopsis).joined(separator: " ")) only"
            throw UsageError("unexpected argument \(quoted(word)): \(commandLine(state)) \(expected)")
        }
        if let complaint = spec.kind.complaint(about: word) {
            throw UsageError(
                "\(spec.name) \(quoted(word)) \(complaint)", hints: choiceHints(word, spec.kind))
        }
        state.operands.append(word)
    }

    private func checkOperands(_ state: State) throws(UsageError) {
        let command = state.command
        let name = commandLine(state)
        if !command.subcommands.isEmpty && command.operands.isEmpty && !state.path.isEmpty {
            let names = command.subcommands.filter { !$0.isHidden }.map(\.name).joined(separator: ", ")
            throw UsageError(
                "\(name) needs one of: \(names)", hints: ["\(name) -h shows what they do"])
        }
        guard state.operands.count < command.operands.count else { return }
        let missing = command.operands[state.operands.count]
        guard missing.isRequired else { return }
        throw UsageError("\(name) needs \(missing.name)", hints: ["\(name) -h shows examples"])
    }

    // MARK: Options

    private func takeLong(
        _ body: Substring, _ arguments: [String], _ index: inout Int, _ state: inout State
    ) throws(UsageError) {
        let sign = body.firstIndex(of: "=")
        let name = String(body[..<(sign ?? body.endIndex)])
        let attached = sign.map { String(body[body.index(after: $0)...]) }
        guard let option = state.options.first(where: { $0.long == name }) else {
            if name == "help" && attached == nil {
                state.help = .full
                return
            }
            throw unknownOption("--" + name, state)
        }
        try take(option, written: "--" + name, attached: attached, arguments, &index, &state)
    }

    private func takeShort(
        _ cluster: Substring, _ arguments: [String], _ index: inout Int, _ state: inout State
    ) throws(UsageError) {
        var rest = cluster
        while let letter = rest.popFirst() {
            guard let option = state.options.first(where: { $0.short == letter }) else {
                guard letter == "h" else { throw unknownOption("-\(letter)", state) }
                state.help = .short
                return
            }
            if option.takesValue && !rest.isEmpty {
                let attached = String(rest.first == "=" ? rest.dropFirst() : rest)
                return try take(option, written: "-\(letter)", attached: attached, arguments, &index, &state)
            }
            try take(option, written: "-\(letter)", attached: nil, arguments, &index, &state)
        }
    }

    private func take(
        _ option: CommandOption, written: String, attached: String?, _ arguments: [String],
        _ index: inout Int,
        _ state: inout State
    ) throws(UsageError) {
        let value: String
        switch option.value {
        case .flag:
            guard attached == nil else { throw UsageError("option \(quoted(written)) takes no value") }
            value = ""
        case .optional(_, _, let implied):
            value = attached ?? implied
        case .required(let placeholder, _):
            if let attached {
                value = attached
            } else if index < arguments.count {
                value = arguments[index]
                index += 1
            } else {
                throw UsageError("option \(quoted(written)) needs a value: \(written) \(placeholder)")
            }
        }
        if let kind = option.kind, let complaint = kind.complaint(about: value) {
            throw UsageError(
                "value \(quoted(value)) of option \(quoted(written)) \(complaint)",
                hints: choiceHints(value, kind))
        }
        state.occurrences.append(ParsedCommand.Occurrence(option: option.long, value: value))
    }

    // MARK: Complaints

    private func commandLine(_ state: State) -> String { ([root.name] + state.path).joined(separator: " ") }

    private func choiceHints(_ word: String, _ kind: ValueKind) -> [String] {
        guard case .choice(let words) = kind, let near = DidYouMean.nearest(word, in: words)
        else { return [] }
        return ["did you mean \(quoted(near))?"]
    }

    private func unknownCommand(_ word: String, _ state: State) -> UsageError {
        let visible = state.command.subcommands.filter { !$0.isHidden }
        var hints: [String] = []
        if let near = DidYouMean.nearest(word, in: visible.flatMap { [$0.name] + $0.aliases }) {
            hints.append("did you mean \(quoted(near))?")
        }
        hints.append("\(commandLine(state)) -h lists the commands")
        return UsageError("unknown command \(quoted(word))", hints: hints)
    }

    private func unknownOption(_ written: String, _ state: State) -> UsageError {
        let name = commandLine(state)
        let known = state.options.filter { !$0.isHidden }.map { "--" + $0.long } + ["--help"]
        var hints: [String] = []
        if let near = DidYouMean.nearest(written, in: known) {
            hints.append("did you mean \(quoted(near))?")
        } else if let owner = commandWith(written) {
            hints.append("\(written) is an option of \(owner)")
        }
        hints.append("\(name) --help lists the options")
        return UsageError("unknown option \(quoted(written)) of \(name)", hints: hints)
    }

    /// The first command that has such an option of its own.
    private func commandWith(_ written: String) -> String? {
        var found: String?
        root.walk { path, command, _ in
            let has = command.options.contains {
                "--" + $0.long == written || "-\($0.short ?? " ")" == written
            }
            if has && found == nil { found = ([root.name] + path).joined(separator: " ") }
        }
        return found
    }
}
