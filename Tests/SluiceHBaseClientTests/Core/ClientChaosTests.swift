import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// Regions move, split and merge, connections break and servers die while the client works (F25).
@Suite struct ClientChaosTests {
    /// Several batches of the same rows are on their way at a time; the last one must win in every row, and
    /// every increment must count once.
    @Test(arguments: [UInt64(1), 2])
    func orderPerRowHoldsWhileRegionsMove(seed: UInt64) throws {
        let world = SimulatedClient(servers: 3, seed: seed) { $0.maxCallsPerServer = 4 }
        let table = world.table(splits: (1..<24).map { rowName($0 * 40) })
        let keepGoing = Lock(true)
        world.cluster.startChaos(on: table, every: 30_000_000) { keepGoing.withLock { $0 } }
        world.cluster.faults.add("cut", on: "Multi", .probability(0.01), .replyLost)
        world.cluster.faults.add("drop", on: "Multi", .probability(0.01), .requestLost)
        world.cluster.faults.add(
            "busy", on: "Multi", .probability(0.02),
            .regionException(FakeException("RegionTooBusyException", "busy")))
        let done = Lock(0)
        let failed = Lock<HBaseError?>(nil)
        var rows = RandomSource(seed: seed)
        var expected = [Int](repeating: -1, count: 960)
        var counts = [Int64](repeating: 0, count: 960)
        let batches = 150
        for batch in 0..<batches {
            var builder = MutationBatchBuilder(table: HBaseTable("t"))
            for _ in 0..<40 {
                let row = Int(rows.next() % 960)
                builder.put(rowName(row), String(batch))
                expected[row] = batch
                let hot = Int(rows.next() % 8)
                builder.ledger("hot-\(hot)-\(row)", by: 1, offset: Int64(batch))
                builder.count(rowName(row))
                counts[row] += 1
            }
            world.client.mutate(builder.finish()) { result in
                done.withLock { $0 += 1 }
                if let error = result.firstError { failed.withLock { $0 = error } }
            }
            world.transport.run(forNanos: 10_000_000)
        }
        let ended = world.transport.run(withinNanos: 300 * SimulatedClient.second) {
            done.withLock { $0 == batches }
        }
        keepGoing.withLock { $0 = false }
        #expect(ended, "\(done.withLock { $0 }) of \(batches) batches")
        #expect(failed.withLock { $0 } == nil, "\(String(describing: failed.withLock { $0 }))")
        #expect(world.cluster.moves + world.cluster.splits + world.cluster.merges > 50)
        #expect(world.cluster.faults.idle == [])
        var wrong = 0
        for row in 0..<960 where expected[row] >= 0 {
            let cells = world.cluster.cells(of: Array(rowName(row).utf8), in: table)
            let value = cells.first { $0.qualifier == Array("q".utf8) }?.value
            if value != Array(String(expected[row]).utf8) { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(world.client.queuedOperations == 0)
    }

    @Test(arguments: [UInt64(5)])
    func readsAreRightWhileServersDie(seed: UInt64) throws {
        let world = SimulatedClient(servers: 4, seed: seed)
        let table = world.table(splits: (1..<40).map { rowName($0 * 25) })
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for number in 0..<1000 { builder.put(rowName(number), "v\(number)") }
        #expect(try #require(world.mutate(builder.finish())).hasErrors == false)
        let keepGoing = Lock(true)
        world.cluster.startChaos(on: table, every: 50_000_000) { keepGoing.withLock { $0 } }
        for round in 0..<12 {
            if round % 4 == 1 { world.cluster.kill(server: round % 3) }
            if round % 4 == 3 { world.cluster.restart(server: (round - 2) % 3) }
            let asked = (0..<200).map { ($0 * 37 + round) % 1000 }
            let result = try #require(world.get(asked.map(rowName)), "round \(round)")
            #expect(!result.hasErrors, "\(String(describing: result.firstError))")
            for (index, number) in asked.enumerated() { #expect(result.text(index) == "v\(number)") }
        }
        keepGoing.withLock { $0 = false }
        #expect(world.cluster.deaths >= 3)
    }
}
