import Glibc
import SluiceBase
import SluiceCatalog
import SluiceCommandLine
import SluiceEngine
import SluiceShell

/// `sluice check FILE…` and `sluice explain FILE…`: what a job file would do, without doing it.
enum CheckCommand {
    private static let errorFormat = CommandOption.choice(
        "error-format", ["human", "short", "json"], "how errors are written")
    private static let file = CommandOperand(
        "JOB.sql", "job file, - for standard input", kind: .file, count: .oneOrMore)
    private static let modes = [
        CommandOption("batch", "plans for batch mode"),
        CommandOption("streaming", "plans for streaming mode"),
    ]

    static let check = CommandSpec(
        "check", aliases: ["lint"], summary: "parses, binds and plans job files; starts nothing",
        examples: [
            CommandExample("sluice check job.sql", "prints what is wrong; status 3 if something is"),
            CommandExample("sluice check *.sql --error-format short", "one line an error, for editors"),
        ],
        operands: [file],
        options: RunSettings.parameters + modes + [
            errorFormat, CommandOption("strict", "warnings count as errors"),
        ])

    static let explain = CommandSpec(
        "explain", summary: "prints the plans of the queries and INSERTs of job files; starts nothing",
        examples: [
            CommandExample("sluice explain job.sql", "as trees"),
            CommandExample("sluice explain job.sql --format json", "for a program"),
        ],
        operands: [file],
        options: RunSettings.parameters + modes + [
            errorFormat, .choice("format", ["tree", "json"], "how plans are written", defaultValue: "tree"),
        ])

    /// The exit code of either command.
    static func run(_ parsed: ParsedCommand, home: HomeFolder, explains: Bool) -> Int32 {
        guard let inputs = ScriptInput.read(parsed.operands) else { return UsageError.exitCode }
        let renderer = DiagnosticRenderer(
            format: RunSettings.errorFormat(parsed), isColored: Output.errors.isTerminal)
        let scripts: [ScriptText]
        do throws(ScriptError) {
            scripts = try ScriptInput.scripts(inputs, parsed)
        } catch {
            Output.errors.write(renderer.render(error.error, source: error.source))
            return error.error.code.exitCode
        }
        var code: Int32 = 0
        for script in scripts {
            do throws(SQLError) {
                let own = try run(script, parsed, home, renderer, explains)
                if code == 0 { code = own }
            } catch {
                Output.errors.write(renderer.render(error, source: nil))
                return error.code.exitCode
            }
        }
        return code
    }

    private static func run(
        _ script: ScriptText, _ parsed: ParsedCommand, _ home: HomeFolder, _ renderer: DiagnosticRenderer,
        _ explains: Bool
    ) throws(SQLError) -> Int32 {
        let session = try Engine(home: home).session(.jobFile)
        try RunSettings.apply(parsed, to: session)
        for initial in try RunCommand.initScripts(parsed) { _ = ScriptChecker(session).check(initial) }
        let form = explains ? ScriptChecker.PlanForm(rawValue: parsed.value("format") ?? "tree") : nil
        let found = ScriptChecker(session, plans: form).check(script)
        let sorted = found.errors.sorted { ($0.span?.lower ?? 0) < ($1.span?.lower ?? 0) }
        for error in sorted.prefix(20) { show(error, .error, script, renderer) }
        if !explains || !found.errors.isEmpty {
            for warning in found.warnings { show(warning, .warning, script, renderer) }
        }
        if explains {
            if found.errors.isEmpty {
                Output.standard.write(found.plans.map { $0 + "\n" }.joined(separator: "\n"))
            }
        } else if renderer.format == .human {
            let counts = "\(count(found.errors.count, "error")), \(count(found.warnings.count, "warning"))"
            Output.errors.write(
                "\(script.sources.first?.name ?? ""): \(counts) in \(count(found.statementCount, "statement"))\n"
            )
        }
        if found.exitCode == 0 && parsed.flag("strict") && !found.warnings.isEmpty { return 3 }
        return found.exitCode
    }

    private static func show(
        _ error: SQLError, _ severity: DiagnosticRenderer.Severity, _ script: ScriptText,
        _ renderer: DiagnosticRenderer
    ) {
        let place = script.located(error)
        Output.errors.write(renderer.render(place.error, severity: severity, source: place.source))
    }

    private static func count(_ number: Int, _ what: String) -> String {
        "\(number) \(what)\(number == 1 ? "" : "s")"
    }
}
