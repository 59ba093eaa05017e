import SluiceBase

/// Who steps next among the subtasks of one thread.
protocol Scheduler {
    /// One of the slots below `count` that are ready; nil: none is.
    mutating func choose(_ count: Int, isReady: (Int) -> Bool) -> Int?
}

/// One after the other: what the workers of a running job do.
struct RoundRobinScheduler: Scheduler {
    private var next = 0

    mutating func choose(_ count: Int, isReady: (Int) -> Bool) -> Int? {
        for offset in 0..<count {
            let index = (next + offset) % count
            guard isReady(index) else { continue }
            next = index + 1
            return index
        }
        return nil
    }
}

/// Any of them, by a seed: the same seed gives the same order.
struct SeededScheduler: Scheduler {
    private var random: RandomSource

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    mutating func choose(_ count: Int, isReady: (Int) -> Bool) -> Int? {
        let ready = (0..<count).filter(isReady)
        return ready.isEmpty ? nil : ready[Int(random.next() % UInt64(ready.count))]
    }
}

/// The subtasks of one thread: which can be stepped, and when the others can.
struct RunQueue {
    private struct Slot {
        let subtask: Subtask
        let waker: SubtaskWaker
        var deadline: Int64?
        var isReady = true
        var isFinished = false
    }

    private var slots: [Slot] = []
    private let clock: any Clock

    init(clock: any Clock) { self.clock = clock }

    mutating func add(_ subtask: Subtask, _ waker: SubtaskWaker) {
        slots.append(Slot(subtask: subtask, waker: waker))
    }

    var isFinished: Bool { slots.allSatisfy(\.isFinished) }
    /// A subtask was woken since it was last looked at.
    var isRaised: Bool { slots.contains { !$0.isFinished && $0.waker.isRaised } }

    /// The earliest time at which a blocked subtask can go on by itself.
    var deadline: Int64? {
        var earliest: Int64?
        for slot in slots where !slot.isFinished {
            guard let deadline = slot.deadline else { continue }
            earliest = Swift.min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    /// Steps the subtask that the scheduler chooses; false: none is ready.
    mutating func step(_ scheduler: inout some Scheduler) -> Bool {
        for index in slots.indices where !slots[index].isFinished {
            if slots[index].waker.take() { slots[index].isReady = true }
            if let deadline = slots[index].deadline, clock.monotonicNanos() >= deadline {
                slots[index].isReady = true
            }
        }
        let chosen = scheduler.choose(slots.count) { slots[$0].isReady && !slots[$0].isFinished }
        guard let index = chosen else { return false }
        switch slots[index].subtask.step() {
        case .progress: break
        case .blocked(let until):
            slots[index].isReady = false
            slots[index].deadline = until
        case .finished: slots[index].isFinished = true
        }
        return true
    }

    /// Closes all subtasks and lets go of them.
    mutating func close() {
        for slot in slots { _ = slot.subtask.close() }
        slots.removeAll()
    }
}
