import Glibc
import SluiceBase
import SluiceCatalog
import SluiceCommandLine
import SluiceEngine

/// The tables of all commands, and which function carries out which.
enum Program {
    static let version = "0.1.0"

    static let spec = CommandSpec(
        "sluice", summary: "continuous SQL on files, streams and HBase tables, in one process",
        options: [
            .value(
                "catalog", "FILE", "another catalog than the one in SLUICE_HOME", kind: .file, isInherited: true),
            .value("command", short: "c", "SQL", "runs statements", isRepeatable: true),
            .value("file", short: "f", "FILE", "runs a file of statements", kind: .file, isRepeatable: true),
        ] + RunCommand.options,
        subcommands: [
            RunCommand.spec,
            CatalogCommand.spec, ManualCommands.help, ManualCommands.completions, ManualCommands.manual,
            CommandSpec(
                "version", summary: "prints the version", options: [CommandOption("json", "as JSON")]),
        ],
        sections: [exitCodes, environment])

    private static let exitCodes = HelpSection(
        "Exit status",
        rows: [
            (term: "0", meaning: "success"), (term: "1", meaning: "internal error"),
            (term: "2", meaning: "wrong command line"), (term: "3", meaning: "the SQL was refused"),
            (term: "4", meaning: "a job failed while it ran"),
            (term: "5", meaning: "an external system could not be reached or refused"),
            (term: "6", meaning: "state or catalog cannot be used"),
            (term: "7", meaning: "a budget was exceeded: memory, disk, time"),
            (term: "8", meaning: "a test failed, or a comparison found differences"),
            (term: "9", meaning: "refused by policy"), (term: "130, 143", meaning: "stopped by a signal"),
            (term: "141", meaning: "standard output was closed"),
        ])

    private static let environment = HelpSection(
        "Environment",
        rows: [
            (
                term: "SLUICE_HOME",
                meaning: "folder of the catalog, the embedded stores and the state of jobs"
            ),
            (term: "SLUICE_CATALOG", meaning: "file of the catalog"),
            (term: "NO_COLOR", meaning: "no colours"),
        ])

    static func run(_ arguments: [String]) -> Int32 {
        // A closed stdout shows as EPIPE, which ends the process with code 141.
        signal(SIGPIPE, SIG_IGN)
        do throws(UsageError) {
            let parsed = try ArgumentParser(spec).parse(arguments)
            if let help = parsed.help {
                let writer = HelpWriter(spec, path: parsed.path)
                Output.standard.write(help == .short ? writer.short() : writer.full())
                return 0
            }
            return dispatch(parsed)
        } catch {
            Output.errors.write(error.text)
            return UsageError.exitCode
        }
    }

    private static func dispatch(_ parsed: ParsedCommand) -> Int32 {
        var home = HomeFolder(environment: HomeFolder.processEnvironment)
        if let path = parsed.value("catalog") { home.catalogPath = path }
        switch parsed.path.first {
        case nil: return runTexts(parsed, home)
        case "run":
            guard let scripts = RunCommand.read(parsed.operands) else { return UsageError.exitCode }
            return RunCommand.run(parsed, scripts, mode: .jobFile, home: home)
        case "catalog":
            let context = CatalogCommand.Context(
                home: home, principal: HomeFolder.userName)
            return CatalogCommand.run(parsed, context)
        case "help": return ManualCommands.printHelp(parsed, spec)
        case "completions": return ManualCommands.printCompletions(parsed, spec)
        case "man": return ManualCommands.printManual(spec, version: version, date: "2026-11-21")
        case "version":
            Output.standard.write(
                parsed.flag("json") ? "{\"version\":\"\(version)\"}\n" : "sluice \(version)\n")
            return 0
        default:
            Output.errors.write(HelpWriter(spec).short())
            return UsageError.exitCode
        }
    }

    /// `-c`, `-f`, or a script on stdin: statements that write the stored catalog.
    private static func runTexts(_ parsed: ParsedCommand, _ home: HomeFolder) -> Int32 {
        var scripts = parsed.values("command").map { RunCommand.Script(name: "<command>", text: $0) }
        var files = parsed.values("file")
        if scripts.isEmpty && files.isEmpty {
            guard isatty(STDIN_FILENO) == 0 else {
                Output.errors.write(HelpWriter(spec).short())
                return UsageError.exitCode
            }
            files = ["-"]
        }
        guard let read = RunCommand.read(files) else { return UsageError.exitCode }
        scripts += read
        return RunCommand.run(parsed, scripts, mode: .stored, home: home)
    }
}
