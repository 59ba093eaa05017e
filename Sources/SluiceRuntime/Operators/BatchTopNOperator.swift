import SluiceBase
import SluiceColumns
import SluiceJobGraph
import SluiceState

/// The rows of rank `start ... end` per partition when the input ends; ROW_NUMBER, RANK and DENSE_RANK.
final class BatchTopNOperator: StreamOperator {
    private let node: TopNNode
    private var context: OperatorContext?
    private var rows: RankedRows?
    /// The next partition to give out; nil before the end.
    private var cursor: Int?

    init(_ node: TopNNode) { self.node = node }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        rows = try RankedRows(node, findsRows: false, context)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, let rows else { return }
        try rows.forEach(batch) { (row, partition) in add(row, partition, rows) }
        try context.memory.set(context.stateBytes)
    }

    private func add(_ row: Int, _ partition: Int, _ rows: RankedRows) {
        let entries = rows.entries
        let isFull = node.rank != .denseRank && entries.count(partition) >= node.end
        if isFull {
            let order = rows.compare(row, entries.last(partition))
            if order > 0 || (order == 0 && node.rank == .rowNumber) { return }
        }
        _ = rows.insert(row, partition)
        guard isFull else { return }
        if node.rank == .rowNumber {
            entries.removeLast(partition)
        } else {
            dropTies(partition, rows)
        }
    }

    /// RANK: rows behind those that tie with place `end` cannot come out.
    private func dropTies(_ partition: Int, _ rows: RankedRows) {
        let entries = rows.entries
        let edge = entries.entry(partition, at: node.end - 1)
        guard edge >= 0 else { return }
        while entries.count(partition) > node.end,
            Comparison.bytes(rows.sortKey(entries.last(partition)), rows.sortKey(edge)) != 0
        {
            entries.removeLast(partition)
        }
    }

    func finish(_ out: any Output) throws(JobError) { cursor = 0 }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard var next = cursor, let context, let rows else { return false }
        while next < rows.partitionCount {
            if out.isFull {
                cursor = next
                return true
            }
            let builder = BatchBuilder(context.schema, capacity: 256)
            while next < rows.partitionCount && builder.rowCount < context.config.batchRows {
                give(next, rows, builder)
                next += 1
            }
            if !builder.isEmpty { try out.emit(builder.finish()) }
        }
        cursor = nil
        return false
    }

    private func give(_ partition: Int, _ rows: RankedRows, _ builder: BatchBuilder) {
        var last = OrderedEntries.none
        var rank = 0
        rows.entries.forEach(partition, from: 0) { (at, entry) in
            let isTie = last >= 0 && Comparison.bytes(rows.sortKey(last), rows.sortKey(entry)) == 0
            last = entry
            switch node.rank {
            case .rowNumber: rank = at + 1
            case .rank: if !isTie { rank = at + 1 }
            case .denseRank: if !isTie { rank += 1 }
            }
            if rank > node.end { return false }
            if rank >= node.start {
                rows.append(rows.entries.value(entry), to: builder.columns)
                if node.outputsRank, let column = builder.columns.last { column.append(.int64(Int64(rank))) }
                builder.endRow()
            }
            return true
        }
    }

    func close() {
        rows = nil
        context = nil
    }
}
