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
        details: """
            Alone on a terminal it opens the shell; with job files or a script on standard input it runs them. The \
            shell, -c, -f and standard input write the stored catalog; what a job file creates lasts as long as its run.
            """,
        examples: [
            CommandExample("sluice", "opens the shell"),
            CommandExample("sluice run job.sql", "runs a job file"),
            CommandExample("sluice -c 'SHOW TABLES'", "runs a statement"),
        ],
        operands: [
            CommandOperand("JOB.sql", "a job file to run", kind: .file, count: .any)
        ],
        options: [
            .value(
                "catalog", "FILE", "another catalog than the one in SLUICE_HOME", kind: .file,
                isInherited: true),
            .value("command", short: "c", "SQL", "runs statements", isRepeatable: true),
            .value("file", short: "f", "FILE", "runs a file of statements", kind: .file, isRepeatable: true),
            CommandOption("version", "prints the version"),
        ] + RunCommand.options,
        subcommands: [
            RunCommand.spec, ShellCommand.spec, CheckCommand.check, CheckCommand.explain, FormatCommand.spec,
            CatalogCommand.spec,
            HBaseCommand.spec, LogCommand.spec, DoctorCommand.spec, AdviseCommand.spec, ImportCommand.spec,
            ErrorCodeCommand.spec,
            ManualCommands.help, ManualCommands.completions,
            ManualCommands.manual,
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
            (term: "SLUICE_HISTORY", meaning: "file of the shell's history"),
            (term: "SLUICE_PARAM_NAME", meaning: "value of the parameter NAME of job files"),
            (term: "HBASE_CONF_DIR", meaning: "folder of the hbase-site.xml that names the HBase cluster"),
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
        case nil: return parsed.flag("version") ? printVersion(parsed) : runTexts(parsed, home)
        case "run":
            guard let inputs = ScriptInput.read(parsed.operands) else { return UsageError.exitCode }
            return RunCommand.run(parsed, inputs, mode: .jobFile, home: home)
        case "shell": return ShellCommand.run(parsed, home: home)
        case "check": return CheckCommand.run(parsed, home: home, explains: false)
        case "explain": return CheckCommand.run(parsed, home: home, explains: true)
        case "fmt": return FormatCommand.run(parsed)
        case "hbase": return HBaseCommand.run(parsed, home: home)
        case "log": return LogCommand.run(parsed, home: home)
        case "advise": return AdviseCommand.run(parsed, home: home)
        case "doctor": return DoctorCommand.run(parsed, home: home)
        case "import": return ImportCommand.run(parsed)
        case "explain-error": return ErrorCodeCommand.run(parsed)
        case "catalog":
            let context = CatalogCommand.Context(
                home: home, principal: HomeFolder.userName)
            return CatalogCommand.run(parsed, context)
        case "help": return ManualCommands.printHelp(parsed, spec)
        case "completions": return ManualCommands.printCompletions(parsed, spec)
        case "man": return ManualCommands.printManual(spec, version: version, date: "2026-11-21")
        case "version": return printVersion(parsed)
        default:
            Output.errors.write(HelpWriter(spec).short())
            return UsageError.exitCode
        }
    }

    private static func printVersion(_ parsed: ParsedCommand) -> Int32 {
        Output.standard.write(
            parsed.flag("json") ? "{\"version\":\"\(version)\"}\n" : "sluice \(version)\n")
        return 0
    }

    /// Job files, `-c` and `-f`, a script on stdin, or the shell.
    private static func runTexts(_ parsed: ParsedCommand, _ home: HomeFolder) -> Int32 {
        let files = parsed.values("file")
        var inputs = ScriptInput.commands(parsed.values("command"))
        if !parsed.operands.isEmpty {
            guard inputs.isEmpty, files.isEmpty else {
                Output.errors.write(
                    UsageError("job files cannot be combined with -c and -f", hints: ["-f FILE runs a file"])
                        .text)
                return UsageError.exitCode
            }
            guard let read = ScriptInput.read(parsed.operands) else { return UsageError.exitCode }
            return RunCommand.run(parsed, read, mode: .jobFile, home: home)
        }
        if inputs.isEmpty && files.isEmpty && isatty(STDIN_FILENO) == 1 {
            return ShellCommand.run(parsed, home: home)
        }
        guard let read = ScriptInput.read(inputs.isEmpty && files.isEmpty ? ["-"] : files) else {
            return UsageError.exitCode
        }
        inputs += read
        return RunCommand.run(parsed, inputs, mode: .stored, home: home)
    }
}
