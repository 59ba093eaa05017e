import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceEngine
import SluiceSyntax
import Testing

@Suite struct CatalogListingTests {
    let session: SessionCatalog
    let listing: CatalogListing

    init() throws {
        session = SessionCatalog(over: MemoryCatalog(), mode: .stored)
        let orders = TableEntry(
            name: QualifiedName(.initial, "orders"),
            columns: [
                ColumnEntry("id", .bigint.notNull), ColumnEntry("ts", .timestamp(3)),
                ColumnEntry("twice", .bigint.notNull, kind: .computed("id * 2")),
                ColumnEntry("part", .int, kind: .metadata(key: "partition", isVirtual: true)),
            ],
            watermark: WatermarkEntry(column: ["ts"], expression: "ts - INTERVAL '1' SECOND"),
            primaryKey: PrimaryKeyEntry(columns: ["id"]), options: ["connector": "datagen", "password": "pw"])
        try session.create(.table(orders), .new, statement: "")
        let view = ViewEntry(
            name: QualifiedName(.initial, "big_orders"),
            columns: [ViewEntry.Column("id", type: .bigint, comment: "key")],
            originalQuery: "SELECT id FROM orders", expandedQuery: "SELECT id FROM orders")
        try session.create(.view(view), .new, statement: "")
        let function = FunctionEntry(name: QualifiedName(.initial, "Mine"), body: "a.B")
        try session.create(.function(function), .new, statement: "")
        listing = CatalogListing(session: session, builtInFunctions: ["UPPER"], redaction: Redaction())
    }

    private func answer(_ text: String) throws -> Listing? {
        switch try Parser.parseStatement(text) {
        case .show(let show): return try listing.show(show)
        case .describe(let describe): return try listing.describe(describe)
        default: return nil
        }
    }

    private func column(_ text: String) throws -> [String?] { try answer(text)?.rows.map { $0[0] } ?? [] }

    @Test("SHOW lists what is in the current database, views among the tables")
    func lists() throws {
        #expect(try column("SHOW TABLES") == ["big_orders", "orders"])
        #expect(try answer("SHOW TABLES")?.columns == ["table name"])
        #expect(try column("SHOW VIEWS") == ["big_orders"])
        #expect(try column("SHOW CATALOGS") == ["default_catalog"])
        #expect(try column("SHOW DATABASES") == ["default_database"])
        #expect(try column("SHOW CURRENT DATABASE") == ["default_database"])
        #expect(try column("SHOW FUNCTIONS") == ["mine", "upper"])
        #expect(try column("SHOW USER FUNCTIONS") == ["mine"])
        #expect(try answer("SHOW JOBS") == nil)
    }

    @Test(
        "LIKE keeps the names that fit",
        arguments: [
            ("SHOW TABLES LIKE 'ord%'", ["orders"]), ("SHOW TABLES NOT LIKE 'ord%'", ["big_orders"]),
            ("SHOW TABLES LIKE 'ORD%'", []), ("SHOW TABLES ILIKE 'ORD%'", ["orders"]),
            ("SHOW TABLES LIKE '%o%s'", ["big_orders", "orders"]),
            ("SHOW TABLES LIKE 'big\\_orders'", ["big_orders"]),
            ("SHOW TABLES LIKE '_rders'", ["orders"]), ("SHOW TABLES LIKE 'order'", []),
            ("SHOW COLUMNS FROM orders LIKE 't%'", ["ts", "twice"]),
        ])
    func like(text: String, expected: [String]) throws {
        #expect(try column(text) == expected)
    }

    @Test("DESCRIBE has Flink's columns")
    func describe() throws {
        let report = try #require(try answer("DESCRIBE orders"))
        #expect(report.columns == ["name", "type", "null", "key", "extras", "watermark"])
        #expect(
            report.rows == [
                ["id", "BIGINT", "FALSE", "PRI(id)", nil, nil],
                ["ts", "TIMESTAMP(3) *ROWTIME*", "TRUE", nil, nil, "ts - INTERVAL '1' SECOND"],
                ["twice", "BIGINT", "FALSE", nil, "AS id * 2", nil],
                ["part", "INT", "TRUE", nil, "METADATA FROM 'partition' VIRTUAL", nil],
            ])
        let view = try #require(try answer("DESC big_orders"))
        #expect(view.columns.last == "comment")
        #expect(view.rows == [["id", "BIGINT", "TRUE", nil, nil, nil, "key"]])
    }

    @Test("SHOW CREATE masks secrets and knows a table from a view")
    func showCreate() throws {
        let text = try column("SHOW CREATE TABLE orders").first ?? nil
        #expect(text?.contains("'password' = '******'") == true)
        #expect(throws: SQLError.self) { try answer("SHOW CREATE VIEW orders") }
        do throws(SQLError) {
            guard case .show(let show) = try Parser.parseStatement("SHOW CREATE TABLE ordesr") else { return }
            _ = try listing.show(show)
        } catch {
            #expect(error.label == "did you mean \"orders\"?")
            #expect(error.span == SourceSpan(18, 24))
        }
    }
}
