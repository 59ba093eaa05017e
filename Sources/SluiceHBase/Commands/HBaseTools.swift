public import SluiceBase
public import SluiceConnect
import SluiceHBaseClient
public import SluiceTableStore

/// What commands and SHOW statements ask of HBase besides reading and writing: on the cluster that the options or
/// the environment name, else on the embedded store.
public struct HBaseTools: Sendable {
    private let store: TableStore
    private let environment: HBaseEnvironment
    private let pool: ClusterPool
    /// `zookeeper.quorum`, `hbase.bootstrap.servers`, `properties.*`: as in a table's WITH clause.
    private let options: TableOptions

    public init(
        store: TableStore, environment: HBaseEnvironment, options: TableOptions = TableOptions(),
        pool: ClusterPool = ClusterPool()
    ) {
        self.store = store
        self.environment = environment
        self.options = options
        self.pool = pool
    }

    private var verbs: any TableVerbs {
        get throws(SQLError) {
            guard let cluster = try environment.cluster(options) else { return EmbeddedVerbs(store: store) }
            return try ClusterVerbs(cluster, pool)
        }
    }

    /// The verbs of `sluice hbase`.
    public func commands(isJSON: Bool) throws(SQLError) -> HBaseCommands {
        HBaseCommands(try verbs, isJSON: isJSON)
    }

    /// The regions of an HBase table, or of all.
    public func regions(_ table: String? = nil) throws(SQLError) -> [HBaseRegionInfo] {
        var name: HBaseTableName?
        if let table { name = try HBaseTableName(table) }
        return try verbs.regions(name)
    }

    /// What slows the cluster down; nil: no cluster is named, and the embedded store has nothing to tune.
    public func advice() throws(SQLError) -> [ClusterAdvice]? {
        guard try environment.cluster(options) != nil else { return nil }
        let verbs = try verbs
        return ClusterAdvisor(regions: try verbs.regions(nil), servers: try verbs.servers()).advise()
    }

    /// Where the tables are, for messages.
    public var place: String { get throws(SQLError) { try verbs.place } }

    /// Looks for what is wrong between here and an HBase table; false: something is.
    public func examine(
        _ table: String, families: [String] = [], _ tell: (DoctorFinding) -> Void
    ) throws(SQLError) -> Bool {
        let name = try HBaseTableName(table)
        guard let cluster = try environment.cluster(options) else {
            return try examineEmbedded(name, families, tell)
        }
        let doctor = ClusterDoctor(
            cluster: cluster, pool: pool, table: name.clientTable, families: families,
            nowMillis: SystemClock().nowMicros() / 1000)
        return doctor.examine(tell)
    }

    /// The same for a table of the catalog.
    public static func examine(
        _ table: ResolvedTable, store: TableStore, environment: HBaseEnvironment,
        _ tell: (DoctorFinding) -> Void
    ) throws(SQLError) -> Bool {
        if table.options["connector"] == "hbase-cdc" {
            return try examineChanges(table, store: store, environment: environment, tell)
        }
        let options = try HBaseOptions(table, environment)
        let schema = try HBaseSchema(table, options)
        var families = schema.families.map(\.name)
        if let ledger = options.sink.ledgerFamily, schema.hasIncrements, !families.contains(ledger) {
            families.append(ledger)
        }
        let tools = HBaseTools(store: store, environment: environment, options: table.options)
        return try tools.examine(options.tableName.description, families: families, tell)
    }

    /// A table of changes: what its HBase table needs, and that the edits of its families are kept.
    private static func examineChanges(
        _ table: ResolvedTable, store: TableStore, environment: HBaseEnvironment,
        _ tell: (DoctorFinding) -> Void
    ) throws(SQLError) -> Bool {
        let layout = try ChangesLayout(table, nil, environment)
        let tools = HBaseTools(store: store, environment: environment, options: table.options)
        let name = layout.tableName
        guard try tools.examine(name.description, families: layout.captured, tell) else { return false }
        for family in try tools.verbs.families(name) where layout.captured.contains(family.name) {
            let scope = family.attributes.first { $0.name == "REPLICATION_SCOPE" }?.value ?? "0"
            if scope == "0" {
                let what =
                    "the edits of the family \"\(family.name)\" are not kept: its REPLICATION_SCOPE is 0"
                tell(.bad("changes", what, "set it to 1"))
                return false
            }
        }
        guard layout.rows.options.cluster == nil else {
            tell(.good("changes", "the edits of the families are kept; those that skip the log never are"))
            return true
        }
        let log = try store.table(name).editLog()
        let range = log.first.map { "edits \($0) to \(log.last)" } ?? "no edit yet"
        tell(
            .good(
                "changes", "the edit log has \(range)" + (log.isComplete ? "" : "; older ones were removed")))
        return true
    }

    private func examineEmbedded(
        _ name: HBaseTableName, _ families: [String], _ tell: (DoctorFinding) -> Void
    ) throws(SQLError) -> Bool {
        tell(.good("store", "no cluster is named: the embedded store \(store.folder) is used"))
        guard try store.exists(name) else {
            let hint = "sluice hbase create \(name) FAMILY …, or insert a row: that makes it too"
            tell(.bad("table", "the embedded store has no table \"\(name)\"", hint))
            return false
        }
        let known = try store.table(name).descriptor().families.map(\.name)
        for family in families where !known.contains(family) {
            let list = known.joined(separator: ", ")
            tell(.bad("families", "table \"\(name)\" has no family \"\(family)\"", "its families: \(list)"))
            return false
        }
        tell(.good("table", "table \"\(name)\" is there, with the families \(known.joined(separator: ", "))"))
        return true
    }
}
