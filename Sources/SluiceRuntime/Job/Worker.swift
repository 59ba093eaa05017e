import Glibc
import SluiceBase

/// A thread that runs subtasks in turn, and sleeps while all of them are blocked.
///
/// `@unchecked Sendable`: `subtasks` belong to the worker's thread from `start` on.
final class Worker: @unchecked Sendable {
    private struct Slot {
        let subtask: Subtask
        let waker: SubtaskWaker
        var deadline: Int64?
        var isReady = true
        var isFinished = false
    }

    let signal: WorkerSignal
    private var slots: [Slot] = []
    private let clock: any Clock
    /// Virtual time does not wake a sleeping thread, so it looks again from time to time.
    private let isRealTime: Bool
    private let onEnd: @Sendable () -> Void

    init(signal: WorkerSignal, clock: any Clock, onEnd: @escaping @Sendable () -> Void) {
        self.signal = signal
        self.clock = clock
        isRealTime = clock is SystemClock
        self.onEnd = onEnd
    }

    func add(_ subtask: Subtask, _ waker: SubtaskWaker) { slots.append(Slot(subtask: subtask, waker: waker)) }

    /// False: the system gives no thread.
    func start() -> Bool {
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        pthread_attr_init(attributes)
        defer {
            pthread_attr_destroy(attributes)
            attributes.deallocate()
        }
        pthread_attr_setstacksize(attributes, 4 << 20)
        pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread: pthread_t = 0
        let context = Unmanaged.passRetained(self).toOpaque()
        let failure = pthread_create(
            &thread, attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<Worker>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context)
        if failure != 0 { Unmanaged<Worker>.fromOpaque(context).release() }
        return failure == 0
    }

    /// Instead of `start`: nothing will run.
    func closeAll() {
        for slot in slots { _ = slot.subtask.close() }
        slots.removeAll()
    }

    private func run() {
        while slots.contains(where: { !$0.isFinished }) {
            if !stepAll() { sleep() }
        }
        slots.removeAll()
        onEnd()
    }

    /// True: some subtask made progress or ended.
    private func stepAll() -> Bool {
        var anyProgress = false
        for index in slots.indices where !slots[index].isFinished {
            if slots[index].waker.take() { slots[index].isReady = true }
            if let deadline = slots[index].deadline, clock.monotonicNanos() >= deadline {
                slots[index].isReady = true
            }
            guard slots[index].isReady else { continue }
            switch slots[index].subtask.step() {
            case .progress:
                anyProgress = true
            case .blocked(let until):
                slots[index].isReady = false
                slots[index].deadline = until
            case .finished:
                slots[index].isFinished = true
                anyProgress = true
            }
        }
        return anyProgress
    }

    private func sleep() {
        var earliest: Int64?
        for slot in slots where !slot.isFinished {
            if slot.waker.isRaised { return }
            guard let deadline = slot.deadline else { continue }
            earliest = Swift.min(earliest ?? deadline, deadline)
        }
        guard let earliest else { return signal.wait(atMostNanos: nil) }
        let wait = earliest - clock.monotonicNanos()
        if wait <= 0 { return }
        signal.wait(atMostNanos: isRealTime ? wait : 2_000_000)
    }
}
