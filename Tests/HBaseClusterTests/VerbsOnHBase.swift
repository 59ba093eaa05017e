import SluiceBase
import SluiceConnect
import SluiceHBase
import SluiceHBaseClient
import SluiceHBaseFake
import SluiceNet
import SluiceTableStore
import SluiceTestSupport
import Testing

/// The verbs of `sluice hbase` that run a cluster.
struct ClusterVerbsCheck {
    let text: HBaseCommands
    let json: HBaseCommands

    init(_ options: [(String, String)]) throws {
        let store = TableStore(folder: try ScratchHome().path + "/tables", clock: SystemClock())
        let entries = options.map { TableOptions.Entry($0.0, $0.1) }
        let tools = HBaseTools(
            store: store, environment: HBaseEnvironment(), options: TableOptions(entries))
        text = try tools.commands(isJSON: false)
        json = try tools.commands(isJSON: true)
    }

    private func lines(_ body: (HBaseCommands.Emit) throws(SQLError) -> Void) -> [String] {
        var lines: [String] = []
        do throws(SQLError) {
            try body { (line) throws(SQLError) in lines.append(line) }
        } catch {
            lines.append("error: \(error.message)")
        }
        return lines
    }

    /// The table is made here and dropped at the end. `servers`: how many are alive.
    func run(_ table: String, servers: Int) {
        #expect(
            lines { (out) throws(SQLError) in
                try text.create(table, families: ["f", "g"], splits: ["m"], out)
                try text.alter(table, families: ["f,VERSIONS=5", "h"], dropped: ["g"], out)
                try json.list(matching: table, out)
                try text.alter(table, families: ["f"], dropped: ["g"], out)
            } == [
                "created table \(table)", "altered table \(table)",
                "{\"table\":\"\(table)\",\"families\":[\"f\",\"h\"]}",
                "error: table \"\(table)\" has no column family \"g\"",
            ])
        let described = lines { (out) throws(SQLError) in try json.describe(table, out) }
        #expect(described.first?.contains("\"VERSIONS\":\"5\"") == true, "\(described)")
        operate(table)
        look(table, servers)
        #expect(
            lines { (out) throws(SQLError) in try text.drop(table, out) } == ["dropped table \(table)"])
        #expect(
            lines { (out) throws(SQLError) in try text.enable(table, out) }[0]
                .hasPrefix("error: the HBase table \"\(table)\" does not exist"))
    }

    private func operate(_ table: String) {
        let words = lines { (out) throws(SQLError) in
            try text.put(table, row: "r", column: "f:q", value: "1", out)
            try text.flush(table, out)
            try text.disable(table, out)
            try text.disable(table, out)
            try text.get(table, row: "r", HBaseReadArguments(), out)
        }
        #expect(
            words == [
                "flushed table \(table)", "disabled table \(table)", "disabled table \(table)",
                "error: the HBase table \"\(table)\" is disabled",
            ])
        let enabled = lines { (out) throws(SQLError) in
            try text.enable(table, out)
            try json.enable(table, out)
            try text.get(table, row: "r", HBaseReadArguments(), out)
        }
        #expect(enabled.dropLast(3) == ["enabled table \(table)", "{\"enabled\":\"\(table)\"}"])
        #expect(enabled.last == "1 row(s)")
    }

    private func look(_ table: String, _ servers: Int) {
        let regions = lines { (out) throws(SQLError) in try text.regions(table, out) }
        #expect(regions.count == 4 && regions.last == "2 region(s)", "\(regions)")
        #expect(regions[0].hasPrefix("TABLE") && regions[1].contains("OPEN") && regions[2].contains("m"))
        let objects = lines { (out) throws(SQLError) in try json.regions(table, out) }
        #expect(objects.count == 2 && objects[0].contains("\"endKey\":\"m\""), "\(objects)")
        let status = lines { (out) throws(SQLError) in try text.status(out) }
        #expect(status.first?.hasPrefix("HBase ") == true, "\(status)")
        #expect(status.last == "\(servers) server(s), 0 dead", "\(status)")
        let object = lines { (out) throws(SQLError) in try json.status(out) }
        #expect(object.count == 1 && object[0].contains("\"usedHeapMegabytes\""), "\(object)")
    }

    func namespaces() {
        let space = "verbs\(UInt32.random(in: 0 ... 9999))"
        #expect(
            lines { (out) throws(SQLError) in
                try text.createNamespace(space, out)
                try json.createNamespace(space, out)
            }.first == "created namespace \(space)")
        #expect(lines { (out) throws(SQLError) in try text.namespaces(out) }.contains(space))
        #expect(
            lines { (out) throws(SQLError) in
                try text.dropNamespace(space, out)
                try text.dropNamespace(space, out)
            } == ["dropped namespace \(space)", "error: the cluster has no namespace \"\(space)\""])
    }
}

@Suite(.serialized) struct VerbsOnFakeTests {
    @Test("H3, H23: tables are altered, disabled, enabled, flushed; regions and servers are listed")
    func verbs() throws {
        let server = try FakeHBaseServer(regionServers: 2, seed: 1)
        defer { server.stop() }
        let quorum = server.layout.zooKeepers[0].description
        try ClusterVerbsCheck([("zookeeper.quorum", quorum)]).run("verbs", servers: 2)
    }
}

extension RealHBaseTests {
    @Test("H3, H23: the verbs that run a cluster do so on a real one")
    func verbs() throws {
        let cluster = try RealHBase.cluster()
        let quorum = cluster.quorum.map(\.description).joined(separator: ",")
        let check = try ClusterVerbsCheck([
            ("zookeeper.quorum", quorum), ("zookeeper.znode.parent", cluster.parent),
        ])
        let client = try cluster.client()
        defer { client.close() }
        let status: ClusterStatus = try ask { client.admin(seed: 1).clusterStatus($0) }
        check.run("verbs\(UInt32.random(in: 0 ... 9999))", servers: status.servers.count)
        check.namespaces()
    }
}
