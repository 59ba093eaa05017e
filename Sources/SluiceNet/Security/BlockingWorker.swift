import SluiceBase

/// One thread for calls that may block (a key distribution centre, a disk), which must not hold a loop up.
/// Work is done in the order in which it is given; it posts its result back by itself. The thread starts with
/// the first work and ends when the worker is dropped, after the work that it has begun.
public final class BlockingWorker: Sendable {
    public typealias Work = @Sendable () -> Void

    private let queue: BlockingQueue

    public init() { queue = BlockingQueue() }

    deinit { queue.end() }

    /// Errors: kind `other` when the system has no thread left.
    public func submit(_ work: @escaping Work) throws(NetworkError) {
        guard queue.append(work) else {
            throw NetworkError(.other, "a thread cannot be started: the system has none left")
        }
    }
}

private final class BlockingQueue: Sendable {
    private struct State {
        var waiting: [BlockingWorker.Work] = []
        var running = false
        var ended = false
    }

    private let state = Monitor(State())

    func append(_ work: @escaping BlockingWorker.Work) -> Bool {
        state.change { state in
            if !state.running {
                guard DetachedThread.start({ [self] in run() }) else { return false }
                state.running = true
            }
            state.waiting.append(work)
            return true
        }
    }

    func end() {
        state.change { state in
            state.ended = true
            state.waiting = []
        }
    }

    private func run() {
        while let work = next() { work() }
    }

    private func next() -> BlockingWorker.Work? {
        state.wait { state -> BlockingWorker.Work?? in
            if state.ended { return .some(nil) }
            return state.waiting.isEmpty ? nil : .some(state.waiting.removeFirst())
        }
    }
}
