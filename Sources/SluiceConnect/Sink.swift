public import SluiceBase
public import SluiceColumns

/// Where rows go.
public protocol Sink: Sendable {
    func open(
        subtask: Int, of parallelism: Int, _ context: ConnectorContext
    ) throws(JobError) -> any SinkWriter

    /// Makes visible what these tokens of `prepareCommit` stand for: all that the writers of a job have prepared.
    /// Called again after a failure, it goes on where it was.
    func commit(_ tokens: [[UInt8]], _ context: ConnectorContext) throws(JobError)
    /// The job failed after this writer's `prepareCommit`: what it prepared is removed, as far as that is possible.
    func abort(_ token: [UInt8], _ context: ConnectorContext)
}

extension Sink {
    public func commit(_ tokens: [[UInt8]], _ context: ConnectorContext) throws(JobError) {}
    public func abort(_ token: [UInt8], _ context: ConnectorContext) {}
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
    /// The input ended and, after a last `flush`, `poll` gave nil. A sink without commits makes everything visible.
    func finish() throws(JobError)
    /// Makes what was written since the last call durable, but not visible, and gives what `Sink.commit` needs to make
    /// it visible, also in another process. Empty: there is nothing to commit.
    func prepareCommit() throws(JobError) -> [UInt8]
    /// Bytes that it holds between two calls, for the memory account.
    var bufferedBytes: Int { get }
    /// Releases resources. Without `finish` before, nothing unfinished becomes visible; what was prepared stays.
    func close()
}

extension SinkWriter {
    public func endOfRows() throws(JobError) {}
    public func poll() throws(JobError) -> WakeUp? { nil }
    public func prepareCommit() throws(JobError) -> [UInt8] { [] }
    public var bufferedBytes: Int { 0 }
}
