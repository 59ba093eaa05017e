public import SluiceBase
import SluiceBuiltins
public import SluiceCatalog
import SluiceCatalogStore
public import SluiceConnect
public import SluiceExpressions
import SluiceFiles
import SluiceFormats
import SluiceHBase
import SluiceLog
import SluiceLogStore
import SluiceTableStore

/// The one place where everything is wired together: connectors, functions, catalog. Makes sessions.
public struct Engine: Sendable {
    public let home: HomeFolder
    public let connectors: ConnectorRegistry
    public let functions: FunctionRegistry
    public let aggregates: AggregateRegistry
    public let clock: any Clock
    public let random: any Random
    /// Where job files are read from.
    public let disk: any Disk

    /// The process's variables, such as `HBASE_CONF_DIR`.
    let environment: [String: String]

    /// `additional` connectors come to the built-in ones and win over them by name.
    public init(
        home: HomeFolder, clock: any Clock = SystemClock(), random: any Random = SystemRandom(),
        disk: any Disk = SystemDisk(), additional: [any Connector] = [],
        environment: [String: String] = HomeFolder.processEnvironment
    ) {
        self.environment = environment
        self.home = home
        self.clock = clock
        self.random = random
        self.disk = disk
        functions = .builtin
        aggregates = .builtin
        let store = TableStore(folder: home.path + "/hbase", clock: clock)
        let builtin: [any Connector] = [
            FilesystemConnector(disk: disk, random: random, formats: .standard), DatagenConnector(),
            PrintConnector(), BlackholeConnector(),
            HBaseConnector(store: store, environment: HBaseEnvironment(environment)),
            LogConnector(
                store: LogStore(folder: home.path + "/log", disk: disk, clock: clock), formats: .standard,
                random: random),
            HBaseChangesConnector(store: store, environment: HBaseEnvironment(environment)),
        ]
        connectors = ConnectorRegistry(builtin + additional)
    }

    /// A session that writes the stored catalog (`stored`), or one whose objects last as long as a run (`jobFile`),
    /// which makes no catalog file where there is none.
    public func session(_ mode: SessionCatalog.Mode) throws(SQLError) -> Session {
        Session(engine: self, catalog: SessionCatalog(over: try storedCatalog(mode), mode: mode))
    }

    private func storedCatalog(_ mode: SessionCatalog.Mode) throws(SQLError) -> any CatalogWriter {
        if mode == .jobFile && !HomeFolder.exists(home.catalogPath) { return MemoryCatalog() }
        return try SQLiteCatalog(
            path: home.catalogPath, access: mode == .jobFile ? .readOnly : .create,
            principal: HomeFolder.userName, clock: clock)
    }
}
