import SluiceBase
import SluiceColumns

/// Values of one group with their counts, and the best of them at the top of a heap whose dead entries are dropped
/// when they come up. Counts may be below zero for a while: a retraction can come before its row.
struct CountedValues {
    private(set) var counts: [Datum: Int64] = [:]
    /// Of the values in `counts`, with what a dictionary and the heap need for each.
    private(set) var byteCount = 0
    private var heap: [Datum] = []
    private let wantsMax: Bool

    init(wantsMax: Bool) { self.wantsMax = wantsMax }

    private func precedes(_ a: Datum, _ b: Datum) -> Bool {
        let order = Comparison.data(a, b)
        return wantsMax ? order > 0 : order < 0
    }

    /// How many bytes more, or fewer, are held.
    @discardableResult
    mutating func add(_ value: Datum, _ weight: Int64) -> Int {
        let before = counts[value] ?? 0
        let after = before &+ weight
        counts[value] = after == 0 ? nil : after
        if before <= 0 && after > 0 { push(value) }
        guard (before == 0) != (after == 0) else { return 0 }
        let change = before == 0 ? value.byteCount + 56 : 0 - value.byteCount - 56
        byteCount += change
        return change
    }

    /// The smallest or largest value that is there.
    mutating func best() -> Datum? {
        while let top = heap.first {
            if (counts[top] ?? 0) > 0 { return top }
            pop()
        }
        return nil
    }

    private mutating func push(_ value: Datum) {
        if heap.count > 64 && heap.count > 2 * counts.count { rebuild() }
        heap.append(value)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() {
        guard let last = heap.popLast() else { return }
        if heap.isEmpty { return }
        heap[0] = last
        var parent = 0
        while true {
            var best = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && precedes(heap[child], heap[best]) { best = child }
            if best == parent { return }
            heap.swapAt(parent, best)
            parent = best
        }
    }

    /// A sorted list is a heap.
    private mutating func rebuild() {
        heap = counts.filter { $0.value > 0 }.keys.sorted { precedes($0, $1) }
    }
}

/// MIN and MAX over rows that may be taken away again.
final class RetractableExtremeAccumulator: Accumulator {
    private let argument: Int
    private let filter: Int?
    private let wantsMax: Bool
    private var states: [CountedValues] = []
    private var held = 0

    init(_ call: AggregateCall, wantsMax: Bool) {
        argument = call.arguments[0]
        filter = call.filter
        self.wantsMax = wantsMax
    }

    func resize(_ count: Int) {
        while states.count > count { held -= states.popLast()?.byteCount ?? 0 }
        while states.count < count { states.append(CountedValues(wantsMax: wantsMax)) }
    }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = batch.columns[argument]
        input.forEach(column.validity) { (row, group, weight) in
            held += states[group].add(column.datum(row), weight)
        }
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? RetractableExtremeAccumulator else { return }
        for (value, count) in other.states[from].counts { held += states[into].add(value, count) }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        if let value = states[group].best() { out.append(value) } else { out.appendNull() }
    }

    func reset(_ group: Int) {
        held -= states[group].byteCount
        states[group] = CountedValues(wantsMax: wantsMax)
    }

    var byteCount: Int { states.count * MemoryLayout<CountedValues>.stride + held }
}

/// The arrival lists of many groups, with a running count of what they hold.
struct ArrivalLists {
    private(set) var lists: [ArrivalList] = []
    private var held = 0

    mutating func resize(_ count: Int) {
        while lists.count > count { held -= lists.popLast()?.byteCount ?? 0 }
        while lists.count < count { lists.append(ArrivalList()) }
    }

    mutating func change(_ group: Int, _ value: Datum, _ weight: Int64) {
        let before = lists[group].byteCount
        if weight > 0 { lists[group].add(value) } else { lists[group].remove(value) }
        held += lists[group].byteCount - before
    }

    mutating func merge(_ other: ArrivalList, into group: Int) {
        let before = lists[group].byteCount
        lists[group].merge(other)
        held += lists[group].byteCount - before
    }

    mutating func reset(_ group: Int) {
        held -= lists[group].byteCount
        lists[group] = ArrivalList()
    }

    subscript(group: Int) -> ArrivalList { lists[group] }
    var byteCount: Int { lists.count * MemoryLayout<ArrivalList>.stride + held }
}

/// Values in arrival order of which the oldest equal one can be taken away.
struct ArrivalList {
    private(set) var values: [Datum] = []
    /// Retractions whose row has not come yet.
    private var owed: [Datum: Int64] = [:]
    /// Of `values`.
    private(set) var byteCount = 0

    mutating func add(_ value: Datum) {
        if !owed.isEmpty, let count = owed[value] {
            owed[value] = count > 1 ? count - 1 : nil
            return
        }
        values.append(value)
        byteCount += value.byteCount
    }

    mutating func remove(_ value: Datum) {
        if let index = values.firstIndex(of: value) {
            values.remove(at: index)
            byteCount -= value.byteCount
        } else {
            owed[value, default: 0] += 1
        }
    }

    mutating func merge(_ other: ArrivalList) {
        for value in other.values { add(value) }
        for (value, count) in other.owed { for _ in 0..<count { remove(value) } }
    }
}

/// FIRST_VALUE and LAST_VALUE over rows that may be taken away again, and over nested values.
final class RetractableEdgeAccumulator: Accumulator {
    private let argument: Int
    private let filter: Int?
    private let wantsLast: Bool
    private var states = ArrivalLists()

    init(_ call: AggregateCall, wantsLast: Bool) {
        argument = call.arguments[0]
        filter = call.filter
        self.wantsLast = wantsLast
    }

    func resize(_ count: Int) { states.resize(count) }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = batch.columns[argument]
        input.forEach(column.validity) { (row, group, weight) in
            states.change(group, column.datum(row), weight)
        }
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? RetractableEdgeAccumulator else { return }
        states.merge(other.states[from], into: into)
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let value = wantsLast ? states[group].values.last : states[group].values.first
        if let value { out.append(value) } else { out.appendNull() }
    }

    func reset(_ group: Int) { states.reset(group) }
    var byteCount: Int { states.byteCount }
}

/// SINGLE_VALUE, the value of a scalar sub-query: a second row fails the job.
final class SingleValueAccumulator: Accumulator {
    private let argument: Int
    private let filter: Int?
    private var states: [(value: Datum, count: Int64)] = []

    init(_ call: AggregateCall) {
        argument = call.arguments[0]
        filter = call.filter
    }

    func resize(_ count: Int) {
        if count < states.count { states.removeLast(states.count - count) }
        while states.count < count { states.append((.null, 0)) }
    }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) throws(SQLError) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = batch.columns[argument]
        try input.forEach(nil) { (row, group, weight) throws(SQLError) in
            if weight > 0 {
                try add(column.datum(row), group)
            } else if states[group].count > 0 {
                states[group] = (.null, 0)
            }
        }
    }

    private func add(_ value: Datum, _ group: Int) throws(SQLError) {
        guard states[group].count == 0 else {
            throw SQLError(.evaluation, "a scalar sub-query returned more than one row")
        }
        states[group] = (value, 1)
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) throws(SQLError) {
        guard let other = other as? SingleValueAccumulator, other.states[from].count > 0 else { return }
        try add(other.states[from].value, into)
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) { out.append(states[group].value) }
    func reset(_ group: Int) { states[group] = (.null, 0) }
    var byteCount: Int { states.count * 32 }
}
