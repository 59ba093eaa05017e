public import SluiceBase

/// Reads a catalog. Every implementation can be used from any thread.
public protocol Catalog: Sendable {
    /// By name, in order.
    func catalogs() throws(SQLError) -> [CatalogEntry]
    /// By name, in order; empty where there is no such catalog.
    func databases(in catalog: String) throws(SQLError) -> [DatabaseEntry]
    func object(_ space: Namespace, _ name: QualifiedName) throws(SQLError) -> CatalogObject?
    /// By name, in order; empty where there is no such database.
    func objects(_ space: Namespace, in database: DatabaseName) throws(SQLError) -> [CatalogObject]
}

extension Catalog {
    public func catalog(_ name: String) throws(SQLError) -> CatalogEntry? {
        try catalogs().first { $0.name == name }
    }

    public func database(_ name: DatabaseName) throws(SQLError) -> DatabaseEntry? {
        try databases(in: name.catalog).first { $0.name == name }
    }

    /// The table of that name; nil where there is none, or a view.
    public func table(_ name: QualifiedName) throws(SQLError) -> TableEntry? {
        guard case .table(let entry)? = try object(.relation, name) else { return nil }
        return entry
    }

    public func view(_ name: QualifiedName) throws(SQLError) -> ViewEntry? {
        guard case .view(let entry)? = try object(.relation, name) else { return nil }
        return entry
    }

    public func function(_ name: QualifiedName) throws(SQLError) -> FunctionEntry? {
        guard case .function(let entry)? = try object(.function, name) else { return nil }
        return entry
    }

    public func model(_ name: QualifiedName) throws(SQLError) -> ModelEntry? {
        guard case .model(let entry)? = try object(.model, name) else { return nil }
        return entry
    }
}

/// What CREATE does with an object that is there already.
public enum CreateMode: Sendable {
    case new
    case ifNotExists
    case orReplace
}

/// Changes a catalog. Each call is atomic. `statement` is the text that asked for it, kept in the history of a
/// catalog that has one. The result tells whether anything changed.
public protocol CatalogWriter: Catalog {
    @discardableResult
    func createCatalog(
        _ entry: CatalogEntry, ifNotExists: Bool, statement: String
    ) throws(SQLError) -> Bool
    func alterCatalog(
        _ name: String, statement: String, _ change: (inout CatalogEntry) throws(SQLError) -> Void
    ) throws(SQLError)
    @discardableResult
    func dropCatalog(_ name: String, ifExists: Bool, statement: String) throws(SQLError) -> Bool

    @discardableResult
    func createDatabase(
        _ entry: DatabaseEntry, ifNotExists: Bool, statement: String
    ) throws(SQLError) -> Bool
    func alterDatabase(
        _ name: DatabaseName, statement: String, _ change: (inout DatabaseEntry) throws(SQLError) -> Void
    ) throws(SQLError)
    @discardableResult
    func dropDatabase(
        _ name: DatabaseName, ifExists: Bool, cascade: Bool, statement: String
    ) throws(SQLError) -> Bool

    @discardableResult
    func create(_ object: CatalogObject, _ mode: CreateMode, statement: String) throws(SQLError) -> Bool
    /// `change` gets the object as it is now; its result takes the place, under the same name.
    @discardableResult
    func alter(
        _ kind: ObjectKind, _ name: QualifiedName, ifExists: Bool, statement: String,
        _ change: (CatalogObject) throws(SQLError) -> CatalogObject
    ) throws(SQLError) -> Bool
    @discardableResult
    func drop(
        _ kind: ObjectKind, _ name: QualifiedName, ifExists: Bool, statement: String
    ) throws(SQLError) -> Bool
    @discardableResult
    func rename(
        _ kind: ObjectKind, _ name: QualifiedName, to target: QualifiedName, ifExists: Bool, statement: String
    ) throws(SQLError) -> Bool
}
