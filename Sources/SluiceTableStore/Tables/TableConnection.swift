import SluiceBase
import SluiceSQLite

/// One connection to a table's file with its prepared statements. Used by one thread at a time.
final class TableConnection {
    let name: HBaseTableName
    let database: SQLiteDatabase
    private(set) var descriptor: HBaseTableDescriptor
    private(set) var families: [Family] = []
    private var descriptorVersion: Int64 = -1

    /// Cells of one row and family from a qualifier on.
    let seek: SQLiteStatement
    private let readMeta: SQLiteStatement

    struct Family {
        var name: [UInt8]
        var rules: FamilyRules
        var isLogged: Bool
    }

    static let applicationID: Int32 = 0x534C_5442

    static func options(access: SQLiteOptions.Access) -> SQLiteOptions {
        SQLiteOptions(
            errorCode: .tableStore, role: "the table file", applicationID: applicationID, access: access,
            durability: .normal, busyTimeoutMillis: 30_000)
    }

    /// Negative timestamps and types make the key's ascending order HBase's: newest first, and at one
    /// timestamp the markers before the put.
    static let migrations = [
        SQLiteMigration(
            version: 1,
            sql: """
                CREATE TABLE cells (
                    row BLOB NOT NULL, family BLOB NOT NULL, qualifier BLOB NOT NULL,
                    nts INTEGER NOT NULL, ntype INTEGER NOT NULL, ttl INTEGER, value BLOB NOT NULL,
                    PRIMARY KEY (row, family, qualifier, nts, ntype)) STRICT, WITHOUT ROWID;
                CREATE TABLE family (
                    name TEXT NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL,
                    PRIMARY KEY (name, attribute)) STRICT, WITHOUT ROWID;
                CREATE TABLE edits (
                    sequence INTEGER PRIMARY KEY, written INTEGER NOT NULL, row BLOB NOT NULL,
                    cells BLOB NOT NULL) STRICT;
                CREATE TABLE edit_readers (
                    name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
                CREATE TABLE meta (
                    id INTEGER PRIMARY KEY CHECK (id = 1), descriptor INTEGER NOT NULL,
                    clock INTEGER NOT NULL, contested INTEGER NOT NULL, writes INTEGER NOT NULL,
                    live INTEGER NOT NULL, dropped INTEGER NOT NULL) STRICT;
                INSERT INTO meta VALUES (1, 0, 0, 0, 0, 0, 0);
                """),
        // How long the log may get is decided by running totals; what came before them weighs nothing.
        SQLiteMigration(
            version: 2,
            sql: """
                ALTER TABLE edits ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE meta ADD COLUMN logged INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE meta ADD COLUMN born INTEGER NOT NULL DEFAULT 0;
                """),
    ]

    /// The single row of `meta`.
    struct Meta {
        /// The newest timestamp that the clock gave; it never goes back.
        var clock: Int64
        /// The newest timestamp at or below which a row may hold a marker, or a cell ahead of the clock.
        var contested: Int64
        /// Cells written since the last compaction, and cells that it left.
        var writes: Int64
        var live: Int64
        /// Bytes of all edits that were ever logged.
        var logged: Int64
    }

    init(name: HBaseTableName, path: String) throws(SQLError) {
        self.name = name
        database = try SQLiteDatabase(path: path, options: Self.options(access: .readWrite))
        try database.migrate(Self.migrations)
        // 16 MB of pages, and as much log before it is moved into the file: rows of random keys touch a
        // page each, which are then written once for many rows.
        try database.execute(
            """
            PRAGMA cache_size = -16384;
            PRAGMA wal_autocheckpoint = 4000;
            PRAGMA journal_size_limit = 67108864
            """)
        seek = try database.prepare(
            """
            SELECT qualifier, nts, ntype, ttl, value FROM cells
            WHERE row = ?1 AND family = ?2 AND qualifier >= ?3 ORDER BY qualifier, nts, ntype
            """)
        readMeta = try database.prepare(
            "SELECT descriptor, clock, contested, writes, live, dropped, logged FROM meta")
        let placeholder = try HBaseFamilyDescriptor("f")
        descriptor = try HBaseTableDescriptor(name: name, families: [placeholder])
        _ = try refresh()
    }

    /// Called at the start of every transaction: another process may have altered or dropped the table.
    @discardableResult
    func refresh() throws(SQLError) -> Meta {
        guard try readMeta.step() else {
            throw SQLError(.tableStore, "the table file \"\(database.path)\" is damaged: it has no header")
        }
        let version = readMeta.int64(0)
        let meta = Meta(
            clock: readMeta.int64(1), contested: readMeta.int64(2), writes: readMeta.int64(3),
            live: readMeta.int64(4), logged: readMeta.int64(6))
        let isDropped = readMeta.bool(5)
        readMeta.reset()
        if isDropped { throw Self.missing(name) }
        if version != descriptorVersion {
            try loadDescriptor()
            descriptorVersion = version
        }
        return meta
    }

    static func missing(_ name: HBaseTableName) -> SQLError {
        SQLError(.tableStore, "the table \"\(name)\" does not exist")
    }

    private func loadDescriptor() throws(SQLError) {
        var loaded: [String: HBaseFamilyDescriptor] = [:]
        let query = try database.statement("SELECT name, attribute, value FROM family")
        while try query.step() {
            let name = query.string(0)
            if loaded[name] == nil { loaded[name] = try HBaseFamilyDescriptor(name) }
            try loaded[name]?.set(query.string(1), to: query.string(2))
        }
        descriptor = try HBaseTableDescriptor(name: name, families: Array(loaded.values))
        families = descriptor.families.map {
            Family(name: $0.nameBytes, rules: $0.rules, isLogged: $0.replicationScope != 0)
        }
    }

    /// Writes the families; inside a transaction of the caller.
    static func store(_ descriptor: HBaseTableDescriptor, in database: SQLiteDatabase) throws(SQLError) {
        try database.execute("DELETE FROM family")
        let insert = try database.statement("INSERT INTO family VALUES (?, ?, ?)")
        for family in descriptor.families {
            for attribute in family.attributes {
                try insert.bind(family.name, at: 1)
                try insert.bind(attribute.name, at: 2)
                try insert.bind(attribute.value, at: 3)
                try insert.run()
            }
        }
        try database.execute("UPDATE meta SET descriptor = descriptor + 1")
    }

    func familyIndex(_ name: UnsafeRawBufferPointer) throws(SQLError) -> Int {
        for (index, family) in families.enumerated() where equalBytes(name, family.name) { return index }
        let known = descriptor.families.map { "\"\($0.name)\"" }.joined(separator: ", ")
        throw SQLError(
            .tableStore,
            "the table \"\(self.name)\" has no family \"\(String(decoding: name, as: UTF8.self))\"",
            hint: "its families are \(known)")
    }
}
