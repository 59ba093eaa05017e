import Glibc
public import SluiceBase
import SluiceColumns
import SluiceConnect
public import SluiceEngine
import SluicePlanner
import SluiceRuntime
import SluiceSyntax

/// Runs the statements of a script one after the other and writes their results.
///
/// An INSERT whose inputs all end is waited for before the next statement; an unbounded one starts and the script
/// goes on; `finish` waits for what still runs.
public final class ScriptRunner {
    public enum ResultMode: String, Sendable, CaseIterable { case table, changelog }

    public struct Options: Sendable {
        public var render: RenderOptions
        /// nil: `table` when every input is bounded, else `changelog`.
        public var mode: ResultMode?
        public var errorFormat: DiagnosticRenderer.Format = .human

        public init(render: RenderOptions, mode: ResultMode? = nil) {
            self.render = render
            self.mode = mode
        }
    }

    private let session: Session
    private let options: Options
    private let output: OutputStream
    private let errors: OutputStream
    private let control: RunControl
    private var background: [JobRunner] = []

    public init(
        _ session: Session, _ options: Options, output: OutputStream, errors: OutputStream, control: RunControl
    ) {
        self.session = session
        self.options = options
        self.output = output
        self.errors = errors
        self.control = control
    }

    private var renderer: DiagnosticRenderer {
        DiagnosticRenderer(format: options.errorFormat, isColored: errors.isTerminal)
    }

    /// Runs a text to its end or its first error; the exit code.
    public func run(_ text: String, name: String) -> Int32 {
        let source = SourceText(name: name, text: text)
        let script = Parser.parseScript(text)
        guard script.errors.isEmpty else {
            errors.write(renderer.render(script.errors, source: source))
            return script.errors[0].code.exitCode
        }
        for statement in script.statements {
            let code = run(statement, source)
            if code != 0 { return code }
        }
        return 0
    }

    /// Waits for the jobs that the script left running; the exit code of the first that failed.
    public func finish() -> Int32 {
        var code: Int32 = 0
        for job in background {
            let status = job.wait()
            let own = report(status, job, nil)
            if code == 0 { code = own }
        }
        background.removeAll()
        return code
    }

    private func run(_ statement: ParsedStatement, _ source: SourceText) -> Int32 {
        do throws(SQLError) {
            let outcome = try session.execute(statement)
            for warning in outcome.warnings {
                errors.write(renderer.render(warning, severity: .warning, source: source))
            }
            for notice in outcome.notices { errors.write(notice + "\n") }
            switch outcome.result {
            case .done: return 0
            case .listing(let listing):
                show(listing)
                return output.isClosed ? 141 : 0
            case .query(let job): return try query(job, source)
            case .insert(let job): return try insert(job, source)
            }
        } catch {
            errors.write(renderer.render(error.at(statement.span), source: source))
            return error.code.exitCode
        }
    }

    // MARK: Jobs

    private func insert(_ job: PlannedJob, _ source: SourceText) throws(SQLError) -> Int32 {
        let runner = try session.start(job)
        control.add(runner)
        if !job.isBounded && !session.settings.isTrue("table.dml-sync") {
            background.append(runner)
            return control.isStopping ? control.exitCode : 0
        }
        let status = runner.wait()
        control.remove(runner)
        return report(status, runner, source)
    }

    private func query(_ job: PlannedJob, _ source: SourceText) throws(SQLError) -> Int32 {
        let mode = options.mode ?? (job.isBounded ? .table : .changelog)
        let folds = mode == .table && !job.changelog.isAppendOnly
        var render = options.render
        render.zone = try session.settings.zone()
        let sink = ResultSink(
            ResultWriters.make(output, render), job.fields.map { Field($0.name, $0.type) }, output,
            showsKind: mode == .changelog && (options.mode == .changelog || !job.changelog.isAppendOnly),
            folds: folds, flushes: !job.isBounded)
        let runner = try session.start(job, results: ResultCallback { sink.take($0) })
        control.add(runner)
        let status = runner.wait()
        control.remove(runner)
        let isWhole: Bool
        if case .failed = status { isWhole = false } else { isWhole = true }
        sink.finish(complete: isWhole)
        if output.isClosed { return 141 }
        return report(status, runner, source)
    }

    private func report(_ status: JobStatus, _ job: JobRunner, _ source: SourceText?) -> Int32 {
        switch status {
        case .running, .finished: break
        case .cancelled: return control.isStopping ? control.exitCode : (output.isClosed ? 141 : 0)
        case .failed(let error):
            if output.isClosed { return 141 }
            var cause = error.cause
            if let name = error.operatorName { cause.notes.append(SQLError.Note("in \(name)")) }
            errors.write(renderer.render(cause, source: source))
            return cause.code.exitCode
        }
        let metrics = job.metrics
        if metrics.lateRows > 0 {
            errors.write("note: \(metrics.lateRows) late rows were dropped behind the watermark\n")
        }
        if metrics.skippedRows > 0 { errors.write("note: \(metrics.skippedRows) malformed rows were skipped\n") }
        if metrics.droppedRows > 0 { errors.write("note: \(metrics.droppedRows) rows with NULL in a NOT NULL column were dropped\n") }
        return control.isStopping ? control.exitCode : 0
    }

    // MARK: Listings

    private func show(_ listing: Listing) {
        if listing.isText, options.render.format == .box || options.render.format == .table {
            output.write(((listing.rows.first?.first ?? nil) ?? "") + "\n")
            return
        }
        let schema = listing.columns.map { Field($0, .string) }
        let builder = BatchBuilder(schema, capacity: listing.rows.count)
        for row in listing.rows { builder.appendRow(row.map { $0.map { Datum.string($0) } ?? .null }) }
        let writer = ResultWriters.make(output, options.render)
        writer.begin(schema, showsKind: false)
        writer.write(builder.finish())
        writer.end()
    }
}
