import Glibc
import SluiceBase
import SluiceCatalog
import SluiceCatalogStore
import SluiceColumns
import SluiceSQLite
import Testing

/// A folder that goes away with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        path = "/tmp/sluice-catalog-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        mkdir(path, 0o700)
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                unlink(path + "/" + name)
            }
            closedir(folder)
        }
        rmdir(path)
    }

    func file(_ name: String) -> String { path + "/" + name }
}

func failure(_ body: () throws(SQLError) -> Void) -> SQLError? {
    do throws(SQLError) {
        try body()
        return nil
    } catch {
        return error
    }
}

/// A table that uses every part of an entry.
let richTable = TableEntry(
    name: QualifiedName(.initial, "rich"),
    columns: [
        ColumnEntry("id", .bigint.notNull, comment: "it's a key"),
        ColumnEntry(
            "nested",
            DataType(
                .row([
                    Field("a`b", DataType(.array(.string.notNull))),
                    Field("m", DataType(.map(.int.notNull, .decimal(38, 18)))),
                ]))),
        ColumnEntry("bag", DataType(.multiset(.bytes))),
        ColumnEntry("gap", DataType(.intervalDayTime)), ColumnEntry("years", DataType(.intervalYearMonth)),
        ColumnEntry("code", DataType(.char(3), nullable: false)), ColumnEntry("raw", DataType(.varbinary(9))),
        ColumnEntry("clock", DataType(.time(3))), ColumnEntry("nothing", DataType(.row([]))),
        ColumnEntry("double", .double, kind: .computed("`id` * 2")),
        ColumnEntry("ts", .timestampLTZ(3), kind: .metadata(key: "timestamp", isVirtual: false)),
        ColumnEntry("offset", .bigint.notNull, kind: .metadata(key: nil, isVirtual: true)),
    ],
    watermark: WatermarkEntry(column: ["ts", "inner"], expression: "`ts`"),
    primaryKey: PrimaryKeyEntry(name: "pk", columns: ["id", "code"]), partitionKeys: ["code", "id"],
    distribution: "BY HASH(`id`) INTO 4 BUCKETS",
    options: ["connector": "kafka", "z": "", "a": "päss\u{0}word"], comment: "", definition: "CREATE TABLE …")

@Suite struct SQLiteCatalogTests {
    let folder = TemporaryFolder()
    let clock = ManualClock(micros: 1_700_000_000_000_000)

    private func open(_ name: String = "catalog.db") throws -> SQLiteCatalog {
        try SQLiteCatalog(path: folder.file(name), principal: "ada", clock: clock)
    }

    @Test("every part of an entry survives a restart")
    func roundTrip() throws {
        let view = ViewEntry(
            name: QualifiedName(.initial, "v"),
            columns: [ViewEntry.Column("a", type: .int), ViewEntry.Column("b", comment: "c")],
            originalQuery: "SELECT 1", expandedQuery: "SELECT 1 AS `a`", comment: "view", options: ["x": "y"])
        let function = FunctionEntry(
            name: QualifiedName(.initial, "Fun"), body: "a.B", language: "PYTHON",
            resources: [FunctionEntry.Resource(kind: "JAR", path: "/x.jar")], options: ["k": "v"])
        let model = ModelEntry(
            name: QualifiedName(.initial, "m"), inputs: [ViewEntry.Column("i", type: .string)],
            outputs: [ViewEntry.Column("i", type: .double)], options: ["provider": "p"], comment: "model")
        let all: [CatalogObject] = [.table(richTable), .view(view), .function(function), .model(model)]
        do {
            let catalog = try open()
            for object in all { try catalog.create(object, .new, statement: "x") }
            try catalog.createCatalog(
                CatalogEntry(
                    name: "lake", options: ["type": "generic_in_memory", "default-database": "main"],
                    comment: "big"),
                ifNotExists: false, statement: "x")
            try catalog.alterDatabase(DatabaseName("lake", "main"), statement: "x") { $0.options["b"] = "1" }
        }
        let catalog = try open()
        for object in all { #expect(try catalog.object(object.kind.namespace, object.name) == object) }
        #expect(try catalog.catalogs().map(\.name) == ["default_catalog", "lake"])
        #expect(try catalog.catalog("lake")?.options["default-database"] == "main")
        #expect(try catalog.databases(in: "lake").first?.options["b"] == "1")
        #expect(try catalog.verify().isEmpty)
    }

    @Test("the history tells who did what and when, without secrets")
    func history() throws {
        let catalog = try open()
        try catalog.create(.table(richTable), .new, statement: "CREATE TABLE rich WITH ('password' = 'pw')")
        clock.advance(micros: 5)
        #expect(try !catalog.create(.table(richTable), .ifNotExists, statement: "again"))
        #expect(
            failure { () throws(SQLError) in try catalog.create(.table(richTable), .new, statement: "bad") }
                != nil)
        try catalog.drop(.table, richTable.name, ifExists: false, statement: "DROP TABLE rich")
        let entries = try catalog.history()
        #expect(entries.map(\.action) == ["CREATE TABLE", "DROP TABLE"])
        #expect(entries.map(\.atMicros) == [1_700_000_000_000_000, 1_700_000_000_000_005])
        #expect(entries[0].statement == "CREATE TABLE rich WITH ('password' = '******')")
        #expect(entries[0].principal == "ada")
        #expect(try catalog.history(of: richTable.name.description).count == 2)
        #expect(try catalog.history(of: "other").isEmpty)
    }

