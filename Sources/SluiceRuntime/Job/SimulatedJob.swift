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

    private struct Slot {
        let subtask: Subtask
        let waker: SubtaskWaker
        var deadline: Int64?
        var isReady = true
        var isFinished = false
    }

    private let control: JobControl
    private let clock: any Clock
    private var slots: [Slot]
    private var random: RandomSource
    package let metrics: [OperatorMetrics]

    package init(
        _ graph: JobGraph, _ environment: JobEnvironment, results: (any ResultConsumer)? = nil,
        seed: UInt64 = 0
    ) throws(JobError) {
        control = JobControl(memoryBudget: graph.config.memoryBudget)
        clock = environment.clock
        random = RandomSource(seed: seed)
        let plan = try JobPlan(
            graph, environment, control: control, signals: [WorkerSignal()], results: results)
        metrics = plan.metrics
        slots = plan.subtasks.map { Slot(subtask: $0.subtask, waker: $0.waker) }
    }

    package func cancel() { control.cancel() }
    package func drain() { control.drain() }

    /// Runs to the end, or until nothing can go on.
    package func run(maxSteps: Int = 10_000_000) -> Outcome {
        for _ in 0..<maxSteps {
            if slots.allSatisfy(\.isFinished) { return ending }
            if !step() && !advanceClock() { return .stalled }
        }
        return .stalled
    }

    /// One step of a subtask that is ready; false: none is.
    package func step() -> Bool {
        var ready: [Int] = []
        for index in slots.indices where !slots[index].isFinished {
            if slots[index].waker.take() { slots[index].isReady = true }
            if let deadline = slots[index].deadline, clock.monotonicNanos() >= deadline {
                slots[index].isReady = true
            }
            if slots[index].isReady { ready.append(index) }
        }
        guard !ready.isEmpty else { return false }
        let index = ready[Int(random.next() % UInt64(ready.count))]
        switch slots[index].subtask.step() {
        case .progress: break
        case .blocked(let until):
            slots[index].isReady = false
            slots[index].deadline = until
        case .finished: slots[index].isFinished = true
        }
        return true
    }

    private func advanceClock() -> Bool {
        guard let manual = clock as? ManualClock else { return false }
        let deadlines = slots.filter { !$0.isFinished }.compactMap(\.deadline)
        guard let next = deadlines.min() else { return false }
        manual.advance(micros: Swift.max(1, (next - clock.monotonicNanos() + 999) / 1000))
        return true
    }

    private var ending: Outcome {
        if let error = control.error { return .failed(error) }
        return control.isCancelled ? .cancelled : .finished
    }
}
