/// The processing-time timers of one operator: a heap of distinct times in microseconds. Times stay registered until
/// they are due; after the end of bounded input they are dropped.
package final class TimerService {
    private var heap: [Int64] = []
    private var registered: Set<Int64> = []

    package init() {}

    /// `onTimer` is called once when the clock reaches `micros`; registering it twice counts once.
    package func register(atMicros micros: Int64) {
        guard registered.insert(micros).inserted else { return }
        heap.append(micros)
        siftUp(heap.count - 1)
    }

    /// The earliest time; nil: none.
    package var next: Int64? { heap.first }

    /// Removes and gives the earliest time if it is due.
    package func takeDue(nowMicros: Int64) -> Int64? {
        guard let first = heap.first, first <= nowMicros else { return nil }
        registered.remove(first)
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        return first
    }

    package func removeAll() {
        heap.removeAll()
        registered.removeAll()
    }

    private func siftUp(_ start: Int) {
        var at = start
        while at > 0 {
            let parent = (at - 1) / 2
            if heap[parent] <= heap[at] { return }
            heap.swapAt(parent, at)
            at = parent
        }
    }

    private func siftDown() {
        var at = 0
        while true {
            let left = 2 * at + 1
            if left >= heap.count { return }
            let right = left + 1
            let smaller = right < heap.count && heap[right] < heap[left] ? right : left
            if heap[at] <= heap[smaller] { return }
            heap.swapAt(at, smaller)
            at = smaller
        }
    }
}
