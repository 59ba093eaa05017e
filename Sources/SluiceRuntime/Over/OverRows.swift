import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// All rows of an OVER in the order of its window: where each partition and each group of peers (rows with equal order
/// columns) begins and ends. Rows are known by their place in the order.
struct OverRows {
    let batch: RecordBatch
    /// Rows of the batch, in order.
    let rows: [Int32]
    /// Places of the first row of each partition, then the number of rows.
    let partitions: [Int]
    /// Per place: the first place of its peers, and the one after the last.
    private(set) var peerStart: [Int32] = []
    private(set) var peerEnd: [Int32] = []

    init(_ batch: RecordBatch, _ node: OverNode, _ schema: Schema) {
        self.batch = batch
        let partition = RowOrder(
            node.partition.map { SortKey(column: $0, descending: false, nullsFirst: nil) }, schema)
        let all = RowOrder(
            node.partition.map { SortKey(column: $0, descending: false, nullsFirst: nil) } + node.keys, schema
        )
        rows = all.sorted(batch)
        let own = OverRows.encoded(partition, batch)
        let whole = OverRows.encoded(all, batch)
        var starts: [Int] = []
        var peers: [Int] = []
        for place in rows.indices {
            let row = Int(rows[place])
            let before = place > 0 ? Int(rows[place - 1]) : -1
            if before < 0 || Comparison.bytes(own[row], own[before]) != 0 { starts.append(place) }
            if before < 0 || Comparison.bytes(whole[row], whole[before]) != 0 { peers.append(place) }
        }
        partitions = starts + [rows.count]
        peerStart = Array(repeating: 0, count: rows.count)
        peerEnd = Array(repeating: 0, count: rows.count)
        for (index, first) in peers.enumerated() {
            let end = index + 1 < peers.count ? peers[index + 1] : rows.count
            for place in first..<end {
                peerStart[place] = Int32(truncatingIfNeeded: first)
                peerEnd[place] = Int32(truncatingIfNeeded: end)
            }
        }
    }

    private static func encoded(_ order: RowOrder, _ batch: RecordBatch) -> EncodedRows {
        let out = EncodedRows()
        let rows = (0..<Int32(truncatingIfNeeded: batch.rowCount)).map { $0 }
        rows.withUnsafeBufferPointer { order.encode(batch, $0, into: out) }
        return out
    }

    func forEachPartition<Failure: Error>(
        _ body: (Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        for index in 0..<Swift.max(partitions.count - 1, 0) {
            try body(partitions[index]..<partitions[index + 1])
        }
    }
}
