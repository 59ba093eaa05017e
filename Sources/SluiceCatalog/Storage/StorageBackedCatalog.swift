public import SluiceBase

/// What a change was, for the history.
public struct ChangeRecord: Sendable {
    /// `CREATE TABLE`
    public var action: String
    /// The full name of what was changed.
    public var object: String
    /// The text that asked for it.
    public var statement: String

    public init(action: String, object: String, statement: String) {
        self.action = action
        self.object = object
        self.statement = statement
    }
}

/// A catalog on some storage: it gives access to the storage, the rules are the same for all.
public protocol StorageBackedCatalog: CatalogWriter {
    associatedtype Storage: CatalogStorage

    /// All reads of `body` see one state.
    func read<Result>(_ body: (Storage) throws(SQLError) -> Result) throws(SQLError) -> Result

    /// Keeps all changes of `body`, or none where it throws. A result of true is written to the history.
    func write(
        _ record: ChangeRecord, _ body: (inout Storage) throws(SQLError) -> Bool
    ) throws(SQLError) -> Bool
}

extension StorageBackedCatalog {
    // MARK: Reading

    public func catalogs() throws(SQLError) -> [CatalogEntry] {
        try read { storage throws(SQLError) in try storage.catalogs() }
    }

    public func databases(in catalog: String) throws(SQLError) -> [DatabaseEntry] {
        try read { storage throws(SQLError) in try storage.databases(in: catalog) }
    }

    public func object(_ space: Namespace, _ name: QualifiedName) throws(SQLError) -> CatalogObject? {
        try read { storage throws(SQLError) in try storage.object(space, name) }
    }

    public func objects(_ space: Namespace, in database: DatabaseName) throws(SQLError) -> [CatalogObject] {
        try read { storage throws(SQLError) in try storage.objects(space, in: database) }
    }

    // MARK: Catalogs and databases

    @discardableResult
    public func createCatalog(
        _ entry: CatalogEntry, ifNotExists: Bool, statement: String
    ) throws(SQLError) -> Bool {
        let record = ChangeRecord(action: "CREATE CATALOG", object: entry.name, statement: statement)
        return try write(record) { storage throws(SQLError) in
            try storage.createCatalog(entry, ifNotExists: ifNotExists)
        }
    }

    public func alterCatalog(
        _ name: String, statement: String, _ change: (inout CatalogEntry) throws(SQLError) -> Void
    ) throws(SQLError) {
        let record = ChangeRecord(action: "ALTER CATALOG", object: name, statement: statement)
        _ = try write(record) { storage throws(SQLError) in
            try storage.alterCatalog(name, change)
            return true
        }
    }

    @discardableResult
    public func dropCatalog(_ name: String, ifExists: Bool, statement: String) throws(SQLError) -> Bool {
        let record = ChangeRecord(action: "DROP CATALOG", object: name, statement: statement)
        return try write(record) { storage throws(SQLError) in
            try storage.dropCatalog(name, ifExists: ifExists)
        }
    }

    @discardableResult
    public func createDatabase(
        _ entry: DatabaseEntry, ifNotExists: Bool, statement: String
    ) throws(SQLError) -> Bool {
        let record = ChangeRecord(
            action: "CREATE DATABASE", object: entry.name.description, statement: statement)
        return try write(record) { storage throws(SQLError) in
            try storage.createDatabase(entry, ifNotExists: ifNotExists)
        }
    }

    public func alterDatabase(
        _ name: DatabaseName, statement: String, _ change: (inout DatabaseEntry) throws(SQLError) -> Void
    ) throws(SQLError) {
        let record = ChangeRecord(action: "ALTER DATABASE", object: name.description, statement: statement)
        _ = try write(record) { storage throws(SQLError) in
            try storage.alterDatabase(name, change)
            return true
        }
    }

    @discardableResult
    public func dropDatabase(
        _ name: DatabaseName, ifExists: Bool, cascade: Bool, statement: String
    ) throws(SQLError) -> Bool {
        let record = ChangeRecord(action: "DROP DATABASE", object: name.description, statement: statement)
        return try write(record) { storage throws(SQLError) in
            try storage.dropDatabase(name, ifExists: ifExists, cascade: cascade)
        }
    }

    // MARK: Objects

    @discardableResult
    public func create(
        _ object: CatalogObject, _ mode: CreateMode, statement: String
    ) throws(SQLError) -> Bool {
        let record = objectRecord("CREATE", object.kind, object.name, statement)
        return try write(record) { storage throws(SQLError) in try storage.create(object, mode) }
    }

    @discardableResult
    public func alter(
        _ kind: ObjectKind, _ name: QualifiedName, ifExists: Bool, statement: String,
        _ change: (CatalogObject) throws(SQLError) -> CatalogObject
    ) throws(SQLError) -> Bool {
        try write(objectRecord("ALTER", kind, name, statement)) { storage throws(SQLError) in
            try storage.alter(kind, name, ifExists: ifExists, change)
        }
    }

    @discardableResult
    public func drop(
        _ kind: ObjectKind, _ name: QualifiedName, ifExists: Bool, statement: String
    ) throws(SQLError) -> Bool {
        try write(objectRecord("DROP", kind, name, statement)) { storage throws(SQLError) in
            try storage.drop(kind, name, ifExists: ifExists)
        }
    }

    @discardableResult
    public func rename(
        _ kind: ObjectKind, _ name: QualifiedName, to target: QualifiedName, ifExists: Bool, statement: String
    ) throws(SQLError) -> Bool {
        try write(objectRecord("RENAME", kind, name, statement)) { storage throws(SQLError) in
            try storage.rename(kind, name, to: target, ifExists: ifExists)
        }
    }

    private func objectRecord(
        _ verb: String, _ kind: ObjectKind, _ name: QualifiedName, _ statement: String
    ) -> ChangeRecord {
        ChangeRecord(
            action: verb + " " + kind.rawValue.uppercased(), object: name.description, statement: statement)
    }
}
