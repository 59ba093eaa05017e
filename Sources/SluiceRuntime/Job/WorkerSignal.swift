import Glibc

/// Lets a worker thread sleep until someone raises it or a time comes.
///
/// `@unchecked Sendable`: `isRaised` is touched only while the mutex is held.
final class WorkerSignal: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var isRaised = false

    init() {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        condition = .allocate(capacity: 1)
        let attributes = UnsafeMutablePointer<pthread_condattr_t>.allocate(capacity: 1)
        pthread_condattr_init(attributes)
        pthread_condattr_setclock(attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, attributes)
        pthread_condattr_destroy(attributes)
        attributes.deallocate()
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func raise() {
        pthread_mutex_lock(mutex)
        let wasRaised = isRaised
        isRaised = true
        pthread_mutex_unlock(mutex)
        if !wasRaised { pthread_cond_signal(condition) }
    }

    /// Returns at once if raised since the last wait; `nanos` nil: no time limit.
    func wait(atMostNanos nanos: Int64?) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if let nanos {
            var until = timespec()
            clock_gettime(CLOCK_MONOTONIC, &until)
            let sum = Int64(until.tv_nsec) + nanos % 1_000_000_000
            until.tv_sec += Int(nanos / 1_000_000_000 + sum / 1_000_000_000)
            until.tv_nsec = Int(sum % 1_000_000_000)
            while !isRaised {
                if pthread_cond_timedwait(condition, mutex, &until) == ETIMEDOUT { break }
            }
        } else {
            while !isRaised { pthread_cond_wait(condition, mutex) }
        }
        isRaised = false
    }
}
