import Glibc
public import SluiceBase
import SluiceColumns
import SluiceConnect
public import SluiceEngine
import SluiceJobGraph
import SluicePlanner
import SluiceRuntime
import SluiceSyntax

/// What a run is told by its options.
public struct RunOptions: Sendable {
    public enum ResultMode: String, Sendable, CaseIterable { case table, changelog }

    public var render: RenderOptions
    /// nil: `table` when every input is bounded, else `changelog`.
    public var mode: ResultMode?
    public var errorFormat: DiagnosticRenderer.Format = .human
    public var progress: ProgressMeter.Mode = .auto
    /// Nanoseconds of a monotonic clock at which everything is cancelled; nil: never.
    public var deadlineNanos: Int64?
    /// The script itself was read from stdin, so that no table can be.
    public var stdinIsTaken = false
    /// The number of rows and the time, below each result.
    public var showsFooter = false

    public init(render: RenderOptions, mode: ResultMode? = nil) {
        self.render = render
        self.mode = mode
    }
}

/// Runs one statement after the other: executes it, runs its job, writes its rows and messages.
public final class StatementRunner {
    let session: Session
    var options: RunOptions
    let output: OutputStream
    let errors: OutputStream
    let control: RunControl
    private let progress: ProgressMeter
    /// Takes an unbounded INSERT that goes on beside the script.
    var onBackground: (JobRunner, PlannedJob) -> Void = { _, _ in }

    static let stopLimitNanos: Int64 = 30_000_000_000

    public init(
        _ session: Session, _ options: RunOptions, output: OutputStream, errors: OutputStream,
        control: RunControl
    ) {
        self.session = session
        self.options = options
        self.output = output
        self.errors = errors
        self.control = control
        let meter = ProgressMeter(options.progress, errors: errors, output: output)
        progress = meter
        output.beforeWrite = { meter.clear() }
    }

    var renderer: DiagnosticRenderer {
        let wantsColor = errors.isTerminal && getenv("NO_COLOR") == nil
        return DiagnosticRenderer(format: options.errorFormat, isColored: wantsColor)
    }

    func show(_ error: SQLError, _ severity: DiagnosticRenderer.Severity = .error, _ script: ScriptText?) {
        let place = script?.located(error) ?? (error: error, source: nil)
        errors.write(renderer.render(place.error, severity: severity, source: place.source))
    }

    /// Runs a statement; the exit code, 0 for success.
    func run(_ statement: ParsedStatement, _ script: ScriptText) -> Int32 {
        do throws(SQLError) {
            let outcome = try session.execute(statement)
            for warning in outcome.warnings { show(warning, .warning, script) }
            for notice in outcome.notices { errors.write(notice + "\n") }
            switch outcome.result {
            case .done: break
            case .listing(let listing): show(listing)
            case .query(let job): return try query(job, script)
            case .insert(let job): return try insert(job, script)
            }
            return output.isClosed ? closedOutput() : 0
        } catch {
            show(error.at(statement.span), .error, script)
            return error.code.exitCode
        }
    }

    // MARK: Jobs

    private func insert(_ job: PlannedJob, _ script: ScriptText) throws(SQLError) -> Int32 {
        try checkStandardInput(job)
        let runner = try session.start(job)
        if !job.isBounded && !session.settings.isTrue("table.dml-sync") {
            onBackground(runner, job)
            return control.isStopping ? control.exitCode : 0
        }
        control.add(runner)
        let status = wait(runner)
        control.remove(runner)
        return report(status, runner, script)
    }

    private func query(_ job: PlannedJob, _ script: ScriptText) throws(SQLError) -> Int32 {
        try checkStandardInput(job)
        let start = SystemClock().monotonicNanos()
        let mode = options.mode ?? (job.isBounded ? .table : .changelog)
        let showsKind = mode == .changelog && (options.mode == .changelog || !job.changelog.isAppendOnly)
        var render = options.render
        render.isLive = !job.isBounded
        render.zone = try session.settings.zone()
        let sink = ResultSink(
            ResultWriters.make(output, render), job.fields.map { Field($0.name, $0.type) }, output,
            showsKind: showsKind, folds: mode == .table && !job.changelog.isAppendOnly,
            flushes: !job.isBounded)
        let runner = try session.start(job, results: ResultCallback { sink.take($0) })
        control.add(runner)
        let status = wait(runner)
        control.remove(runner)
        var isWhole = true
        if case .failed = status { isWhole = false }
        sink.finish(complete: isWhole)
        if output.isClosed { return closedOutput() }
        if options.showsFooter && isWhole { footer(sink, start, isCancelled: status.isCancelled) }
        return report(status, runner, script)
    }

    private func footer(_ sink: ResultSink, _ start: Int64, isCancelled: Bool) {
        let now = SystemClock().monotonicNanos()
        var parts = [(isCancelled ? "cancelled after " : "") + Amounts.rows(sink.rowCount)]
        if let limit = options.render.maxRows, sink.rowCount > limit, options.render.format.isGrid {
            parts[0] += " (\(limit) shown)"
        }
        if let first = sink.firstRowNanos { parts.append("first row \(Amounts.time(nanos: first - start))") }
        parts.append(Amounts.time(nanos: now - start))
        errors.write(parts.joined(separator: " · ") + "\n")
    }

