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

    func launch() -> Bool {
        let box = Unmanaged.passRetained(self)
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        var thread = pthread_t()
        let status: Int32 = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<LoopStart>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        if status != 0 {
            box.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func run() {
        sluice_name_this_thread(name)
        end.started()
        transport.run(makeHandler)
        end.signal()
    }
}

/// Tells that a loop's thread has ended.
///
/// `@unchecked Sendable`: the condition variable guards `ended` and `thread` with its mutex.
private final class LoopEnd: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let condition: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
    private var ended: Bool = false
    private var thread: pthread_t?

    init() {
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func started() {
        pthread_mutex_lock(mutex)
        thread = pthread_self()
        pthread_mutex_unlock(mutex)
    }

    func signal() {
        pthread_mutex_lock(mutex)
        ended = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    func wait(_ nanos: Int64) -> Bool {
        var until = timespec()
        clock_gettime(CLOCK_MONOTONIC, &until)
        let limited: Int64 = min(max(0, nanos), 1_000_000_000_000_000_000)
        until.tv_sec += Int(limited / 1_000_000_000)
        until.tv_nsec += Int(limited % 1_000_000_000)
        if until.tv_nsec >= 1_000_000_000 {
            until.tv_sec += 1
            until.tv_nsec -= 1_000_000_000
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if let thread, pthread_equal(thread, pthread_self()) != 0 { return ended }
        while !ended {
            if pthread_cond_timedwait(condition, mutex, &until) != 0 { break }
        }
        return ended
    }
}
