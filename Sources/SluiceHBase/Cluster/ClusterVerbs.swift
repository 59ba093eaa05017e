import SluiceBase
import SluiceHBaseClient
import SluiceNet
import SluiceTableStore

/// The verbs of the command line on a cluster. Each waits for its answer.
struct ClusterVerbs: TableVerbs {
    private static let waitMillis: Int64 = 600_000
    /// One row is there at once, or something is wrong that is better told than waited for.
    private static let rowNanos: Int64 = 6_000_000_000
    /// A cluster that can be reached has mostly answered by then.
    private static let quickMillis: Int64 = 1000

    let cluster: ClusterOptions
    private let lease: ClusterLease
    let admin: AdminClient

    init(_ cluster: ClusterOptions, _ pool: ClusterPool) throws(SQLError) {
        var cluster = cluster
        // Somebody waits at a terminal.
        cluster.operationTimeoutMillis = min(cluster.operationTimeoutMillis, 20_000)
        self.cluster = cluster
        lease = try pool.lease(cluster)
        var random = SystemRandomNumberGenerator()
        admin = lease.client.admin(seed: random.next())
    }

    private var client: HBaseClient { lease.client }

    var place: String { "the cluster at \(cluster.description)" }

    var ddlOptions: String {
        func list(_ endpoints: [String]) -> String { endpoints.joined(separator: ",") }
        switch cluster.registry {
        case .zooKeeper(let quorum, let parent):
            let node = parent == "/hbase" ? "" : ", 'zookeeper.znode.parent' = '\(parent)'"
            return ", 'zookeeper.quorum' = '\(list(quorum.map(\.description)))'\(node)"
        case .servers(let servers):
            return ", 'hbase.bootstrap.servers' = '\(list(servers.map(\.description)))'"
        }
    }

    // MARK: Waiting

    func wait<Value: Sendable>(
        _ table: String, _ start: (@escaping @Sendable (Result<Value, HBaseError>) -> Void) -> Void
    ) throws(SQLError) -> Value {
        let answer = Promise<Result<Value, HBaseError>>()
        start { answer.give($0) }
        var result = answer.wait(milliseconds: Self.quickMillis)
        if result == nil {
            if let cause = unreachable() { throw cause }
            result = answer.wait(milliseconds: Self.waitMillis)
        }
        switch result {
        case .success(let value)?: return value
        case .failure(let error)?: throw explained(error, table)
        case nil: throw explained(HBaseError(.timedOut, "nothing was heard for 10 minutes"), table)
        }
    }

    /// When nothing comes back the way there is looked at on its own, which names the cause within seconds.
    private func unreachable() -> SQLError? {
        for finding in ClusterDoctor.reach(cluster) where !finding.isOK {
            return SQLError(.connectorIO, finding.text, hint: finding.hint)
        }
        return nil
    }

    func explained(_ error: HBaseError, _ table: String) -> SQLError {
        if error.kind == .timedOut || error.kind == .network, let cause = unreachable() { return cause }
        return ClusterFailure.error(error, table: table, cluster: cluster)
    }

    // MARK: Tables

    func tables() throws(SQLError) -> [HBaseTableName] {
        let found = try wait("") { admin.tables($0) }
        var names: [HBaseTableName] = []
        for table in found { names.append(try HBaseTableName(table.description)) }
        return names.sorted()
    }

    func families(_ table: HBaseTableName) throws(SQLError) -> [TableFamily] {
        let schema = try wait(table.description) { admin.describe(table.clientTable, $0) }
        return schema.families.map { family in
            let attributes = family.attributes.map { pair in
                (name: HBaseBytes.printable(pair.first), value: HBaseBytes.printable(pair.second))
            }
            return TableFamily(
                name: HBaseBytes.printable(family.name), attributes: attributes.sorted { $0.name < $1.name })
        }
    }

    func create(
        _ table: HBaseTableName, _ families: [FamilyRequest], splits: [[UInt8]]
    ) throws(SQLError) {
        var list: [FamilySchema] = []
        for family in families {
            var schema = FamilySchema(name: family.descriptor.nameBytes)
            for (name, value) in family.given {
                schema.attributes.append(
                    BytesBytesPair(first: Array(name.utf8), second: Array(Self.attribute(name, value).utf8)))
            }
            list.append(schema)
        }
        let schema = TableSchema(table: table.clientTable, families: list)
        try wait(table.description) { admin.createTable(schema, splitKeys: splits, $0) }
    }

