import SluiceBase
import SluiceCatalog
import SluiceColumns
import Testing

func ordersTable(_ name: String = "orders", temporary: Bool = false) -> CatalogObject {
    .table(
        TableEntry(
            name: QualifiedName(.initial, name),
            columns: [
                ColumnEntry("id", .bigint.notNull),
                ColumnEntry("amount", .decimal(10, 2), comment: "in cents"),
                ColumnEntry("twice", .decimal(11, 2), kind: .computed("`amount` * 2")),
                ColumnEntry("ts", .timestamp(3)),
                ColumnEntry("part", .int, kind: .metadata(key: "partition", isVirtual: true)),
            ],
            watermark: WatermarkEntry(column: ["ts"], expression: "`ts` - INTERVAL '5' SECOND"),
            primaryKey: PrimaryKeyEntry(columns: ["id"]),
            options: ["connector": "kafka", "properties.password": "pw"], comment: "the user's orders",
            isTemporary: temporary))
}

func view(_ name: String, _ query: String) -> CatalogObject {
    .view(
        ViewEntry(
            name: QualifiedName(.initial, name), columns: [ViewEntry.Column("a", type: .int)],
            originalQuery: query, expandedQuery: query))
}

/// The error of a step that must fail.
func failure(_ body: () throws(SQLError) -> Void) -> SQLError? {
    do throws(SQLError) {
        try body()
        return nil
    } catch {
        return error
    }
}

@Suite struct CatalogRulesTests {
    let catalog = MemoryCatalog()
    let orders = QualifiedName(.initial, "orders")

    @Test("a new catalog has the default catalog and database of Flink")
    func initial() throws {
        #expect(try catalog.catalogs().map(\.name) == ["default_catalog"])
        #expect(try catalog.databases(in: "default_catalog").map(\.name) == [.initial])
    }

    @Test("what was created can be read back, and IF NOT EXISTS keeps the first")
    func create() throws {
        #expect(try catalog.create(ordersTable(), .new, statement: ""))
        #expect(try catalog.object(.relation, orders) == ordersTable())
        #expect(try catalog.table(orders)?.column("amount")?.comment == "in cents")
        #expect(try !catalog.create(view("orders", "SELECT 1"), .ifNotExists, statement: ""))
        #expect(try catalog.view(orders) == nil)
    }

    @Test("a table and a view cannot have one name")
    func collision() throws {
        try catalog.create(ordersTable(), .new, statement: "")
        let again = failure { () throws(SQLError) in
            try catalog.create(view("orders", "SELECT 1"), .new, statement: "")
        }
        #expect(again?.code == .objectExists)
        #expect(again?.message == "table \"default_catalog.default_database.orders\" exists already")
        let replace = failure { () throws(SQLError) in
            try catalog.create(view("orders", "SELECT 1"), .orReplace, statement: "")
        }
        #expect(replace?.code == .objectExists)
    }

    @Test("an unknown name is answered with the nearest one")
    func unknown() throws {
        try catalog.create(ordersTable(), .new, statement: "")
        let drop = failure { () throws(SQLError) in
            try catalog.drop(.table, QualifiedName(.initial, "ordres"), ifExists: false, statement: "")
        }
        #expect(drop?.code == .unknownTable)
        #expect(drop?.label == "did you mean \"orders\"?")
        let database = failure { () throws(SQLError) in
            try catalog.drop(
                .table, QualifiedName("default_catalog", "default_databse", "x"), ifExists: false,
                statement: "")
        }
        #expect(database?.code == .unknownDatabase)
        #expect(database?.label == "did you mean \"default_database\"?")
        let missing = failure { () throws(SQLError) in
            try catalog.createDatabase(
                DatabaseEntry(name: DatabaseName("nowhere", "d")), ifNotExists: true, statement: "")
        }
        #expect(missing?.code == .unknownCatalog)
    }

    @Test("DROP TABLE of a view says what it is")
    func wrongKind() throws {
        try catalog.create(view("v", "SELECT 1"), .new, statement: "")
        let name = QualifiedName(.initial, "v")
        let error = failure { () throws(SQLError) in
            try catalog.drop(.table, name, ifExists: false, statement: "")
        }
        #expect(error?.message == "\"default_catalog.default_database.v\" is a view, not a table")
        #expect(try !catalog.drop(.table, name, ifExists: true, statement: ""))
        #expect(try catalog.drop(.view, name, ifExists: false, statement: ""))
    }

    @Test("a database with tables needs CASCADE")
    func cascade() throws {
        let shop = DatabaseName("default_catalog", "shop")
        try catalog.createDatabase(DatabaseEntry(name: shop), ifNotExists: false, statement: "")
        var table = ordersTable()
        table.name = QualifiedName(shop, "orders")
        try catalog.create(table, .new, statement: "")
        let error = failure { () throws(SQLError) in
            try catalog.dropDatabase(shop, ifExists: false, cascade: false, statement: "")
        }
        #expect(error?.message == "database \"default_catalog.shop\" is not empty: it has 1 object")
        #expect(try catalog.dropDatabase(shop, ifExists: false, cascade: true, statement: ""))
        #expect(try catalog.object(.relation, table.name) == nil)
    }

    @Test("the names of functions are not case-sensitive, those of tables are")
    func caseOfNames() throws {
        let name = QualifiedName(.initial, "MyFun")
        try catalog.create(.function(FunctionEntry(name: name, body: "x.Y")), .new, statement: "")
        #expect(try catalog.function(QualifiedName(.initial, "myfun"))?.name.object == "MyFun")
        try catalog.create(ordersTable(), .new, statement: "")
        #expect(try catalog.table(QualifiedName(.initial, "Orders")) == nil)
    }

    @Test("RENAME keeps everything but the name and refuses a taken one")
    func rename() throws {
        try catalog.create(ordersTable(), .new, statement: "")
        try catalog.create(view("v", "SELECT 1"), .new, statement: "")
        let taken = failure { () throws(SQLError) in
            try catalog.rename(
                .table, orders, to: QualifiedName(.initial, "v"), ifExists: false, statement: "")
        }
        #expect(taken?.code == .objectExists)
        let target = QualifiedName(.initial, "sales")
        #expect(try catalog.rename(.table, orders, to: target, ifExists: false, statement: ""))
        #expect(try catalog.table(target)?.columns.count == 5)
        #expect(try catalog.table(orders) == nil)
    }

    @Test("a change that throws leaves nothing behind")
    func atomic() throws {
        try catalog.create(ordersTable(), .new, statement: "")
        let error = failure { () throws(SQLError) in
            try catalog.alter(.table, orders, ifExists: false, statement: "") { object throws(SQLError) in
                guard case .table(var entry) = object else { return object }
                try entry.addColumn(ColumnEntry("extra", .int))
                try entry.dropColumns(["nothing"])
                return .table(entry)
            }
        }
        #expect(error?.code == .unknownColumn)
        #expect(try catalog.object(.relation, orders) == ordersTable())
    }
}
