import SluiceBase
import SluiceColumns
import SluiceRuntime

/// The rows of one query on their way from the job's worker to a writer, folded or as they come.
///
/// `@unchecked Sendable`: only the worker of the collect node calls `take`, and `finish` comes after the job ended.
final class ResultSink: @unchecked Sendable {
    private let writer: any ResultWriter
    private let schema: Schema
    private let output: OutputStream
    private let showsKind: Bool
    private var fold: ResultFold?
    private let flushes: Bool
    private var hasBegun = false
    /// Rows written so far.
    private(set) var rowCount = 0
    /// nil: no row yet.
    private(set) var firstRowNanos: Int64?

    init(
        _ writer: any ResultWriter, _ schema: Schema, _ output: OutputStream, showsKind: Bool, folds: Bool,
        flushes: Bool
    ) {
        self.writer = writer
        self.schema = schema
        self.output = output
        self.showsKind = showsKind
        self.flushes = flushes
        fold = folds ? ResultFold() : nil
    }

    /// Called on the worker. A closed stdout ends the job.
    func take(_ batch: RecordBatch) -> Delivery {
        if fold != nil {
            fold?.add(batch)
            return .taken
        }
        begin()
        write(batch)
        if flushes { writer.flush() }
        return output.isClosed ? .satisfied : .taken
    }

    /// The job ended. `complete`: not by a failure, so that the folded rows are the result.
    func finish(complete: Bool) {
        if complete {
            begin()
            for batch in fold?.batches(schema) ?? [] { write(batch) }
        }
        if hasBegun { writer.end() }
    }

    private func write(_ batch: RecordBatch) {
        if rowCount == 0 && batch.rowCount > 0 { firstRowNanos = SystemClock().monotonicNanos() }
        rowCount += batch.rowCount
        writer.write(batch)
    }

    private func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        writer.begin(schema, showsKind: showsKind)
    }
}
