public import SluiceBase

/// A catalog in memory that lies over another one, which it hides name by name and never changes.
///
/// `hidden…` are names of the lower catalog that this layer has dropped or made anew.
public struct LayerStorage: CatalogStorage, Sendable {
    let base: any Catalog
    private var layer = MemoryStorage()
    private var hiddenCatalogs: Set<String> = []
    private var hiddenDatabases: Set<DatabaseName> = []
    private var hiddenObjects: [Namespace: Set<QualifiedName>] = [:]

    public init(over base: any Catalog) { self.base = base }

    // MARK: Reading

    public func catalogs() throws(SQLError) -> [CatalogEntry] {
        let own = layer.catalogs()
        let below = try base.catalogs().filter { entry in
            !hiddenCatalogs.contains(entry.name) && layer.catalogEntries[entry.name] == nil
        }
        return (own + below).sorted { $0.name < $1.name }
    }

    public func databases(in catalog: String) throws(SQLError) -> [DatabaseEntry] {
        let own = layer.databases(in: catalog)
        guard !hiddenCatalogs.contains(catalog) else { return own }
        let below = try base.databases(in: catalog).filter { entry in
            !hiddenDatabases.contains(entry.name) && layer.databaseEntries[entry.name] == nil
        }
        return (own + below).sorted { $0.name.database < $1.name.database }
    }

    public func object(_ space: Namespace, _ name: QualifiedName) throws(SQLError) -> CatalogObject? {
        if let own = layer.object(space, name) { return own }
        return hides(space, name) ? nil : try base.object(space, name)
    }

    public func objects(_ space: Namespace, in database: DatabaseName) throws(SQLError) -> [CatalogObject] {
        let own = layer.objects(space, in: database)
        guard !hides(database) else { return own }
        let below = try base.objects(space, in: database).filter { object in
            !hides(space, object.name) && layer.object(space, object.name) == nil
        }
        return (own + below).sorted { $0.name.object < $1.name.object }
    }

    private func hides(_ database: DatabaseName) -> Bool {
        hiddenCatalogs.contains(database.catalog) || hiddenDatabases.contains(database)
    }

    private func hides(_ space: Namespace, _ name: QualifiedName) -> Bool {
        hides(name.databaseName) || hiddenObjects[space]?.contains(space.key(name)) == true
    }

    // MARK: What a CREATE collides with: what this run has made itself

    public func collides(_ space: Namespace, _ name: QualifiedName) -> Bool {
        layer.object(space, name) != nil
    }

    /// IF NOT EXISTS goes on with the stored database, so that its tables stay in sight.
    public func collides(database name: DatabaseName, ifNotExists: Bool) throws(SQLError) -> Bool {
        if layer.databaseEntries[name] != nil { return true }
        return ifNotExists ? try databases(in: name.catalog).contains { $0.name == name } : false
    }

    public func collides(catalog name: String, ifNotExists: Bool) throws(SQLError) -> Bool {
        if layer.catalogEntries[name] != nil { return true }
        return ifNotExists ? try catalogs().contains { $0.name == name } : false
    }

    // MARK: Changing

    public mutating func put(_ entry: CatalogEntry) { layer.put(entry) }

    public mutating func remove(catalog name: String) {
        layer.remove(catalog: name)
        hiddenCatalogs.insert(name)
    }

    public mutating func put(_ entry: DatabaseEntry) { layer.put(entry) }

    public mutating func remove(database name: DatabaseName) {
        layer.remove(database: name)
        hiddenDatabases.insert(name)
    }

    public mutating func put(_ object: CatalogObject) {
        let space = object.kind.namespace
        layer.put(object)
        hiddenObjects[space, default: []].insert(space.key(object.name))
    }

    public mutating func remove(_ space: Namespace, _ name: QualifiedName) {
        layer.remove(space, name)
        hiddenObjects[space, default: []].insert(space.key(name))
    }
}
