import Glibc
import SluiceBase

/// A value that another thread gives once, for those who must wait: command-line verbs, and the opening of a job.
final class Promise<Value: Sendable>: @unchecked Sendable {
    // `@unchecked`: `value` is touched only while the mutex is held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value?

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

    func give(_ given: Value) {
        pthread_mutex_lock(mutex)
        if value == nil { value = given }
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Nil: it did not come in time.
    func wait(milliseconds: Int64) -> Value? {
        var until = timespec()
        clock_gettime(CLOCK_MONOTONIC, &until)
        let nanos = Int64(until.tv_nsec) + milliseconds % 1000 * 1_000_000
        until.tv_sec += Int(milliseconds / 1000 + nanos / 1_000_000_000)
        until.tv_nsec = Int(nanos % 1_000_000_000)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while value == nil {
            if pthread_cond_timedwait(condition, mutex, &until) == ETIMEDOUT { break }
        }
        return value
    }
}