    /// The master wants the number that stands for FOREVER.
    static func attribute(_ name: String, _ value: String) -> String {
        name == "TTL" && value.uppercased() == "FOREVER" ? "2147483647" : value
    }

    func drop(_ table: HBaseTableName) throws(SQLError) {
        try disable(table)
        try wait(table.description) { admin.deleteTable(table.clientTable, $0) }
    }

    func truncate(_ table: HBaseTableName) throws(SQLError) {
        try disable(table)
        try wait(table.description) { admin.truncateTable(table.clientTable, $0) }
    }

    func compact(_ table: HBaseTableName) throws(SQLError) -> (kept: Int, removed: Int)? {
        try wait(table.description) { admin.compact(table.clientTable, isMajor: true, $0) }
        return nil
    }

    func regions(_ table: HBaseTableName?) throws(SQLError) -> [HBaseRegionInfo] {
        var names: [HBaseTableName] = []
        if let table { names = [table] } else { names = try tables() }
        let loads = (try? serverLoads()) ?? ServerLoads()
        var list: [HBaseRegionInfo] = []
        for name in names {
            let found: [RegionLocation]
            do throws(SQLError) {
                found = try wait(name.description) { client.regions(of: name.clientTable, $0) }
            } catch {
                if table == nil { continue }
                throw error
            }
            for location in found { list.append(loads.describe(location)) }
        }
        return list
    }

    /// What the servers last told the master of their regions.
    func serverLoads() throws(SQLError) -> ServerLoads {
        let call = HBaseCall(service: .master, method: "GetClusterStatus", target: .master) { _ in [] }
        let reply: HBaseReply = try wait("") { client.call(call, $0) }
        return ServerLoads(reply)
    }

    func servers() throws(SQLError) -> [HBaseServerInfo] { try serverLoads().servers }

    // MARK: Rows

    func mutate(_ table: HBaseTableName, _ mutation: Mutation) throws(SQLError) -> [StoredCell] {
        var builder = MutationBatchBuilder(table: table.clientTable)
        for step in mutation.steps { Self.add(step, mutation.row, &builder) }
        let answer = Promise<MutationResults>()
        client.mutate(builder.finish(), timeoutNanos: Self.rowNanos) { answer.give($0) }
        guard let results = answer.wait(milliseconds: Self.waitMillis) else {
            throw explained(HBaseError(.timedOut, "nothing was heard"), table.description)
        }
        if let error = results.firstError { throw explained(error, table.description) }
        var cells: [StoredCell] = []
        for index in 0..<results.count {
            results.forEachCell(of: index) { (cell: CellView) in cells.append(Self.copy(cell)) }
        }
        return cells
    }

    private static func add(_ step: Mutation.Step, _ row: [UInt8], _ builder: inout MutationBatchBuilder) {
        let latest = MutationBatchBuilder.latest
        func column(_ column: ColumnReference) -> PreparedColumn {
            PreparedColumn(family: column.family, qualifier: column.qualifier ?? [])
        }
        switch step {
        case .put(let target, let value, let timestamp):
            builder.beginPut(row)
            value.withUnsafeBytes { builder.cell(column(target), value: $0, timestamp: timestamp ?? latest) }
        case .deleteVersion(let target, let timestamp):
            builder.beginDelete(row)
            builder.deleteVersion(column(target), timestamp: timestamp ?? latest)
        case .deleteColumn(let target, let timestamp):
            builder.beginDelete(row)
            builder.deleteColumn(column(target), timestamp: timestamp ?? latest)
        case .deleteFamily(let target, let timestamp):
            builder.beginDelete(row)
            builder.deleteFamily(target.family, timestamp: timestamp ?? latest)
        case .deleteFamilyVersion(let target, let timestamp):
            builder.beginDelete(row)
            builder.deleteFamilyVersion(target.family, timestamp: timestamp)
        case .deleteRow(let timestamp): builder.beginDelete(row, timestamp: timestamp ?? latest)
        case .increment(let target, let delta):
            builder.beginIncrement(row)
            builder.increment(column(target), by: delta)
        case .append(let target, let suffix):
            builder.beginAppend(row)
            suffix.withUnsafeBytes { builder.cell(column(target), value: $0) }
        }
    }

