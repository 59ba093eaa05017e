import Cuv
import Glibc
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

/// `@unchecked Sendable`: the mutex guards all fields below it.
private final class BlockingQueue: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let condition: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
    private var waiting: [BlockingWorker.Work] = []
    private var running: Bool = false
    private var ended: Bool = false

    init() {
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func append(_ work: @escaping BlockingWorker.Work) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if !running {
            guard start() else { return false }
            running = true
        }
        waiting.append(work)
        pthread_cond_signal(condition)
        return true
    }

    func end() {
        pthread_mutex_lock(mutex)
        ended = true
        waiting = []
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    private func start() -> Bool {
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
                Unmanaged<BlockingQueue>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        if status == 0 { pthread_detach(thread) } else { box.release() }
        return status == 0
    }

    private func run() {
        while let work = next() { work() }
    }

    private func next() -> BlockingWorker.Work? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while waiting.isEmpty, !ended { pthread_cond_wait(condition, mutex) }
        return ended ? nil : waiting.removeFirst()
    }
}