    @Test("a failed change leaves neither rows nor history")
    func atomic() throws {
        let catalog = try open()
        try catalog.create(.table(richTable), .new, statement: "")
        let error = failure { () throws(SQLError) in
            try catalog.alter(.table, richTable.name, ifExists: false, statement: "") {
                object throws(SQLError) in
                guard case .table(var entry) = object else { return object }
                entry.columns.append(ColumnEntry("id", .int))
                return .table(entry)
            }
        }
        #expect(error?.code == .catalogFile)
        #expect(try catalog.table(richTable.name) == richTable)
        #expect(try catalog.history().count == 1)
    }

    @Test("sixteen writers at once lose nothing")
    func concurrent() async throws {
        let path = folder.file("shared.db")
        let writers = 16
        let each = 8
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    let catalog = try SQLiteCatalog(
                        path: path, principal: "w\(writer)", busyTimeoutMillis: 60_000)
                    for number in 0..<each {
                        var entry = richTable
                        entry.name.object = "t_\(writer)_\(number)"
                        try catalog.create(.table(entry), .new, statement: "CREATE \(writer) \(number)")
                        var shared = richTable
                        shared.name.object = "shared_\(number)"
                        try catalog.create(.table(shared), .ifNotExists, statement: "SHARED")
                    }
                }
            }
            try await group.waitForAll()
        }
        let catalog = try SQLiteCatalog(path: path, principal: "reader")
        #expect(try catalog.objects(.relation, in: .initial).count == writers * each + each)
        let entries = try catalog.history()
        #expect(entries.count == writers * each + each)
        #expect(entries.map(\.id) == (1...Int64(entries.count)).map { $0 })
        #expect(try catalog.verify().isEmpty)
    }

    @Test("the file is for its owner alone")
    func permissions() throws {
        let path = folder.file("private.db")
        let old = umask(0)
        defer { umask(old) }
        let catalog = try SQLiteCatalog(path: path, principal: "ada")
        try catalog.create(.table(richTable), .new, statement: "")
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            #expect(stat(path + suffix, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test("a backup is a catalog of its own and never overwrites a file")
    func backup() throws {
        let catalog = try open()
        try catalog.create(.table(richTable), .new, statement: "")
        let copy = folder.file("copy.db")
        try catalog.backup(to: copy)
        try catalog.drop(.table, richTable.name, ifExists: false, statement: "")
        #expect(
            try SQLiteCatalog(path: copy, access: .readOnly, principal: "x").table(richTable.name)
                == richTable)
        let again = failure { () throws(SQLError) in try catalog.backup(to: copy) }
        #expect(again?.message == "file \"\(copy)\" exists already")
    }
}

@Suite struct CatalogFileTests {
    let folder = TemporaryFolder()

    private func make(_ name: String) throws -> String {
        let path = folder.file(name)
        let catalog = try SQLiteCatalog(path: path, principal: "ada")
        for number in 0..<50 {
            var entry = richTable
            entry.name.object = "t\(number)"
            try catalog.create(.table(entry), .new, statement: "CREATE TABLE t\(number)")
        }
        return path
    }

