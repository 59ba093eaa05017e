import SluiceCommandLine

/// A small program with everything that a table can say.
let sampleProgram = CommandSpec(
    "flow", summary: "moves rows", details: "Moves rows from here to there.\nAnd back.",
    examples: [
        CommandExample("flow", "opens the shell"), CommandExample("flow run a.sql", "runs a file"),
        CommandExample("flow -c 'SELECT 1'", "runs a text"), CommandExample("flow help", "a fourth example"),
    ],
    operands: [CommandOperand("FILE", "a script", kind: .file, count: .optional)],
    options: [
        .value("command", short: "c", "SQL", "runs the text", isRepeatable: true),
        .value("catalog", "FILE", "another catalog", kind: .file, isInherited: true),
        CommandOption("quiet", short: "q", "says less", isInherited: true),
    ],
    subcommands: [
        CommandSpec(
            "run", summary: "runs a job", examples: [CommandExample("flow run job.sql", "runs it")],
            operands: [CommandOperand("JOB.sql", "the job", kind: .file, count: .oneOrMore)],
            options: [
                .value("define", short: "D", "KEY=VALUE", "sets a key", kind: .pair, isRepeatable: true),
                .choice("format", ["box", "csv", "jsonl"], "how rows are written", defaultValue: "box"),
                .value("limit", "N", "stops after N rows", kind: .integer(0...Int.max)),
                .value("timeout", "TIME", "stops after a time", kind: .duration),
                .value("memory", "SIZE", "budget", kind: .size, defaultValue: "1g"),
                CommandOption("verbose", short: "v", "says more"),
                CommandOption(
                    "dashboard", "serves a page",
                    value: .optional(placeholder: "ADDRESS", .text, implied: ":8088")),
            ]),
        CommandSpec(
            "catalog", summary: "manages the catalog",
            subcommands: [
                CommandSpec("ls", aliases: ["list"], summary: "lists objects"),
                CommandSpec(
                    "show", summary: "shows an object",
                    operands: [
                        CommandOperand("NAME", "what to show"),
                        CommandOperand(
                            "PART", "which part", kind: .choice(["text", "log"]), count: .optional),
                    ]),
            ]),
    ],
    sections: [
        HelpSection(
            "Exit codes", rows: [(term: "0", meaning: "success"), (term: "2", meaning: "wrong command line")])
    ])

func parse(_ words: String...) throws -> ParsedCommand { try ArgumentParser(sampleProgram).parse(words) }

func complaint(_ words: String...) -> UsageError? {
    do throws(UsageError) {
        _ = try ArgumentParser(sampleProgram).parse(words)
        return nil
    } catch {
        return error
    }
}
