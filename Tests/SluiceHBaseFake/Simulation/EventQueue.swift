/// What is to happen on virtual time, earliest first; of two at one time the one that was added first.
struct EventQueue {
    private struct Entry {
        var time: Int64
        var order: UInt64
        var action: () -> Void
    }

    private var heap: [Entry] = []
    private var added: UInt64 = 0

    var nextTime: Int64? { heap.first?.time }
    var count: Int { heap.count }

    mutating func add(at time: Int64, _ action: @escaping () -> Void) {
        heap.append(Entry(time: time, order: added, action: action))
        added += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard earlier(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// The earliest event; the caller has looked at `nextTime`.
    mutating func takeFirst() -> (time: Int64, action: () -> Void)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return (first.time, first.action) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && earlier(child, least) {
                least = child
            }
            if least == parent { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.time, first.action)
    }

    private func earlier(_ a: Int, _ b: Int) -> Bool {
        (heap[a].time, heap[a].order) < (heap[b].time, heap[b].order)
    }
}
