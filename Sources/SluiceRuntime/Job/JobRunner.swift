public import SluiceBase
public import SluiceJobGraph
import Synchronization

/// Where a job stands.
public enum JobStatus: Sendable {
    case running
    /// All input was read and everything written, or it was drained.
    case finished
    case cancelled
    case failed(JobError)

    public var isRunning: Bool {
        if case .running = self { return true }
        return false
    }
}

/// A running job. The threads are its own; all methods may be called from any thread.
public final class JobRunner: Sendable {
    private struct State {
        var status = JobStatus.running
        var openWorkers: Int
        var waiters: [CheckedContinuation<JobStatus, Never>] = []
    }

    public let graph: JobGraph
    private let control: JobControl
    private let state: Lock<State>
    private let signals: [WorkerSignal]
    private let ended = WorkerSignal()
    private let nodeMetrics: [OperatorMetrics]
    private let results: (any ResultConsumer)?
    private let clock: any Clock
    private let startMicros: Int64
    private let onEnd: @Sendable (JobStatus) -> Void

    /// Makes the operators and starts the workers. What can only be found out while opening connectors ends the job
    /// instead of throwing here. `results` takes the rows of collect nodes; `onEnd` is called on a worker.
    public static func start(
        _ graph: JobGraph, _ environment: JobEnvironment, results: (any ResultConsumer)? = nil,
        onEnd: @escaping @Sendable (JobStatus) -> Void = { _ in }
    ) throws(JobError) -> JobRunner {
        let control = JobControl(memoryBudget: graph.config.memoryBudget)
        let widest = graph.nodes.map(\.parallelism).max() ?? 1
        let signals = (0..<Swift.max(1, widest)).map { _ in WorkerSignal() }
        let plan = try JobPlan(graph, environment, control: control, signals: signals, results: results)
        let runner = JobRunner(graph, environment, control, plan, signals, results, onEnd)
        runner.startWorkers(plan, environment.clock)
        return runner
    }

    private init(
        _ graph: JobGraph, _ environment: JobEnvironment, _ control: JobControl, _ plan: JobPlan,
        _ signals: [WorkerSignal], _ results: (any ResultConsumer)?,
        _ onEnd: @escaping @Sendable (JobStatus) -> Void
    ) {
        self.graph = graph
        self.control = control
        self.signals = signals
        self.results = results
        self.onEnd = onEnd
        clock = environment.clock
        startMicros = environment.clock.nowMicros()
        nodeMetrics = plan.metrics
        state = Lock(State(openWorkers: signals.count))
    }

    private func startWorkers(_ plan: JobPlan, _ clock: any Clock) {
        let workers = signals.map { signal in
            Worker(signal: signal, clock: clock) { [self] in workerEnded() }
        }
        for (subtask, waker) in plan.subtasks {
            guard let index = signals.firstIndex(where: { $0 === waker.signal }) else { continue }
            workers[index].add(subtask, waker)
        }
        for worker in workers where !worker.start() {
            control.fail(
                JobError(
                    SQLError(.internalError, "the system gives no thread for the job"), domain: .external,
                    retry: .backoff))
            worker.closeAll()
            workerEnded()
        }
    }

    private func workerEnded() {
        let isLast = state.withLock { state in
            state.openWorkers -= 1
            return state.openWorkers == 0
        }
        guard isLast else { return }
        control.end()
        let status = finalStatus
        let waiters = state.withLock { state in
            state.status = status
            defer { state.waiters = [] }
            return state.waiters
        }
        (results as? ResultQueue)?.end()
        onEnd(status)
        ended.raise()
        for waiter in waiters { waiter.resume(returning: status) }
    }

    private var finalStatus: JobStatus {
        if let error = control.error { return .failed(error) }
        return control.isCancelled ? .cancelled : .finished
    }

    // MARK: Control

    public var status: JobStatus { state.withLock { $0.status } }

    /// Stops at once and drops what is in flight; `wait` tells when all is closed.
    public func cancel() { control.cancel() }

    /// Sources end as if their input had: what was read is computed, flushed and committed.
    public func drain() { control.drain() }

    /// Blocks the calling thread until the job has ended and all is closed; nil: the time was over before.
    @discardableResult
    public func wait(timeoutMillis: Int64) -> JobStatus? {
        let deadline = SystemClock().monotonicNanos() + timeoutMillis * 1_000_000
        while true {
            let status = self.status
            if !status.isRunning { return status }
            let left = deadline - SystemClock().monotonicNanos()
            if left <= 0 { return nil }
            // Other threads may take the signal, so nobody sleeps long.
            ended.wait(atMostNanos: Swift.min(left, 100_000_000))
        }
    }

    @discardableResult
    public func wait() -> JobStatus {
        while true {
            if let status = wait(timeoutMillis: 3_600_000) { return status }
        }
    }

    /// The same for asynchronous callers.
    public func end() async -> JobStatus {
        await withCheckedContinuation { continuation in
            let status = state.withLock { (state) -> JobStatus? in
                if state.status.isRunning {
                    state.waiters.append(continuation)
                    return nil
                }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    // MARK: Metrics

    public var metrics: JobMetrics {
        var nodes: [NodeMetrics] = []
        for (node, counters) in zip(graph.nodes, nodeMetrics) { nodes.append(NodeMetrics(node, counters)) }
        return JobMetrics(
            nodes: nodes, sources: control.sourceReports, memoryUsed: control.budget.used,
            memoryPeak: control.budget.peak, elapsedMicros: clock.nowMicros() - startMicros)
    }

    /// What the connectors tell, of nodes whose connectors tell something.
    public var connectorReports: [ConnectorReport] {
        var reports: [ConnectorReport] = []
        for (node, counters) in zip(graph.nodes, nodeMetrics) where !counters.connectors.isEmpty {
            reports.append(ConnectorReport(node, counters))
        }
        return reports
    }

    /// Microseconds since 1970.
    public var startedMicros: Int64 { startMicros }
}
