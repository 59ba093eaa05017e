import SluiceBase
import SluiceSQLite

/// Takes old edits away, inside a transaction of the caller. The newest edit always stays: numbers go on from it.
struct EditTrimmer {
    private let database: SQLiteDatabase
    private let retention: EditRetention

    init(_ connection: TableConnection, _ retention: EditRetention) {
        database = connection.database
        self.retention = retention
    }

    /// Trims when the log has outgrown its bounds by an eighth: a transaction that finds nothing to do costs two
    /// look-ups.
    func trimIfDue() throws(SQLError) {
        guard let first = try edge("ASC"), let last = try edge("DESC") else { return }
        let count = last.sequence - first.sequence
        let bytes = last.total - first.total
        let isDue =
            count > Int64(retention.edits + retention.edits / 8)
            || bytes > retention.bytes + retention.bytes / 8
        if isDue { try trim() }
    }

    func trim() throws(SQLError) {
        guard let last = try edge("DESC") else { return }
        var bound = try self.bound(last, retention.edits, retention.bytes)
        let readers = try database.statement("SELECT min(position) FROM edit_readers")
        if try readers.step(), !readers.isNull(0) {
            let held = try self.bound(last, retention.heldEdits, retention.heldBytes)
            bound = max(held, min(bound, readers.int64(0)))
        }
        readers.reset()
        let delete = try database.statement("DELETE FROM edits WHERE sequence <= ?")
        try delete.bind(min(bound, last.sequence - 1), at: 1)
        try delete.run()
    }

    private struct Edge {
        var sequence: Int64
        var total: Int64
    }

    private func edge(_ order: String) throws(SQLError) -> Edge? {
        let query = try database.statement(
            "SELECT sequence, total FROM edits ORDER BY sequence \(order) LIMIT 1")
        defer { query.reset() }
        guard try query.step() else { return nil }
        return Edge(sequence: query.int64(0), total: query.int64(1))
    }

    /// The last edit that is one too many.
    private func bound(_ last: Edge, _ edits: Int, _ bytes: Int64) throws(SQLError) -> Int64 {
        let kept = try EditSearch(database).first("total", atLeast: last.total - bytes + 1)
        return max(last.sequence - Int64(edits), (kept ?? last.sequence) - 1)
    }
}

/// Finds edits by columns that grow with their numbers.
struct EditSearch {
    private let database: SQLiteDatabase

    init(_ database: SQLiteDatabase) { self.database = database }

    /// The number of the first edit whose `column` is at least `value`; nil: there is none.
    func first(_ column: String, atLeast value: Int64) throws(SQLError) -> Int64? {
        guard var low = try database.integer("SELECT min(sequence) FROM edits"),
            let end = try database.integer("SELECT max(sequence) FROM edits")
        else { return nil }
        let query = try database.statement(
            "SELECT sequence, \(column) FROM edits WHERE sequence >= ? ORDER BY sequence LIMIT 1")
        defer { query.reset() }
        // Every edit before `low` is too small; none from `high` on is, or `high` is behind the end.
        var high = end + 1
        while low < high {
            let middle = low + (high - low) / 2
            try query.bind(middle, at: 1)
            guard try query.step() else { break }
            let (sequence, found) = (query.int64(0), query.int64(1))
            query.reset()
            if found < value { low = sequence + 1 } else { high = middle }
        }
        return low > end ? nil : low
    }
}
