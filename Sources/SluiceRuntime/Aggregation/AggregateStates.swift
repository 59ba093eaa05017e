import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceState

/// Row counts and aggregate states by state number.
final class AggregateStates: StateColumn {
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