    private func edit(_ path: String, _ sql: String) throws {
        let options = SQLiteOptions(errorCode: .catalogFile, role: "the file")
        let database = try SQLiteDatabase(path: path, options: options)
        try database.execute("PRAGMA foreign_keys = OFF")
        try database.execute(sql)
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    private func open(_ path: String, _ access: SQLiteCatalog.Access = .create) -> SQLError? {
        failure { () throws(SQLError) in
            let catalog = try SQLiteCatalog(path: path, access: access, principal: "x", busyTimeoutMillis: 50)
            try catalog.create(.table(richTable), .new, statement: "")
        }
    }

    @Test("a text file is no catalog")
    func noDatabase() throws {
        let path = folder.file("text.db")
        let file = try #require(fopen(path, "w"))
        for _ in 0..<200 { fputs("this is no database\n", file) }
        fclose(file)
        #expect(open(path)?.message == "the catalog \"\(path)\" is not a database")
    }

    @Test("a database of another program is left alone")
    func foreign() throws {
        let path = folder.file("other.db")
        try edit(path, "CREATE TABLE theirs (x)")
        #expect(open(path)?.message == "the catalog \"\(path)\" is a database of another program")
    }

    @Test("a newer schema is refused")
    func newer() throws {
        let path = try make("newer.db")
        try edit(path, "PRAGMA user_version = 99")
        #expect(open(path)?.message.contains("has schema version 99") == true)
        #expect(open(path)?.code == .catalogFile)
    }

    @Test("an older schema is backed up and brought forward")
    func older() throws {
        let path = try make("older.db")
        let next = [SQLiteMigration(version: 2, sql: "ALTER TABLE objects ADD COLUMN extra TEXT")]
        let catalog = try SQLiteCatalog(
            path: path, access: .create, principal: "x", clock: SystemClock(), busyTimeoutMillis: 50,
            migrations: next)
        #expect(try catalog.table(QualifiedName(.initial, "t7")) != nil)
        #expect(
            try SQLiteCatalog(path: path + ".v1.bak", principal: "x").objects(.relation, in: .initial).count
                == 50)
        #expect(open(path)?.message.contains("has schema version 2") == true)
    }

    @Test("damaged pages are an error, and verify finds them")
    func damaged() throws {
        let path = try make("damaged.db")
        try edit(path, "SELECT 1")
        let file = try #require(fopen(path, "r+"))
        fseek(file, 0, SEEK_END)
        let size = ftell(file)
        for page in stride(from: 4096, to: size, by: 4096) {
            fseek(file, page, SEEK_SET)
            let noise = [UInt8](repeating: 0xA5, count: 2000)
            fwrite(noise, 1, noise.count, file)
        }
        fclose(file)
        #expect(open(path)?.message == "the catalog \"\(path)\" is damaged")
    }

    @Test("verify finds lost rows and changed history")
    func verify() throws {
        let path = try make("verify.db")
        try edit(path, "DELETE FROM tables WHERE object_id = 3")
        let lost = try SQLiteCatalog(path: path, principal: "x").verify()
        #expect(
            lost == [
                "relations of \"default_catalog.default_database\": the catalog has lost a part of table \"default_catalog.default_database.t2\""
            ])

        let changed = try make("history.db")
        try edit(changed, "UPDATE history SET statement = 'nothing' WHERE id = 5")
        #expect(
            try SQLiteCatalog(path: changed, principal: "x").verify() == [
                "entry 5 of the history was changed"
            ])
        try edit(changed, "DELETE FROM history WHERE id = 2")
        #expect(try SQLiteCatalog(path: changed, principal: "x").verify() == ["the history lacks entry 2"])

        let short = try make("short.db")
        try edit(short, "DELETE FROM history WHERE id = 50")
        #expect(try SQLiteCatalog(path: short, principal: "x").verify() == ["the history lacks entry 50"])
    }

    @Test("verify asks the parser about every object")
    func verifyParses() throws {
        let path = try make("parse.db")
        let problems = try SQLiteCatalog(path: path, principal: "x").verify { object in
            object.name.object == "t9" ? "bad" : nil
        }
        #expect(problems == ["table \"default_catalog.default_database.t9\": bad"])
    }

    @Test("a locked catalog is an error of its own, and reading goes on")
    func locked() throws {
        let path = try make("locked.db")
        let options = SQLiteOptions(errorCode: .catalogFile, role: "the file")
        let holder = try SQLiteDatabase(path: path, options: options)
        try holder.execute("BEGIN IMMEDIATE")
        #expect(open(path)?.message == "the catalog \"\(path)\" is locked by another process")
        let reader = try SQLiteCatalog(path: path, access: .readOnly, principal: "x", busyTimeoutMillis: 50)
        #expect(try reader.table(QualifiedName(.initial, "t1")) != nil)
        try holder.execute("ROLLBACK")
        #expect(open(path) == nil)
    }

    @Test("a catalog opened for reading refuses changes")
    func readOnly() throws {
        let path = try make("readonly.db")
        #expect(open(path, .readOnly)?.message.hasPrefix("the catalog \"\(path)\" cannot be written") == true)
        #expect(open(folder.file("none.db"), .readOnly)?.message.contains("cannot be opened") == true)
    }

    @Test("a folder in which nothing can be made is an error with its reason")
    func noFolder() {
        #expect(
            open("/proc/sluice/catalog.db")?.message.hasPrefix(
                "folder \"/proc/sluice\" for the catalog cannot be made") == true)
    }
}
