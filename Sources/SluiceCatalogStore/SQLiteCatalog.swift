import Glibc
public import SluiceBase
public import SluiceCatalog
package import SluiceSQLite

/// The catalog in a SQLite file. Any number of processes may use the same file: one writes at a time, the others
/// wait their turn, and readers wait for nobody.
///
/// The connection is used under a lock, so that one value can serve several threads.
public final class SQLiteCatalog: StorageBackedCatalog {
    public enum Access: Sendable {
        /// Makes the file, and its folder, where there is none. A file that may not be written is opened for
        /// reading; changing it is the error then.
        case create
        case readOnly
    }

    public let path: String
    private let connection: Lock<SQLiteDatabase>
    private let clock: any Clock
    private let principal: String

    /// `principal` is who stands in the history as the author of changes.
    public convenience init(
        path: String, access: Access = .create, principal: String, clock: any Clock = SystemClock(),
        busyTimeoutMillis: Int = 10_000
    ) throws(SQLError) {
        try self.init(
            path: path, access: access, principal: principal, clock: clock,
            busyTimeoutMillis: busyTimeoutMillis, migrations: CatalogSchema.migrations)
    }

    package init(
        path: String, access: Access, principal: String, clock: any Clock, busyTimeoutMillis: Int,
        migrations: [SQLiteMigration]
    ) throws(SQLError) {
        let isWritable = access == .create && !CatalogFile.isReadOnly(path)
        if isWritable { try CatalogFile.prepare(path) }
        let options = SQLiteOptions(
            errorCode: .catalogFile, role: "the catalog", applicationID: CatalogSchema.applicationID,
            access: isWritable ? .create : .readOnly, busyTimeoutMillis: busyTimeoutMillis)
        let database = try SQLiteDatabase(path: path, options: options)
        if isWritable { try Self.backUpBeforeMigration(database, path, migrations) }
        try database.migrate(migrations)
        self.path = path
        self.principal = principal
        self.clock = clock
        connection = Lock(database)
    }

    /// An older file is copied next to itself before its tables change.
    private static func backUpBeforeMigration(
        _ database: SQLiteDatabase, _ path: String, _ migrations: [SQLiteMigration]
    ) throws(SQLError) {
        let version = try database.userVersion
        let newest = migrations.map(\.version).max() ?? 0
        guard version > 0 && version < newest else { return }
        let target = "\(path).v\(version).bak"
        if access(target, F_OK) == 0 { return }
        try CatalogFile.create(target)
        try database.backup(to: target)
    }

    // MARK: Transactions

    public func read<Result>(
        _ body: (SQLiteStorage) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        try connection.withLock { (database: inout SQLiteDatabase) throws(SQLError) -> Result in
            let storage = SQLiteStorage(database: database)
            return try database.transaction(.deferred) { () throws(SQLError) -> Result in try body(storage) }
        }
    }

    public func write(
        _ record: ChangeRecord, _ body: (inout SQLiteStorage) throws(SQLError) -> Bool
    ) throws(SQLError) -> Bool {
        try connection.withLock { (database: inout SQLiteDatabase) throws(SQLError) -> Bool in
            var storage = SQLiteStorage(database: database)
            return try database.transaction(.immediate) { () throws(SQLError) -> Bool in
                let changed = try body(&storage)
                if changed { try append(record, to: storage.database) }
                return changed
            }
        }
    }

    func withDatabase<Result>(
        _ body: (SQLiteDatabase) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        try connection.withLock { (database: inout SQLiteDatabase) throws(SQLError) -> Result in
            try body(database)
        }
    }

    // MARK: History

    private func append(_ record: ChangeRecord, to database: SQLiteDatabase) throws(SQLError) {
        let last = try database.statement("SELECT id, chain FROM history ORDER BY id DESC LIMIT 1")
        var id: Int64 = 0
        var chain: Int64 = 0
        if try last.step() {
            id = last.int64(0)
            chain = last.int64(1)
            last.reset()
        }
        let entry = HistoryEntry(
            id: id &+ 1, atMicros: clock.nowMicros(), principal: principal, action: record.action,
            object: record.object, statement: Redaction().shown(statement: record.statement))
        let insert = try database.statement(
            """
            INSERT INTO history (id, at_micros, principal, action, object, statement, chain)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
        try insert.bind(entry.id, at: 1)
        try insert.bind(entry.atMicros, at: 2)
        try insert.bind(entry.principal, at: 3)
        try insert.bind(entry.action, at: 4)
        try insert.bind(entry.object, at: 5)
        try insert.bind(entry.statement, at: 6)
        try insert.bind(entry.chain(after: chain), at: 7)
        try insert.run()
    }

    /// The changes in order, all or those of one object by its full name.
    public func history(of object: String? = nil) throws(SQLError) -> [HistoryEntry] {
        try withDatabase { database throws(SQLError) in
            let query = try database.statement(
                """
                SELECT id, at_micros, principal, action, object, statement FROM history
                WHERE ?1 IS NULL OR object = ?1 ORDER BY id
                """)
            try query.bind(object, at: 1)
            var found: [HistoryEntry] = []
            while try query.step() { found.append(HistoryEntry(query)) }
            return found
        }
    }
}

extension HistoryEntry {
    init(_ row: SQLiteStatement) {
        self.init(
            id: row.int64(0), atMicros: row.int64(1), principal: row.string(2), action: row.string(3),
            object: row.string(4), statement: row.string(5))
    }
}
