/// Deadlines in the order of their time: a binary heap of (time, number), smallest first; equal times in the
/// order in which they were started. A cancelled timer leaves the heap when its turn comes, or earlier when
/// more than half of the heap is cancelled, so that starting and cancelling are constant time in practice.
struct TimerHeap {
    private struct Entry {
        var time: Int64
        var number: UInt64

        func precedes(_ other: Entry) -> Bool {
            time < other.time || (time == other.time && number < other.number)
        }
    }

    private var entries: [Entry] = []
    private var live: Set<UInt64> = []

    var count: Int { live.count }

    /// `number` must be larger than every one before it.
    mutating func insert(_ number: UInt64, at time: Int64) {
        live.insert(number)
        entries.append(Entry(time: time, number: number))
        siftUp(entries.count - 1)
    }

    mutating func cancel(_ number: UInt64) {
        guard live.remove(number) != nil else { return }
        guard entries.count > 64, entries.count > 2 * live.count else { return }
        entries.removeAll { !live.contains($0.number) }
        var index = entries.count / 2
        while index > 0 {
            index -= 1
            siftDown(index)
        }
    }

    mutating func removeAll() {
        entries.removeAll()
        live.removeAll()
    }

    /// The earliest time that anything waits for.
    mutating func earliest() -> Int64? {
        while let first = entries.first {
            if live.contains(first.number) { return first.time }
            removeFirst()
        }
        return nil
    }

    /// Takes out the earliest timer that is due at `now`.
    mutating func popDue(_ now: Int64) -> UInt64? {
        guard let time = earliest(), time <= now, let first = entries.first else { return nil }
        removeFirst()
        live.remove(first.number)
        return first.number
    }

    private mutating func removeFirst() {
        guard let last = entries.popLast() else { return }
        if entries.isEmpty { return }
        entries[0] = last
        siftDown(0)
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        let entry = entries[index]
        while index > 0 {
            let parent = (index - 1) / 2
            guard entry.precedes(entries[parent]) else { break }
            entries[index] = entries[parent]
            index = parent
        }
        entries[index] = entry
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        let entry = entries[index]
        while true {
            var child = 2 * index + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1].precedes(entries[child]) { child += 1 }
            guard entries[child].precedes(entry) else { break }
            entries[index] = entries[child]
            index = child
        }
        entries[index] = entry
    }
}
