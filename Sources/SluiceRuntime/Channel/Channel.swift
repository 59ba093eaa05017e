import SluiceBase
import SluiceColumns
import SluiceConnect
import Synchronization

/// A queue from one subtask to another, bounded by bytes. One producer, one consumer, each on its own thread.
///
/// `push` never refuses: the producer looks at `isFull` before it takes more input, so that the bound is passed by
/// what one step gives at most. Popping below half of the bound wakes a producer that found it full.
final class Channel: Sendable {
    static let defaultBound = 512 * 1024

    private struct State {
        var elements = FIFO<(StreamElement, Int)>()
        var bytes = 0
        var producerWaits = false
    }

    private let state = Lock(State())
    private let bound: Int
    private let producer: any Waker
    private let consumer: any Waker
    private let unwanted = Atomic<Bool>(false)

    init(producer: any Waker, consumer: any Waker, bound: Int = Channel.defaultBound) {
        self.producer = producer
        self.consumer = consumer
        self.bound = bound
    }

    func push(_ element: StreamElement) {
        var size = 64
        if case .batch(let batch) = element { size = batch.approximateBytes }
        let wasEmpty = state.withLock { state in
            let empty = state.elements.isEmpty
            state.elements.append((element, size))
            state.bytes += size
            return empty
        }
        if wasEmpty { consumer.wake() }
    }

    func pop() -> StreamElement? {
        let (element, wakes) = state.withLock { (state) -> (StreamElement?, Bool) in
            guard let (element, size) = state.elements.popFirst() else { return (nil, false) }
            state.bytes -= size
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

extension RecordBatch {
    /// An estimate that costs nothing per row; what strings point to counts as 16 bytes a value.
    var approximateBytes: Int {
        var width = rowKinds == nil ? 0 : 1
        for column in columns { width += column.approximateWidth }
        return 128 + rowCount * width + marks.count * 16
    }
}

extension Column {
    fileprivate var approximateWidth: Int {
        switch self {
        case .bool: return 1
        case .int32, .float32: return 4
        case .int64, .float64: return 8
        case .int128: return 16
        case .bytes: return 32
        case .list, .map: return 64
        case .row(let row): return row.fields.reduce(1) { $0 + $1.approximateWidth }
        case .constant: return 0
        }
    }
}
