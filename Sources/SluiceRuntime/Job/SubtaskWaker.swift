import SluiceConnect
import Synchronization

/// Wakes one subtask: raises its flag and the thread that runs it. From any thread; coalesces.
final class SubtaskWaker: Waker {
    private let raised = Atomic<Bool>(true)
    let signal: WorkerSignal

    init(_ signal: WorkerSignal) { self.signal = signal }

    func wake() {
        if raised.exchange(true, ordering: .acquiringAndReleasing) { return }
        signal.raise()
    }

    /// True once after a wake-up; asked before a step, so that one during the step is not lost.
    func take() -> Bool { raised.exchange(false, ordering: .acquiringAndReleasing) }
    var isRaised: Bool { raised.load(ordering: .acquiring) }
}
