public import SluiceBase
import SluiceSQLite

/// One row's change, as it was committed: what a stream of a table's changes is made of.
public struct StoredEdit: Sendable, Equatable {
    /// Grows by commit order.
    public var sequence: Int64
    /// When it was written, in milliseconds.
    public var written: Int64
    public var row: [UInt8]
    public var cells: [StoredCell]
}

/// Reading a table's edit log. Families with REPLICATION_SCOPE 1 are in it.
extension StoredTable {
    /// Edits that are kept at least, whether somebody reads them or not.
    static let keptEdits = 100_000

    /// The edits after `sequence`, oldest first. An error when some of them have been removed already.
    public func edits(after sequence: Int64, limit: Int) throws(SQLError) -> [StoredEdit] {
        try read { (connection) throws(SQLError) in
            let first = try connection.database.integer("SELECT min(sequence) FROM edits") ?? 0
            if sequence > 0 && first > sequence + 1 {
                throw SQLError(
                    .tableStore,
                    "the edit log of \"\(name)\" begins at \(first), the edits after \(sequence) are gone")
            }
            let query = try connection.database.statement(
                "SELECT sequence, written, row, cells FROM edits WHERE sequence > ? ORDER BY sequence LIMIT ?"
            )
            try query.bind(sequence, at: 1)
            try query.bind(limit, at: 2)
            var edits: [StoredEdit] = []
            while try query.step() {
                guard let cells = EditEncoder.decode(query.borrowedBytes(3)) else {
                    throw SQLError(.tableStore, "edit \(query.int64(0)) of \"\(name)\" is damaged")
                }
                edits.append(
                    StoredEdit(
                        sequence: query.int64(0), written: query.int64(1), row: query.bytes(2), cells: cells))
            }
            return edits
        }
    }

    /// The newest edit's number; 0 when there is none.
    public func lastEdit() throws(SQLError) -> Int64 {
        try read { (connection) throws(SQLError) in
            try connection.database.integer("SELECT max(sequence) FROM edits") ?? 0
        }
    }

    /// Keeps all edits after `position` for a reader until it calls again or is removed.
    public func setEditReader(_ reader: String, position: Int64) throws(SQLError) {
        try update { (connection) throws(SQLError) in
            let insert = try connection.database.statement(
                "INSERT OR REPLACE INTO edit_readers VALUES (?, ?)")
            try insert.bind(reader, at: 1)
            try insert.bind(position, at: 2)
            try insert.run()
        }
    }

    public func editReaderPosition(_ reader: String) throws(SQLError) -> Int64? {
        try read { (connection) throws(SQLError) in
            let query = try connection.database.statement("SELECT position FROM edit_readers WHERE name = ?")
            try query.bind(reader, at: 1)
            guard try query.step() else { return nil }
            defer { query.reset() }
            return query.int64(0)
        }
    }

    public func removeEditReader(_ reader: String) throws(SQLError) {
        try update { (connection) throws(SQLError) in
            let delete = try connection.database.statement("DELETE FROM edit_readers WHERE name = ?")
            try delete.bind(reader, at: 1)
            try delete.run()
        }
    }

    /// The newest edit always stays: numbers go on from it.
    func trimEdits(_ connection: TableConnection) throws(SQLError) {
        let database = connection.database
        guard let last = try database.integer("SELECT max(sequence) FROM edits") else { return }
        var bound = last - Int64(Self.keptEdits)
        let readers = try database.prepare("SELECT min(position) FROM edit_readers")
        if try readers.step(), !readers.isNull(0) { bound = min(bound, readers.int64(0)) }
        readers.reset()
        let delete = try database.statement("DELETE FROM edits WHERE sequence <= ?")
        try delete.bind(bound, at: 1)
        try delete.run()
    }
}
