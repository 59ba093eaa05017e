import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// How soon work goes on when regions and servers are back, and what is sent while they are away.
@Suite struct ClientRecoveryTests {
    private static let second = SimulatedClient.second

    private func fill(_ world: SimulatedClient, _ value: String) throws {
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for number in 0..<300 { builder.put(rowName(number), value) }
        #expect(try #require(world.mutate(builder.finish())).firstError == nil)
    }

    private func calls(_ world: SimulatedClient) -> Int {
        world.cluster.servers.reduce(0) { $0 + $1.calls.values.reduce(0, +) }
    }

    @Test(
        "H23: work goes on within two seconds after a dead server's regions are back",
        arguments: [8, 15, 40, 90])
    func deadServer(seconds: Int64) throws {
        let world = SimulatedClient(servers: 3, seed: UInt64(seconds))
        let table = world.table(splits: (1..<30).map { rowName($0 * 10) })
        try fill(world, "1")
        world.cluster.recoveryNanos = seconds * Self.second
        let before = calls(world)
        world.cluster.kill(server: 1)
        let back = world.transport.now + seconds * Self.second
        try fill(world, "2")
        #expect(world.transport.now - back < 2500 * Self.second / 1000, "\(world.transport.now - back)")
        for number in 0..<300 { #expect(world.stored(rowName(number), table) == "2") }
        // Look-ups and samples: some a second, whatever waits.
        #expect(calls(world) - before < 100 + Int(seconds) * 10)
        #expect(world.metrics().samples <= UInt64(seconds + 3) * 3)
    }

    @Test("reads and scans go on as soon", arguments: [12, 50])
    func reads(seconds: Int64) throws {
        let world = SimulatedClient(servers: 2, seed: 5)
        world.table(splits: [rowName(100), rowName(200)])
        try fill(world, "1")
        world.cluster.recoveryNanos = seconds * Self.second
        world.cluster.kill(server: 0)
        let back = world.transport.now + seconds * Self.second
        let done = Lock(0)
        let scan = world.client.scan(TableScanSpec(table: HBaseTable("t")))
        scan.next { result in
            if case .success = result { done.withLock { $0 += 1 } }
        }
        let keys = RowKeys((0..<300).map { Array(rowName($0).utf8) })
        world.client.get(GetBatch(table: HBaseTable("t"), keys: keys)) { results in
            if results.firstError == nil { done.withLock { $0 += 1 } }
        }
        _ = world.transport.run(withinNanos: 300 * Self.second) { done.withLock { $0 == 2 } }
        #expect(done.withLock { $0 } == 2)
        #expect(world.transport.now - back < 3 * Self.second, "\(world.transport.now - back)")
    }

    @Test("a cluster that was gone as a whole is found again as soon")
    func wholeCluster() throws {
        let world = SimulatedClient(servers: 2, seed: 9)
        let table = world.table()
        try fill(world, "1")
        for endpoint in world.cluster.layout.regionServers { world.transport.refuse(endpoint, .refused) }
        for endpoint in world.cluster.layout.zooKeepers { world.transport.refuse(endpoint, .refused) }
        // Open connections end.
        world.cluster.faults.add("cut", on: nil, .calls([1]), .requestLost)
        let box = Lock<MutationResults?>(nil)
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        builder.put("row", "2")
        world.client.mutate(builder.finish()) { results in box.withLock { $0 = results } }
        world.transport.run(forNanos: 45 * Self.second)
        #expect(box.withLock { $0 } == nil)
        for endpoint in world.cluster.layout.regionServers { world.transport.refuse(endpoint, nil) }
        for endpoint in world.cluster.layout.zooKeepers { world.transport.refuse(endpoint, nil) }
        let back = world.transport.now
        _ = world.transport.run(withinNanos: 60 * Self.second) { box.withLock { $0 != nil } }
        #expect(try #require(box.withLock { $0 }).firstError == nil)
        #expect(world.transport.now - back < 3 * Self.second, "\(world.transport.now - back)")
        #expect(world.stored("row", table) == "2")
    }

    @Test("patience is what the settings say: what never comes back fails after as long as before")
    func patience() throws {
        let world = SimulatedClient(servers: 1) { $0.maxRetries = 8 }
        world.table()
        try fill(world, "1")
        world.cluster.faults.add(
            "gone", on: "Multi", .always,
            .regionException(FakeException("NotServingRegionException", "gone"), all: true))
        let started = world.transport.now
        let result = try #require(world.put("a", "1"))
        #expect(result.firstError?.kind == .notServing)
        // 0.1 + 0.2 + 0.3 + 0.5 + 1 + 2 + 4 + 10 seconds.
        let took = world.transport.now - started
        #expect(took > 17 * Self.second && took < 25 * Self.second, "\(took)")
    }

    @Test("H24: a busy region holds up itself alone, a throttled one as long as it says")
    func busyRegions() throws {
        for name in ["RegionTooBusyException", "quotas.RpcThrottlingException"] {
            let world = SimulatedClient(servers: 1) { $0.overloadedPauseNanos = 5 * Self.second }
            world.table(splits: ["m"])
            for row in ["a", "z"] { #expect(world.put(row, "1")?.firstError == nil) }
            world.cluster.faults.add(
                "busy", on: "Multi", .calls([1]),
                .regionException(FakeException(name, "too much - wait 5sec, 0ms")))
            let done = Lock(0)
            let start = world.transport.now
            for row in ["a", "z"] {
                var builder = MutationBatchBuilder(table: HBaseTable("t"))
                builder.put(row, "2")
                world.client.mutate(builder.finish()) { results in
                    #expect(results.firstError == nil)
                    done.withLock { $0 += 1 }
                }
                world.transport.run(forNanos: 50_000_000)
            }
            #expect(done.withLock { $0 } == 1, "\(name)")
            _ = world.transport.run(withinNanos: 60 * Self.second) { done.withLock { $0 == 2 } }
            let took = world.transport.now - start
            #expect(took >= 5 * Self.second && took < 7 * Self.second, "\(name) \(took)")
        }
    }

    @Test("H24: a full queue holds up its server for the pause that is set")
    func fullQueue() throws {
        let world = SimulatedClient(servers: 1) { $0.overloadedPauseNanos = 3 * Self.second }
        world.table(splits: ["m"])
        for row in ["a", "z"] { #expect(world.put(row, "1")?.firstError == nil) }
        world.cluster.faults.add(
            "full", on: "Multi", .calls([1]), .exception(FakeException("CallQueueTooBigException", "full")))
        let started = world.transport.now
        #expect(world.put("a", "2")?.firstError == nil)
        let took = world.transport.now - started
        #expect(took >= 3 * Self.second && took < 5 * Self.second)
    }

    @Test("a throttled scan waits as long as it is told")
    func throttledScan() throws {
        let world = SimulatedClient(servers: 1)
        world.table()
        try fill(world, "1")
        world.cluster.faults.add(
            "throttle", on: "Scan", .calls([2]),
            .exception(FakeException("quotas.RpcThrottlingException", "limit - wait 4sec, 200ms"))
        ) { !$0.onMeta }
        var spec = TableScanSpec(table: HBaseTable("t"))
        spec.rowsPerBlock = 100
        let tools = ScanHandleTests()
        let started = world.transport.now
        let scan = world.client.scan(spec)
        var rows = 0
        while let block = try tools.next(scan, world) { rows += block.count }
        #expect(rows == 300)
        let took = world.transport.now - started
        #expect(took >= 4_200_000_000 && took < 6 * Self.second, "\(took)")
    }
}
