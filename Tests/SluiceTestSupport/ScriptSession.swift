package import SluiceBase
import SluiceCatalog
import SluiceColumns
package import SluiceConnect
package import SluiceEngine
import SluiceJobGraph
import SluicePlanner
import SluiceRuntime
package import SluiceSyntax

/// A session in the test's process: statements in, rows as text out.
package final class ScriptSession {
    package let session: Session
    /// Rows a batch at most; nil: as jobs have it.
    package var batchRows: Int?
    /// A job that takes longer fails the test instead of hanging it.
    package var timeoutMillis: Int64 = 60_000
    /// A query ends after this many rows.
    package var enoughRows = Int.max

    package init(
        _ home: HomeFolder, isStored: Bool = false, connectors: [any Connector] = [],
        settings: [(String, String)] = []
    ) throws(SQLError) {
        session = try Engine(home: home, additional: connectors).session(isStored ? .stored : .jobFile)
        for (key, value) in settings { _ = try session.settings.set(key, value, .commandLine) }
    }

    /// Runs a text to its end or first error; what each statement answered.
    @discardableResult
    package func run(_ text: String) throws(SQLError) -> [StatementAnswer] {
        let script = Parser.parseScript(text)
        if let error = script.errors.first { throw error }
        var answers: [StatementAnswer] = []
        for statement in script.statements { answers.append(try run(statement)) }
        return answers
    }

    package func run(_ statement: ParsedStatement) throws(SQLError) -> StatementAnswer {
        do throws(SQLError) {
            let outcome = try session.execute(statement)
            var answer: StatementAnswer
            switch outcome.result {
            case .done: answer = StatementAnswer()
            case .listing(let listing): answer = StatementAnswer(listing)
            case .query(let job), .insert(let job): answer = try run(job)
            }
            answer.notices = outcome.notices
            answer.warnings = outcome.warnings.map(\.message)
            return answer
        } catch {
            throw error.at(statement.span)
        }
    }

    private func run(_ planned: PlannedJob) throws(SQLError) -> StatementAnswer {
        var job = planned
        if let batchRows { job.graph.config.batchRows = batchRows }
        let types = job.fields.map(\.type)
        let zone = try session.settings.zone()
        let formatters = types.map { ValueFormatter($0, zone: zone) }
        let changes = Lock<[StatementAnswer.Change]>([])
        let enough = enoughRows
        let callback = ResultCallback { batch in
            let found = Self.changes(batch, formatters)
            return changes.withLock { all in
                all += found
                return all.count >= enough ? .satisfied : .taken
            }
        }
        let runner = try session.start(job, results: job.fields.isEmpty ? nil : callback)
        guard let status = runner.wait(timeoutMillis: timeoutMillis) else {
            runner.cancel()
            runner.wait()
            throw SQLError(.timeBudget, "the job did not end within \(timeoutMillis) ms")
        }
        if case .failed(let error) = status { throw error.cause }
        var answer = StatementAnswer()
        answer.columns = job.fields.map(\.name)
        answer.types = types.map(\.description)
        answer.changes = changes.withLock { $0 }
        answer.lateRows = Int(runner.metrics.lateRows)
        answer.skippedRows = Int(runner.metrics.skippedRows)
        answer.droppedRows = Int(runner.metrics.droppedRows)
        return answer
    }

    private static func changes(
        _ batch: RecordBatch, _ formatters: [ValueFormatter]
    ) -> [StatementAnswer.Change] {
        let columns = batch.columns.map(\.flattened)
        return (0..<batch.rowCount).map { row in
            var values: [String?] = []
            for (column, formatter) in zip(columns, formatters) {
                values.append(column.isNull(row) ? nil : formatter.string(column.datum(row)))
            }
            return StatementAnswer.Change(kind: batch.kind(row).symbol, values: values)
        }
    }
}
