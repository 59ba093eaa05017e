import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// The rows of rank `start ... end` per partition, kept up to date (U8, U10). Over an input that is only added to, rows
/// behind `end` are forgotten; else all rows are kept, to move up when others leave.
final class TopNOperator: StreamOperator {
    private let node: TopNNode
    private var context: OperatorContext?
    private var keepsAll = false
    private var partitions: GroupTable
    private var ranked: [RankedRows] = []
    private var order: RowOrder?
    private let encoded = EncodedRows()
    private var scratch = RowScratch()
    private var numbers: [UInt32] = []
    private var rowBytes = 0
    private var held = 0

    init(_ node: TopNNode) {
        self.node = node
        partitions = GroupTable([])
    }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        let schema = context.inputSchemas[0]
        keepsAll = !context.inputChangelogs[0].isAppendOnly
        partitions = GroupTable(node.partition.map { schema[$0].type })
        order = RowOrder(node.keys, schema)
        rowBytes = RowSize.bytes(schema) + schema.count * 16 + 64
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, let order else { return }
        let columns = node.partition.map { batch.columns[$0] }
        encoded.removeAll()
        if numbers.count < batch.rowCount { numbers = Array(repeating: 0, count: batch.rowCount) }
        scratch.all(batch) { (rows, _) in
            order.encode(batch, rows, into: encoded)
            numbers.withUnsafeMutableBufferPointer { buffer in
                if let base = buffer.baseAddress { partitions.locate(columns, rows: rows, into: base) }
            }
        }
        while ranked.count < partitions.capacity { ranked.append(RankedRows()) }
        let writer = RankWriter(node, context.schema)
        for row in 0..<batch.rowCount {
            let partition = Int(numbers[row])
            if batch.kind(row).isRetraction {
                retract(batch, row, partition, writer)
            } else {
                add(batch, row, partition, writer)
            }
        }
        if let result = writer.finish() { try out.emit(result) }
        try context.memory.set(partitions.byteCount + held * rowBytes)
    }

    private func add(_ batch: RecordBatch, _ row: Int, _ partition: Int, _ writer: RankWriter) {
        if !keepsAll, ranked[partition].count >= node.end, let last = ranked[partition].last {
            let order = last.key.withUnsafeBytes { Comparison.bytes(encoded[row], $0) }
            if order >= 0 { return }
        }
        let entry = RankedRows.Entry(key: Array(encoded[row]), row: batch.row(row))
        let place = ranked[partition].insert(entry)
        held += 1
        let count = ranked[partition].count
        if place < node.end { writer.inserted(entry.row, at: place, in: ranked[partition], count: count) }
        if !keepsAll && count > node.end {
            _ = ranked[partition].removeLast()
            held -= 1
        }
    }

    private func retract(_ batch: RecordBatch, _ row: Int, _ partition: Int, _ writer: RankWriter) {
        let entry = RankedRows.Entry(key: Array(encoded[row]), row: batch.row(row))
        guard let place = ranked[partition].remove(entry) else { return }
        held -= 1
        if place < node.end { writer.removed(entry.row, at: place, in: ranked[partition]) }
    }

    func close() {
        ranked = []
        context = nil
    }
}

/// Writes the changes of ranks, as Flink's operators do.
///
/// With the rank column (or an offset) every rank whose row changes is -U, +U; a rank that was empty is +I, one that
/// becomes empty -D. Without it only the row that leaves (-D) and the one that comes (+I) are sent.
final class RankWriter {
    private let node: TopNNode
    private let builder: BatchBuilder
    private let byRank: Bool

    init(_ node: TopNNode, _ schema: Schema) {
        self.node = node
        builder = BatchBuilder(schema, capacity: 256)
        byRank = node.outputsRank || node.start > 1
    }

    private func write(_ kind: RowKind, _ row: [Datum], _ rank: Int) {
        guard rank >= node.start && rank <= node.end else { return }
        if kind == .updateBefore && !node.emitsUpdateBefore { return }
        builder.appendRow(node.outputsRank ? row + [.int64(Int64(rank))] : row, kind: kind)
    }

    /// A row came to `place` (from 0); `count` rows are there now.
    func inserted(_ row: [Datum], at place: Int, in rows: RankedRows, count: Int) {
        guard byRank else {
            if count > node.end, let gone = rows[node.end] { write(.delete, gone.row, node.end) }
            return write(.insert, row, node.end)
        }
        var current = row
        rows.forEach(from: place + 1) { (at, entry) in
            // `at` is the place behind the one that this row had.
            guard at <= node.end else { return false }
            write(.updateBefore, entry.row, at)
            write(.updateAfter, current, at)
            current = entry.row
            return true
        }
        if count <= node.end { write(.insert, current, count) }
    }

    /// A row left `place`; `rows` are those that stay.
    func removed(_ row: [Datum], at place: Int, in rows: RankedRows) {
        guard byRank else {
            write(.delete, row, node.end)
            if rows.count >= node.end, let next = rows[node.end - 1] { write(.insert, next.row, node.end) }
            return
        }
        var gone = row
        rows.forEach(from: place) { (at, entry) in
            guard at < node.end else { return false }
            write(.updateBefore, gone, at + 1)
            write(.updateAfter, entry.row, at + 1)
            gone = entry.row
            return true
        }
        if rows.count < node.end { write(.delete, gone, rows.count + 1) }
    }

    func finish() -> RecordBatch? { builder.isEmpty ? nil : builder.finish() }
}
