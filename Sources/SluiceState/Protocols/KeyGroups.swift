public import SluiceColumns

/// The key groups of a job (`pipeline.max-parallelism`): each key belongs to one by its hash, each subtask has a range
/// of them. Exchanges route by them and snapshots are ordered by them, so that a job can go on with another
/// parallelism by reading ranges.
public struct KeyGroups: Sendable, Hashable {
    public static let defaultCount = 128

    public let count: Int

    /// `count`: at least 1.
    public init(_ count: Int = KeyGroups.defaultCount) { self.count = Swift.max(1, count) }

    /// The key group of a hash by `RowHasher`.
    @inlinable @inline(__always)
    public func of(_ hash: UInt64) -> Int { Int(hash.multipliedFullWidth(by: UInt64(count)).high) }

    /// The subtask that has a key group.
    public func owner(of group: Int, parallelism: Int) -> Int { group * parallelism / count }

    /// The key groups of a subtask.
    public func range(of subtask: Int, parallelism: Int) -> Range<Int> {
        let start = (subtask * count + parallelism - 1) / parallelism
        let end = ((subtask + 1) * count + parallelism - 1) / parallelism
        return start..<end
    }

    /// The key groups of the rows of key columns.
    public func of(_ keys: [Column], rowCount: Int) -> [Int] {
        var hasher = RowHasher()
        let batch = RecordBatch(columns: keys, rowCount: rowCount)
        var groups: [Int] = []
        hasher.hash(batch, Array(keys.indices)) { hashes in groups = hashes.map { of($0) } }
        return groups
    }
}
