public import SluiceBase
import SluiceTableStore

/// Who is in a cluster.
struct ClusterOverview: Sendable {
    var version: String
    var clusterID: String
    /// `host:port`; nil: none is there.
    var master: String?
    var backupMasters: [String]
    var servers: [HBaseServerInfo]
    var deadServers: [String]
}

/// What only a cluster can be asked for.
protocol ClusterAdminVerbs: Sendable {
    /// A table that is enabled already is as wanted; the same holds for `disable`.
    func enable(_ table: HBaseTableName) throws(SQLError)
    func disable(_ table: HBaseTableName) throws(SQLError)
    func flush(_ table: HBaseTableName) throws(SQLError)
    func overview() throws(SQLError) -> ClusterOverview
    func namespaces() throws(SQLError) -> [String]
    func createNamespace(_ name: String) throws(SQLError)
    func dropNamespace(_ name: String) throws(SQLError)
}

/// The verbs of a cluster's operation.
extension HBaseCommands {
    private func clusterVerbs(_ what: String) throws(SQLError) -> any ClusterAdminVerbs {
        if let verbs = verbs as? any ClusterAdminVerbs { return verbs }
        throw SQLError(
            .unsupported, "\(verbs.place) has no \(what)",
            hint: "name a cluster: --quorum HOST:PORT, --servers HOST:PORT or HBASE_CONF_DIR")
    }

    public func enable(_ table: String, _ emit: Emit) throws(SQLError) {
        let name = try HBaseTableName(table)
        try clusterVerbs("tables to enable").enable(name)
        try done("enabled", name, emit)
    }

    public func disable(_ table: String, _ emit: Emit) throws(SQLError) {
        let name = try HBaseTableName(table)
        try clusterVerbs("tables to disable").disable(name)
        try done("disabled", name, emit)
    }

    /// Has the servers write what they hold in memory to files.
    public func flush(_ table: String, _ emit: Emit) throws(SQLError) {
        let name = try HBaseTableName(table)
        try clusterVerbs("memory to flush").flush(name)
        try done("flushed", name, emit)
    }

    /// The regions of a table, or of all.
    public func regions(_ table: String?, _ emit: Emit) throws(SQLError) {
        var name: HBaseTableName?
        if let table { name = try HBaseTableName(table) }
        let regions = try verbs.regions(name)
        if isJSON {
            for region in regions { try emit(json(region)) }
            return
        }
        var rows = [["TABLE", "START", "END", "SERVER", "STATE", "STORE MB", "READS", "WRITES", "REGION"]]
        for region in regions {
            rows.append([
                region.table, region.startText, region.endText, region.server, region.state,
                text(region.storeMegabytes), text(region.readRequests), text(region.writeRequests),
                region.name,
            ])
        }
        for line in aligned(rows) { try emit(line) }
        try emit("\(regions.count) region(s)")
    }

    private func text(_ number: Int64?) -> String { number.map { String($0) } ?? "-" }

    private func json(_ region: HBaseRegionInfo) -> String {
        var line = JSONLine()
        line.add("table", region.table)
        line.add("region", region.name)
        line.add("startKey", region.startText)
        line.add("endKey", region.endText)
        line.add("server", region.server)
        line.add("state", region.state)
        let counts = [
            ("storeMegabytes", region.storeMegabytes), ("memstoreMegabytes", region.memstoreMegabytes),
            ("reads", region.readRequests), ("writes", region.writeRequests),
        ]
        for (key, count) in counts { line.addRaw(key, count.map { String($0) } ?? "null") }
        return line.text
    }

    /// Columns are as wide as their widest text; the last one is not filled up.
    private func aligned(_ rows: [[String]]) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (index, text) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], text.utf8.count)
            }
        }
        return rows.map { row in
            var line = ""
            for (index, text) in row.enumerated() {
                let isLast = index == row.count - 1
                let fill = isLast ? 0 : widths[index] - text.utf8.count + 2
                line += text + String(repeating: " ", count: fill)
            }
            return line
        }
    }

    /// The master, the servers and what they carry.
    public func status(_ emit: Emit) throws(SQLError) {
        let overview = try clusterVerbs("servers").overview()
        if isJSON { return try emit(json(overview)) }
        try emit("HBase \(overview.version), cluster \(overview.clusterID)")
        let backups = overview.backupMasters.isEmpty ? "none" : overview.backupMasters.joined(separator: ", ")
        try emit("master \(overview.master ?? "none"); backup masters: \(backups)")
        for server in overview.servers {
            let heap = "\(server.usedHeapMegabytes) of \(server.maxHeapMegabytes) MB of heap"
            try emit("server \(server.name): \(server.regions) region(s), \(heap)")
        }
        for server in overview.deadServers { try emit("dead server \(server)") }
        try emit("\(overview.servers.count) server(s), \(overview.deadServers.count) dead")
    }

    private func json(_ overview: ClusterOverview) -> String {
        var line = JSONLine()
        line.add("version", overview.version)
        line.add("clusterId", overview.clusterID)
        if let master = overview.master { line.add("master", master) } else { line.addRaw("master", "null") }
        line.add("backupMasters", overview.backupMasters)
        let servers = overview.servers.map { server in
            var part = JSONLine()
            part.add("server", server.name)
            part.add("regions", Int64(server.regions))
            part.add("usedHeapMegabytes", server.usedHeapMegabytes)
            part.add("maxHeapMegabytes", server.maxHeapMegabytes)
            return part.text
        }
        line.addRaw("servers", "[" + servers.joined(separator: ",") + "]")
        line.add("deadServers", overview.deadServers)
        return line.text
    }

    // MARK: Namespaces

    public func namespaces(_ emit: Emit) throws(SQLError) {
        let names = try clusterVerbs("namespaces of its own").namespaces()
        for name in names {
            var line = JSONLine()
            line.add("namespace", name)
            try emit(isJSON ? line.text : name)
        }
        if !isJSON { try emit("\(names.count) namespace(s)") }
    }

    public func createNamespace(_ name: String, _ emit: Emit) throws(SQLError) {
        try clusterVerbs("namespaces of its own").createNamespace(name)
        try tell("created", name, emit)
    }

    /// Only an empty one can go.
    public func dropNamespace(_ name: String, _ emit: Emit) throws(SQLError) {
        try clusterVerbs("namespaces of its own").dropNamespace(name)
        try tell("dropped", name, emit)
    }

    private func tell(_ what: String, _ namespace: String, _ emit: Emit) throws(SQLError) {
        guard isJSON else { return try emit("\(what) namespace \(namespace)") }
        var line = JSONLine()
        line.add(what, namespace)
        try emit(line.text)
    }
}
