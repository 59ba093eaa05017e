/// The entries of a catalog in dictionaries.
public struct MemoryStorage: CatalogStorage, Sendable {
    private(set) var catalogEntries: [String: CatalogEntry] = [:]
    private(set) var databaseEntries: [DatabaseName: DatabaseEntry] = [:]
    private var spaces: [Namespace: [QualifiedName: CatalogObject]] = [:]

    public init() {}

    public func catalogs() -> [CatalogEntry] { catalogEntries.values.sorted { $0.name < $1.name } }

    public func databases(in catalog: String) -> [DatabaseEntry] {
        databaseEntries.values.filter { $0.name.catalog == catalog }
            .sorted { $0.name.database < $1.name.database }
    }

    public func object(_ space: Namespace, _ name: QualifiedName) -> CatalogObject? {
        spaces[space]?[space.key(name)]
    }

    public func objects(_ space: Namespace, in database: DatabaseName) -> [CatalogObject] {
        (spaces[space] ?? [:]).values.filter { $0.name.databaseName == database }
            .sorted { $0.name.object < $1.name.object }
    }

    public mutating func put(_ entry: CatalogEntry) { catalogEntries[entry.name] = entry }

    public mutating func remove(catalog name: String) {
        catalogEntries[name] = nil
        databaseEntries = databaseEntries.filter { $0.key.catalog != name }
        for space in Namespace.allCases {
            spaces[space] = spaces[space]?.filter { $0.key.catalog != name }
        }
    }

    public mutating func put(_ entry: DatabaseEntry) { databaseEntries[entry.name] = entry }

    public mutating func remove(database name: DatabaseName) {
        databaseEntries[name] = nil
        for space in Namespace.allCases {
            spaces[space] = spaces[space]?.filter { $0.key.databaseName != name }
        }
    }

    public mutating func put(_ object: CatalogObject) {
        let space = object.kind.namespace
        spaces[space, default: [:]][space.key(object.name)] = object
    }

    public mutating func remove(_ space: Namespace, _ name: QualifiedName) {
        spaces[space]?[space.key(name)] = nil
    }

    /// With the default catalog and its default database.
    public static var initial: MemoryStorage {
        var storage = MemoryStorage()
        storage.put(CatalogEntry(name: DatabaseName.initial.catalog))
        storage.put(DatabaseEntry(name: DatabaseName.initial))
        return storage
    }
}
