import SluiceBase
import SluiceRuntime

/// The jobs of a run and whether something asked it to stop. Shared with the signal thread.
public final class RunControl: Sendable {
    private struct State {
        var jobs: [JobRunner] = []
        var signal: Int32?
        var stoppedAt: Int64 = 0
        var isOverTime = false
    }

    private let state = Lock(State())

    public init() {}

    func add(_ job: JobRunner) {
        let stops = state.withLock { state in
            state.jobs.append(job)
            return state.signal != nil || state.isOverTime
        }
        if stops { job.cancel() }
    }

    func remove(_ job: JobRunner) { state.withLock { $0.jobs.removeAll { $0 === job } } }

    var isStopping: Bool { state.withLock { $0.signal != nil } }

    /// 130 for SIGINT, 143 for SIGTERM.
    var exitCode: Int32 { 128 + (state.withLock { $0.signal } ?? 0) }

    /// A signal arrived. The first one drains the jobs, a second one cancels them; true for the first.
    public func stop(_ signal: Int32) -> Bool {
        let now = SystemClock().monotonicNanos()
        let (jobs, isFirst) = state.withLock { state in
            let isFirst = state.signal == nil
            state.signal = signal
            if isFirst { state.stoppedAt = now }
            return (state.jobs, isFirst)
        }
        for job in jobs { if isFirst { job.drain() } else { job.cancel() } }
        return isFirst
    }

    /// Cancels what runs in the foreground of a shell; false: nothing does.
    public func interrupt() -> Bool {
        let jobs = state.withLock { $0.jobs }
        for job in jobs { job.cancel() }
        return !jobs.isEmpty
    }

    /// Cancels jobs that a signal asked to stop and that have not ended in time.
    func enforceStop(afterNanos limit: Int64) {
        let now = SystemClock().monotonicNanos()
        let jobs = state.withLock { state in
            state.signal != nil && now - state.stoppedAt > limit ? state.jobs : []
        }
        for job in jobs { job.cancel() }
    }

    /// The time of `--timeout` is over: everything is cancelled.
    func overTime() {
        let jobs = state.withLock { state in
            state.isOverTime = true
            return state.jobs
        }
        for job in jobs { job.cancel() }
    }

    var isOverTime: Bool { state.withLock { $0.isOverTime } }
}
