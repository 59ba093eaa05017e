import Cuv
import Glibc
import SluiceBase

/// A thread that runs one libuv loop, its transport and the handler made for it. Every other thread only
/// wakes and stops it; a stopped one cannot be started again. Dropping the last reference stops it too.
///
/// The thread takes no signals, so that writing to a closed socket does not end the process.
public final class LoopThread: Sendable {
    private let signal: LoopSignal
    private let finished: LoopEnd

    /// Starts the thread. `makeHandler` runs there first; the handler lives until the loop has stopped.
    /// Errors: kind `other` when the system has no thread or descriptor left.
    public init(
        name: String, _ makeHandler: @escaping @Sendable (LoopTransport) -> any TransportHandler
    ) throws(NetworkError) {
        guard let transport = LoopTransport() else {
            throw NetworkError(.other, "the network loop cannot be started: too many files are open")
        }
        signal = transport.signal
        finished = LoopEnd()
        let start = LoopStart(transport: transport, makeHandler: makeHandler, end: finished, name: name)
        guard start.launch() else {
            transport.discard()
            throw NetworkError(.other, "the network loop cannot be started: the system has no thread left")
        }
    }

    deinit { signal.requestStop() }

    /// The handler's `woken` is called soon, once for any number of calls before it.
    public func wake() { signal.wake() }

    /// Closes every connection without telling the handler, drops timers, ends the thread. Waits for that at
    /// most
    /// `waitNanos` (a name look-up that hangs in the system holds the thread, which then ends later by
    /// itself). Returns whether the thread has ended. On the loop's own thread it does not wait.
    @discardableResult
    public func stop(waitNanos: Int64 = 5_000_000_000) -> Bool {
        signal.requestStop()
        return finished.wait(waitNanos)
    }
}

/// What the new thread needs, handed over once.
///
/// `@unchecked Sendable`: built on one thread, then used by the new one only.
private final class LoopStart: @unchecked Sendable {
    private let transport: LoopTransport
    private let makeHandler: @Sendable (LoopTransport) -> any TransportHandler
    private let end: LoopEnd
    private let name: String

    init(
        transport: LoopTransport, makeHandler: @escaping @Sendable (LoopTransport) -> any TransportHandler,
        end: LoopEnd, name: String
    ) {
        self.transport = transport
        self.makeHandler = makeHandler
        self.end = end
        self.name = name
    }

    func launch() -> Bool { DetachedThread.start { self.run() } }

    private func run() {
        sluice_name_this_thread(name)
        end.started()
        transport.run(makeHandler)
        end.signal()
    }
}

/// Tells that a loop's thread has ended.
private final class LoopEnd: Sendable {
    private struct State {
        var ended = false
        var thread: pthread_t?
    }

    private let state = Monitor(State())

    func started() { state.change { $0.thread = pthread_self() } }
    func signal() { state.change { $0.ended = true } }

    func wait(_ nanos: Int64) -> Bool {
        let isOwn = state.read { state in state.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false
        }
        if isOwn { return state.read { $0.ended } }
        return state.wait(nanos: nanos) { $0.ended ? true : nil } ?? false
    }
}
