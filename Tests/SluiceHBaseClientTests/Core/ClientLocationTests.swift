import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// What the client does with locations that are old, missing or late.
@Suite struct ClientLocationTests {
    private static let second = SimulatedClient.second

    @Test("H23: a region that moved while nobody asked is found at once")
    func oldLocation() throws {
        let world = SimulatedClient(servers: 3, seed: 2)
        let table = world.table()
        #expect(world.put("a", "1")?.firstError == nil)
        for round in 0..<5 {
            world.cluster.move(table.regions[0])
            world.transport.run(forNanos: Self.second)
            let started = world.transport.now
            #expect(world.put("a", "\(round)")?.firstError == nil)
            #expect(world.transport.now - started < 50_000_000, "\(world.transport.now - started)")
        }
        #expect(world.metrics().regionMoves >= 5)
    }

    @Test(
        "an answer of hbase:meta without rows that is no end is asked for again",
        arguments: [UInt64(1), 2, 3])
    func heartbeatsOfMeta(seed: UInt64) throws {
        let world = SimulatedClient(servers: 2, seed: seed)
        world.table(splits: ["g", "n"])
        let rule = world.cluster.faults.add("beat", on: "Scan", .every(2), .heartbeat) { $0.onMeta }
        for row in ["a", "h", "z"] { #expect(world.put(row, "1")?.firstError == nil) }
        let box = Lock<Result<[RegionLocation], HBaseError>?>(nil)
        for _ in 0..<5 {
            box.withLock { $0 = nil }
            world.client.regions(of: HBaseTable("t")) { result in box.withLock { $0 = result } }
            _ = world.transport.run(withinNanos: 100 * Self.second) { box.withLock { $0 != nil } }
            #expect(try box.withLock { $0 }?.get().count == 3)
        }
        #expect(rule.fired > 0)
    }

    @Test("ranges of regions hold every row once, also those of regions that are missing")
    func ranges() {
        func location(_ start: String, _ end: String, _ id: UInt64 = 1) -> RegionLocation {
            let info = RegionInfo(
                regionID: id, table: HBaseTable("t"), startKey: Array(start.utf8), endKey: Array(end.utf8))
            return RegionLocation(region: info, name: [], server: ServerName(host: "s", port: 1))
        }
        func text(_ locations: [RegionLocation]) -> [String] {
            locations.ranges.map {
                String(decoding: $0.start, as: UTF8.self) + "-" + String(decoding: $0.end, as: UTF8.self)
            }
        }
        #expect(text([location("", "g"), location("g", "n"), location("n", "")]) == ["-g", "g-n", "n-"])
        #expect(text([location("g", "n"), location("t", "")]) == ["-g", "g-t", "t-"])
        #expect(text([location("", "g")]) == ["-"])
        #expect(text([]) == ["-"])
        // Two that are being merged, and the region that they become.
        #expect(text([location("", "g"), location("", "", 2), location("g", "")]) == ["-g", "g-"])
    }

    @Test("H14: parts of large atomic groups count once each, in every row")
    func largeGroups() throws {
        let world = SimulatedClient(servers: 1)
        let table = world.table()
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for row in ["a", "b", "c"] {
            builder.beginGroup()
            for _ in 0..<150 { builder.count(row) }
            builder.endGroup()
        }
        #expect(world.mutate(builder.finish())?.firstError == nil)
        for row in ["a", "b", "c"] { #expect(world.counter(row, table) == 150, "\(row)") }
    }

    @Test("a ZooKeeper that takes connections and answers nothing is given up")
    func uselessZooKeeper() throws {
        let world = SimulatedClient { $0.maxRetries = 3 }
        for keeper in world.cluster.keepers { keeper.closesAfterGreeting = true }
        let started = world.transport.now
        let result = try #require(world.get(["a"]))
        #expect(result.firstError?.message.contains("ZooKeeper") == true)
        #expect(world.transport.now - started > Self.second / 2)
        #expect(world.cluster.keepers.reduce(0) { $0 + $1.greetings } < 40)
    }
}
