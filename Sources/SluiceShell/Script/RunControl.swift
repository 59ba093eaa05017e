import SluiceBase
import SluiceRuntime

/// The jobs of a run and whether a signal asked it to stop. Shared with the signal thread.
public final class RunControl: Sendable {
    private struct State {
        var jobs: [JobRunner] = []
        var signal: Int32?
    }

    private let state = Lock(State())

    public init() {}

    func add(_ job: JobRunner) {
        let stops = state.withLock { state in
            state.jobs.append(job)
            return state.signal != nil
        }
        if stops { job.cancel() }
    }

    func remove(_ job: JobRunner) { state.withLock { $0.jobs.removeAll { $0 === job } } }

    var isStopping: Bool { state.withLock { $0.signal != nil } }

    /// 130 for SIGINT, 143 for SIGTERM.
    var exitCode: Int32 { 128 + (state.withLock { $0.signal } ?? 0) }

    /// A signal arrived. The first one drains the jobs, a second one cancels them; the count so far.
    public func stop(_ signal: Int32) -> Bool {
        let (jobs, isFirst) = state.withLock { state in
            let isFirst = state.signal == nil
            state.signal = signal
            return (state.jobs, isFirst)
        }
        for job in jobs { if isFirst { job.drain() } else { job.cancel() } }
        return isFirst
    }
}
