import SluiceBase
import SluiceCatalog
import SluiceColumns
import Testing

@Suite struct SessionCatalogTests {
    let stored = MemoryCatalog()
    let orders = QualifiedName(.initial, "orders")

    private func session(_ mode: SessionCatalog.Mode) throws -> SessionCatalog {
        try stored.create(ordersTable(), .ifNotExists, statement: "")
        return SessionCatalog(over: stored, mode: mode)
    }

    @Test("temporary tables hide stored ones until they are dropped")
    func temporary() throws {
        let session = try session(.stored)
        guard case .table(var entry) = ordersTable(temporary: true) else { return }
        entry.comment = "temporary"
        try session.create(.table(entry), .new, statement: "")
        #expect(try session.table(orders)?.comment == "temporary")
        #expect(try session.objects(.relation, in: .initial).count == 1)
        #expect(try stored.table(orders)?.comment == "the user's orders")
        let hidden = failure { () throws(SQLError) in
            try session.drop(.table, orders, isTemporary: false, ifExists: false, statement: "")
        }
        #expect(hidden?.hint?.contains("DROP TEMPORARY TABLE") == true)
        try session.drop(.table, orders, isTemporary: true, ifExists: false, statement: "")
        #expect(try session.table(orders)?.comment == "the user's orders")
        let gone = failure { () throws(SQLError) in
            try session.drop(.table, orders, isTemporary: true, ifExists: false, statement: "")
        }
        #expect(gone?.message.hasPrefix("temporary table") == true)
    }

    @Test("a job file hides stored objects and never changes them")
    func jobFile() throws {
        let run = try session(.jobFile)
        guard case .table(var entry) = ordersTable() else { return }
        entry.comment = "of this run"
        #expect(try run.create(.table(entry), .new, statement: ""))
        #expect(try run.table(orders)?.comment == "of this run")
        let twice = failure { () throws(SQLError) in try run.create(.table(entry), .new, statement: "") }
        #expect(twice?.code == .objectExists)
        #expect(try stored.table(orders)?.comment == "the user's orders")
        #expect(try run.drop(.table, orders, isTemporary: false, ifExists: false, statement: ""))
        #expect(try run.table(orders) == nil)
        #expect(try run.objects(.relation, in: .initial).isEmpty)
        let again = failure { () throws(SQLError) in
            try run.drop(.table, orders, isTemporary: false, ifExists: false, statement: "")
        }
        #expect(again?.code == .unknownTable)
        #expect(try stored.table(orders) != nil)
    }

    @Test("CREATE IF NOT EXISTS in a job file hides the stored table too")
    func ifNotExists() throws {
        let run = try session(.jobFile)
        guard case .table(var entry) = ordersTable() else { return }
        entry.comment = "of this run"
        #expect(try run.create(.table(entry), .ifNotExists, statement: ""))
        #expect(try run.table(orders)?.comment == "of this run")
        #expect(try !run.create(ordersTable(), .ifNotExists, statement: ""))
    }

    @Test("a stored table can be dropped and altered for one run")
    func dropStored() throws {
        let run = try session(.jobFile)
        try run.alter(.table, orders, ifExists: false, statement: "") { object throws(SQLError) in
            guard case .table(var entry) = object else { return object }
            entry.setOptions([(key: "connector", value: "datagen")])
            return .table(entry)
        }
        #expect(try run.table(orders)?.options["connector"] == "datagen")
        try run.rename(
            .table, orders, to: QualifiedName(.initial, "o2"), ifExists: false, statement: "")
        #expect(try run.table(orders) == nil)
        #expect(try run.table(QualifiedName(.initial, "o2"))?.options["connector"] == "datagen")
        #expect(try stored.table(orders)?.options["connector"] == "kafka")
        #expect(try SessionCatalog(over: stored, mode: .jobFile).table(orders) != nil)
    }

