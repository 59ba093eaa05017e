public import SluiceBase

/// The catalog as one session sees it: current names, temporary objects, and under them either the stored
/// catalog itself or a layer over it that lasts as long as the run.
///
/// Temporary objects hide permanent ones of the same name.
public final class SessionCatalog: Catalog {
    public enum Mode: Sendable {
        /// Permanent objects go to the stored catalog: the shell, `-c`, `-f`.
        case stored
        /// Permanent objects last as long as the run: `sluice run`.
        case jobFile
    }

    public let mode: Mode
    let permanent: any CatalogWriter
    private let state = Lock(State())

    private struct State: Sendable {
        var current = DatabaseName.initial
        var temporary = MemoryStorage()
        /// By name in lower case.
        var systemFunctions: [String: FunctionEntry] = [:]
    }

    public init(over stored: any CatalogWriter, mode: Mode) {
        self.mode = mode
        switch mode {
        case .stored: permanent = stored
        case .jobFile: permanent = LayeredCatalog(over: stored)
        }
    }

    // MARK: Current names

    public var current: DatabaseName { state.withLock { $0.current } }

    public func useCatalog(_ name: String) throws(SQLError) {
        guard let entry = try permanent.catalog(name) else {
            throw CatalogErrors.unknownCatalog(name, among: try permanent.catalogs().map(\.name))
        }
        state.withLock { $0.current = DatabaseName(name, entry.defaultDatabase) }
    }

    /// `USE database` or `USE catalog.database`.
    public func use(_ parts: [String]) throws(SQLError) {
        let name = try databaseName(parts)
        try requireDatabase(name)
        state.withLock { $0.current = name }
    }

    public func databaseName(_ parts: [String]) throws(SQLError) -> DatabaseName {
        switch parts.count {
        case 0: return current
        case 1: return DatabaseName(current.catalog, parts[0])
        case 2: return DatabaseName(parts[0], parts[1])
        default:
            throw SQLError(
                .invalidDefinition, "\"\(parts.joined(separator: "."))\" has too many parts for a database")
        }
    }

    /// `table`, `database.table` or `catalog.database.table` in full.
    public func qualify(_ parts: [String]) throws(SQLError) -> QualifiedName {
        switch parts.count {
        case 1: return QualifiedName(current, parts[0])
        case 2: return QualifiedName(current.catalog, parts[0], parts[1])
        case 3: return QualifiedName(parts[0], parts[1], parts[2])
        default:
            throw SQLError(
                .invalidDefinition, "\"\(parts.joined(separator: "."))\" has too many parts for a name")
        }
    }

    // MARK: Reading

    public func catalogs() throws(SQLError) -> [CatalogEntry] { try permanent.catalogs() }

    public func databases(in catalog: String) throws(SQLError) -> [DatabaseEntry] {
        try permanent.databases(in: catalog)
    }

    public func object(_ space: Namespace, _ name: QualifiedName) throws(SQLError) -> CatalogObject? {
        if let own = temporaryObject(space, name) { return own }
        return try permanent.object(space, name)
    }

    public func objects(_ space: Namespace, in database: DatabaseName) throws(SQLError) -> [CatalogObject] {
        let own = temporaryObjects(space, in: database)
        let hidden = Set(own.map { space.key($0.name) })
        let below = try permanent.objects(space, in: database).filter { !hidden.contains(space.key($0.name)) }
        return (own + below).sorted { $0.name.object < $1.name.object }
    }

    /// The object without regard to temporary ones.
    public func permanentObject(_ space: Namespace, _ name: QualifiedName) throws(SQLError) -> CatalogObject?
    {
        try permanent.object(space, name)
    }

    public func temporaryObject(_ space: Namespace, _ name: QualifiedName) -> CatalogObject? {
        state.withLock { $0.temporary.object(space, name) }
    }

    public func temporaryObjects(_ space: Namespace, in database: DatabaseName) -> [CatalogObject] {
        state.withLock { $0.temporary.objects(space, in: database) }
    }

    /// By name, in order.
    public var systemFunctions: [FunctionEntry] {
        state.withLock { $0.systemFunctions.values.sorted { $0.name.object < $1.name.object } }
    }

    /// The table or view of a name as written, or the error that says what there is instead.
    public func requireRelation(_ parts: [String]) throws(SQLError) -> CatalogObject {
        let name = try qualify(parts)
        if let found = try object(.relation, name) { return found }
        try requireDatabase(name.databaseName)
        let known = try objects(.relation, in: name.databaseName).map(\.name.object)
        throw CatalogErrors.unknownObject(.table, name, among: known)
    }

    /// The user's function of a name as written: for a single name the session's system functions first.
    public func function(named parts: [String]) throws(SQLError) -> FunctionEntry? {
        if parts.count == 1 {
            let key = parts[0].lowercased()
            if let system = state.withLock({ $0.systemFunctions[key] }) { return system }
        }
        return try function(try qualify(parts))
    }

    public func requireDatabase(_ name: DatabaseName) throws(SQLError) {
        guard try permanent.catalog(name.catalog) != nil else {
            throw CatalogErrors.unknownCatalog(name.catalog, among: try permanent.catalogs().map(\.name))
        }
        guard try permanent.database(name) == nil else { return }
        let known = try permanent.databases(in: name.catalog).map(\.name.database)
        throw CatalogErrors.unknownDatabase(name, among: known)
    }

    // MARK: Temporary objects

    func changeTemporary<Result: Sendable>(
        _ body: (inout MemoryStorage) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        try state.withLock { (current: inout State) throws(SQLError) -> Result in
            try body(&current.temporary)
        }
    }

    func changeSystemFunctions<Result: Sendable>(
        _ body: (inout [String: FunctionEntry]) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        try state.withLock { (current: inout State) throws(SQLError) -> Result in
            try body(&current.systemFunctions)
        }
    }
}
