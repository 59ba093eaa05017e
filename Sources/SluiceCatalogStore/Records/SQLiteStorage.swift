public import SluiceBase
public import SluiceCatalog
import SluiceSQLite

/// The entries of a catalog file, inside one transaction of its owner.
public struct SQLiteStorage: CatalogStorage {
    let database: SQLiteDatabase

    // MARK: Catalogs

    public func catalogs() throws(SQLError) -> [CatalogEntry] {
        let query = try database.statement("SELECT name, comment FROM catalogs ORDER BY name")
        var found: [CatalogEntry] = []
        while try query.step() {
            found.append(CatalogEntry(name: query.string(0), comment: query.stringOrNil(1)))
        }
        for index in found.indices {
            let options = try database.statement(
                "SELECT key, value FROM catalog_options WHERE catalog = ?1 ORDER BY position")
            try options.bind(found[index].name, at: 1)
            found[index].options = try readOptions(options)
        }
        return found
    }

    public mutating func put(_ entry: CatalogEntry) throws(SQLError) {
        let insert = try database.statement(
            """
            INSERT INTO catalogs (name, comment) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET comment = excluded.comment
            """)
        try insert.bind(entry.name, at: 1)
        try insert.bind(entry.comment, at: 2)
        try insert.run()
        let clear = try database.statement("DELETE FROM catalog_options WHERE catalog = ?1")
        try clear.bind(entry.name, at: 1)
        try clear.run()
        for (position, option) in entry.options.entries.enumerated() {
            let add = try database.statement(
                "INSERT INTO catalog_options (catalog, position, key, value) VALUES (?1, ?2, ?3, ?4)")
            try add.bind(entry.name, at: 1)
            try add.bind(position, at: 2)
            try add.bind(option.key, at: 3)
            try add.bind(option.value, at: 4)
            try add.run()
        }
    }

    public mutating func remove(catalog name: String) throws(SQLError) {
        let delete = try database.statement("DELETE FROM catalogs WHERE name = ?1")
        try delete.bind(name, at: 1)
        try delete.run()
    }

    // MARK: Databases

    public func databases(in catalog: String) throws(SQLError) -> [DatabaseEntry] {
        let query = try database.statement(
            "SELECT name, comment FROM databases WHERE catalog = ?1 ORDER BY name")
        try query.bind(catalog, at: 1)
        var found: [DatabaseEntry] = []
        while try query.step() {
            let name = DatabaseName(catalog, query.string(0))
            found.append(DatabaseEntry(name: name, comment: query.stringOrNil(1)))
        }
        for index in found.indices {
            guard let id = try databaseID(found[index].name) else { continue }
            let options = try database.statement(
                "SELECT key, value FROM database_options WHERE database_id = ?1 ORDER BY position")
            try options.bind(id, at: 1)
            found[index].options = try readOptions(options)
        }
        return found
    }

    public mutating func put(_ entry: DatabaseEntry) throws(SQLError) {
        let insert = try database.statement(
            """
            INSERT INTO databases (catalog, name, comment) VALUES (?1, ?2, ?3)
            ON CONFLICT (catalog, name) DO UPDATE SET comment = excluded.comment
            """)
        try insert.bind(entry.name.catalog, at: 1)
        try insert.bind(entry.name.database, at: 2)
        try insert.bind(entry.comment, at: 3)
        try insert.run()
        guard let id = try databaseID(entry.name) else { return }
        let clear = try database.statement("DELETE FROM database_options WHERE database_id = ?1")
        try clear.bind(id, at: 1)
        try clear.run()
        for (position, option) in entry.options.entries.enumerated() {
            let add = try database.statement(
                "INSERT INTO database_options (database_id, position, key, value) VALUES (?1, ?2, ?3, ?4)")
            try add.bind(id, at: 1)
            try add.bind(position, at: 2)
            try add.bind(option.key, at: 3)
            try add.bind(option.value, at: 4)
            try add.run()
        }
    }

    public mutating func remove(database name: DatabaseName) throws(SQLError) {
        let delete = try database.statement("DELETE FROM databases WHERE catalog = ?1 AND name = ?2")
        try delete.bind(name.catalog, at: 1)
        try delete.bind(name.database, at: 2)
        try delete.run()
    }

    func databaseID(_ name: DatabaseName) throws(SQLError) -> Int64? {
        let query = try database.statement("SELECT id FROM databases WHERE catalog = ?1 AND name = ?2")
        try query.bind(name.catalog, at: 1)
        try query.bind(name.database, at: 2)
        guard try query.step() else { return nil }
        let id = query.int64(0)
        query.reset()
        return id
    }

    // MARK: Objects

    public func object(_ space: Namespace, _ name: QualifiedName) throws(SQLError) -> CatalogObject? {
        let query = try database.statement(
            """
            SELECT o.id, o.name, o.kind, o.comment, o.definition FROM objects AS o
            JOIN databases AS d ON d.id = o.database_id
            WHERE d.catalog = ?1 AND d.name = ?2 AND o.namespace = ?3 AND o.lookup_name = ?4
            """)
        try query.bind(name.catalog, at: 1)
        try query.bind(name.database, at: 2)
        try query.bind(space.rawValue, at: 3)
        try query.bind(space.key(name).object, at: 4)
        guard try query.step() else { return nil }
        let header = ObjectHeader(query, in: name.databaseName)
        query.reset()
        return try readObject(header)
    }

    public func objects(_ space: Namespace, in name: DatabaseName) throws(SQLError) -> [CatalogObject] {
        let query = try database.statement(
            """
            SELECT o.id, o.name, o.kind, o.comment, o.definition FROM objects AS o
            JOIN databases AS d ON d.id = o.database_id
            WHERE d.catalog = ?1 AND d.name = ?2 AND o.namespace = ?3 ORDER BY o.name
            """)
        try query.bind(name.catalog, at: 1)
        try query.bind(name.database, at: 2)
        try query.bind(space.rawValue, at: 3)
        var headers: [ObjectHeader] = []
        while try query.step() { headers.append(ObjectHeader(query, in: name)) }
        var found: [CatalogObject] = []
        for header in headers { found.append(try readObject(header)) }
        return found
    }

    public mutating func put(_ object: CatalogObject) throws(SQLError) {
        try remove(object.kind.namespace, object.name)
        guard let database = try databaseID(object.name.databaseName) else {
            throw try unknownDatabase(object.name.databaseName)
        }
        try writeObject(object, database: database)
    }

    public mutating func remove(_ space: Namespace, _ name: QualifiedName) throws(SQLError) {
        guard let id = try databaseID(name.databaseName) else { return }
        let delete = try database.statement(
            "DELETE FROM objects WHERE database_id = ?1 AND namespace = ?2 AND lookup_name = ?3")
        try delete.bind(id, at: 1)
        try delete.bind(space.rawValue, at: 2)
        try delete.bind(space.key(name).object, at: 3)
        try delete.run()
    }

    /// Reads the rows (key, value) of a bound query.
    func readOptions(_ query: SQLiteStatement) throws(SQLError) -> OptionMap {
        var options: OptionMap = [:]
        while try query.step() { options[query.string(0)] = query.string(1) }
        return options
    }
}

/// The row of `objects` of one object.
struct ObjectHeader {
    let id: Int64
    let name: QualifiedName
    let kind: String
    let comment: String?
    let definition: String

    init(_ row: SQLiteStatement, in database: DatabaseName) {
        id = row.int64(0)
        name = QualifiedName(database, row.string(1))
        kind = row.string(2)
        comment = row.stringOrNil(3)
        definition = row.string(4)
    }
}
