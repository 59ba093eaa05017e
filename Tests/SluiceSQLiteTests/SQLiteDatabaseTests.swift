import Glibc
import SluiceBase
import SluiceSQLite
import SluiceScratch
import Testing

@Suite("SQLite wrapper")
struct SQLiteDatabaseTests {
    let folder: ScratchFolder
    let options = SQLiteOptions(
        errorCode: .catalogFile, role: "the catalog", applicationID: 77, busyTimeoutMillis: 50)

    init() throws { folder = try ScratchFolder() }

    private var file: String { folder.path + "/a.db" }

    private func open() throws(SQLError) -> SQLiteDatabase {
        try SQLiteDatabase(path: file, options: options)
    }

    private func write(_ bytes: [UInt8], to path: String) {
        let descriptor = Glibc.open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o644)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    @Test("values of every type come back as they were bound")
    func roundTrip() throws {
        let database = try open()
        try database.execute("CREATE TABLE t (i INTEGER, d REAL, s TEXT, b BLOB, n BLOB)")
        let insert = try database.statement("INSERT INTO t VALUES (?, ?, ?, ?, ?)")
        try insert.bind(Int64.min, at: 1)
        try insert.bind(0.5, at: 2)
        try insert.bind("", at: 3)
        try insert.bind([], at: 4)
        try insert.bindNull(at: 5)
        try insert.run()
        let query = try database.statement("SELECT * FROM t")
        #expect(try query.step())
        #expect(query.int64(0) == .min)
        #expect(query.double(1) == 0.5)
        #expect(query.stringOrNil(2) == "")
        #expect(!query.isNull(3))
        #expect(query.bytes(3) == [])
        #expect(query.isNull(4))
        #expect(try query.step() == false)
    }

    @Test("a transaction that throws leaves nothing, a nested one undoes only itself")
    func rollback() throws {
        let database = try open()
        try database.execute("CREATE TABLE t (i INTEGER)")
        let fault = SQLError(.internalError, "stop")
        #expect(throws: fault) {
            try database.transaction { () throws(SQLError) in
                try database.execute("INSERT INTO t VALUES (1)")
                throw fault
            }
        }
        #expect(try database.integer("SELECT count(*) FROM t") == 0)
        try database.transaction { () throws(SQLError) in
            try database.execute("INSERT INTO t VALUES (2)")
            do {
                try database.transaction { () throws(SQLError) in
                    try database.execute("INSERT INTO t VALUES (3)")
                    throw fault
                }
            } catch {}
        }
        #expect(try database.integer("SELECT sum(i) FROM t") == 2)
        #expect(!database.isInTransaction)
    }

    @Test("migrations run once and in order, and a newer file is refused")
    func migrations() throws {
        let first = SQLiteMigration(version: 1, sql: "CREATE TABLE t (i INTEGER)")
        let second = SQLiteMigration(version: 2, sql: "ALTER TABLE t ADD COLUMN j INTEGER")
        try open().migrate([first])
        let database = try open()
        try database.migrate([second, first])
        try database.migrate([first, second])
        try database.execute("INSERT INTO t (i, j) VALUES (1, 2)")
        #expect(throws: SQLError.self) { try database.migrate([first]) }
        do { try database.migrate([first]) } catch { #expect(error.message.contains("schema version 2")) }
    }

    @Test("a migration that fails leaves the old schema")
    func failedMigration() throws {
        let database = try open()
        let broken = SQLiteMigration(version: 1, sql: "CREATE TABLE t (i INTEGER); SELECT nonsense")
        #expect(throws: SQLError.self) { try database.migrate([broken]) }
        #expect(try database.userVersion == 0)
        #expect(try database.integer("SELECT count(*) FROM sqlite_schema") == 0)
    }

    @Test("another program's database is left alone")
    func foreignFile() throws {
        let other = try SQLiteDatabase(
            path: file, options: SQLiteOptions(errorCode: .catalogFile, role: "the other"))
        try other.execute("CREATE TABLE theirs (i INTEGER)")
        let database = try open()
        do {
            try database.migrate([SQLiteMigration(version: 1, sql: "CREATE TABLE t (i INTEGER)")])
            Issue.record("the migration went through")
        } catch { #expect(error.message.hasSuffix("is a database of another program")) }
    }

    @Test("every kind of unusable file has its own message")
    func messages() throws {
        write(Array(String(repeating: "no database at all ", count: 100).utf8), to: file)
        do {
            _ = try open()
            Issue.record("opened")
        } catch {
            #expect(error.message == "the catalog \"\(file)\" is not a database")
            #expect(error.code == .catalogFile)
        }
        let missing = folder.path + "/none/a.db"
        do {
            _ = try SQLiteDatabase(path: missing, options: options)
            Issue.record("opened")
        } catch {
            #expect(error.message == "the catalog \"\(missing)\" cannot be opened: no such file or directory")
        }
        unlink(file)
        try open().execute("CREATE TABLE t (i INTEGER)")
        var readOnly = options
        readOnly.access = .readOnly
        let reader = try SQLiteDatabase(path: file, options: readOnly)
        do {
            try reader.execute("DELETE FROM t")
            Issue.record("written")
        } catch {
            #expect(error.message.contains("cannot be written"))
        }
    }

    @Test("a writer that waits in vain says that the file is locked")
    func locked() throws {
        let one = try open()
        let two = try open()
        try one.execute("CREATE TABLE t (i INTEGER)")
        try one.transaction { () throws(SQLError) in
            do throws(SQLError) {
                try two.execute("INSERT INTO t VALUES (1)")
                Issue.record("two writers at once")
            } catch { #expect(error.message == "the catalog \"\(file)\" is locked by another process") }
        }
        try two.execute("INSERT INTO t VALUES (1)")
    }

    @Test("a damaged page is reported")
    func damage() throws {
        do {
            let database = try open()
            try database.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT)")
            try database.transaction { () throws(SQLError) in
                let insert = try database.statement("INSERT INTO t (s) VALUES (?)")
                for _ in 0..<2000 {
                    try insert.bind(String(repeating: "x", count: 50), at: 1)
                    try insert.run()
                }
            }
            try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        }
        let descriptor = Glibc.open(file, O_WRONLY)
        let noise = [UInt8](repeating: 0xA5, count: 4096)
        _ = noise.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 4096) }
        close(descriptor)
        let database = try open()
        do {
            _ = try database.integer("SELECT sum(length(s)) FROM t")
            Issue.record("read a damaged page")
        } catch { #expect(error.message == "the catalog \"\(file)\" is damaged") }
    }

    @Test("a backup holds the rows and passes the check")
    func backup() throws {
        let database = try open()
        try database.execute("CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (41), (1)")
        try database.backup(to: folder.path + "/b.db")
        let copy = try SQLiteDatabase(path: folder.path + "/b.db", options: options)
        #expect(try copy.integer("SELECT sum(i) FROM t") == 42)
        #expect(try copy.integrityProblems() == [])
    }

    @Test("one statement text can run inside its own loop")
    func reentrantStatement() throws {
        let database = try open()
        try database.execute("CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1), (2)")
        let outer = try database.statement("SELECT i FROM t")
        var seen: [Int] = []
        while try outer.step() {
            let inner = try database.statement("SELECT i FROM t")
            while try inner.step() { seen.append(outer.int(0) * 10 + inner.int(0)) }
        }
        #expect(seen == [11, 12, 21, 22])
    }
}