    func get(_ table: HBaseTableName, _ row: [UInt8], _ options: ReadOptions) throws(SQLError) -> StoredRow? {
        if options.isRaw {
            // Only scans can be raw.
            var found: StoredRow?
            let range = ScanRange(start: row, stop: row, includesStop: true)
            try scan(table, range, options, limit: 1) { (row) throws(SQLError) in found = row }
            return found
        }
        let results = try find(table, row, read(options))
        var cells: [StoredCell] = []
        results.forEachCell(ofKey: 0) { (cell: CellView) in cells.append(Self.copy(cell)) }
        return cells.isEmpty ? nil : StoredRow(row: row, cells: cells)
    }

    private func find(
        _ table: HBaseTableName, _ row: [UInt8], _ read: ReadSpec
    ) throws(SQLError) -> RowResults {
        let batch = GetBatch(table: table.clientTable, keys: RowKeys([row]), read: read)
        let answer = Promise<RowResults>()
        client.get(batch, timeoutNanos: Self.rowNanos) { answer.give($0) }
        guard let results = answer.wait(milliseconds: Self.waitMillis) else {
            throw explained(HBaseError(.timedOut, "nothing was heard"), table.description)
        }
        if let error = results.firstError { throw explained(error, table.description) }
        return results
    }

    func scan(
        _ table: HBaseTableName, _ range: ScanRange, _ options: ReadOptions, limit: Int,
        _ body: (StoredRow) throws(SQLError) -> Void
    ) throws(SQLError) {
        guard limit > 0 else { return }
        // A scan may take its time, a row that hardly exists may not: what is wrong is told soon.
        _ = try find(table, [0], ReadSpec(existenceOnly: true))
        var spec = TableScanSpec(table: table.clientTable, read: read(options))
        spec.startRow = range.start
        spec.includesStartRow = range.includesStart
        spec.stopRow = range.stop
        spec.includesStopRow = range.includesStop
        spec.isReversed = range.isReversed
        spec.isRaw = options.isRaw
        if limit < .max { spec.limit = Int64(limit) }
        let handle = client.scan(spec)
        defer { handle.cancel() }
        while let block = try wait(table.description, { handle.next($0) }) {
            for index in 0..<block.count {
                var row = StoredRow(row: [], cells: [])
                do {
                    try block.forEachCell(ofRow: index) { cell in
                        if row.row.isEmpty { row.row = [UInt8](cell.row) }
                        if Self.wants(cell, options) { row.cells.append(Self.copy(cell)) }
                    }
                } catch {
                    throw SQLError(
                        .connectorIO, "HBase table \"\(table)\": an answer to a scan cannot be read")
                }
                if !row.cells.isEmpty { try body(row) }
            }
        }
    }

    /// Servers give raw cells of whole families only; markers of a family concern all of its columns.
    private static func wants(_ cell: CellView, _ options: ReadOptions) -> Bool {
        guard options.isRaw, !options.columns.isEmpty else { return true }
        return options.columns.contains { column in
            guard cell.family.elementsEqual(column.family) else { return false }
            guard let qualifier = column.qualifier else { return true }
            let isOfFamily = cell.type == .deleteFamily || cell.type == .deleteFamilyVersion
            return isOfFamily || cell.qualifier.elementsEqual(qualifier)
        }
    }

    private func read(_ options: ReadOptions) -> ReadSpec {
        var columns: [ReadSpec.Column] = []
        for column in options.columns {
            let qualifiers = options.isRaw ? [] : column.qualifier.map { [$0] } ?? []
            if options.isRaw, columns.contains(where: { $0.family == column.family }) { continue }
            columns.append(ReadSpec.Column(family: column.family, qualifiers: qualifiers))
        }
        var read = ReadSpec(columns: columns, maxVersions: options.maxVersions)
        if options.minTimestamp > 0 || options.maxTimestamp < .max {
            read.times = ReadSpec.Times(from: options.minTimestamp, upTo: options.maxTimestamp)
        }
        return read
    }

    private static func copy(_ cell: CellView) -> StoredCell {
        StoredCell(
            family: [UInt8](cell.family), qualifier: [UInt8](cell.qualifier), timestamp: cell.timestamp,
            type: SluiceTableStore.CellType(rawValue: cell.type.rawValue) ?? .put, value: [UInt8](cell.value))
    }
}
