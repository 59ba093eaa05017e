import Glibc
import SluiceBase
public import SluiceColumns
public import SluiceConnect

/// A bounded hand-off of results to another thread: a reader that stalls stalls the job.
public final class ResultQueue: ResultConsumer {
    private struct State {
        var batches = FIFO<(batch: RecordBatch, bytes: Int)>()
        var bytes = 0
        var waker: (any Waker)?
        var isClosed = false
        var hasEnded = false
    }

    private let state = Lock(State())
    private let bound: Int
    private let signal = WorkerSignal()
    private let onReady: @Sendable () -> Void

    /// `onReady`: called from the worker when a batch arrives in an empty queue, and when the job ends.
    public init(maxBytes: Int = 1 << 20, onReady: @escaping @Sendable () -> Void = {}) {
        bound = maxBytes
        self.onReady = onReady
    }

    public var queuedBytes: Int { state.withLock { $0.bytes } }

    public func offer(_ batch: RecordBatch, waker: any Waker) -> Delivery {
        let bytes = batch.byteCount
        let (delivery, wasEmpty) = state.withLock { (state) -> (Delivery, Bool) in
            if state.isClosed { return (.satisfied, false) }
            if state.bytes >= bound {
                state.waker = waker
                return (.full, false)
            }
            let empty = state.batches.isEmpty
            state.batches.append((batch, bytes))
            state.bytes += bytes
            return (.taken, empty)
        }
        if wasEmpty {
            signal.raise()
            onReady()
        }
        return delivery
    }

    /// The next batch if one is there.
    public func poll() -> RecordBatch? {
        let (batch, waker) = state.withLock { (state) -> (RecordBatch?, (any Waker)?) in
            guard let (batch, bytes) = state.batches.popFirst() else { return (nil, nil) }
            state.bytes -= bytes
            guard state.bytes * 2 <= bound else { return (batch, nil) }
            let waker = state.waker
            state.waker = nil
            return (batch, waker)
        }
        waker?.wake()
        return batch
    }

    /// Waits for the next batch; nil when the job has ended and nothing is left, or the time is over.
    public func next(timeoutMillis: Int64? = nil) -> RecordBatch? {
        let clock = SystemClock()
        let deadline = timeoutMillis.map { clock.monotonicNanos() + $0 * 1_000_000 }
        while true {
            if let batch = poll() { return batch }
            if hasEnded { return poll() }
            guard let deadline else {
                signal.wait(atMostNanos: nil)
                continue
            }
            let left = deadline - clock.monotonicNanos()
            if left <= 0 { return nil }
            signal.wait(atMostNanos: left)
        }
    }

    /// The job ended: no batch follows those that are queued.
    public var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// The reader wants no more; a waiting job goes on and finds that out.
    public func close() {
        let waker = state.withLock { state in
            state.isClosed = true
            state.batches = FIFO()
            state.bytes = 0
            let waker = state.waker
            state.waker = nil
            return waker
        }
        waker?.wake()
    }

    func end() {
        state.withLock { $0.hasEnded = true }
        signal.raise()
        onReady()
    }
}
