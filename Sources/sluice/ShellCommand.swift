import Glibc
import SluiceBase
import SluiceCatalog
import SluiceCommandLine
import SluiceEngine
import SluiceShell

/// `sluice` alone on a terminal, and `sluice shell`.
enum ShellCommand {
    private static let noInit = CommandOption("no-init", "leaves the user's init file out")

    static let spec = CommandSpec(
        "shell", summary: "opens the interactive shell",
        examples: [
            CommandExample("sluice shell", "with the stored catalog"),
            CommandExample("sluice shell -i setup.sql", "after a file of SET and DDL statements"),
        ],
        options: RunCommand.options + [noInit])

    /// Rows that a table in the shell shows at most.
    private static let maxRows = 40

    static func run(_ parsed: ParsedCommand, home: HomeFolder) -> Int32 {
        let errors = OutputStream(descriptor: STDERR_FILENO)
        guard isatty(STDIN_FILENO) == 1 else {
            guard let inputs = ScriptInput.read(["-"]) else { return UsageError.exitCode }
            return RunCommand.run(parsed, inputs, mode: .stored, home: home)
        }
        // The locale of the terminal, for the widths that readline counts with.
        setlocale(LC_CTYPE, "")
        do throws(SQLError) {
            let session = try Engine(home: home).session(.stored)
            try RunSettings.apply(parsed, to: session)
            let output = OutputStream(descriptor: STDOUT_FILENO)
            var options = try RunSettings.options(parsed, session, output: output)
            options.deadlineNanos = nil
            options.stdinIsTaken = true
            options.render.maxRows = maxRows
            options.showsFooter = true
            let shell = Shell(
                session,
                Shell.Setup(
                    version: Program.version, historyPath: historyPath(home),
                    initial: try initialScripts(parsed),
                    options: options),
                output: output, errors: errors)
            return shell.run()
        } catch {
            errors.write(DiagnosticRenderer(isColored: errors.isTerminal).render(error, source: nil))
            return error.code.exitCode
        }
    }

    private static func historyPath(_ home: HomeFolder) -> String {
        let given = getenv("SLUICE_HISTORY").map { String(cString: $0) } ?? ""
        return given.isEmpty ? home.path + "/history" : given
    }

    /// The user's own file, if there is one, and those of `--init`.
    private static func initialScripts(_ parsed: ParsedCommand) throws(SQLError) -> [ScriptText] {
        var scripts: [ScriptText] = []
        if !parsed.flag("no-init") {
            let environment = HomeFolder.processEnvironment
            let config = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
            let folder = config ?? (environment["HOME"] ?? "") + "/.config"
            let path = folder + "/sluice/init.sql"
            if let text = try? TextFile.read(path, on: SystemDisk()) {
                scripts.append(ScriptText(name: path, text: text))
            }
        }
        return scripts + (try RunCommand.initScripts(parsed))
    }
}
