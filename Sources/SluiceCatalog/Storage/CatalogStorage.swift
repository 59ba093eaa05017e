public import SluiceBase

/// Where the entries of a catalog are, seen from inside one change.
///
/// The rules of CREATE, ALTER, DROP and RENAME are written once on top of it (`CatalogStorage+Changes`).
public protocol CatalogStorage {
    func catalogs() throws(SQLError) -> [CatalogEntry]
    func databases(in catalog: String) throws(SQLError) -> [DatabaseEntry]
    func object(_ space: Namespace, _ name: QualifiedName) throws(SQLError) -> CatalogObject?
    func objects(_ space: Namespace, in database: DatabaseName) throws(SQLError) -> [CatalogObject]

    /// Whether a CREATE of that name collides. A layer over another catalog says no to what lies below it.
    func collides(_ space: Namespace, _ name: QualifiedName) throws(SQLError) -> Bool
    func collides(database name: DatabaseName, ifNotExists: Bool) throws(SQLError) -> Bool
    func collides(catalog name: String, ifNotExists: Bool) throws(SQLError) -> Bool

    mutating func put(_ entry: CatalogEntry) throws(SQLError)
    /// With everything in it.
    mutating func remove(catalog name: String) throws(SQLError)
    mutating func put(_ entry: DatabaseEntry) throws(SQLError)
    /// With everything in it.
    mutating func remove(database name: DatabaseName) throws(SQLError)
    mutating func put(_ object: CatalogObject) throws(SQLError)
    mutating func remove(_ space: Namespace, _ name: QualifiedName) throws(SQLError)
}

extension CatalogStorage {
    public func collides(_ space: Namespace, _ name: QualifiedName) throws(SQLError) -> Bool {
        try object(space, name) != nil
    }

    public func collides(database name: DatabaseName, ifNotExists: Bool) throws(SQLError) -> Bool {
        try databases(in: name.catalog).contains { $0.name == name }
    }

    public func collides(catalog name: String, ifNotExists: Bool) throws(SQLError) -> Bool {
        try catalogs().contains { $0.name == name }
    }
}
