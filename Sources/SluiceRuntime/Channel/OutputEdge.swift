import SluiceBase
import SluiceColumns
import SluiceJobGraph
import SluiceState

/// The producer's end of an edge to other subtasks: routes rows by the edge's partitioning, order per key kept, and
/// sends marks and watermarks to all.
final class OutputEdge {
    private let partitioning: JobEdge.Partitioning
    private let channels: [Channel]
    private var hasher = RowHasher()
    private var next: Int
    private let keyGroups: KeyGroups
    /// The channel of each key group.
    private let owners: [Int]
    /// Rows per channel of the batch at hand; reused.
    private var rows: [[Int32]]

    /// `producer`: the number of the producing subtask; spreads the round robin of several.
    init(
        _ partitioning: JobEdge.Partitioning, _ channels: [Channel], producer: Int, keyGroups: KeyGroups
    ) {
        self.keyGroups = keyGroups
        owners = (0..<keyGroups.count).map { keyGroups.owner(of: $0, parallelism: channels.count) }
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

    func sendToAll(_ element: StreamElement) throws(JobError) {
        for channel in channels { try channel.push(element) }
    }

    func send(_ batch: RecordBatch) throws(JobError) {
        if channels.count == 1 { return try channels[0].push(.batch(batch)) }
        switch partitioning {
        case .hash(let columns): try sendByHash(batch, columns)
        case .broadcast: try sendToAll(.batch(batch))
        case .gather: try send(batch, to: 0)
        case .forward, .rebalance:
            try send(batch, to: next)
            next = (next + 1) % channels.count
        }
    }

    private func send(_ batch: RecordBatch, to target: Int) throws(JobError) {
        for (index, channel) in channels.enumerated() {
            if index == target {
                try channel.push(.batch(batch))
            } else if let last = batch.marks.last {
                try channel.push(.watermark(last.watermark))
            }
        }
    }

    private func sendByHash(_ batch: RecordBatch, _ columns: [Int]) throws(JobError) {
        for index in rows.indices { rows[index].removeAll(keepingCapacity: true) }
        hasher.hash(batch, columns) { hashes in
            for (row, hash) in hashes.enumerated() {
                // The high bits choose; tables in memory use the low ones.
                rows[owners[keyGroups.of(hash)]].append(Int32(truncatingIfNeeded: row))
            }
        }
        for (index, channel) in channels.enumerated() {
            if rows[index].count == batch.rowCount {
                try channel.push(.batch(batch))
            } else if !rows[index].isEmpty {
                try channel.push(.batch(rows[index].withUnsafeBufferPointer { batch.selecting($0) }))
            } else if let last = batch.marks.last {
                try channel.push(.watermark(last.watermark))
            }
        }
    }
}
