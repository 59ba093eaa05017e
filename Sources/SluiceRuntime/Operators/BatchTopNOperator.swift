import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// The rows of rank `start ... end` per partition when the input ends; ROW_NUMBER, RANK and DENSE_RANK.
final class BatchTopNOperator: StreamOperator {
    private let node: TopNNode
    private var context: OperatorContext?
    private var partitions: GroupTable
    private var ranked: [RankedRows] = []
    private var order: RowOrder?
    private let encoded = EncodedRows()
    private var scratch = RowScratch()
    private var numbers: [UInt32] = []
    private var rowBytes = 0
    private var held = 0
    private var cursor: Int?

    init(_ node: TopNNode) {
        self.node = node
        partitions = GroupTable([])
    }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        let schema = context.inputSchemas[0]
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
        for row in 0..<batch.rowCount { add(batch, row, Int(numbers[row])) }
        try context.memory.set(partitions.byteCount + held * rowBytes)
    }

    private func add(_ batch: RecordBatch, _ row: Int, _ partition: Int) {
        let isFull = node.rank != .denseRank && ranked[partition].count >= node.end
        if isFull, let last = ranked[partition].last {
            let order = last.key.withUnsafeBytes { Comparison.bytes(encoded[row], $0) }
            if order > 0 || (order == 0 && node.rank == .rowNumber) { return }
        }
        _ = ranked[partition].insert(RankedRows.Entry(key: Array(encoded[row]), row: batch.row(row)))
        held += 1
        guard isFull else { return }
        if node.rank == .rowNumber {
            _ = ranked[partition].removeLast()
            held -= 1
        } else {
            dropTies(partition)
        }
    }

    /// RANK: rows behind those that tie with place `end` cannot come out.
    private func dropTies(_ partition: Int) {
        guard let edge = ranked[partition][node.end - 1] else { return }
        while ranked[partition].count > node.end, let last = ranked[partition].last, last.key != edge.key {
            _ = ranked[partition].removeLast()
            held -= 1
        }
    }

    func finish(_ out: any Output) throws(JobError) { cursor = 0 }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard var next = cursor, let context else { return false }
        while next < ranked.count {
            if out.isFull {
                cursor = next
                return true
            }
            let builder = BatchBuilder(context.schema, capacity: 256)
            while next < ranked.count && builder.rowCount < context.config.batchRows {
                give(ranked[next], builder)
                next += 1
            }
            if !builder.isEmpty { try out.emit(builder.finish()) }
        }
        cursor = nil
        return false
    }

    private func give(_ rows: RankedRows, _ builder: BatchBuilder) {
        var lastKey: [UInt8]?
        var rank = 0
        rows.forEach(from: 0) { (at, entry) in
            let isTie = lastKey == entry.key
            lastKey = entry.key
            switch node.rank {
            case .rowNumber: rank = at + 1
            case .rank: if !isTie { rank = at + 1 }
            case .denseRank: if !isTie { rank += 1 }
            }
            if rank > node.end { return false }
            if rank >= node.start {
                builder.appendRow(node.outputsRank ? entry.row + [.int64(Int64(rank))] : entry.row)
            }
            return true
        }
    }

    func close() {
        ranked = []
        context = nil
    }
}
