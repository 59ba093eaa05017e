import SluiceCommandLine

/// `sluice help …`, `sluice completions …` and `sluice man`: made from the tables of all commands.
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

    static let help = CommandSpec(
        "help", summary: "prints the complete help of a command",
        examples: [
            CommandExample("sluice help run", "about running job files"),
            CommandExample("sluice help catalog export", "about a command of a command"),
        ],
        operands: [
            CommandOperand("COMMAND", "its words; without them the help of sluice itself", count: .any)
        ])

    static func printHelp(_ parsed: ParsedCommand, _ root: CommandSpec) -> Int32 {
        guard root.descendant(parsed.operands) != nil else {
            Output.errors.write(
                UsageError(
                    "there is no command \"\(parsed.operands.joined(separator: " "))\"",
                    hints: ["\(root.name) -h lists the commands"]
                ).text)
            return UsageError.exitCode
        }
        Output.standard.write(HelpWriter(root, path: parsed.operands).full())
        return 0
    }

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
