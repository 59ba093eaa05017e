import CSQLite
import Glibc
public import SluiceBase

/// One connection to a database file, used by one thread at a time.
///
/// The file is in WAL mode: one writer at a time, readers see the state at their transaction's start and
/// wait for nobody. Waiting for another process's lock ends with an error after the options' time.
public final class SQLiteDatabase {
    let connection: SQLiteConnection
    private var cache: [String: SQLiteStatement] = [:]
    private var depth = 0

    public enum TransactionMode: String, Sendable {
        /// Takes the write lock at once, so it cannot fail half-way for want of it.
        case immediate = "BEGIN IMMEDIATE"
        /// A read transaction: one state of the file from the first read to the end.
        case deferred = "BEGIN DEFERRED"
    }

    public init(path: String, options: SQLiteOptions) throws(SQLError) {
        connection = try SQLiteConnection(path: path, options: options)
        try configure()
    }

    public var path: String { connection.path }
    public var isReadOnly: Bool { sqlite3_db_readonly(connection.handle, "main") == 1 }
    public var isInTransaction: Bool { sqlite3_get_autocommit(connection.handle) == 0 }
    /// Rows that the last INSERT, UPDATE or DELETE touched.
    public var changes: Int { Int(sqlite3_changes64(connection.handle)) }
    public var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(connection.handle) }

    private func configure() throws(SQLError) {
        try execute("PRAGMA foreign_keys = ON")
        if !isReadOnly { try enterWAL() }
        try execute("PRAGMA synchronous = \(connection.options.durability.rawValue)")
        try execute("PRAGMA trusted_schema = OFF")
    }

    /// The change to WAL needs the file alone and does not call the busy handler in every case, so it
    /// is tried again here until the same deadline.
    private func enterWAL() throws(SQLError) {
        if try text("PRAGMA journal_mode") == "wal" { return }
        let backoff = BusyBackoff(timeoutMillis: connection.options.busyTimeoutMillis)
        var attempt: Int32 = 0
        while true {
            let code = sqlite3_exec(connection.handle, "PRAGMA journal_mode = WAL", nil, nil, nil)
            if code == SQLITE_OK { return }
            let locked = code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED
            guard locked, backoff.wait(attempt) else { throw connection.error(code) }
            attempt += 1
        }
    }

    // MARK: Statements

    /// One or more statements without parameters and results.
    public func execute(_ sql: String) throws(SQLError) {
        try connection.check(sqlite3_exec(connection.handle, sql, nil, nil, nil), statement: sql)
    }

    /// The cached statement of this text, ready for parameters; a fresh one while the cached one is running.
    public func statement(_ sql: String) throws(SQLError) -> SQLiteStatement {
        if let cached = cache[sql] {
            guard !cached.isBusy else {
                return try SQLiteStatement(connection, sql: sql, persistent: false)
            }
            cached.clearBindings()
            return cached
        }
        if cache.count >= 256 { cache.removeAll(keepingCapacity: true) }
        let made = try SQLiteStatement(connection, sql: sql, persistent: true)
        cache[sql] = made
        return made
    }

    /// A statement of the caller's own, outside the cache.
    public func prepare(_ sql: String) throws(SQLError) -> SQLiteStatement {
        try SQLiteStatement(connection, sql: sql, persistent: true)
    }

    /// The first column of the first row as a number; nil without a row.
    public func integer(_ sql: String) throws(SQLError) -> Int64? {
        let query = try SQLiteStatement(connection, sql: sql, persistent: false)
        return try query.step() ? query.int64(0) : nil
    }

    /// The first column of the first row as text; nil without a row.
    public func text(_ sql: String) throws(SQLError) -> String? {
        let query = try SQLiteStatement(connection, sql: sql, persistent: false)
        return try query.step() ? query.string(0) : nil
    }

    // MARK: Transactions

    /// Commits when `body` returns, rolls back when it throws. Inside another transaction it is a savepoint.
    public func transaction<Result>(
        _ mode: TransactionMode = .immediate, _ body: () throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        let nested = isInTransaction
        let name = "level_\(depth)"
        try statement(nested ? "SAVEPOINT \(name)" : mode.rawValue).run()
        depth += 1
        defer { depth -= 1 }
        let result: Result
        do {
            result = try body()
            try statement(nested ? "RELEASE \(name)" : "COMMIT").run()
        } catch {
            rollBack(to: nested ? name : nil)
            throw error
        }
        return result
    }

    private func rollBack(to savepoint: String?) {
        // A full disk or a damaged file may have ended the transaction already.
        guard isInTransaction else { return }
        let sql = savepoint.map { "ROLLBACK TO \($0); RELEASE \($0)" } ?? "ROLLBACK"
        sqlite3_exec(connection.handle, sql, nil, nil, nil)
    }
}
