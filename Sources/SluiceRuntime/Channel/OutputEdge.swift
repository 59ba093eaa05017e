import SluiceColumns
import SluiceJobGraph

/// The producer's end of an edge to other subtasks: routes rows by the edge's partitioning, order per key kept, and
/// sends marks and watermarks to all.
final class OutputEdge {
    private let partitioning: JobEdge.Partitioning
    private let channels: [Channel]
    private var hasher = RowHasher()
    private var next: Int
    /// Rows per channel of the batch at hand; reused.
    private var rows: [[Int32]]

    /// `producer`: the number of the producing subtask; spreads the round robin of several.
    init(_ partitioning: JobEdge.Partitioning, _ channels: [Channel], producer: Int) {
        self.partitioning = partitioning
        self.channels = channels
        next = channels.isEmpty ? 0 : producer % channels.count
        rows = Array(repeating: [], count: channels.count)
    }

    var isFull: Bool {
        for channel in channels where channel.isFull { return true }
        return false
    }

    var isSatisfied: Bool { channels.allSatisfy(\.isUnwanted) }

    func sendToAll(_ element: StreamElement) { for channel in channels { channel.push(element) } }

    func send(_ batch: RecordBatch) {
        if channels.count == 1 { return channels[0].push(.batch(batch)) }
        switch partitioning {
        case .hash(let columns): sendByHash(batch, columns)
        case .broadcast: sendToAll(.batch(batch))
        case .gather: send(batch, to: 0)
        case .forward, .rebalance:
            send(batch, to: next)
            next = (next + 1) % channels.count
        }
    }

    private func send(_ batch: RecordBatch, to target: Int) {
        for (index, channel) in channels.enumerated() {
            if index == target {
                channel.push(.batch(batch))
            } else if let last = batch.marks.last {
                channel.push(.watermark(last.watermark))
            }
        }
    }

    private func sendByHash(_ batch: RecordBatch, _ columns: [Int]) {
        for index in rows.indices { rows[index].removeAll(keepingCapacity: true) }
        let count = UInt64(channels.count)
        hasher.hash(batch, columns) { hashes in
            for (row, hash) in hashes.enumerated() {
                // The high bits choose; tables in memory use the low ones.
                let target = Int(hash.multipliedFullWidth(by: count).high)
                rows[target].append(Int32(truncatingIfNeeded: row))
            }
        }
        for (index, channel) in channels.enumerated() {
            if rows[index].count == batch.rowCount {
                channel.push(.batch(batch))
            } else if !rows[index].isEmpty {
                channel.push(.batch(rows[index].withUnsafeBufferPointer { batch.selecting($0) }))
            } else if let last = batch.marks.last {
                channel.push(.watermark(last.watermark))
            }
        }
    }
}
