public import SluiceBase
public import SluiceColumns

/// Where rows go.
public protocol Sink: Sendable {
    func open(
        subtask: Int, of parallelism: Int, _ context: ConnectorContext
    ) throws(JobError) -> any SinkWriter
}

/// Writes for one subtask; encodes on its worker.
public protocol SinkWriter: AnyObject {
    /// Takes the batch, or says when to offer it again.
    func write(_ batch: RecordBatch) throws(JobError) -> WakeUp?
    /// Goes on with what is under way and notices what failed. When to call again; nil: nothing is under way. Called
    /// whenever the subtask runs.
    func poll() throws(JobError) -> WakeUp?
    /// Pushes out what is buffered, as after an idle moment of an unbounded input.
    func flush() throws(JobError)
    /// No more rows come; called once, before the last `flush`. Long work for the end begins here, and `poll` tells when
    /// it is done.
    func endOfRows() throws(JobError)
    /// The input ended and, after a last `flush`, `poll` gave nil: everything becomes visible.
    func finish() throws(JobError)
    /// Bytes that it holds between two calls, for the memory account.
    var bufferedBytes: Int { get }
    /// Releases resources; without `finish` before, nothing unfinished becomes visible.
    func close()
}

extension SinkWriter {
    public func endOfRows() throws(JobError) {}
    public func poll() throws(JobError) -> WakeUp? { nil }
    public var bufferedBytes: Int { 0 }
}
