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

/// An edit inside the store's buffers; its bytes are valid until the closure that got it returns.
public struct BorrowedEdit {
    public let sequence: Int64
    public let written: Int64
    /// Empty: the table was emptied, and what was logged before is gone.
    public let row: UnsafeRawBufferPointer
    let cells: UnsafeRawBufferPointer

    /// Lends the cells in the order of their writing; false: the edit is damaged.
    public func forEachCell(_ body: (BorrowedEditCell) -> Void) -> Bool { EditEncoder.decode(cells, body) }
}

/// A cell of an edit; the bytes are lent.
public struct BorrowedEditCell {
    public let type: CellType
    public let family: UnsafeRawBufferPointer
    public let qualifier: UnsafeRawBufferPointer
    public let timestamp: Int64
    /// Milliseconds; nil: it does not go by itself.
    public let ttl: Int64?
    public let value: UnsafeRawBufferPointer
}

/// What a table's log holds.
public struct EditLogRange: Sendable, Equatable {
    /// The oldest edit; nil: there is none.
    public var first: Int64?
    /// The newest one, or the one that the table began with; 0: none yet.
    public var last: Int64
    /// When the oldest was written, in milliseconds.
    public var firstWritten: Int64
    /// Nothing was removed since the table was made or emptied.
    public var isComplete: Bool
    /// Edits up to it belong to an earlier life of the table.
    public var origin: Int64
}

/// Reading a table's edit log. Families with REPLICATION_SCOPE 1 are in it, which they are unless they say otherwise:
/// the log is always written, and kept short (`EditRetention`).
extension StoredTable {
    /// Lends the edits after `sequence`, oldest first, until there are `limit` of them or their bytes exceed
    /// `maxBytes`; their number. An error when some of them have been removed already.
    @discardableResult
    public func readEdits(
        after sequence: Int64, limit: Int, maxBytes: Int = 1 << 20,
        _ body: (BorrowedEdit) throws(SQLError) -> Void
    ) throws(SQLError) -> Int {
        try read { (connection) throws(SQLError) in
            try checkPresent(after: sequence, connection)
            let query = try connection.database.statement(
                "SELECT sequence, written, row, cells FROM edits WHERE sequence > ? ORDER BY sequence LIMIT ?"
            )
            defer { query.reset() }
            try query.bind(sequence, at: 1)
            try query.bind(limit, at: 2)
            var count = 0
            var bytes = 0
            while bytes < maxBytes, try query.step() {
                let edit = BorrowedEdit(
                    sequence: query.int64(0), written: query.int64(1), row: query.borrowedBytes(2),
                    cells: query.borrowedBytes(3))
                count += 1
                bytes += edit.row.count + edit.cells.count
                try body(edit)
            }
            return count
        }
    }

    private func checkPresent(after sequence: Int64, _ connection: TableConnection) throws(SQLError) {
        guard sequence > 0, let first = try connection.database.integer("SELECT min(sequence) FROM edits"),
            first > sequence + 1
        else { return }
        throw SQLError(
            .tableStore,
            "the edit log of \"\(name)\" begins at \(first), the edits after \(sequence) are gone")
    }

    /// The edits after `sequence` as values of their own.
    public func edits(after sequence: Int64, limit: Int) throws(SQLError) -> [StoredEdit] {
        var edits: [StoredEdit] = []
        try readEdits(after: sequence, limit: limit, maxBytes: .max) { (edit) throws(SQLError) in
            var cells: [StoredCell] = []
            let isWhole = edit.forEachCell {
                cells.append(
                    StoredCell(
                        family: [UInt8]($0.family), qualifier: [UInt8]($0.qualifier),
                        timestamp: $0.timestamp, type: $0.type, value: [UInt8]($0.value)))
            }
            guard isWhole else { throw damaged(edit.sequence) }
            edits.append(
                StoredEdit(
                    sequence: edit.sequence, written: edit.written, row: [UInt8](edit.row), cells: cells))
        }
        return edits
    }

    public func damaged(_ sequence: Int64) -> SQLError {
        SQLError(.tableStore, "edit \(sequence) of \"\(name)\" is damaged")
    }

    /// The newest edit's number; 0 when there is none.
    public func lastEdit() throws(SQLError) -> Int64 {
        try read { (connection) throws(SQLError) in
            try connection.database.integer("SELECT max(sequence) FROM edits") ?? 0
        }
    }

    public func editLog() throws(SQLError) -> EditLogRange {
        try read { (connection) throws(SQLError) in
            let database = connection.database
            let origin = try database.integer("SELECT born FROM meta") ?? 0
            let oldest = try database.statement(
                "SELECT sequence, written FROM edits ORDER BY sequence LIMIT 1")
            defer { oldest.reset() }
            guard try oldest.step() else {
                return EditLogRange(
                    first: nil, last: origin, firstWritten: 0, isComplete: true, origin: origin)
            }
            let first = oldest.int64(0)
            let last = try database.integer("SELECT max(sequence) FROM edits") ?? first
            return EditLogRange(
                first: first, last: last, firstWritten: oldest.int64(1), isComplete: first <= origin + 1,
                origin: origin)
        }
    }

    /// The newest edit that was written before a time in milliseconds; nil: all that are left were written then or
    /// later.
    public func lastEdit(before millis: Int64) throws(SQLError) -> Int64? {
        try read { (connection) throws(SQLError) in
            let database = connection.database
            guard let first = try database.integer("SELECT min(sequence) FROM edits") else { return nil }
            guard let found = try EditSearch(database).first("written", atLeast: millis) else {
                return try database.integer("SELECT max(sequence) FROM edits")
            }
            return found > first ? found - 1 : nil
        }
    }

    // MARK: Readers

    /// Holds edits after `position` back for a reader until it calls again or is removed.
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
}
