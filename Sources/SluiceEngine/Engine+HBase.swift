public import SluiceBase
import SluiceCatalog
import SluiceConnect
public import SluiceHBase
import SluicePlanner
import SluiceTableStore

/// How commands name a cluster: as a table's WITH clause would, or by an hbase-site.xml.
public struct HBaseTarget: Sendable {
    fileprivate var options = TableOptions()
    public var siteFile: String?

    public init() {}

    /// `zookeeper.quorum`, `hbase.bootstrap.servers`, `properties.*`; nil changes nothing.
    public mutating func set(_ key: String, _ value: String?) {
        if let value { options[key] = value }
    }
}

extension Engine {
    var store: TableStore { TableStore(folder: home.path + "/hbase", clock: clock) }

    private func hbaseEnvironment(_ target: HBaseTarget) throws(SQLError) -> HBaseEnvironment {
        guard let path = target.siteFile else { return HBaseEnvironment(environment) }
        return try HBaseEnvironment(environment, siteFile: path)
    }

    public func hbaseTools(_ target: HBaseTarget = HBaseTarget()) throws(SQLError) -> HBaseTools {
        HBaseTools(store: store, environment: try hbaseEnvironment(target), options: target.options)
    }

    /// The verbs of `sluice hbase`.
    public func hbaseCommands(isJSON: Bool, _ target: HBaseTarget = HBaseTarget()) throws(SQLError)
        -> HBaseCommands
    {
        try hbaseTools(target).commands(isJSON: isJSON)
    }

    /// Looks for what is wrong between here and a table: one of the catalog, else an HBase table of this name.
    public func examine(
        _ table: String, _ target: HBaseTarget, _ tell: (DoctorFinding) -> Void
    ) throws(SQLError) -> Bool {
        if let resolved = try catalogTable(table, target) {
            return try HBaseTools.examine(
                resolved, store: store, environment: try hbaseEnvironment(target), tell)
        }
        return try hbaseTools(target).examine(table, tell)
    }

    /// A table of the catalog with what the command adds to its options. Nil: the catalog has none of this name, or
    /// one of another connector while the command names a cluster.
    private func catalogTable(_ name: String, _ target: HBaseTarget) throws(SQLError) -> ResolvedTable? {
        let session = try session(.jobFile)
        let parts = name.split(separator: ".").map(String.init)
        guard !parts.isEmpty, parts.count <= 3 else { return nil }
        do throws(SQLError) {
            guard var table = try session.hbaseTable(parts, mustExist: false) else { return nil }
            for entry in target.options.entries { table.options[entry.key] = entry.value }
            return table
        } catch where error.code == .unsupported && !target.options.entries.isEmpty {
            return nil
        }
    }
}

extension Session {
    /// A table of the catalog with the connector hbase.
    func hbaseTable(_ names: [String], mustExist: Bool) throws(SQLError) -> ResolvedTable? {
        if !mustExist {
            let qualified = try catalog.qualify(names)
            guard try catalog.object(.relation, qualified) != nil else { return nil }
        }
        guard case .table(let entry) = try catalog.requireRelation(names) else {
            throw SQLError(.unsupported, "\"\(names.joined(separator: "."))\" is a view")
        }
        let table = try planner().resolve(entry)
        let connector = table.options["connector"] ?? ""
        let found = engine.connectors.find(connector)
        guard found is HBaseConnector || found is HBaseChangesConnector else {
            throw SQLError(
                .unsupported, "table \"\(entry.name.object)\" has the connector '\(connector)', not hbase")
        }
        return table
    }

    /// SHOW HBASE REGIONS: where the regions of a table are and what they hold.
    func hbaseRegions(_ names: [String]?) throws(SQLError) -> Listing {
        var target = HBaseTarget()
        var table: String?
        if let names, let resolved = try hbaseTable(names, mustExist: true) {
            for entry in resolved.options.entries where entry.key != "table-name" {
                target.options[entry.key] = entry.value
            }
            table = try resolved.options.required("table-name", of: resolved.name)
        }
        let regions = try engine.hbaseTools(target).regions(table)
        let requests = regions.reduce(Int64(0)) { $0 &+ ($1.readRequests ?? 0) &+ ($1.writeRequests ?? 0) }
        var listing = Listing(
            columns: [
                "table", "region", "start key", "end key", "server", "state", "store mb", "memstore mb",
                "reads",
                "writes", "share of requests",
            ], rows: [])
        for region in regions {
            let own = (region.readRequests ?? 0) &+ (region.writeRequests ?? 0)
            let share = region.readRequests == nil || requests == 0 ? nil : "\(own * 100 / requests) %"
            listing.rows.append([
                region.table, region.name, region.startText, region.endText, region.server, region.state,
                region.storeMegabytes.map { String($0) }, region.memstoreMegabytes.map { String($0) },
                region.readRequests.map { String($0) }, region.writeRequests.map { String($0) }, share,
            ])
        }
        return listing
    }
}
