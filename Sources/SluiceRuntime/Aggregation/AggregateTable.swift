import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceState

/// Keys, row counts and aggregate states of one aggregation, or of one of its windows: a namespace of its `GroupState`
/// with the states as its column.
final class AggregateTable {
    let states: AggregateStates
    private let keys: [Int]
    private let groups: any GroupState
    private let slot: NamespaceSlot
    private let context: OperatorContext
    private var numbers: [UInt32] = []

    init(
        keys: [Int], groups: any GroupState, namespace: StateNamespace, states: AggregateStates,
        _ context: OperatorContext
    ) throws(JobError) {
        self.keys = keys
        self.groups = groups
        self.states = states
        self.context = context
        slot = try groups.open(namespace, columns: [states])
    }

    /// The table of an aggregation without windows.
    convenience init(
        keys: [Int], calls: [AggregateCall], retractable: Bool, _ context: OperatorContext
    ) throws(JobError) {
        let schema = context.inputSchemas[0]
        let groups = try context.state().openGroups(
            context.stateID("groups"), keys: keys.map { schema[$0].type })
        let states: AggregateStates
        do {
            states = try AggregateStates(calls: calls, registry: context.aggregates, retractable: retractable)
        } catch { throw context.failure(error) }
        try self.init(keys: keys, groups: groups, namespace: .all, states: states, context)
    }

    /// Rows per group, less those taken away; with only inserts the number of rows.
    var counts: UnsafeMutablePointer<Int64> { states.counts.pointer }
    /// Groups have numbers below it.
    var capacity: Int { groups.capacity(of: slot) }

    /// Calls `body` with the groups of `rows`; keys that are new have got one.
    func locate(
        _ batch: RecordBatch, _ rows: UnsafeBufferPointer<Int32>,
        _ body: (UnsafeBufferPointer<UInt32>) throws(SQLError) -> Void
    ) throws(JobError) {
        if numbers.count < rows.count { numbers = Array(repeating: 0, count: rows.count) }
        let columns = keys.map { batch.columns[$0] }
        var result: Result<Void, JobError> = .success(())
        numbers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            do throws(JobError) {
                try groups.locate(columns, rows: rows, in: slot, creates: true, into: base)
                let located = UnsafeBufferPointer(start: base, count: rows.count)
                do throws(SQLError) { try body(located) } catch { throw context.failure(error) }
                try groups.endBatch(located, of: slot)
            } catch { result = .failure(error) }
        }
        try result.get()
    }

    /// Adds all rows of `rows` to their groups.
    func add(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, weights: UnsafeBufferPointer<Int8>?
    ) throws(JobError) {
        try locate(batch, rows) { (groups) throws(SQLError) in
            try states.update(batch, rows: rows, states: groups, weights: weights)
        }
    }

    /// Makes the only group of an aggregation without keys, should no row have made it.
    func makeGlobalGroup() throws(JobError) {
        guard keys.isEmpty else { return }
        try [Int32(0)].withUnsafeBufferPointer { (rows) throws(JobError) in
            try locate(RecordBatch(columns: [], rowCount: 1), rows) { (_) throws(SQLError) in }
        }
    }

    /// Adds all groups of another table of the same shape; `body` learns which groups were changed.
    func merge(_ other: AggregateTable, _ body: (Int) -> Void = { _ in }) throws(JobError) {
        let capacity = other.capacity
        var start = 0
        while start < capacity {
            let end = Swift.min(start + 4096, capacity)
            let builders = groups.keyTypes.map { ColumnBuilder($0, capacity: end - start) }
            let numbers = (UInt32(truncatingIfNeeded: start)..<UInt32(truncatingIfNeeded: end)).map { $0 }
            numbers.withUnsafeBufferPointer { other.appendKeys($0, to: builders) }
            let columns = builders.map { $0.finish() }
            let rows = (0..<Int32(end - start)).map { $0 }
            try mergeGroups(columns, rows, other, first: start, body)
            start = end
        }
    }

    private func mergeGroups(
        _ columns: [Column], _ rows: [Int32], _ other: AggregateTable, first: Int, _ body: (Int) -> Void
    ) throws(JobError) {
        var into = [UInt32](repeating: 0, count: rows.count)
        var result: Result<Void, JobError> = .success(())
        rows.withUnsafeBufferPointer { rows in
            into.withUnsafeMutableBufferPointer { into in
                guard let base = into.baseAddress else { return }
                do throws(JobError) {
                    try groups.locate(columns, rows: rows, in: slot, creates: true, into: base)
                    let located = UnsafeBufferPointer(into)
                    do throws(SQLError) {
                        try states.merge(other.states, first: first, into: located)
                    } catch { throw context.failure(error) }
                    try groups.endBatch(located, of: slot)
                } catch { result = .failure(error) }
            }
        }
        try result.get()
        for group in into { body(Int(group)) }
    }

    func appendKeys(_ numbers: UnsafeBufferPointer<UInt32>, to builders: [ColumnBuilder]) {
        groups.appendKeys(numbers, of: slot, to: builders)
    }

    func appendResults(_ group: Int, to builders: ArraySlice<ColumnBuilder>) {
        states.appendResults(group, to: builders)
    }

    /// Forgets the state of a group but keeps its key.
    func clear(_ group: Int) { states.clear(group) }

    /// Forgets groups.
    func remove(_ gone: [UInt32]) throws(JobError) {
        for group in gone { states.clear(Int(group)) }
        try gone.withUnsafeBufferPointer { (gone) throws(JobError) in try groups.remove(gone, of: slot) }
    }

    /// Gives the namespace up; the states, empty again, may serve another one.
    func drop() throws(JobError) -> AggregateStates {
        states.reset()
        try groups.drop(slot)
        return states
    }
}
