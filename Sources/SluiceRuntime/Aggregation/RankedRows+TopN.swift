import SluiceColumns
import SluiceJobGraph
import SluiceState

/// Top-N of partitions that are given out as a whole, over rows that are only added.
extension RankedRows {
    /// Puts a row in its place unless it cannot come out, and drops one that no longer can.
    func keep(_ row: Int, _ partition: Int, _ node: TopNNode) {
        let isFull = node.rank != .denseRank && entries.count(partition) >= node.end
        if isFull {
            let order = compare(row, entries.last(partition))
            if order > 0 || (order == 0 && node.rank == .rowNumber) { return }
        }
        _ = insert(row, partition)
        guard isFull else { return }
        if node.rank == .rowNumber {
            entries.removeLast(partition)
        } else {
            dropTies(partition, node)
        }
    }

    /// RANK: rows behind those that tie with place `end` cannot come out.
    private func dropTies(_ partition: Int, _ node: TopNNode) {
        let edge = entries.entry(partition, at: node.end - 1)
        guard edge >= 0 else { return }
        while entries.count(partition) > node.end,
            Comparison.bytes(sortKey(entries.last(partition)), sortKey(edge)) != 0
        {
            entries.removeLast(partition)
        }
    }

    /// Appends the rows of rank `start ... end` of a partition.
    func give(_ partition: Int, _ node: TopNNode, to builder: BatchBuilder) {
        var last = OrderedEntries.none
        var rank = 0
        entries.forEach(partition, from: 0) { (at, entry) in
            let isTie = last >= 0 && Comparison.bytes(sortKey(last), sortKey(entry)) == 0
            last = entry
            switch node.rank {
            case .rowNumber: rank = at + 1
            case .rank: if !isTie { rank = at + 1 }
            case .denseRank: if !isTie { rank += 1 }
            }
            if rank > node.end { return false }
            if rank >= node.start {
                append(entries.value(entry), to: builder.columns)
                if node.outputsRank, let column = builder.columns.last { column.append(.int64(Int64(rank))) }
                builder.endRow()
            }
            return true
        }
    }
}
