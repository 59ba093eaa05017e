import Glibc
import SluiceBase
import SluiceCatalog
import SluiceCommandLine
import SluiceEngine
import SluiceShell

/// `sluice run FILE…`, `sluice -c SQL`, `sluice -f FILE`, and a script on stdin.
enum RunCommand {
    static let options: [CommandOption] = RunSettings.parameters + RunSettings.output + RunSettings.budget

    static let spec = CommandSpec(
        "run", summary: "plans and runs the statements of job files",
        details: """
            What a job file creates lasts as long as its run. Parameters are declared in the file with \
            --@ param NAME TYPE DEFAULT VALUE and used as ${NAME}; their values come from --params, from variables \
            SLUICE_PARAM_NAME, and from -v.
            """,
        examples: [
            CommandExample("sluice run job.sql", "runs a job to its end"),
            CommandExample(
                "sluice run job.sql -v day=2013-01-01 -D parallelism.default=2",
                "with a parameter and a setting"),
            CommandExample(
                "sluice run job.sql --format csv > out.csv", "writes the rows of its SELECTs as CSV"),
        ],
        operands: [
            CommandOperand("JOB.sql", "job file, - for standard input", kind: .file, count: .oneOrMore)
        ],
        options: options)

    /// The exit code of a run.
    static func run(
        _ parsed: ParsedCommand, _ inputs: [ScriptInput], mode: SessionCatalog.Mode, home: HomeFolder
    ) -> Int32 {
        let errors = OutputStream(descriptor: STDERR_FILENO)
        let renderer = DiagnosticRenderer(format: RunSettings.errorFormat(parsed))
        do throws(SQLError) {
            let scripts: [ScriptText]
            let session: Session
            do throws(ScriptError) {
                scripts = try ScriptInput.scripts(inputs, parsed)
            } catch {
                errors.write(renderer.render(error.error, source: error.source))
                return error.error.code.exitCode
            }
            session = try Engine(home: home).session(mode)
            try RunSettings.apply(parsed, to: session)
            let output = OutputStream(descriptor: STDOUT_FILENO)
            var options = try RunSettings.options(parsed, session, output: output)
            options.stdinIsTaken = inputs.contains { $0.kind == .standardInput }
            let control = RunControl()
            let runner = ScriptRunner(session, options, output: output, errors: errors, control: control)
            SignalThread.start(control)
            return run(scripts, try initScripts(parsed), runner, control)
        } catch {
            errors.write(renderer.render(error, source: nil))
            return error.code.exitCode
        }
    }

    private static func run(
        _ scripts: [ScriptText], _ initial: [ScriptText], _ runner: ScriptRunner, _ control: RunControl
    ) -> Int32 {
        for script in initial {
            let code = runner.run(script, isInit: true)
            if code != 0 { return code }
        }
        for script in scripts {
            let code = runner.run(script)
            if code != 0 {
                _ = control.stop(SIGTERM)
                _ = runner.finish()
                return code
            }
        }
        return runner.finish()
    }

    static func initScripts(_ parsed: ParsedCommand) throws(SQLError) -> [ScriptText] {
        var scripts: [ScriptText] = []
        for path in parsed.values("init") {
            let text: String
            do throws(DiskError) { text = try TextFile.read(path, on: SystemDisk()) } catch {
                throw SQLError(.parameter, "\"\(path)\" cannot be read: \(error.reason)")
            }
            scripts.append(ScriptText(name: path, text: text))
        }
        return scripts
    }
}
