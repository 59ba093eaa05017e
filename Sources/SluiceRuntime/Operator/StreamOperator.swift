package import SluiceBase
package import SluiceColumns

/// One instance of a node of the job graph, in one subtask. Synchronous; one thread at a time; no locks inside.
///
/// Rows and watermarks (micros on the axis of the time attribute; `Watermark.max` at the end of bounded input):
/// row n sees the watermark that rows 1 to n-1 made. How marks inside a batch reach the operator is its
/// `markHandling`. `advance` comes between batches. `context.watermark` is the watermark before the first row of the
/// batch at hand, over all inputs, and is raised by the driver.
///
/// Order of calls: `open`, then any of `process`, `advance`, `onTimer`, `onPause`, `endInput`, then `finish` once when all
/// inputs have ended (after `advance(to: Watermark.max)`), then `close`; `close` alone after a failure. After each of
/// them the driver calls `resume` until it returns false, and nothing else in between.
package protocol StreamOperator: AnyObject {
    var markHandling: MarkHandling { get }
    /// True when more input cannot change the output; the sources behind it may stop.
    var isSatisfied: Bool { get }
    /// True: waits for something outside while it takes more input; `resume` is called in every step.
    var isAsync: Bool { get }

    func open(_ context: OperatorContext) throws(JobError)
    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError)
    /// The watermark over all inputs rose. The operator passes it on when its results are out: `out.emit(watermark:)`.
    func advance(to watermark: Int64, _ out: any Output) throws(JobError)
    /// The clock reached a time (micros) that was registered with `context.timers`.
    func onTimer(_ micros: Int64, _ out: any Output) throws(JobError)
    /// The subtask ran out of input for now; it may come back at once. Called once before it waits.
    func onPause(_ out: any Output) throws(JobError)
    /// One input of several ended; the others may go on.
    func endInput(_ input: Int, _ out: any Output) throws(JobError)
    func finish(_ out: any Output) throws(JobError)
    /// Goes on with what was held back: emits until `out.isFull` or nothing is left. True: more is left.
    /// A small answer to one batch may be emitted at once, full or not; millions of rows are held back.
    func resume(_ out: any Output) throws(JobError) -> Bool
    func close()
}

/// How marks inside a batch reach an operator. With several inputs they are first rewritten to the watermark over
/// all inputs; marks that do not raise it are dropped.
package enum MarkHandling: Sendable {
    /// The batch comes with its marks; the operator respects them and passes them on, as marks of its output
    /// batches or by `out.emit(watermark:)`. No `advance` for them. Those at `rowCount` count too.
    case inBatch
    /// The batch is cut at its marks: `process` without marks and `advance` in turn.
    case split
    /// Time does not matter for the result: `process` without marks, then one `advance` to the last of them.
    case after
}

extension StreamOperator {
    package var markHandling: MarkHandling { .split }
    package var isSatisfied: Bool { false }
    package var isAsync: Bool { false }
    package func open(_ context: OperatorContext) throws(JobError) {}
    package func advance(to watermark: Int64, _ out: any Output) throws(JobError) {
        try out.emit(watermark: watermark)
    }
    package func onTimer(_ micros: Int64, _ out: any Output) throws(JobError) {}
    package func onPause(_ out: any Output) throws(JobError) {}
    package func endInput(_ input: Int, _ out: any Output) throws(JobError) {}
    package func finish(_ out: any Output) throws(JobError) {}
    package func resume(_ out: any Output) throws(JobError) -> Bool { false }
    package func close() {}
}

/// Where an operator's results go: the operators chained behind it, and edges to other subtasks.
package protocol Output: AnyObject {
    /// Never refuses; look at `isFull` before giving much. Batches without rows and marks may be left out.
    func emit(_ batch: RecordBatch) throws(JobError)
    /// Not for watermarks that an emitted batch carries as marks.
    func emit(watermark: Int64) throws(JobError)
    /// No rows for now: those who wait for the minimum over their inputs leave this one out until the next batch or
    /// watermark.
    func emitIdle() throws(JobError)
    /// True while the edges behind are full; then hold back and go on in `resume`.
    var isFull: Bool { get }
}

/// Points of event time, in microseconds.
package enum Watermark {
    /// After the end of bounded input.
    package static let max = Int64.max
}
