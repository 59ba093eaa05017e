import SluiceBase
import SluiceColumns
import SluiceState

/// Open sessions by key, in chains of dense entries, and a heap of the times at which they close. An entry of the heap
/// is checked against its session when it comes up, and put back if the session was extended.
final class SessionIndex: StateColumn {
    struct Entry {
        var start: Int64
        var end: Int64
        /// The watermark that closes it.
        var micros: Int64
        var key: Int32
        var next: Int32
        var isOpen: Bool
        /// Told apart from earlier users of the number.
        var generation: UInt32
    }

    private struct Due {
        var micros: Int64
        var session: Int32
        var generation: UInt32
    }

    /// nil before `open`.
    private var groups: (any GroupState)?
    private var slot = NamespaceSlot(index: -1)
    var entries: [Entry] = []
    private var free: [Int32] = []
    private var heads: [Int32] = []
    private var heap: [Due] = []
    private var generation: UInt32 = 0

    /// For keys in columns of the operator's input.
    func open(keys: [Int], _ context: OperatorContext) throws(JobError) {
        let schema = context.inputSchemas[0]
        let groups = try context.state().openGroups(
            context.stateID("sessions"), keys: keys.map { schema[$0].type })
        slot = try groups.open(.all, columns: [self])
        self.groups = groups
    }

    func close() { groups = nil }

    var capacity: Int { entries.count }
    var byteCount: Int {
        entries.capacity * MemoryLayout<Entry>.stride + heads.capacity * 4
            + heap.capacity * MemoryLayout<Due>.stride + free.capacity * 4
    }
    func makeRoom(_ capacity: Int) { while heads.count < capacity { heads.append(-1) } }

    /// True if a session may close at a watermark.
    func mayClose(_ watermark: Int64) -> Bool { heap.first.map { $0.micros <= watermark } ?? false }

    func locate(_ columns: [Column], _ count: Int) throws(JobError) -> [UInt32] {
        let rows = (0..<Int32(truncatingIfNeeded: count)).map { $0 }
        var numbers = [UInt32](repeating: 0, count: count)
        try groups?.locate(columns, rows, in: slot, creates: true, into: &numbers)
        return numbers
    }

    /// The only session of a key if it overlaps or touches `[start, end)`, the usual case; else -1.
    func onlySession(_ key: Int, start: Int64, end: Int64) -> Int {
        let head = heads[key]
        guard head >= 0, entries[Int(head)].next < 0 else { return -1 }
        return entries[Int(head)].start <= end && start <= entries[Int(head)].end ? Int(head) : -1
    }

    /// Sessions of a key that overlap or touch `[start, end)`, earliest first.
    func touching(_ key: Int, start: Int64, end: Int64) -> [Int] {
        var found: [Int] = []
        var at = heads[key]
        while at >= 0 {
            let entry = entries[Int(at)]
            if entry.start <= end && start <= entry.end { found.append(Int(at)) }
            at = entry.next
        }
        if found.count > 1 { found.sort { entries[$0].start < entries[$1].start } }
        return found
    }

    func open(_ key: Int, start: Int64, end: Int64, micros: Int64) -> Int {
        generation &+= 1
        let entry = Entry(
            start: start, end: end, micros: micros, key: Int32(truncatingIfNeeded: key), next: heads[key],
            isOpen: true, generation: generation)
        let session: Int
        if let reused = free.popLast() {
            session = Int(reused)
            entries[session] = entry
        } else {
            session = entries.count
            entries.append(entry)
        }
        heads[key] = Int32(truncatingIfNeeded: session)
        push(Due(micros: micros, session: Int32(truncatingIfNeeded: session), generation: generation))
        return session
    }

    /// Widens a session; true if its end moved.
    func extend(_ session: Int, start: Int64, end: Int64) -> Bool {
        entries[session].start = Swift.min(entries[session].start, start)
        guard end > entries[session].end else { return false }
        entries[session].end = end
        return true
    }

    /// `other` becomes part of `session`, whose closing time the caller sets if `other` ended later.
    func absorb(_ other: Int, into session: Int) {
        let gone = entries[other]
        if extend(session, start: gone.start, end: gone.end) { entries[session].micros = gone.micros }
        unlink(other)
    }

    /// The next session that closes at a watermark; it stays open until `close`.
    func take(_ watermark: Int64) -> Int? {
        while let due = heap.first, due.micros <= watermark {
            pop()
            let entry = entries[Int(due.session)]
            guard entry.isOpen && entry.generation == due.generation else { continue }
            if entry.micros > due.micros {
                push(Due(micros: entry.micros, session: due.session, generation: due.generation))
                continue
            }
            return Int(due.session)
        }
        return nil
    }

    func close(_ session: Int) {
        let key = Int(entries[session].key)
        unlink(session)
        releaseIfUnused(key)
    }

    /// Forgets a key without sessions.
    func releaseIfUnused(_ key: Int) {
        // Numbers of a batch at hand must stay: only keys beyond use are given back, and those without columns never.
        guard heads[key] < 0, let groups, !groups.keyTypes.isEmpty else { return }
        idle.insert(key)
    }

    private var idle: Set<Int> = []

    /// Between batches: gives back the keys that have no sessions any more.
    func releaseIdleKeys() throws(JobError) {
        guard let groups, !idle.isEmpty else { return }
        let gone = idle.filter { heads[$0] < 0 }.sorted().map { UInt32(truncatingIfNeeded: $0) }
        try gone.withUnsafeBufferPointer { (gone) throws(JobError) in try groups.remove(gone, of: slot) }
        idle.removeAll()
    }

    private func unlink(_ session: Int) {
        let key = Int(entries[session].key)
        entries[session].isOpen = false
        if heads[key] == Int32(truncatingIfNeeded: session) {
            heads[key] = entries[session].next
        } else {
            var at = heads[key]
            while at >= 0 {
                let next = entries[Int(at)].next
                if next == Int32(truncatingIfNeeded: session) {
                    entries[Int(at)].next = entries[session].next
                    break
                }
                at = next
            }
        }
        free.append(Int32(truncatingIfNeeded: session))
    }

    private func push(_ due: Due) {
        heap.append(due)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent].micros <= heap[child].micros { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private func pop() {
        guard let last = heap.popLast() else { return }
        if heap.isEmpty { return }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].micros < heap[smallest].micros { smallest = child }
            if smallest == parent { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}

extension SessionIndex {
    /// Copies the key of a session to the builders.
    func appendKey(_ session: Int, to builders: [ColumnBuilder]) {
        var key = UInt32(truncatingIfNeeded: entries[session].key)
        withUnsafePointer(to: &key) { key in
            groups?.appendKeys(UnsafeBufferPointer(start: key, count: 1), of: slot, to: builders)
        }
    }
}
