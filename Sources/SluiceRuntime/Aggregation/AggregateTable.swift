import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceState

/// Row counts and aggregate states by state number.
final class AggregateStates {
    let accumulators: [any Accumulator]
    /// Rows per state, less those taken away.
    private(set) var counts = GroupColumn<Int64>()
    private var room = 0

    init(calls: [AggregateCall], registry: AggregateRegistry, retractable: Bool) throws(SQLError) {
        accumulators = try registry.makeAccumulators(calls, retractable: retractable)
    }

    var byteCount: Int { accumulators.reduce(counts.byteCount) { $0 + $1.byteCount } }

    /// Room for states below `wanted`.
    func makeRoom(_ wanted: Int) {
        guard wanted > room else { return }
        // Every accumulator grows its own memory by doubling; asking in steps keeps the calls few.
        room = wanted
        counts.resize(room)
        for accumulator in accumulators { accumulator.resize(room) }
    }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, states: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) throws(SQLError) {
        let counts = self.counts.pointer
        if let weights {
            for at in 0..<rows.count { counts[Int(states[at])] &+= Int64(weights[at]) }
        } else {
            for at in 0..<rows.count { counts[Int(states[at])] &+= 1 }
        }
        for accumulator in accumulators {
            try accumulator.update(batch, rows: rows, groups: states, weights: weights)
        }
    }

    func merge(_ other: AggregateStates, from: Int, into: Int) throws(SQLError) {
        counts.pointer[into] &+= other.counts.pointer[from]
        for (mine, theirs) in zip(accumulators, other.accumulators) {
            try mine.merge(theirs, from: from, into: into)
        }
    }

    /// Adds the states `first`, `first + 1`, … of `other` to the states `into`.
    func merge(_ other: AggregateStates, first: Int, into: UnsafeBufferPointer<UInt32>) throws(SQLError) {
        let mine = counts.pointer
        let theirs = other.counts.pointer + first
        for at in 0..<into.count { mine[Int(into[at])] &+= theirs[at] }
        for (mine, theirs) in zip(accumulators, other.accumulators) {
            try mine.merge(theirs, first: first, into: into)
        }
    }

    func appendResults(_ states: UnsafeBufferPointer<UInt32>, to builders: ArraySlice<ColumnBuilder>) {
        for (accumulator, builder) in zip(accumulators, builders) {
            accumulator.appendResults(states, to: builder)
        }
    }

    func appendResults(_ state: Int, to builders: ArraySlice<ColumnBuilder>) {
        for (accumulator, builder) in zip(accumulators, builders) {
            accumulator.appendResult(state, to: builder)
        }
    }

    func clear(_ state: Int) {
        counts.pointer[state] = 0
        for accumulator in accumulators { accumulator.reset(state) }
    }

    /// No states at all.
    func reset() {
        room = 0
        counts.resize(0)
        for accumulator in accumulators { accumulator.resize(0) }
    }
}

/// Keys, row counts and aggregate states of one aggregation, or of one of its windows.
final class AggregateTable {
    let groups: GroupTable
    let states: AggregateStates
    private let keys: [Int]
    private var numbers: [UInt32] = []

    init(
        keys: [Int], schema: Schema, calls: [AggregateCall], registry: AggregateRegistry, retractable: Bool
    ) throws(SQLError) {
        self.keys = keys
        groups = GroupTable(keys.map { schema[$0].type })
        states = try AggregateStates(calls: calls, registry: registry, retractable: retractable)
    }

    /// Rows per group, less those taken away; with only inserts the number of rows.
    var counts: UnsafeMutablePointer<Int64> { states.counts.pointer }
    var byteCount: Int { groups.byteCount + states.byteCount }

