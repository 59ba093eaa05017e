import Synchronization
import Glibc

/// The time that a job sees. Passed in, so that tests run on virtual time.
public protocol Clock: Sendable {
    /// Microseconds since 1970-01-01 UTC.
    func nowMicros() -> Int64
    /// Nanoseconds of a clock that never goes back.
    func monotonicNanos() -> Int64
}

public struct SystemClock: Clock {
    public init() {}

    public func nowMicros() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    public func monotonicNanos() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A clock that moves only when told.
public final class ManualClock: Clock {
    private let micros: Atomic<Int64>

    public init(micros: Int64 = 0) { self.micros = Atomic(micros) }

    public func nowMicros() -> Int64 { micros.load(ordering: .sequentiallyConsistent) }
    public func monotonicNanos() -> Int64 { nowMicros() &* 1000 }
    public func advance(micros delta: Int64) {
        micros.wrappingAdd(delta, ordering: .sequentiallyConsistent)
    }
}
