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
    /// Pushes out what is buffered, as after an idle moment of an unbounded input.
    func flush() throws(JobError)
    /// The input ended: everything becomes visible.
    func finish() throws(JobError)
    /// Releases resources; without `finish` before, nothing unfinished becomes visible.
    func close()
}
