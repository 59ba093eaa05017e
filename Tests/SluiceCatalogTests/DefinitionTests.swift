import SluiceBase
import SluiceCatalog
import SluiceColumns
import Testing

@Suite struct DefinitionTests {
    @Test("a table is written in the layout of SHOW CREATE, with its secrets masked")
    func table() {
        let text = DefinitionWriter(redaction: Redaction()).statement(ordersTable())
        #expect(
            text == """
                CREATE TABLE `default_catalog`.`default_database`.`orders` (
                  `id` BIGINT NOT NULL,
                  `amount` DECIMAL(10, 2) COMMENT 'in cents',
                  `twice` AS `amount` * 2,
                  `ts` TIMESTAMP(3),
                  `part` INT METADATA FROM 'partition' VIRTUAL,
                  WATERMARK FOR `ts` AS `ts` - INTERVAL '5' SECOND,
                  CONSTRAINT `PK_id` PRIMARY KEY (`id`) NOT ENFORCED
                )
                COMMENT 'the user''s orders'
                WITH (
                  'connector' = 'kafka',
                  'properties.password' = '******'
                )
                """)
        #expect(DefinitionWriter(redaction: nil).statement(ordersTable()).contains("'pw'"))
    }

    @Test("views come after the views that they read")
    func script() throws {
        let catalog = MemoryCatalog()
        let prefix = "`default_catalog`.`default_database`"
        try catalog.create(
            view("a", "SELECT * FROM default_catalog.default_database.b WHERE x = 1"), .new, statement: "")
        try catalog.create(
            view("b", "SELECT * FROM \(prefix).`orders` JOIN default_catalog.default_database.aa"), .new,
            statement: "")
        try catalog.create(ordersTable(), .new, statement: "")
        let statements = try CatalogScript(redaction: nil).statements(of: catalog)
        #expect(
            statements.map { String($0.prefix(25)) } == [
                "CREATE CATALOG IF NOT EXI", "CREATE DATABASE IF NOT EX", "CREATE TABLE `default_cat",
                "CREATE VIEW `default_cata", "CREATE VIEW `default_cata",
            ])
        #expect(statements[3].contains(".`b` (\n  `a`\n)\nAS SELECT"))
        #expect(statements[4].contains(".`a` (\n"))
    }

    @Test("a difference shows the changed lines and no secret")
    func difference() throws {
        let first = MemoryCatalog()
        let second = MemoryCatalog()
        try first.create(ordersTable(), .new, statement: "")
        try first.create(view("v", "SELECT 1"), .new, statement: "")
        guard case .table(var entry) = ordersTable() else { return }
        entry.options["properties.password"] = "other"
        entry.options["connector"] = "datagen"
        try second.create(.table(entry), .new, statement: "")
        try second.create(view("w", "SELECT 1"), .new, statement: "")
        let found = try CatalogDifference.between(first, second)
        #expect(
            found.map { "\($0.change) \($0.kind) \($0.name)" } == [
                "changed table default_catalog.default_database.orders",
                "removed view default_catalog.default_database.v",
                "added view default_catalog.default_database.w",
            ])
        #expect(found[0].lines.contains("-   'connector' = 'kafka',"))
        #expect(found[0].lines.contains("+   'connector' = 'datagen',"))
        #expect(!found[0].lines.joined().contains("other"))
        #expect(try CatalogDifference.between(first, first).isEmpty)
    }

    @Test("ALTER keeps key, watermark and computed columns valid")
    func alter() throws {
        guard case .table(var entry) = ordersTable() else { return }
        #expect(
            failure { () throws(SQLError) in try entry.dropColumns(["ts"]) }?.message.contains(
                "the watermark") == true)
        #expect(
            failure { () throws(SQLError) in try entry.dropColumns(["id"]) }?.message.contains("primary key")
                == true)
        #expect(
            failure { () throws(SQLError) in try entry.dropColumns(["amount"]) }?.message.contains(
                "\"twice\"") == true)
        try entry.addColumn(ColumnEntry("first", .int), .first)
        try entry.addColumn(ColumnEntry("mid", .int), .after("id"))
        #expect(entry.columns.map(\.name) == ["first", "id", "mid", "amount", "twice", "ts", "part"])
        try entry.modifyColumn(ColumnEntry("id", .string), .first)
        #expect(entry.columns[0].type == .string.notNull)
        try entry.renameColumn("id", to: "key")
        #expect(entry.primaryKey?.columns == ["key"])
        try entry.dropPrimaryKey(constraint: "PK_id")
        try entry.setPrimaryKey(PrimaryKeyEntry(columns: ["mid"]), replacing: false)
        #expect(entry.column("mid")?.type == .int.notNull)
        #expect(failure { () throws(SQLError) in try entry.resetOptions(["connector"]) } != nil)
    }
}
