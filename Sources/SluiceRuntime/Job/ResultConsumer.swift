public import SluiceColumns
public import SluiceConnect

/// What became of a batch that was offered to a consumer of results.
public enum Delivery: Sendable {
    case taken
    /// Not taken: wake the subtask when it may be offered again.
    case full
    /// Taken; the consumer wants no more, and the job may end early.
    case satisfied
}

/// Takes the rows of a SELECT. Called on a worker of the job, never by two threads at once for one collect node.
public protocol ResultConsumer: Sendable {
    /// Answers at once. After `.full` it calls `waker.wake()` when there is room.
    func offer(_ batch: RecordBatch, waker: any Waker) -> Delivery
    /// Bytes of batches that were taken and wait for the reader.
    var queuedBytes: Int { get }
}

extension ResultConsumer {
    public var queuedBytes: Int { 0 }
}

/// Runs a closure on the worker: the fast path for scripts, whose output blocks the job by itself.
public struct ResultCallback: ResultConsumer {
    private let body: @Sendable (RecordBatch) -> Delivery

    public init(_ body: @escaping @Sendable (RecordBatch) -> Delivery) { self.body = body }

    public func offer(_ batch: RecordBatch, waker: any Waker) -> Delivery { body(batch) }
}
