import SluiceBase
import SluiceCommandLine
import SluiceEngine
import SluiceLog

/// `sluice log …`: the topics of the embedded log.
enum LogCommand {
    private static let json = CommandOption("json", "one JSON object a line")
    private static let topic = CommandOperand("TOPIC", "the topic")
    private static func partition(_ meaning: String) -> CommandOption {
        .value("partition", short: "p", "N", meaning, kind: .integer(0...9999))
    }

    private static func example(_ command: String, _ meaning: String) -> [CommandExample] {
        [CommandExample("sluice log " + command, meaning)]
    }

    static let spec = CommandSpec(
        "log", summary: "looks at and changes the topics of the embedded log",
        details: """
            Topics are what tables with 'connector' = 'log' read and write: partitions of records with keys, values and \
            offsets, in files below SLUICE_HOME.
            """,
        examples: [
            CommandExample("sluice log ls", "lists the topics"),
            CommandExample("sluice log read orders --limit 10", "prints ten records"),
        ],
        subcommands: [
            CommandSpec(
                "ls", aliases: ["list"], summary: "lists the topics", examples: example("ls", "all of them"),
                options: [json]),
            CommandSpec(
                "describe", aliases: ["desc"], summary: "prints a topic's settings and offsets",
                examples: example("describe orders", "each of its partitions"), operands: [topic],
                options: [json]),
            CommandSpec(
                "read", summary: "prints records",
                examples: example("read orders -p 0 --from 100", "from an offset on"),
                operands: [topic],
                options: [
                    partition("only this partition"),
                    .value("from", "OFFSET", "the first record", kind: .integer(0...Int.max)),
                    .value("limit", short: "n", "N", "so many records", kind: .integer(0...Int.max)), json,
                ]),
            CommandSpec(
                "append", summary: "appends records, durable on return",
                examples: example("append orders '{\"id\":1}' --key 1", "one record"),
                operands: [topic, CommandOperand("VALUE", "the value of a record", count: .oneOrMore)],
                options: [
                    .value("key", short: "k", "TEXT", "the key of the records"),
                    partition("to this partition; default: by the key, else 0"), json,
                ]),
            CommandSpec(
                "trim", summary: "drops old records; offsets go on",
                examples: example("trim orders --before 1000", "what lies below an offset"),
                operands: [topic],
                options: [
                    .value(
                        "before", "OFFSET", "keep this offset and what follows; default: keep nothing",
                        kind: .integer(0...Int.max)),
                    partition("only this partition"), json,
                ]),
            CommandSpec(
                "groups", summary: "prints the positions of consumer groups",
                examples: example("groups orders", "and how far they are behind"), operands: [topic],
                options: [json]),
        ])

    /// The exit code of `sluice log …`.
    static func run(_ parsed: ParsedCommand, home: HomeFolder) -> Int32 {
        do throws(SQLError) {
            try carryOut(parsed, Engine(home: home).logCommands(isJSON: parsed.flag("json")))
            return 0
        } catch {
            Output.errors.write(DiagnosticRenderer().render(error, source: nil))
            return error.code.exitCode
        }
    }

    private static func carryOut(_ parsed: ParsedCommand, _ commands: LogCommands) throws(SQLError) {
        let emit: LogCommands.Emit = { line in Output.standard.write(line + "\n") }
        let name = parsed.operands.first ?? ""
        let partition = parsed.integer("partition")
        switch parsed.path.last {
        case "ls": try commands.list(emit)
        case "describe": try commands.describe(name, emit)
        case "read":
            var arguments = LogCommands.ReadArguments()
            arguments.partition = partition
            arguments.from = parsed.integer("from").map { Int64($0) }
            arguments.limit = parsed.integer("limit") ?? Int.max
            try commands.read(name, arguments, emit)
        case "append":
            try commands.append(
                name, Array(parsed.operands.dropFirst()), key: parsed.value("key"), partition: partition, emit
            )
        case "trim":
            try commands.trim(
                name, before: parsed.integer("before").map { Int64($0) }, partition: partition, emit)
        case "groups": try commands.groups(name, emit)
        default: break
        }
    }
}
