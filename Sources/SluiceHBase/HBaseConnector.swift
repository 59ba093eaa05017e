public import SluiceBase
import SluiceColumns
public import SluiceConnect
public import SluiceTableStore

/// The connector `hbase` on the embedded table store.
public struct HBaseConnector: Connector {
    public let store: TableStore

    public init(store: TableStore) { self.store = store }

    public var names: [String] { ["hbase", "hbase-2.6", "hbase-2.2"] }
    public var options: [OptionSpec] { HBaseOptions.specs }

    public func validate(_ table: ResolvedTable) throws(SQLError) {
        _ = try HBaseSchema(table, HBaseOptions(table))
    }

    public func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits? {
        SourceTraits(isBounded: true)
    }

    public func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        let layout = try RowLayout(table, scan.projection)
        return HBaseSource(
            store: store, layout: layout, limit: scan.limit, range: RowKeyRange.range(layout, scan.filters))
    }

    public func lookupTraits(_ table: ResolvedTable) throws(SQLError) -> LookupTraits? {
        LookupTraits(keyColumns: [try HBaseSchema(table, HBaseOptions(table)).rowKey])
    }

    public func makeLookup(
        _ table: ResolvedTable, _ request: LookupRequest
    ) throws(SQLError) -> any LookupProvider {
        let layout = try RowLayout(table, request.projection)
        guard request.keys == [layout.schema.rowKey] else {
            throw SQLError(
                .unsupported, "table \"\(table.name)\" can be looked up by its row key only",
                hint: "compare \"\(table.columns[layout.schema.rowKey].name)\" with =")
        }
        return HBaseLookupProvider(store: store, layout: layout)
    }

    public func sinkTraits(_ table: ResolvedTable, input: ChangelogMode) throws(SQLError) -> SinkTraits? {
        let schema = try HBaseSchema(table, HBaseOptions(table))
        // An update of a counter's amount would count twice.
        return SinkTraits(accepts: schema.hasIncrements ? .appendOnly : .upsert)
    }

    public func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink {
        if request.overwrite {
            throw SQLError(
                .unsupported, "INSERT OVERWRITE into the HBase table \"\(table.name)\" is not possible")
        }
        return try HBaseSink(store: store, table: table, request: request)
    }

    public func creationNotice(_ table: ResolvedTable) -> String? {
        guard let options = try? HBaseOptions(table) else { return nil }
        return "HBase table \"\(options.tableName)\" in the embedded store \(store.folder)"
    }
}
