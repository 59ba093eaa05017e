public import SluiceBase

/// What is said of a name that is not there, with the nearest one that is.
extension CatalogStorage {
    public func requireCatalog(_ name: String) throws(SQLError) -> CatalogEntry {
        if let entry = try catalogs().first(where: { $0.name == name }) { return entry }
        throw try unknownCatalog(name)
    }

    public func requireDatabase(_ name: DatabaseName) throws(SQLError) -> DatabaseEntry {
        _ = try requireCatalog(name.catalog)
        if let entry = try databases(in: name.catalog).first(where: { $0.name == name }) { return entry }
        throw try unknownDatabase(name)
    }

    public func unknownCatalog(_ name: String) throws(SQLError) -> SQLError {
        CatalogErrors.unknownCatalog(name, among: try catalogs().map(\.name))
    }

    public func unknownDatabase(_ name: DatabaseName) throws(SQLError) -> SQLError {
        CatalogErrors.unknownDatabase(name, among: try databases(in: name.catalog).map(\.name.database))
    }

    public func unknownObject(_ kind: ObjectKind, _ name: QualifiedName) throws(SQLError) -> SQLError {
        let known = try objects(kind.namespace, in: name.databaseName).filter { $0.kind == kind }
        return CatalogErrors.unknownObject(kind, name, among: known.map(\.name.object))
    }
}
