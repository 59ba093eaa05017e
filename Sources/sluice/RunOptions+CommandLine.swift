import Glibc
import SluiceBase
import SluiceCommandLine
import SluiceEngine
import SluiceShell

/// The options that say how statements run and how their results look, and what they are turned into.
enum RunSettings {
    static let output: [CommandOption] = [
        .choice("format", OutputFormat.allCases.map(\.rawValue), "how results are written"),
        .value("null", "TEXT", "the text of SQL NULL"),
        CommandOption("no-header", "leaves the line of column names out"),
        .choice("result-mode", ["table", "changelog"], "the final rows, or each change as it comes"),
        .choice("error-format", ["human", "short", "json"], "how errors are written"),
        .choice(
            "progress", ProgressMeter.Mode.allCases.map(\.rawValue),
            "how progress is shown on standard error (auto: a line on a terminal)"),
    ]

    static let parameters: [CommandOption] = [
        .value("define", short: "D", "KEY=VALUE", "sets a key, as SET does", kind: .pair, isRepeatable: true),
        .value(
            "variable", short: "v", "NAME=VALUE", "gives a parameter of the job file", kind: .pair,
            isRepeatable: true),
        .value("params", "FILE", "a JSON object with parameters of the job file", kind: .file),
        .value(
            "init", short: "i", "FILE", "runs a file of SET and DDL statements first", kind: .file,
            isRepeatable: true),
    ]

    static let budget: [CommandOption] = [
        CommandOption("batch", "runs in batch mode"),
        CommandOption("streaming", "runs in streaming mode"),
        .value("parallelism", "N", "threads that share each operator", kind: .integer(1...256)),
        .value("memory", "SIZE", "memory for state and buffers, such as 512mb", kind: .size),
        .value("timeout", "TIME", "ends the run with status 7 after this time", kind: .duration),
    ]

    static func apply(_ parsed: ParsedCommand, to session: Session) throws(SQLError) {
        if parsed.flag("batch") { try set("execution.runtime-mode", "batch", session) }
        if parsed.flag("streaming") { try set("execution.runtime-mode", "streaming", session) }
        if let parallelism = parsed.value("parallelism") {
            try set("parallelism.default", parallelism, session)
        }
        session.memoryBudget = parsed.bytes("memory")
        for pair in parsed.pairs("define") { try set(pair.key, pair.value, session) }
    }

    private static func set(_ key: String, _ value: String, _ session: Session) throws(SQLError) {
        if let warning = try session.settings.set(key, value, .commandLine) {
            Output.errors.write(DiagnosticRenderer().render(warning, severity: .warning, source: nil))
        }
    }

    static func options(
        _ parsed: ParsedCommand, _ session: Session, output: OutputStream
    ) throws(SQLError) -> RunOptions {
        let format = parsed.value("format").flatMap { OutputFormat(rawValue: $0) }
        var render = RenderOptions(
            format: format ?? (output.isTerminal ? .box : .jsonl), null: parsed.value("null"),
            header: !parsed.flag("no-header"), zone: try session.settings.zone(), width: output.terminalWidth)
        if output.isTerminal {
            render.isUnicode = Environment.isUnicode
            render.showsTypes = render.format == .box
        }
        var options = RunOptions(
            render: render, mode: parsed.value("result-mode").flatMap { RunOptions.ResultMode(rawValue: $0) })
        options.errorFormat = errorFormat(parsed)
        options.progress = parsed.value("progress").flatMap { ProgressMeter.Mode(rawValue: $0) } ?? .auto
        options.showsFooter = output.isTerminal && render.format == .box
        if let micros = parsed.micros("timeout") {
            let (nanos, overflow) = micros.multipliedReportingOverflow(by: 1000)
            if !overflow {
                options.deadlineNanos = SystemClock().monotonicNanos() + min(nanos, Int64.max / 2)
            }
        }
        return options
    }

    static func errorFormat(_ parsed: ParsedCommand) -> DiagnosticRenderer.Format {
        parsed.value("error-format").flatMap { DiagnosticRenderer.Format(rawValue: $0) } ?? .human
    }

    static func values(_ parsed: ParsedCommand) throws(SQLError) -> ParameterValues {
        var file: [String: String] = [:]
        if let path = parsed.value("params") {
            let text: String
            do throws(DiskError) { text = try TextFile.read(path, on: SystemDisk()) } catch {
                throw SQLError(.parameter, "\"\(path)\" cannot be read: \(error.reason)")
            }
            file = try ParameterFile.values(text, name: path)
        }
        return ParameterValues(
            file: file, environment: HomeFolder.processEnvironment, commandLine: parsed.pairs("variable"))
    }
}

/// What the environment says about the terminal.
enum Environment {
    /// Whether the locale's characters are UTF-8.
    static var isUnicode: Bool {
        for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
            guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { continue }
            let folded = value.lowercased()
            return folded.contains("utf-8") || folded.contains("utf8")
        }
        return false
    }
}
