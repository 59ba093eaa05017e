import Glibc
import SluiceBase

/// A thread that runs subtasks in turn, and sleeps while all of them are blocked.
///
/// `@unchecked Sendable`: `queue` belongs to the worker's thread from `start` on.
final class Worker: @unchecked Sendable {
    let signal: WorkerSignal
    // Checking would note every access that happens during a step against these.
    @exclusivity(unchecked) private var queue: RunQueue
    @exclusivity(unchecked) private var scheduler = RoundRobinScheduler()
    private let clock: any Clock
    /// Virtual time does not wake a sleeping thread, so it looks again from time to time.
    private let isRealTime: Bool
    private let onEnd: @Sendable () -> Void

    init(signal: WorkerSignal, clock: any Clock, onEnd: @escaping @Sendable () -> Void) {
        self.signal = signal
        self.clock = clock
        queue = RunQueue(clock: clock)
        isRealTime = clock is SystemClock
        self.onEnd = onEnd
    }

    func add(_ subtask: Subtask, _ waker: SubtaskWaker) { queue.add(subtask, waker) }

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
    func closeAll() { queue.close() }

    private func run() {
        while !queue.isFinished {
            if !queue.step(&scheduler) { sleep() }
        }
        queue.close()
        onEnd()
    }

    private func sleep() {
        if queue.isRaised { return }
        guard let deadline = queue.deadline else { return signal.wait(atMostNanos: nil) }
        let wait = deadline - clock.monotonicNanos()
        if wait <= 0 { return }
        signal.wait(atMostNanos: isRealTime ? wait : 2_000_000)
    }
}
