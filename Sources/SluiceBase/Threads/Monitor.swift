import Glibc

/// A value behind a mutex, and a way to wait until it has become something. Times are those of the monotonic clock.
///
/// `@unchecked Sendable`: `storage` is touched only while the mutex is held.
public final class Monitor<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let condition: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
    private var storage: Value

    public init(_ value: sending Value) {
        storage = value
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

    /// Looks at the value; nobody is woken.
    public func read<Result>(_ body: (Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(storage)
    }

    /// Changes the value and wakes all who wait.
    public func change<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return body(&storage)
    }

    /// Waits until `body` gives something, which may change the value: it is called under the mutex, at once and after
    /// every change.
    @discardableResult
    public func wait<Result>(_ body: (inout Value) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&storage) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// The same for so long at most; nil: the time was over.
    public func wait<Result>(nanos: Int64, _ body: (inout Value) -> Result?) -> Result? {
        var until = timespec()
        clock_gettime(CLOCK_MONOTONIC, &until)
        let limited = min(max(0, nanos), 1_000_000_000_000_000_000)
        until.tv_sec += Int(limited / 1_000_000_000)
        until.tv_nsec += Int(limited % 1_000_000_000)
        if until.tv_nsec >= 1_000_000_000 {
            until.tv_sec += 1
            until.tv_nsec -= 1_000_000_000
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&storage) { return result }
            if pthread_cond_timedwait(condition, mutex, &until) != 0 { return body(&storage) }
        }
    }
}
