import Glibc
import SluiceBase
import SluiceCommandLine
import SluiceEngine

/// The tables of all commands, and which function carries out which.
enum Program {
    static let version = "0.1.0"

    static let spec = CommandSpec(
        "sluice", summary: "continuous SQL on files, streams and HBase tables, in one process",
        options: [
            .value(
                "catalog", "FILE", "another catalog than the one in SLUICE_HOME", kind: .file,
                isInherited: true)
        ],
        subcommands: [
            CatalogCommand.spec, ManualCommands.completions, ManualCommands.manual,
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
        let home = HomeFolder(environment: HomeFolder.processEnvironment)
        switch parsed.path.first {
        case "catalog":
            let context = CatalogCommand.Context(
                path: parsed.value("catalog") ?? home.catalogPath, principal: HomeFolder.userName)
            return CatalogCommand.run(parsed, context)
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
}
