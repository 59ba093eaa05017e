import SluiceBase
import SluiceColumns
import SluiceRuntime

/// The rows of one query on their way from the job's worker to a writer, folded or as they come.
final class ResultSink: Sendable {
    private struct State {
        let writer: any ResultWriter
        let schema: Schema
        let output: OutputStream
        let showsKind: Bool
        var fold: ResultFold?
        let flushes: Bool
        var hasBegun = false

        mutating func begin() {
            guard !hasBegun else { return }
            hasBegun = true
            writer.begin(schema, showsKind: showsKind)
        }
    }

    private let state: Lock<State>

    init(
        _ writer: sending any ResultWriter, _ schema: Schema, _ output: sending OutputStream, showsKind: Bool, folds: Bool,
        flushes: Bool
    ) {
        state = Lock(
            State(
                writer: writer, schema: schema, output: output, showsKind: showsKind,
                fold: folds ? ResultFold() : nil, flushes: flushes))
    }

    /// Called on the worker. A closed stdout ends the job.
    func take(_ batch: RecordBatch) -> Delivery {
        state.withLock { state in
            if state.fold != nil {
                state.fold?.add(batch)
                return .taken
            }
            state.begin()
            state.writer.write(batch)
            if state.flushes { state.writer.flush() }
            return state.output.isClosed ? .satisfied : .taken
        }
    }

    /// The job ended. `complete`: not by a failure, so that the folded rows are the result.
    func finish(complete: Bool) {
        state.withLock { state in
            if complete { state.begin() }
            if complete, let fold = state.fold {
                for batch in fold.batches(state.schema) { state.writer.write(batch) }
            }
            if state.hasBegun { state.writer.end() }
        }
    }
}
