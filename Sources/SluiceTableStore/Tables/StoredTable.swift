import Glibc
public import SluiceBase
import SluiceSQLite

/// An open table. Reads run in parallel on connections of their own; writes take turns.
public final class StoredTable: Sendable {
    public let name: HBaseTableName
    public let path: String
    public let clock: any Clock
    let retention: EditRetention

    /// Connections at rest.
    private let readers: Lock<[TableConnection]>
    private let writer: Lock<TableConnection>

    init(
        name: HBaseTableName, path: String, clock: any Clock, retention: EditRetention
    ) throws(SQLError) {
        self.name = name
        self.path = path
        self.clock = clock
        self.retention = retention
        readers = Lock([])
        writer = Lock(try TableConnection(name: name, path: path))
    }

    var nowMillis: Int64 { clock.nowMicros() / 1000 }

    // MARK: Transactions

    func takeReader() throws(SQLError) -> TableConnection {
        if let idle = readers.withLock({ $0.popLast() }) { return idle }
        return try TableConnection(name: name, path: path)
    }

    func giveBack(_ connection: TableConnection) {
        readers.withLock { if $0.count < 16 { $0.append(connection) } }
    }

    /// One read transaction: `body` sees one state of the table.
    func read<Result>(
        _ body: (TableConnection) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        let connection = try takeReader()
        defer { giveBack(connection) }
        return try connection.database.transaction(.deferred) { () throws(SQLError) in
            try connection.refresh()
            return try body(connection)
        }
    }

    /// One write transaction on the bare connection.
    func update<Result>(
        _ body: (TableConnection) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        try writer.withLock { (connection) throws(SQLError) in
            try connection.database.transaction(.immediate) { () throws(SQLError) in
                try connection.refresh()
                return try body(connection)
            }
        }
    }

    /// One write transaction: everything that `body` writes becomes visible at once, or nothing does.
    public func write<Result>(
        _ body: (TableWriter) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        let (result, needsCompaction) = try writer.withLock { (connection) throws(SQLError) in
            try connection.database.transaction(.immediate) { () throws(SQLError) in
                let meta = try connection.refresh()
                let writer = try TableWriter(connection, meta: meta, now: nowMillis)
                let result = try body(writer)
                return (result, try writer.finish(retention))
            }
        }
        if needsCompaction { try compact() }
        return result
    }

    /// Makes what was committed before survive a loss of power, too.
    public func sync() throws(SQLError) {
        try writer.withLock { (connection) throws(SQLError) in
            let database = connection.database
            try database.execute("PRAGMA synchronous = FULL")
            defer { try? database.execute("PRAGMA synchronous = NORMAL") }
            // A commit in this mode flushes the log with everything in front of it.
            try database.execute("UPDATE meta SET writes = writes")
        }
    }

    // MARK: Definition

    public func descriptor() throws(SQLError) -> HBaseTableDescriptor {
        try read { (connection) throws(SQLError) in connection.descriptor }
    }

    /// Changes the families; a family that is left out goes with its cells.
    public func alter(
        _ change: (inout [HBaseFamilyDescriptor]) throws(SQLError) -> Void
    ) throws(SQLError) {
        try update { (connection) throws(SQLError) in
            var families = connection.descriptor.families
            try change(&families)
            let altered = try HBaseTableDescriptor(name: name, families: families)
            let kept = Set(altered.families.map(\.name))
            let delete = try connection.database.statement("DELETE FROM cells WHERE family = ?")
            for family in connection.descriptor.families where !kept.contains(family.name) {
                try delete.bind(family.nameBytes, at: 1)
                try delete.run()
            }
            try TableConnection.store(altered, in: connection.database)
        }
    }

    /// Removes all cells, without markers. The log forgets what was before, too, and says so to those who read it: an
    /// edit without row and cells stays.
    public func truncate() throws(SQLError) { try empty(drop: false) }

    func empty(drop: Bool) throws(SQLError) {
        try update { (connection) throws(SQLError) in
            try connection.database.execute(
                """
                DELETE FROM cells;
                INSERT INTO edits (written, row, cells, total) SELECT clock, x'', x'', logged FROM meta;
                DELETE FROM edits WHERE sequence < (SELECT max(sequence) FROM edits);
                UPDATE meta SET born = (SELECT max(sequence) FROM edits)
                """)
            if drop {
                try connection.database.execute("DELETE FROM edit_readers; UPDATE meta SET dropped = 1")
            }
        }
        // The space goes back when nobody else is reading; it is no failure if somebody is.
        writer.withLock { try? $0.database.execute("VACUUM") }
    }
}
