import SluiceCommandLine

/// `sluice completions …` and `sluice man`: made from the tables of all commands.
enum ManualCommands {
    static let completions = CommandSpec(
        "completions", summary: "prints the completion script of a shell",
        examples: [
            CommandExample(
                "sluice completions bash > ~/.local/share/bash-completion/completions/sluice", "for bash"),
            CommandExample("sluice completions zsh > ~/.zfunc/_sluice", "for zsh, with ~/.zfunc in fpath"),
            CommandExample("sluice completions fish > ~/.config/fish/completions/sluice.fish", "for fish"),
        ],
        operands: [CommandOperand("SHELL", "which shell", kind: .choice(["bash", "zsh", "fish"]))])

    static let manual = CommandSpec(
        "man", summary: "prints the manual page in roff",
        examples: [
            CommandExample("sluice man | man -l -", "shows it"),
            CommandExample("sluice man > sluice.1", "writes it into a file"),
        ])

    static func printCompletions(_ parsed: ParsedCommand, _ root: CommandSpec) -> Int32 {
        switch parsed.operands.first {
        case "bash": Output.standard.write(BashCompletion(root).script())
        case "zsh": Output.standard.write(ZshCompletion(root).script())
        case "fish": Output.standard.write(FishCompletion(root).script())
        default: return UsageError.exitCode
        }
        return 0
    }

    static func printManual(_ root: CommandSpec, version: String, date: String) -> Int32 {
        Output.standard.write(ManPage(root, version: version, date: date).text())
        return 0
    }
}
