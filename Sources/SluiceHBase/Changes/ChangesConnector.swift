public import SluiceBase
import SluiceColumns
public import SluiceConnect
public import SluiceTableStore

/// The connector `hbase-cdc`: what happens to the rows of an HBase table, declared like the table itself. Of the embedded
/// store from its edit log, of a cluster as a replication peer.
public struct HBaseChangesConnector: Connector {
    private let store: TableStore
    private let clusters: ClusterPool
    private let environment: HBaseEnvironment

    public init(
        store: TableStore, environment: HBaseEnvironment = HBaseEnvironment(),
        clusters: ClusterPool = ClusterPool()
    ) {
        self.store = store
        self.environment = environment
        self.clusters = clusters
    }

    public var names: [String] { ["hbase-cdc"] }
    public var options: [OptionSpec] { ChangesOptions.specs }
    public var metadata: [MetadataKey] { ChangeMetadata.keys }

    public func validate(_ table: ResolvedTable) throws(SQLError) {
        try OptionCheck.check(table, options)
        _ = try layout(table)
    }

    private func layout(_ table: ResolvedTable) throws(SQLError) -> ChangesLayout {
        try ChangesLayout(table, nil, environment)
    }

    public func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits? {
        let layout = try layout(table)
        let capture = try ChangesSource.capture(layout, store, clusters)
        return SourceTraits(
            isBounded: layout.options.isBounded,
            changelog: layout.options.shape == .rows ? .retract : .appendOnly,
            note: "changes=[\(capture.description)], families=[\(layout.captured.joined(separator: ", "))], "
                + "startup=[\(layout.options.startup.text)]")
    }

    public func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        let layout = try ChangesLayout(table, scan.projection, environment)
        _ = try ChangesSource.capture(layout, store, clusters)
        return ChangesSource(store: store, clusters: clusters, layout: layout)
    }

    public func capturedPlaces(_ table: ResolvedTable) throws(SQLError) -> [DataPlace] {
        let layout = try layout(table)
        let place = layout.rows.options.place(in: store)
        let name = layout.tableName.description
        return layout.captured.map { DataPlace(store: place, table: name, part: $0) }
    }

    public func creationNotice(_ table: ResolvedTable) -> String? {
        guard let layout = try? layout(table) else { return nil }
        let families = layout.captured.map { "\"\($0)\"" }.joined(separator: ", ")
        let what = "changes of \(families) of the HBase table \"\(layout.tableName)\""
        guard let cluster = layout.rows.options.cluster else {
            return "\(what), from its edit log in the embedded store \(store.folder)"
        }
        return
            "\(what) in the cluster at \(cluster.description); what is written past the log (SKIP_WAL, bulk loads, "
            + "families with REPLICATION_SCOPE 0) is not among them"
    }
}

extension ChangesOptions.Startup {
    /// As EXPLAIN shows it.
    var text: String {
        switch self {
        case .initial: return "initial"
        case .earliest: return "earliest"
        case .latest: return "latest"
        case .timestamp(let millis): return "timestamp \(millis)"
        }
    }
}
