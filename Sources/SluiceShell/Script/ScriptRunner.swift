import SluiceBase
public import SluiceEngine
import SluicePlanner
import SluiceRuntime
import SluiceSyntax

/// Runs the statements of a script one after the other and writes their results.
///
/// An INSERT whose inputs all end is waited for before the next statement; an unbounded one starts and the script
/// goes on; `finish` waits for what still runs.
public final class ScriptRunner {
    private let statements: StatementRunner
    private let control: RunControl
    private var background: [JobRunner] = []

    public init(
        _ session: Session, _ options: RunOptions, output: OutputStream, errors: OutputStream,
        control: RunControl
    ) {
        self.control = control
        statements = StatementRunner(session, options, output: output, errors: errors, control: control)
        statements.onBackground = { [unowned self] runner, _ in
            self.control.add(runner)
            self.background.append(runner)
        }
    }

    /// Runs a text to its end or its first error; the exit code. `isInit`: only SET and DDL are allowed.
    public func run(_ script: ScriptText, isInit: Bool = false) -> Int32 {
        let parsed = Parser.parseScript(script.text)
        guard parsed.errors.isEmpty else {
            for error in parsed.errors.prefix(20) { statements.show(error, .error, script) }
            return parsed.errors[0].code.exitCode
        }
        if isInit, let wrong = parsed.statements.first(where: { !$0.statement.isAllowedInInit }) {
            let error = SQLError(
                .refusedByPolicy, "an init file holds SET and DDL statements only", span: wrong.span)
            statements.show(error, .error, script)
            return error.code.exitCode
        }
        for statement in parsed.statements {
            let code = statements.run(statement, script)
            if code != 0 { return code }
        }
        return 0
    }

    public func show(_ error: ScriptError) {
        let renderer = statements.renderer
        statements.errors.write(renderer.render(error.error, source: error.source))
    }

    /// Waits for the jobs that the script left running; the exit code of the first that failed.
    public func finish() -> Int32 {
        var code: Int32 = 0
        for job in background {
            let status = statements.wait(job)
            control.remove(job)
            let own = statements.report(status, job, nil)
            if code == 0 { code = own }
        }
        background.removeAll()
        return code
    }
}

extension Statement {
    /// SET and DDL: what prepares a session and starts nothing.
    var isAllowedInInit: Bool {
        switch self {
        case .query, .insert, .update, .delete, .truncate, .statementSet, .beginStatementSet,
            .endStatementSet, .execute,
            .executePlan, .call, .stopJob, .explain, .compilePlan:
            return false
        default: return true
        }
    }
}
