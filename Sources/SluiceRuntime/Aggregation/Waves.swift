import SluiceBase
import SluiceColumns

/// Cuts a batch into waves, in each of which a group occurs at most once, and turns what the rows changed into the
/// rows of a changelog, in arrival order.
final class Waves {
    private enum Change: UInt8 { case nothing, insert, update, delete }

    private struct Answer {
        var change: Change
        var old: Int32
        var new: Int32
    }

    private var stamp: UInt32 = 0
    private var stamps = GroupColumn<UInt32>()
    private var seen = GroupColumn<Int32>()
    /// Row numbers ordered by wave.
    private var order: [Int32] = []
    private var starts: [Int] = []
    private var wave = 0
    private var rows: [Int32] = []
    private var groups: [UInt32] = []
    private var weights: [Int8] = []
    private var wasEmpty: [Bool] = []
    private var hasWeights = false
    private var builders: [ColumnBuilder] = []
    private var appended = 0
    private var answers: [Answer] = []
    private var allGroups: [UInt32] = []
    private var emitsUpdateBefore = true
    private var emitsEqual = false

    var byteCount: Int { stamps.byteCount + seen.byteCount }

    /// Starts a batch: orders its rows by how often their group has come before.
    func prepare(_ groups: UnsafeBufferPointer<UInt32>, capacity: Int, types: [DataType]) {
        stamp &+= 1
        stamps.resize(capacity)
        seen.resize(capacity)
        var waveOf = [Int32](repeating: 0, count: groups.count)
        var sizes: [Int] = []
        for (at, group) in groups.enumerated() {
            let group = Int(group)
            if stamps.pointer[group] != stamp {
                stamps.pointer[group] = stamp
                seen.pointer[group] = 0
            }
            let number = seen.pointer[group]
            seen.pointer[group] = number + 1
            waveOf[at] = number
            if Int(number) == sizes.count { sizes.append(0) }
            sizes[Int(number)] += 1
        }
        starts = [0]
        for size in sizes { starts.append((starts.last ?? 0) + size) }
        var next = starts
        order = [Int32](repeating: 0, count: groups.count)
        for at in 0..<groups.count {
            let number = Int(waveOf[at])
            order[next[number]] = Int32(truncatingIfNeeded: at)
            next[number] += 1
        }
        wave = 0
        appended = 0
        builders = types.map { ColumnBuilder($0, capacity: groups.count * 2) }
        answers = [Answer](repeating: Answer(change: .nothing, old: 0, new: 0), count: groups.count)
        allGroups = Array(groups)
    }

    /// The number of the next wave; nil after the last.
    func next(_ groups: UnsafeBufferPointer<UInt32>, _ weights: UnsafeBufferPointer<Int8>?) -> Int? {
        guard wave + 1 < starts.count else { return nil }
        rows.removeAll(keepingCapacity: true)
        self.groups.removeAll(keepingCapacity: true)
        self.weights.removeAll(keepingCapacity: true)
        hasWeights = weights != nil
        for at in starts[wave]..<starts[wave + 1] {
            let row = order[at]
            rows.append(row)
            self.groups.append(groups[Int(row)])
            if let weights { self.weights.append(weights[Int(row)]) }
        }
        wave += 1
        return wave
    }

    /// Leaves out retractions of groups that are not there (U3) and notes which groups are new.
    func dropUnknown(_ wave: Int, _ table: AggregateTable) {
        let counts = table.counts
        wasEmpty.removeAll(keepingCapacity: true)
        var kept = 0
        for at in 0..<rows.count {
            let isEmpty = counts[Int(groups[at])] == 0
            if isEmpty && hasWeights && weights[at] < 0 { continue }
            rows[kept] = rows[at]
            groups[kept] = groups[at]
            if hasWeights { weights[kept] = weights[at] }
            wasEmpty.append(isEmpty)
            kept += 1
        }
        let dropped = rows.count - kept
        rows.removeLast(dropped)
        groups.removeLast(dropped)
        if hasWeights { weights.removeLast(dropped) }
    }

