import SluiceBase
import SluiceColumns
import SluiceJobGraph
import SluiceState

/// Writes the changes of ranks, as Flink's operators do.
///
/// With the rank column (or an offset) every rank whose row changes is -U, +U; a rank that was empty is +I, one that
/// becomes empty -D. Without it only the row that leaves (-D) and the one that comes (+I) are sent.
final class RankWriter {
    private let node: TopNNode
    private let rows: RankedRows
    private let builder: BatchBuilder
    private let byRank: Bool

    init(_ node: TopNNode, _ rows: RankedRows, _ schema: Schema) {
        self.node = node
        self.rows = rows
        builder = BatchBuilder(schema, capacity: 256)
        byRank = node.outputsRank || node.start > 1
    }

    private func write(_ kind: RowKind, _ row: UnsafeRawBufferPointer, _ rank: Int) {
        guard rank >= node.start && rank <= node.end else { return }
        if kind == .updateBefore && !node.emitsUpdateBefore { return }
        rows.append(row, to: builder.columns)
        if node.outputsRank, let last = builder.columns.last { last.append(.int64(Int64(rank))) }
        builder.endRow(kind)
    }

    /// The row put last came to `place` (from 0) of its partition.
    func inserted(_ partition: Int, at place: Int) {
        let entries = rows.entries
        let count = entries.count(partition)
        guard byRank else {
            let gone = count > node.end ? entries.entry(partition, at: node.end) : OrderedEntries.none
            if gone >= 0 { write(.delete, entries.value(gone), node.end) }
            return write(.insert, rows.encodedRow, node.end)
        }
        var current = rows.encodedRow
        entries.forEach(partition, from: place + 1) { (at, entry) in
            // `at` is the place behind the one that this row had.
            guard at <= node.end else { return false }
            let row = entries.value(entry)
            write(.updateBefore, row, at)
            write(.updateAfter, current, at)
            current = row
            return true
        }
        if count <= node.end { write(.insert, current, count) }
    }

    /// The row taken away last left `place` of its partition.
    func removed(_ partition: Int, at place: Int) {
        let entries = rows.entries
        let count = entries.count(partition)
        guard byRank else {
            write(.delete, rows.encodedRow, node.end)
            let next = count >= node.end ? entries.entry(partition, at: node.end - 1) : OrderedEntries.none
            if next >= 0 { write(.insert, entries.value(next), node.end) }
            return
        }
        var gone = rows.encodedRow
        entries.forEach(partition, from: place) { (at, entry) in
            guard at < node.end else { return false }
            let row = entries.value(entry)
            write(.updateBefore, gone, at + 1)
            write(.updateAfter, row, at + 1)
            gone = row
            return true
        }
        if count < node.end { write(.delete, gone, count + 1) }
    }

    func finish() -> RecordBatch? { builder.isEmpty ? nil : builder.finish() }
}
