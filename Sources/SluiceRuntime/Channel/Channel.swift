import SluiceBase
import SluiceColumns
import SluiceConnect
import Synchronization

/// A queue from one subtask to another, bounded by bytes. One producer, one consumer, each on its own thread. What is
/// queued is charged to the consuming operator.
///
/// `push` never refuses: the producer looks at `isFull` before it takes more input, so that the bound is passed by
/// what one step gives at most. Popping below half of the bound wakes a producer that found it full.
final class Channel: Sendable {
    static let defaultBound = 512 * 1024

    private struct State {
        var elements = FIFO<(StreamElement, Int)>()
        var bytes = 0
        var producerWaits = false
        var charge: MemoryCharge
    }

    private let state: Lock<State>
    private let bound: Int
    private let producer: any Waker
    private let consumer: any Waker
    private let unwanted = Atomic<Bool>(false)

    init(
        producer: any Waker, consumer: any Waker, charge: MemoryCharge, bound: Int = Channel.defaultBound
    ) {
        state = Lock(State(charge: charge))
        self.producer = producer
        self.consumer = consumer
        self.bound = bound
    }

    deinit { state.withLock { $0.charge.release() } }

    func push(_ element: StreamElement) throws(JobError) {
        var size = 64
        if case .batch(let batch) = element { size = batch.byteCount }
        let wasEmpty = try state.withLock { (state) throws(JobError) -> Bool in
            let empty = state.elements.isEmpty
            state.elements.append((element, size))
            state.bytes += size
            try state.charge.set(state.bytes)
            return empty
        }
        if wasEmpty { consumer.wake() }
    }

    func pop() -> StreamElement? {
        let (element, wakes) = state.withLock { (state) -> (StreamElement?, Bool) in
            guard let (element, size) = state.elements.popFirst() else { return (nil, false) }
            state.bytes -= size
            // Fewer bytes are never over budget.
            try? state.charge.set(state.bytes)
            let wakes = state.producerWaits && state.bytes * 2 <= bound
            if wakes { state.producerWaits = false }
            return (element, wakes)
        }
        if wakes { producer.wake() }
        return element
    }

    /// Asking this when it is full means waiting for room: the producer is woken later.
    var isFull: Bool {
        state.withLock { state in
            if state.bytes < bound { return false }
            state.producerWaits = true
            return true
        }
    }

    /// The consumer needs no more rows; what is pushed is still taken.
    var isUnwanted: Bool { unwanted.load(ordering: .relaxed) }
    func setUnwanted() {
        if unwanted.exchange(true, ordering: .relaxed) { return }
        producer.wake()
    }
}

/// A queue over an array; the room of what was taken is used again.
struct FIFO<Element> {
    private var items: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }
    var count: Int { items.count - head }
    var first: Element? { head < items.count ? items[head] : nil }
    /// Counted from the first; nil behind the last.
    subscript(position: Int) -> Element? { head + position < items.count ? items[head + position] : nil }

    mutating func append(_ element: Element) { items.append(element) }

    mutating func popFirst() -> Element? {
        guard head < items.count else { return nil }
        let element = items[head]
        items[head] = nil
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64 && head * 2 >= items.count {
            items.removeFirst(head)
            head = 0
        }
        return element
    }
}
