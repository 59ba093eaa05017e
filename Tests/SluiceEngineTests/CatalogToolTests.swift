import Glibc
import SluiceBase
import SluiceCatalog
import SluiceCatalogStore
import SluiceColumns
import SluiceEngine
import Testing

@Suite struct CatalogToolTests {
    let path = "/tmp/sluice-tool-\(getpid())-\(UInt64.random(in: 0 ... .max)).db"

    /// A catalog with a table of every kind of type and a view.
    private func make() throws -> CatalogTool {
        let tool = try CatalogTool.open(path, forReading: false, principal: "ada")
        let types: [DataType] = [
            .bigint.notNull, .string, .bytes, .decimal(38, 10), .timestampLTZ(3), .double, .date, .time,
            DataType(.char(3)), DataType(.varbinary(7)), DataType(.array(.int.notNull)),
            DataType(.map(.string.notNull, .float)), DataType(.multiset(.string)),
            DataType(.row([Field("a b", .int), Field("c`d", DataType(.row([Field("e", .boolean)])))])),
        ]
        let table = TableEntry(
            name: QualifiedName(.initial, "rich"),
            columns: types.enumerated().map {
                ColumnEntry("c\($0.offset)", $0.element, comment: "it's \($0.offset)")
            }
                + [
                    ColumnEntry("twice", .bigint, kind: .computed("(`c0` + 1) * 2")),
                    ColumnEntry("m", .bigint, kind: .metadata(key: "offset", isVirtual: true)),
                ],
            watermark: WatermarkEntry(column: ["c4"], expression: "`c4` - INTERVAL '5' SECOND"),
            primaryKey: PrimaryKeyEntry(columns: ["c0"]), partitionKeys: ["c1"],
            distribution: "BY HASH(`c0`) INTO 4 BUCKETS", options: ["connector": "kafka", "password": "pw"],
            comment: "all of it")
        try tool.catalog.create(.table(table), .new, statement: "CREATE TABLE rich WITH ('password' = 'pw')")
        let view = ViewEntry(
            name: QualifiedName(.initial, "v"), columns: [ViewEntry.Column("a", comment: "x")],
            originalQuery: "SELECT 1", expandedQuery: "SELECT 1 AS a", comment: "a view")
        try tool.catalog.create(.view(view), .new, statement: "CREATE VIEW v")
        let function = FunctionEntry(
            name: QualifiedName(.initial, "f"), body: "a.B", language: "PYTHON",
            resources: [FunctionEntry.Resource(kind: "JAR", path: "/x.jar")])
        try tool.catalog.create(.function(function), .new, statement: "CREATE FUNCTION f")
        let model = ModelEntry(
            name: QualifiedName(.initial, "m"), inputs: [ViewEntry.Column("i", type: .string)],
            outputs: [ViewEntry.Column("o", type: .double)], options: ["provider": "p"], comment: "c")
        try tool.catalog.create(.model(model), .new, statement: "CREATE MODEL m")
        return tool
    }

    private func clean() { for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) } }

    @Test("every statement of an export can be parsed")
    func parses() throws {
        defer { clean() }
        #expect(try make().verify().rows == [])
    }

    @Test("a statement that cannot be parsed is found")
    func broken() throws {
        defer { clean() }
        let tool = try make()
        let view = ViewEntry(
            name: QualifiedName(.initial, "bad"), columns: [], originalQuery: "SELECT",
            expandedQuery: "SELECT FROM")
        try tool.catalog.create(.view(view), .new, statement: "")
        let problems = try tool.verify().rows
        #expect(problems.count == 1)
        #expect(problems.first?.first??.hasPrefix("view \"default_catalog.default_database.bad\": ") == true)
    }

    @Test("ls narrows to a kind, a database or an object")
    func list() throws {
        defer { clean() }
        let tool = try make()
        let all = try tool.list(nil, within: nil).rows
        #expect(all.map { $0[0] } == ["catalog", "database", "table", "view", "function", "model"])
        #expect(
            try tool.list(.table, within: nil).rows == [
                ["table", "default_catalog.default_database.rich", "kafka", "all of it"]
            ])
        #expect(try tool.list(nil, within: "default_database").rows.count == 5)
        #expect(try tool.list(nil, within: "v").rows.map { $0[0] } == ["view"])
        #expect(throws: SQLError.self) { try tool.list(nil, within: "nowhere") }
    }

    @Test("the log of an object is found by its short name, and holds no secret")
    func log() throws {
        defer { clean() }
        let tool = try make()
        let rows = try tool.log(of: "rich", limit: nil).rows
        #expect(rows.count == 1)
        #expect(rows.first?[2] == "ada")
        #expect(rows.first?[5] == "CREATE TABLE rich WITH ('password' = '******')")
        #expect(try tool.log(of: nil, limit: 2).rows.map { $0[3] } == ["CREATE FUNCTION", "CREATE MODEL"])
        #expect(throws: SQLError.self) { try tool.log(of: "nothing", limit: nil) }
    }

    @Test("drop takes quoted names and remembers the statement")
    func drop() throws {
        defer { clean() }
        let tool = try make()
        #expect(try tool.createDatabase("`my.shop`", options: [], comment: nil, ifNotExists: false))
        #expect(try tool.show(["`my.shop`"]).text == "CREATE DATABASE `default_catalog`.`my.shop`;\n")
        #expect(try tool.drop(.database, "default_catalog.`my.shop`", ifExists: false, cascade: false))
        #expect(try tool.log(of: nil, limit: 1).rows.first?[5] == "DROP DATABASE `default_catalog`.`my.shop`")
        #expect(try !tool.drop(.table, "gone", ifExists: true, cascade: false))
        #expect(throws: SQLError.self) { try tool.drop(.table, "a..b", ifExists: false, cascade: false) }
    }
}
