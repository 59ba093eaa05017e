import Glibc
import SluiceBase
import SluiceEngine
import SluiceJobGraph
import SluicePlanner
import SluiceRuntime
import SluiceSyntax
import SluiceTestSupport

/// An INSERT that runs until it is stopped.
final class ContinuousJob {
    private let runner: JobRunner

    init(_ session: ScriptSession, _ sql: String) throws {
        let script = Parser.parseScript(sql)
        if let error = script.errors.first { throw error }
        guard let statement = script.statements.first,
            case .insert(var job) = try session.session.execute(statement).result
        else { throw TextFileError("\(sql) is no INSERT") }
        if let batchRows = session.batchRows { job.graph.config.batchRows = batchRows }
        runner = try session.session.start(job, results: nil)
    }

    /// Waits until `isDone`, at most 30 seconds; false: it is not, or the job ended with an error.
    func wait(_ isDone: () throws -> Bool) throws -> Bool {
        for _ in 0..<1500 {
            if try isDone() { return true }
            if case .failed(let error)? = runner.wait(timeoutMillis: 20) { throw error.cause }
        }
        return false
    }

    func stop() {
        runner.cancel()
        runner.wait()
    }

    deinit { runner.cancel() }
}
