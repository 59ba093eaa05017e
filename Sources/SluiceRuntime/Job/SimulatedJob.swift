package import SluiceBase
package import SluiceJobGraph

/// Runs a job on the calling thread, the next subtask to step chosen by a seed: the same seed gives the same run.
///
/// On a `ManualClock` time stands still while something can be done, then jumps to the next deadline.
package final class SimulatedJob {
    package enum Outcome {
        case finished
        case failed(JobError)
        case cancelled
        /// Nothing can go on: all subtasks wait for a wake-up that does not come.
        case stalled
    }

    private let control: JobControl
    private let clock: any Clock
    // Checking would note every access that happens during a step against these.
    @exclusivity(unchecked) private var queue: RunQueue
    @exclusivity(unchecked) private var scheduler: SeededScheduler
    package let metrics: [OperatorMetrics]

    package init(
        _ graph: JobGraph, _ environment: JobEnvironment, results: (any ResultConsumer)? = nil,
        seed: UInt64 = 0
    ) throws(JobError) {
        control = JobControl(memoryBudget: graph.config.memoryBudget)
        clock = environment.clock
        scheduler = SeededScheduler(seed: seed)
        queue = RunQueue(clock: environment.clock)
        let plan = try JobPlan(
            graph, environment, control: control, signals: [WorkerSignal()], results: results)
        metrics = plan.metrics
        for (subtask, waker) in plan.subtasks { queue.add(subtask, waker) }
    }

    package func cancel() { control.cancel() }
    package func drain() { control.drain() }

    /// Runs to the end, or until nothing can go on.
    package func run(maxSteps: Int = 10_000_000) -> Outcome {
        for _ in 0..<maxSteps {
            if queue.isFinished { return ending }
            if !step() && !advanceClock() { return .stalled }
        }
        return .stalled
    }

    /// One step of a subtask that is ready; false: none is.
    package func step() -> Bool { queue.step(&scheduler) }

    private func advanceClock() -> Bool {
        guard let manual = clock as? ManualClock, let next = queue.deadline else { return false }
        manual.advance(micros: Swift.max(1, (next - clock.monotonicNanos() + 999) / 1000))
        return true
    }

    private var ending: Outcome {
        control.end()
        if let error = control.error { return .failed(error) }
        return control.isCancelled ? .cancelled : .finished
    }
}
