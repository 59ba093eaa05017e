import SluiceBase
import SluiceCommandLine
import SluiceHBase

/// `sluice import flume FILE`: job files from configurations of other programs.
enum ImportCommand {
    static let spec = CommandSpec(
        "import", summary: "writes configurations of other programs as job files", subcommands: [flume])

    private static let flume = CommandSpec(
        "flume", summary: "prints a job file that does what a Flume agent with HBase sinks does",
        details: """
            Sources that run tail or cat, watch a folder, follow files or listen on a socket become tables; HBase sinks \
            with their serializers become tables and INSERTs in one statement set. What has no counterpart is a comment \
            that names it.
            """,
        examples: [
            CommandExample("sluice import flume agent.conf > job.sql", "the only agent of the file"),
            CommandExample(
                "sluice import flume agent.conf --agent a1 --input events.json",
                "JSON events with headers and body instead of the agent's source"),
        ],
        operands: [CommandOperand("FILE", "the agent's properties, - for standard input", kind: .file)],
        options: [
            .value("agent", "NAME", "the agent, when the file describes several"),
            .value(
                "input", "[SOURCE=]PATH", "a file, folder or pattern to read instead of a source",
                kind: .file,
                isRepeatable: true),
        ])

    static func run(_ parsed: ParsedCommand) -> Int32 {
        guard let input = ScriptInput.read(parsed.operands)?.first else { return UsageError.exitCode }
        do throws(SQLError) {
            let made = try FlumeImport(
                input.text, agent: parsed.value("agent"), inputs: parsed.values("input"))
            Output.standard.write(try made.script())
            return 0
        } catch {
            Output.errors.write(DiagnosticRenderer().render(error, source: nil))
            return error.code.exitCode
        }
    }
}