    /// Waits for a job in the foreground, shows its progress, and ends it when its time is over.
    func wait(_ runner: JobRunner) -> JobStatus {
        progress.begin(now: SystemClock().monotonicNanos())
        while true {
            if let status = runner.wait(timeoutMillis: 100) {
                progress.clear()
                return status
            }
            let now = SystemClock().monotonicNanos()
            if let deadline = options.deadlineNanos, now >= deadline { control.overTime() }
            control.enforceStop(afterNanos: Self.stopLimitNanos)
            progress.tick(runner, now: now)
        }
    }

    /// Messages about the end of a job, and its exit code.
    func report(_ status: JobStatus, _ job: JobRunner, _ script: ScriptText?) -> Int32 {
        switch status {
        case .running, .finished: break
        case .cancelled:
            if control.isOverTime {
                show(
                    SQLError(.timeBudget, "the time limit of the run is over", hint: "raise --timeout"),
                    .error, nil)
                return ErrorCode.timeBudget.exitCode
            }
            return control.isStopping ? control.exitCode : (output.isClosed ? closedOutput() : 0)
        case .failed(let error):
            if output.isClosed { return closedOutput() }
            if error.cause.code == .outputClosed { return 141 }
            var cause = error.cause
            if let name = error.operatorName {
                cause.notes.append(SQLError.Note("in \(PrintableText.of(name))"))
            }
            show(cause, .error, script)
            return cause.code.exitCode
        }
        for note in Self.notes(job.metrics) + RegionNotes.notes(job) { errors.write("note: \(note)\n") }
        return control.isStopping ? control.exitCode : 0
    }

    /// The exit code when nothing more can be written to stdout. Only that its reader has gone is no news.
    private func closedOutput() -> Int32 {
        if output.failure == EPIPE { return 141 }
        let reason = String(cString: strerror(output.failure))
        show(SQLError(.connectorIO, "standard output cannot be written: \(reason)"), .error, nil)
        return ErrorCode.connectorIO.exitCode
    }

    /// What a job left out, in words.
    static func notes(_ metrics: JobMetrics) -> [String] {
        var out: [String] = []
        func isAre(_ count: Int64) -> String { count == 1 ? "row was" : "rows were" }
        if metrics.lateRows > 0 {
            let count = metrics.lateRows
            out.append("\(Amounts.grouped(count)) late \(isAre(count)) dropped behind the watermark")
        }
        if metrics.skippedRows > 0 {
            let reason = metrics.sources.lazy.compactMap(\.skipReason).first.map {
                "; the first: \(PrintableText.of($0))"
            }
            out.append(
                "\(Amounts.grouped(metrics.skippedRows)) malformed \(isAre(metrics.skippedRows)) skipped\(reason ?? "")"
            )
        }
        if metrics.nulledValues > 0 {
            let reason = metrics.sources.lazy.compactMap(\.nullReason).first.map {
                "; the first: \(PrintableText.of($0))"
            }
            let verb = metrics.nulledValues == 1 ? "value was" : "values were"
            out.append(
                "\(Amounts.grouped(metrics.nulledValues)) malformed \(verb) read as NULL\(reason ?? "")")
        }
        if metrics.droppedRows > 0 {
            let count = metrics.droppedRows
            out.append("\(Amounts.grouped(count)) \(isAre(count)) dropped for a NULL in a NOT NULL column")
        }
        for source in metrics.sources { out += source.notices.map { PrintableText.of($0) } }
        return out
    }

    /// A script from stdin leaves no stdin to read a table from.
    private func checkStandardInput(_ job: PlannedJob) throws(SQLError) {
        guard options.stdinIsTaken else { return }
        for node in job.graph.nodes {
            guard case .source(let source) = node.kind, source.table.options["path"] == "-" else { continue }
            throw SQLError(
                .connectorOption,
                "\"\(source.table.name)\" reads standard input, from which the statements come",
                span: node.span, hint: "put the statements into a file: sluice run FILE")
        }
    }

    // MARK: Listings

    func show(_ listing: Listing) {
        if listing.isText, options.render.format == .box || options.render.format == .table {
            output.write(((listing.rows.first?.first ?? nil) ?? "") + "\n")
            return
        }
        let schema = listing.columns.map { Field($0, .string) }
        let builder = BatchBuilder(schema, capacity: listing.rows.count)
        for row in listing.rows { builder.appendRow(row.map { $0.map { Datum.string($0) } ?? .null }) }
        var render = options.render
        render.showsTypes = false
        render.maxRows = nil
        let writer = ResultWriters.make(output, render)
        writer.begin(schema, showsKind: false)
        writer.write(builder.finish())
        writer.end()
    }
}

extension JobStatus {
    var isCancelled: Bool {
        if case .cancelled = self { return true }
        return false
    }
}

extension OutputFormat {
    /// Drawn as a table, where rows can be left out.
    var isGrid: Bool { self == .box || self == .table }
}
