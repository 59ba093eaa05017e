public import SluiceBase
import SluiceColumns
public import SluiceConnect
public import SluiceTableStore

/// The connector `hbase`: a table of a real cluster when the table's options or an hbase-site.xml name one, else one
/// of the embedded store.
public struct HBaseConnector: Connector {
    public let store: TableStore
    public let clusters: ClusterPool
    private let environment: HBaseEnvironment

    public init(
        store: TableStore, environment: HBaseEnvironment = HBaseEnvironment(),
        clusters: ClusterPool = ClusterPool()
    ) {
        self.store = store
        self.environment = environment
        self.clusters = clusters
    }

    public var names: [String] { ["hbase", "hbase-2.6", "hbase-2.2"] }
    public var options: [OptionSpec] { HBaseOptionSpecs.all }
    public var metadata: [MetadataKey] {
        [MetadataKey("timestamp", .timestampLTZ(3), .write), MetadataKey("ttl", .bigint, .write)]
    }

    public func validate(_ table: ResolvedTable) throws(SQLError) {
        _ = try schema(table)
        try OptionCheck.check(table, options)
    }

    private func schema(_ table: ResolvedTable) throws(SQLError) -> HBaseSchema {
        try HBaseSchema(table, HBaseOptions(table, environment))
    }

    public func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits? {
        SourceTraits(isBounded: true, takesFieldFilters: true)
    }

    public func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        let layout = try RowLayout(table, scan.projection, environment)
        let ranges = RowKeyRange.ranges(layout, scan.filters)
        if let cluster = layout.options.cluster {
            return ClusterSource(
                layout: layout, cluster: cluster, pool: clusters, limit: scan.limit, ranges: ranges,
                filter: ValueFilters.filter(layout, scan.filters),
                report: RegionReport(layout.options.tableName.clientTable))
        }
        return EmbeddedSource(store: store, layout: layout, limit: scan.limit, ranges: ranges)
    }

    public func lookupTraits(_ table: ResolvedTable) throws(SQLError) -> LookupTraits? {
        let key = try schema(table).rowKey
        let kind = table.columns[key].type.kind
        // Only where bytes order as values do.
        let isOrdered = kind.isCharacter || kind.isBinary
        return LookupTraits(keyColumns: [key], cachesRows: true, rangeColumn: isOrdered ? key : nil)
    }

    public func makeLookup(
        _ table: ResolvedTable, _ request: LookupRequest
    ) throws(SQLError) -> any LookupProvider {
        let layout = try RowLayout(table, request.projection, environment)
        let isOfKey = request.keys.allSatisfy { $0 == layout.schema.rowKey }
        guard isOfKey, request.keys.count == (request.match == .range ? 2 : 1) else {
            throw SQLError(
                .unsupported, "table \"\(table.name)\" can be looked up by its row key only",
                hint: "compare \"\(table.columns[layout.schema.rowKey].name)\" with =")
        }
        if let cluster = layout.options.cluster {
            return ClusterLookupProvider(
                layout: layout, match: request.match, cluster: cluster, pool: clusters)
        }
        return EmbeddedLookupProvider(store: store, layout: layout, match: request.match)
    }

    public func sinkTraits(_ table: ResolvedTable, input: ChangelogMode) throws(SQLError) -> SinkTraits? {
        // An update of a counter's amount would count twice.
        let schema = try schema(table)
        if let load = try HBaseOptions(table, environment).bulkLoad {
            try load.check(schema, table.name)
            return SinkTraits(accepts: .appendOnly, batchOnly: "'sink.mode' = 'bulk-load'")
        }
        var traits = SinkTraits(accepts: schema.hasIncrements ? .appendOnly : .upsert)
        let options = try HBaseOptions(table, environment)
        if schema.hasIncrements {
            var counters: [String] = []
            for family in schema.families {
                for qualifier in family.qualifiers where qualifier.isIncrement {
                    counters.append(qualifier.codec.label)
                }
            }
            traits.details = [
                "counters=[\(counters.joined(separator: ", "))]", "coalesced per batch=[true]",
                "guarantee=[\(Self.guarantee(options))]",
            ]
        }
        if schema.hasIncrements && options.cluster != nil && !options.sink.isExactlyOnce {
            traits.warnings.append(
                SQLError(
                    .connectorOption,
                    "the counters of \"\(table.name)\" are written at least once: an increment whose answer is "
                        + "lost is sent again and may count twice",
                    hint:
                        "leave 'sink.increment.guarantee' out: a ledger cell in each row then keeps them exact"
                ))
        }
        return traits
    }

    private static func guarantee(_ options: HBaseOptions) -> String {
        guard options.cluster != nil else { return "exactly-once" }
        return options.sink.isExactlyOnce ? "exactly-once" : "at-least-once"
    }

    public func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink {
        if request.overwrite {
            throw SQLError(
                .unsupported, "INSERT OVERWRITE into the HBase table \"\(table.name)\" is not possible")
        }
        let plan = try SinkPlan(table, request, environment)
        if let cluster = plan.options.cluster, let load = plan.options.bulkLoad {
            return BulkLoadSink(plan, load, cluster, clusters)
        }
        if let cluster = plan.options.cluster {
            return ClusterSink(plan: plan, cluster: cluster, pool: clusters)
        }
        return EmbeddedSink(store: store, plan: plan)
    }

    public func writtenPlaces(
        _ table: ResolvedTable, _ request: SinkRequest
    ) throws(SQLError) -> [DataPlace] {
        let options = try HBaseOptions(table, environment)
        let schema = try HBaseSchema(table, options)
        let store = options.place(in: store)
        let name = options.tableName.description
        // A deleted row goes with all its families.
        if options.sink.deleteMode == .row, request.input.contains(.delete) {
            return [DataPlace(store: store, table: name)]
        }
        // Columns that the INSERT does not name are written, too: as NULL.
        let writesAll = !options.sink.ignoresNullValue
        var families = schema.families.filter { writesAll || request.columns.contains($0.column) }.map(\.name)
        if let ledger = options.sink.ledgerFamily, schema.hasIncrements { families.append(ledger) }
        return families.map { DataPlace(store: store, table: name, part: $0) }
    }

    public func creationNotice(_ table: ResolvedTable) -> String? {
        guard let options = try? HBaseOptions(table, environment) else { return nil }
        if let cluster = options.cluster {
            return "HBase table \"\(options.tableName)\" in the cluster at \(cluster.description)"
        }
        return "HBase table \"\(options.tableName)\" in the embedded store \(store.folder)"
    }
}