    @Test("a job file's own database starts empty, IF NOT EXISTS goes on with the stored one")
    func databases() throws {
        let shop = DatabaseName("default_catalog", "shop")
        try stored.createDatabase(DatabaseEntry(name: shop), ifNotExists: false, statement: "")
        var table = ordersTable()
        table.name = QualifiedName(shop, "orders")
        try stored.create(table, .new, statement: "")

        let first = try session(.jobFile)
        #expect(try !first.createDatabase(DatabaseEntry(name: shop), ifNotExists: true, statement: ""))
        #expect(try first.objects(.relation, in: shop).count == 1)

        let second = try session(.jobFile)
        #expect(try second.createDatabase(DatabaseEntry(name: shop), ifNotExists: false, statement: ""))
        #expect(try second.objects(.relation, in: shop).isEmpty)
        #expect(try second.object(.relation, table.name) == nil)
        try second.create(table, .new, statement: "")
        try second.dropDatabase(shop, ifExists: false, cascade: true, statement: "")
        #expect(try second.database(shop) == nil)
        #expect(try second.object(.relation, table.name) == nil)
        #expect(try stored.object(.relation, table.name) != nil)
    }

    @Test("a catalog dropped and made again in a run is empty")
    func catalogs() throws {
        try stored.createCatalog(
            CatalogEntry(name: "lake", options: ["type": "generic_in_memory"]), ifNotExists: false,
            statement: "")
        var table = ordersTable()
        table.name = QualifiedName("lake", "default", "orders")
        try stored.create(table, .new, statement: "")
        let run = try session(.jobFile)
        var other = table
        other.name.object = "o2"
        try run.create(other, .new, statement: "")
        #expect(try run.objects(.relation, in: DatabaseName("lake", "default")).count == 2)
        try run.dropCatalog("lake", ifExists: false, statement: "")
        #expect(try run.catalogs().map(\.name) == ["default_catalog"])
        try run.createCatalog(
            CatalogEntry(name: "lake", options: ["type": "generic_in_memory"]), ifNotExists: false,
            statement: "")
        #expect(try run.objects(.relation, in: DatabaseName("lake", "default")).isEmpty)
        #expect(try stored.object(.relation, table.name) != nil)
    }

    @Test("USE changes what short names mean")
    func use() throws {
        let session = try session(.stored)
        try session.createCatalog(
            CatalogEntry(name: "lake", options: ["type": "generic_in_memory"]), ifNotExists: false,
            statement: "")
        try session.useCatalog("lake")
        #expect(session.current == DatabaseName("lake", "default"))
        #expect(try session.qualify(["t"]) == QualifiedName("lake", "default", "t"))
        #expect(try session.qualify(["d", "t"]) == QualifiedName("lake", "d", "t"))
        try session.use(["default_catalog", "default_database"])
        #expect(try session.requireRelation(["orders"]) == ordersTable())
        #expect(failure { () throws(SQLError) in try session.use(["nope"]) }?.code == .unknownDatabase)
        #expect(failure { () throws(SQLError) in try session.useCatalog("nope") }?.code == .unknownCatalog)
        let unknown = failure { () throws(SQLError) in _ = try session.requireRelation(["orderz"]) }
        #expect(unknown?.label == "did you mean \"orders\"?")
    }

    @Test("what is in use cannot be dropped")
    func inUse() throws {
        let session = try session(.stored)
        let error = failure { () throws(SQLError) in
            try session.dropDatabase(.initial, ifExists: false, cascade: true, statement: "")
        }
        #expect(error?.code == .invalidDefinition)
    }

    @Test("temporary tables cannot be altered, as in Flink")
    func alterTemporary() throws {
        let session = try session(.stored)
        try session.create(ordersTable(temporary: true), .new, statement: "")
        let error = failure { () throws(SQLError) in
            try session.alter(.table, orders, ifExists: false, statement: "") { $0 }
        }
        #expect(error?.message.hasSuffix("cannot be altered") == true)
    }

    @Test("system functions are found first, whatever their case")
    func systemFunctions() throws {
        let session = try session(.stored)
        let name = QualifiedName(.initial, "f")
        try session.create(.function(FunctionEntry(name: name, body: "stored")), .new, statement: "")
        let system = FunctionEntry(name: name, body: "system", isTemporary: true, isSystem: true)
        try session.create(.function(system), .new, statement: "")
        #expect(try session.function(named: ["F"])?.body == "system")
        #expect(try session.function(named: ["default_database", "F"])?.body == "stored")
        try session.dropSystemFunction("F", ifExists: false)
        #expect(try session.function(named: ["f"])?.body == "stored")
    }
}