    /// Calls `body` with the groups of `rows`; keys that are new have got one.
    func locate<Failure: Error>(
        _ batch: RecordBatch, _ rows: UnsafeBufferPointer<Int32>,
        _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Void
    ) throws(Failure) {
        if numbers.count < rows.count { numbers = Array(repeating: 0, count: rows.count) }
        let columns = keys.map { batch.columns[$0] }
        var result: Result<Void, Failure> = .success(())
        numbers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            groups.locate(columns, rows: rows, into: base)
            makeRoom()
            do throws(Failure) {
                try body(UnsafeBufferPointer(start: base, count: rows.count))
            } catch { result = .failure(error) }
        }
        try result.get()
    }

    /// Room in all states for every group there is.
    func makeRoom() { states.makeRoom(groups.capacity) }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) throws(SQLError) {
        try states.update(batch, rows: rows, states: groups, weights: weights)
    }

    /// Adds all rows of `rows` to their groups.
    func add(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, weights: UnsafeBufferPointer<Int8>?
    ) throws(SQLError) {
        try locate(batch, rows) { (groups) throws(SQLError) in
            try update(batch, rows: rows, groups: groups, weights: weights)
        }
    }

    /// Adds all groups of another table of the same shape.
    func merge(_ other: AggregateTable, _ body: (Int) -> Void = { _ in }) throws(SQLError) {
        let capacity = other.groups.capacity
        var start = 0
        while start < capacity {
            let end = Swift.min(start + 4096, capacity)
            let builders = other.groups.types.map { ColumnBuilder($0, capacity: end - start) }
            let numbers = (UInt32(truncatingIfNeeded: start)..<UInt32(truncatingIfNeeded: end)).map { $0 }
            numbers.withUnsafeBufferPointer { other.groups.appendKeys($0, to: builders) }
            let batch = RecordBatch(columns: builders.map { $0.finish() }, rowCount: end - start)
            let rows = (0..<Int32(end - start)).map { $0 }
            var into = [UInt32](repeating: 0, count: end - start)
            rows.withUnsafeBufferPointer { rows in
                into.withUnsafeMutableBufferPointer { into in
                    if let base = into.baseAddress { groups.locate(batch.columns, rows: rows, into: base) }
                }
            }
            makeRoom()
            try into.withUnsafeBufferPointer { (into) throws(SQLError) in
                try states.merge(other.states, first: start, into: into)
                for at in 0..<into.count { body(Int(into[at])) }
            }
            start = end
        }
    }

    /// Empty again, for another window.
    func reset() {
        groups.removeAll()
        states.reset()
    }

    func appendResults(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        states.appendResults(group, to: builders)
    }

    /// Forgets the state of a group but keeps its key.
    func clear(_ group: Int) { states.clear(group) }

    /// Forgets a group.
    func remove(_ group: Int) {
        states.clear(group)
        groups.remove(group)
    }
}

/// Dense values by group number, zero where never written.
struct GroupColumn<Element: BitwiseCopyable>: ~Copyable {
    private(set) var pointer: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity = 16

    init() { pointer = .allocate(capacity: 16) }
    deinit { pointer.deallocate() }

    var byteCount: Int { capacity * MemoryLayout<Element>.stride }

    mutating func resize(_ wanted: Int) {
        if wanted > capacity {
            let larger = Swift.max(wanted, capacity * 2)
            let fresh = UnsafeMutablePointer<Element>.allocate(capacity: larger)
            fresh.update(from: pointer, count: count)
            pointer.deallocate()
            pointer = fresh
            capacity = larger
        }
        if wanted > count {
            UnsafeMutableRawPointer(pointer + count).initializeMemory(
                as: UInt8.self, repeating: 0, count: (wanted - count) * MemoryLayout<Element>.stride)
        }
        count = wanted
    }
}

/// Rows 0, 1, 2, … of a batch and the weights of its kinds, in buffers that are used again.
struct RowScratch {
    private var numbers: [Int32] = []
    private var weights: [Int8] = []

    /// Calls `body` with all rows of the batch.
    mutating func all<Failure: Error>(
        _ batch: RecordBatch,
        _ body: (UnsafeBufferPointer<Int32>, UnsafeBufferPointer<Int8>?) throws(Failure) -> Void
    ) throws(Failure) {
        let count = batch.rowCount
        while numbers.count < count { numbers.append(Int32(truncatingIfNeeded: numbers.count)) }
        if let kinds = batch.rowKinds {
            weights.removeAll(keepingCapacity: true)
            for row in 0..<count { weights.append(kinds[row].weight) }
        }
        let hasKinds = batch.rowKinds != nil
        var result: Result<Void, Failure> = .success(())
        numbers.withUnsafeBufferPointer { numbers in
            weights.withUnsafeBufferPointer { weights in
                do throws(Failure) {
                    try body(UnsafeBufferPointer(rebasing: numbers[0..<count]), hasKinds ? weights : nil)
                } catch { result = .failure(error) }
            }
        }
        try result.get()
    }
}