    /// Keeps the results of the wave's groups as they are now; where they start.
    func remember(_ wave: Int, _ table: AggregateTable) -> Int {
        let start = appended
        for group in groups { table.appendResults(Int(group), to: builders[...]) }
        appended += groups.count
        return start
    }

    func withRows(
        _ body: (
            UnsafeBufferPointer<Int32>, UnsafeBufferPointer<UInt32>, UnsafeBufferPointer<Int8>?
        ) throws(SQLError) -> Void
    ) throws(SQLError) {
        if rows.isEmpty { return }
        var failure: SQLError?
        rows.withUnsafeBufferPointer { rows in
            groups.withUnsafeBufferPointer { groups in
                weights.withUnsafeBufferPointer { weights in
                    do throws(SQLError) { try body(rows, groups, hasWeights ? weights : nil) } catch {
                        failure = error
                    }
                }
            }
        }
        if let failure { throw failure }
    }

    /// Notes what the rows of the wave changed; a group whose count is zero forgets its state.
    func note(_ table: AggregateTable, before: Int, after: Int, emitsUpdateBefore: Bool, emitsEqual: Bool) {
        self.emitsUpdateBefore = emitsUpdateBefore
        self.emitsEqual = emitsEqual
        for at in 0..<rows.count {
            let group = Int(groups[at])
            let isGone = table.counts[group] == 0
            if isGone { table.clear(group) }
            let change: Change
            if wasEmpty[at] {
                change = isGone ? .nothing : .insert
            } else {
                change = isGone ? .delete : .update
            }
            answers[Int(rows[at])] = Answer(
                change: change, old: Int32(truncatingIfNeeded: before + at),
                new: Int32(truncatingIfNeeded: after + at))
        }
    }

    /// Takes groups without rows out of the table.
    func removeEmpty(_ table: AggregateTable) throws(JobError) {
        var gone: [UInt32] = []
        for number in allGroups {
            let group = Int(number)
            if table.counts[group] == 0 && stamps.pointer[group] == stamp {
                stamps.pointer[group] = 0
                gone.append(number)
            }
        }
        if !gone.isEmpty { try table.remove(gone) }
    }

    /// The changelog of the batch: key columns, then results; nil without a change.
    func result(_ batch: RecordBatch, keys: [Int], types: [DataType]) -> RecordBatch? {
        let results = builders.map { $0.finish() }
        var rowAt: [Int32] = []
        var resultAt: [Int32] = []
        let kinds = FixedBuilder<RowKind>(capacity: answers.count * 2)
        func give(_ kind: RowKind, _ row: Int, _ result: Int32) {
            rowAt.append(Int32(truncatingIfNeeded: row))
            resultAt.append(result)
            kinds.append(kind)
        }
        for (row, answer) in answers.enumerated() {
            switch answer.change {
            case .nothing: continue
            case .insert: give(.insert, row, answer.new)
            case .delete: give(.delete, row, answer.old)
            case .update:
                if !emitsEqual && isEqual(results, Int(answer.old), Int(answer.new)) { continue }
                if emitsUpdateBefore { give(.updateBefore, row, answer.old) }
                give(.updateAfter, row, answer.new)
            }
        }
        if rowAt.isEmpty { return nil }
        let columns = keys.map { batch.columns[$0].gather(rowAt) } + results.map { $0.gather(resultAt) }
        let rowKinds = kinds.finish()
        let isPlain = (0..<rowKinds.count).allSatisfy { rowKinds[$0] == .insert }
        return RecordBatch(columns: columns, rowCount: rowAt.count, rowKinds: isPlain ? nil : rowKinds)
    }

    private func isEqual(_ columns: [Column], _ a: Int, _ b: Int) -> Bool {
        for column in columns where Comparison.values(column, a, column, b) != 0 { return false }
        return true
    }
}
