import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// The client with other releases than 2.6, and with region replicas.
@Suite struct ClientVersionTests {
    private static let second = SimulatedClient.second

    private func ask<Value: Sendable>(
        _ world: SimulatedClient,
        _ body: (@escaping @Sendable (Result<Value, HBaseError>) -> Void) -> Void
    ) throws -> Value {
        let box = Lock<Result<Value, HBaseError>?>(nil)
        body { result in box.withLock { $0 = result } }
        _ = world.transport.run(withinNanos: 120 * Self.second) { box.withLock { $0 != nil } }
        return try #require(box.withLock { $0 }).get()
    }

    /// Everything that a job or a verb does, once.
    private func everything(_ world: SimulatedClient) throws {
        let admin = world.client.admin(seed: 3)
        let name = HBaseTable("t")
        let schema = TableSchema(table: name, families: [FamilySchema("f", ["VERSIONS": "3"])])
        try ask(world) { admin.createTable(schema, splitKeys: [Array("m".utf8)], $0) } as Void
        #expect(try ask(world) { admin.tables($0) }.contains(name))
        #expect(try ask(world) { admin.describe(name, $0) }.families.map(\.name) == [familyF])
        #expect(try ask(world) { admin.clusterStatus($0) }.servers.count == 3)
        let table = try #require(world.cluster.tables[FakeTableName("t")])
        for round in 1...3 {
            var builder = MutationBatchBuilder(table: name)
            for row in ["a", "z"] {
                builder.put(row, "v\(round)")
                builder.count("n" + row)
                builder.ledger("l" + row, by: 1, offset: Int64(round))
            }
            #expect(try #require(world.mutate(builder.finish())).firstError == nil)
        }
        let found = try #require(world.get(["a", "z", "none"]))
        #expect(found.text(0) == "v3" && found.text(1) == "v3" && found.text(2) == nil)
        for row in ["na", "nz", "la", "lz"] { #expect(world.counter(row, table) == 3) }
        let tools = ScanHandleTests()
        for isReversed in [false, true] {
            var spec = TableScanSpec(table: name)
            spec.isReversed = isReversed
            #expect(try tools.drain(world.client.scan(spec), world).count == 6)
        }
        try ask(world) { admin.flush(name, $0) } as Void
        #expect(try ask(world) { admin.regions(of: name, $0) }.count == 2)
        let first = try #require(table.regions.first)
        world.cluster.move(first)
        world.transport.run(forNanos: Self.second)
        #expect(world.put("a", "moved")?.firstError == nil)
        world.cluster.kill(server: try #require(table.regions.first?.server))
        #expect(world.put("a", "again")?.firstError == nil)
        #expect(world.stored("a", table) == "again")
        try ask(world) { admin.disableTable(name, $0) } as Void
        #expect(world.put("a", "x")?.firstError?.kind == .tableNotEnabled)
        try ask(world) { admin.deleteTable(name, $0) } as Void
        #expect(world.get(["a"])?.firstError?.kind == .tableNotFound)
    }

    @Test("every release does with ZooKeeper", arguments: FakeVersion.allCases)
    func zooKeeper(version: FakeVersion) throws {
        let world = SimulatedClient(servers: 3, seed: 6)
        world.cluster.version = version
        try everything(world)
    }

    @Test("every release does with its servers as registry", arguments: FakeVersion.allCases)
    func servers(version: FakeVersion) throws {
        let world = SimulatedClient(servers: 3, seed: 7, bootstrap: true)
        world.cluster.version = version
        try everything(world)
        // Before 2.5 only masters answer; from then on the region servers do, once the first one named them.
        let asked = world.cluster.servers.reduce(0) { $0 + ($1.calls["GetMetaRegionLocations"] ?? 0) }
        #expect((asked == 0) == (version < .v2_5))
        let method = version < .v2_5 ? "GetMetaRegionLocations" : "GetActiveMaster"
        #expect(world.cluster.masters.reduce(0) { $0 + ($1.calls[method] ?? 0) } > 0)
    }

    @Test("servers that are no registry are passed over")
    func mixedList() throws {
        let world = SimulatedClient(servers: 3, seed: 8) {
            let list = [Endpoint(host: "rs0", port: 16020), Endpoint(host: "nowhere", port: 1)]
            $0.registry = .servers(list + [Endpoint(host: "master", port: 16000)])
        }
        world.cluster.version = .v2_4
        world.table()
        #expect(world.put("a", "1")?.firstError == nil)
        #expect(world.get(["a"])?.text(0) == "1")
    }

    @Test("replicas in hbase:meta are no regions of their own, and never asked")
    func replicas() throws {
        let world = SimulatedClient(servers: 3, seed: 9)
        world.cluster.replicas = 2
        let table = world.table(splits: ["m"])
        for row in ["a", "z"] { #expect(world.put(row, "1")?.firstError == nil) }
        let locations = try ask(world) { world.client.regions(of: HBaseTable("t"), $0) }
        #expect(locations.count == 2)
        for (location, region) in zip(locations, table.regions) {
            let server = try #require(region.server)
            #expect(location.server.host == world.cluster.servers[server].endpoint.host)
        }
        world.cluster.kill(server: try #require(table.regions.first?.server))
        #expect(world.put("a", "2")?.firstError == nil)
        #expect(world.stored("a", table) == "2")
    }
}
