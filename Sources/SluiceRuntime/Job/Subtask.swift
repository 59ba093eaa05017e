import SluiceBase
import SluiceConnect

/// What a step came to.
enum StepResult: Equatable {
    case progress
    /// Step again when woken, or at this time of the monotonic clock at the latest.
    case blocked(untilNanos: Int64?)
    case finished
}

/// A chain of operators with its inbox and its outgoing edges: one of the parallel instances of a part of the graph.
///
/// Owned by one thread at a time. `step` takes one batch or element through the chain and never waits; it takes no
/// new input while an operator holds results back or an edge behind the chain is full.
final class Subtask {
    private struct SourceSlot {
        let node: ChainNode
        let op: any SourceOperator
        var isDone = false
    }

    /// In topological order.
    private let nodes: [ChainNode]
    private let gates: [InputGate]
    private var sources: [SourceSlot]
    /// Batch mode: sources are read one after the other, in the order given.
    private let readsInOrder: Bool
    private let control: JobControl
    private let clock: any Clock
    private var isOpen = false
    private var isClosed = false
    private var nextGate = 0
    private var nextSource = 0
    private var hasPaused = false

    init(
        nodes: [ChainNode], gates: [InputGate], sources: [ChainNode], readsInOrder: Bool, control: JobControl,
        clock: any Clock
    ) {
        self.nodes = nodes
        self.gates = gates
        self.sources = sources.compactMap { node in
            (node.op as? any SourceOperator).map { SourceSlot(node: node, op: $0) }
        }
        self.readsInOrder = readsInOrder
        self.control = control
        self.clock = clock
    }

    /// Errors end the job; the caller need not look at them.
    func step() -> StepResult {
        if isClosed { return .finished }
        if control.isCancelled { return close() }
        do {
            let result = try advance()
            return result == .finished ? close() : result
        } catch {
            control.fail(error)
            return close()
        }
    }

    /// Sources first, sinks last.
    func close() -> StepResult {
        if !isClosed {
            isClosed = true
            for node in nodes { node.close() }
        }
        return .finished
    }

    private func advance() throws(JobError) -> StepResult {
        if !isOpen {
            // From the sinks up, so that nothing is read before all can be written.
            isOpen = true
            for node in nodes.reversed() { try node.open() }
        }
        var didWork = try resumeHeld()
        didWork = try fireTimers() || didWork
        if nodes.contains(where: { $0.isBlocked }) {
            return didWork ? .progress : .blocked(untilNanos: retryDeadline())
        }
        if nodes.allSatisfy({ $0.hasEnded }) { return .finished }
        if nodes.contains(where: { $0.output.isFull }) {
            return didWork ? .progress : .blocked(untilNanos: earlier(retryDeadline(), timerDeadline()))
        }
        if try takeFromGate() {
            hasPaused = false
            return .progress
        }
        let (polled, deadline) = try pollSources()
        if polled { hasPaused = false }
        if polled || didWork { return .progress }
        if !hasPaused {
            hasPaused = true
            for node in nodes { try node.pause() }
            return .progress
        }
        return .blocked(untilNanos: earlier(deadline, earlier(retryDeadline(), timerDeadline())))
    }

    private func resumeHeld() throws(JobError) -> Bool {
        var didWork = false
        for node in nodes.reversed() where node.isBlocked || node.isAsync {
            node.context.retryAtNanos = nil
            if try node.resume() { didWork = true }
        }
        return didWork
    }

    /// When operators that wait for something outside want to be asked again.
    private func retryDeadline() -> Int64? {
        var earliest: Int64?
        for node in nodes { earliest = earlier(earliest, node.context.retryAtNanos) }
        return earliest
    }

    private func fireTimers() throws(JobError) -> Bool {
        var now: Int64?
        var didWork = false
        for node in nodes where node.context.timers.next != nil {
            let micros = now ?? clock.nowMicros()
            now = micros
            if try node.fireTimers(nowMicros: micros) { didWork = true }
        }
        return didWork
    }

    private func timerDeadline() -> Int64? {
        var earliest: Int64?
        for node in nodes {
            guard let next = node.context.timers.next else { continue }
            earliest = Swift.min(earliest ?? next, next)
        }
        guard let earliest else { return nil }
        let wait = Swift.max(0, earliest.subtractingReportingOverflow(clock.nowMicros()).partialValue)
        return clock.monotonicNanos() &+ Swift.min(wait, 1 << 50) &* 1000
    }

    private func takeFromGate() throws(JobError) -> Bool {
        for _ in 0..<gates.count {
            let gate = gates[nextGate]
            nextGate = nextGate + 1 == gates.count ? 0 : nextGate + 1
            if gate.hasEnded { continue }
            if try gate.take() { return true }
        }
        return false
    }

    /// Polls the sources in turn until one gives something; else the earliest time to poll again.
    private func pollSources() throws(JobError) -> (Bool, Int64?) {
        var deadline: Int64?
        if readsInOrder { nextSource = 0 }
        for _ in 0..<sources.count {
            let index = nextSource
            nextSource = index + 1 == sources.count ? 0 : index + 1
            if sources[index].isDone { continue }
            switch try poll(sources[index]) {
            case .progress: return (true, nil)
            case .wait(.signal): break
            case .wait(.at(let nanos)): deadline = earlier(deadline, nanos)
            case .finished:
                sources[index].isDone = true
                try sources[index].node.endSource()
                return (true, nil)
            }
            // The next in order has to wait for this one.
            if readsInOrder { break }
        }
        return (false, deadline)
    }

    private func poll(_ source: SourceSlot) throws(JobError) -> SourceProgress {
        if control.isDraining || source.node.isSatisfied { return .finished }
        do { return try source.op.poll(source.node.output) } catch { throw source.node.named(error) }
    }

    private func earlier(_ a: Int64?, _ b: Int64?) -> Int64? {
        guard let a else { return b }
        guard let b else { return a }
        return Swift.min(a, b)
    }
}
