import Glibc
import SluiceBase
import SluiceCatalog
import SluiceCommandLine
import SluiceEngine
import SluiceShell

/// `sluice run FILE…`, `sluice -c SQL`, `sluice -f FILE`, and a script on stdin.
enum RunCommand {
    static let options: [CommandOption] = [
        .value("define", short: "D", "KEY=VALUE", "sets a key, as SET does", isRepeatable: true),
        .value("variable", short: "v", "NAME=VALUE", "gives a parameter of the job file", isRepeatable: true),
        .value("init", short: "i", "FILE", "runs a file of SET and DDL statements first", kind: .file),
        .choice("format", OutputFormat.allCases.map(\.rawValue), "how results are written"),
        .value("null", "TEXT", "the text of SQL NULL"),
        CommandOption("no-header", "leaves the line of column names out"),
        .choice("result-mode", ["table", "changelog"], "the final rows, or each change as it comes"),
        .choice("error-format", ["human", "short", "json"], "how errors are written"),
        CommandOption("batch", "runs in batch mode"),
        CommandOption("streaming", "runs in streaming mode"),
        .value("parallelism", "N", "threads that share each operator", kind: .integer(1...256)),
    ]

    static let spec = CommandSpec(
        "run", summary: "plans and runs the statements of job files",
        examples: [
            CommandExample("sluice run job.sql", "runs a job to its end"),
            CommandExample("sluice run job.sql -v day=2013-01-01 -D parallelism.default=2", "with a parameter and a setting"),
            CommandExample("sluice run job.sql --format csv > out.csv", "writes the rows of its SELECTs as CSV"),
        ],
        operands: [CommandOperand("file", "job file, - for standard input", kind: .file, count: .oneOrMore)],
        options: options)

    /// A text to run, and the name by which errors speak of it.
    struct Script {
        var name: String
        var text: String
    }

    /// The exit code of a run.
    static func run(_ parsed: ParsedCommand, _ scripts: [Script], mode: SessionCatalog.Mode, home: HomeFolder) -> Int32 {
        let errors = OutputStream(descriptor: STDERR_FILENO)
        do throws(SQLError) {
            let session = try Engine(home: home).session(mode)
            try apply(parsed, to: session)
            let control = RunControl()
            let output = OutputStream(descriptor: STDOUT_FILENO)
            let runner = ScriptRunner(
                session, try scriptOptions(parsed, session), output: output, errors: errors, control: control)
            SignalThread.start(control)
            for script in scripts {
                let code = runner.run(script.text, name: script.name)
                if code != 0 {
                    _ = control.stop(SIGTERM)
                    _ = runner.finish()
                    return code
                }
            }
            return runner.finish()
        } catch {
            errors.write(DiagnosticRenderer().render(error, source: nil))
            return error.code.exitCode
        }
    }

    private static func apply(_ parsed: ParsedCommand, to session: Session) throws(SQLError) {
        if parsed.flag("batch") { try set("execution.runtime-mode", "batch", session) }
        if parsed.flag("streaming") { try set("execution.runtime-mode", "streaming", session) }
        if let parallelism = parsed.value("parallelism") { try set("parallelism.default", parallelism, session) }
        for pair in parsed.pairs("define") { try set(pair.key, pair.value, session) }
    }

    private static func set(_ key: String, _ value: String, _ session: Session) throws(SQLError) {
        if let warning = try session.settings.set(key, value, .commandLine) {
            Output.errors.write(DiagnosticRenderer().render(warning, severity: .warning, source: nil))
        }
    }

    private static func scriptOptions(
        _ parsed: ParsedCommand, _ session: Session
    ) throws(SQLError) -> ScriptRunner.Options {
        let format = parsed.value("format").flatMap { OutputFormat(rawValue: $0) }
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let render = RenderOptions(
            format: format ?? (isTerminal ? .box : .jsonl), null: parsed.value("null"),
            header: !parsed.flag("no-header"), zone: try session.settings.zone())
        var options = ScriptRunner.Options(
            render: render, mode: parsed.value("result-mode").flatMap { ScriptRunner.ResultMode(rawValue: $0) })
        if let format = parsed.value("error-format").flatMap({ DiagnosticRenderer.Format(rawValue: $0) }) {
            options.errorFormat = format
        }
        return options
    }

    // MARK: Reading scripts

    /// The files' texts; nil after a message: one could not be read.
    static func read(_ files: [String]) -> [Script]? {
        var scripts: [Script] = []
        for file in files {
            guard let text = file == "-" ? readAll(STDIN_FILENO) : readFile(file) else {
                Output.errors.write("error: \"\(file)\" cannot be read: \(String(cString: strerror(errno)))\n")
                return nil
            }
            scripts.append(Script(name: file == "-" ? "<stdin>" : file, text: text))
        }
        return scripts
    }

    private static func readFile(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return readAll(descriptor)
    }

    private static func readAll(_ descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                return nil
            }
            bytes.append(contentsOf: piece[0..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
