/// One operation of a job on its way. Plain bytes: no reference is counted when it moves.
struct Operation: BitwiseCopyable {
    /// Number over all operations ever submitted; order of one row's mutations is order of these.
    var sequence: UInt64
    /// Hash of table and row for mutations, 0 for reads.
    var gate: UInt64
    /// Slot of the job.
    var job: Int32
    /// How often it was sent or given up before being sent.
    var tries: UInt8 = 0
    /// It was in a call: a server may have seen it, and it keeps its shape.
    var wasSent = false
    /// The location that it was sent to last was an old one, and turned out wrong.
    var hadOldLocation = false
}

/// Operations in the order of their numbers; taken at the front, added at the back, put back where they
/// belong.
struct OperationQueue {
    private var items: [Operation] = []
    private var head = 0

    var count: Int { items.count - head }
    var isEmpty: Bool { head == items.count }
    var operations: ArraySlice<Operation> { items[head...] }
    var first: Operation? { isEmpty ? nil : items[head] }

    /// Adds an operation with a number above all others.
    @inline(__always)
    mutating func append(_ operation: Operation) { items.append(operation) }

    /// Puts operations back; both sides are in order. Those that come back are mostly older than all others.
    mutating func merge(_ others: [Operation]) {
        guard let lastOther = others.last else { return }
        if isEmpty {
            items = others
            head = 0
            return
        }
        var merged: [Operation] = []
        merged.reserveCapacity(others.count + count)
        if lastOther.sequence < items[head].sequence {
            merged.append(contentsOf: others)
            merged.append(contentsOf: items[head...])
        } else {
            var index = head
            for other in others {
                while index < items.count, items[index].sequence < other.sequence {
                    merged.append(items[index])
                    index += 1
                }
                merged.append(other)
            }
            merged.append(contentsOf: items[index...])
        }
        items = merged
        head = 0
    }

    mutating func takeAll() -> [Operation] {
        defer { removeAll() }
        return head == 0 ? items : Array(items[head...])
    }

    mutating func removeAll() {
        items = []
        head = 0
    }

    /// What is to become of an operation at the front.
    enum Verdict {
        /// It leaves the queue.
        case take
        /// It stays, and those behind it are looked at.
        case keep
        /// It stays, and nothing else is looked at.
        case stop
    }

    /// Looks at operations from the front on, at most `limit` of them. Returns true when some were not looked
    /// at.
    mutating func scan(limit: Int, _ judge: (Operation) -> Verdict) -> Bool {
        var kept: [Operation] = []
        var index = head
        let end = min(items.count, head + limit)
        loop: while index < end {
            let operation = items[index]
            switch judge(operation) {
            case .take: break
            case .keep: kept.append(operation)
            case .stop: break loop
            }
            index += 1
        }
        for (offset, operation) in kept.enumerated() { items[index - kept.count + offset] = operation }
        head = index - kept.count
        let more = index < items.count
        if head == items.count {
            items.removeAll(keepingCapacity: items.capacity <= 4096)
            head = 0
        } else if head > 8192, head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
        return more
    }
}
