import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// Batches against the fake cluster when nothing goes wrong.
@Suite struct ClientBatchTests {
    @Test(arguments: [false, true])
    func writesAndReadsOverManyRegions(bootstrap: Bool) throws {
        let world = SimulatedClient(servers: 3, bootstrap: bootstrap)
        let table = world.table(splits: (1..<20).map { rowName($0 * 500) })
        let total = 10_000
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for number in 0..<total { builder.put(rowName(number), "v\(number)") }
        let written = try #require(world.mutate(builder.finish()))
        #expect(written.count == total)
        #expect(!written.hasErrors, "\(String(describing: written.firstError))")
        #expect(world.cluster.rows(of: table).count == total)

        let asked = [rowName(9999), "row-x", rowName(0), rowName(500), "a"]
        let read = try #require(world.get(asked))
        #expect(read.text(0) == "v9999")
        #expect(read.text(1) == nil)
        #expect(!read.exists(1))
        #expect(read.text(2) == "v0")
        #expect(read.text(3) == "v500")
        #expect(read.text(4) == nil)
        #expect(!read.hasErrors)
        #expect(world.client.queuedOperations == 0)
        #expect(world.client.queuedBytes == 0)
        // One exact look-up, one scan ahead: not one for each region.
        #expect(world.metrics().metaLookups <= 4)
    }

    @Test func deletesColumnsFamiliesAndRows() throws {
        let world = SimulatedClient()
        let table = world.table(families: [FakeFamily("f"), FakeFamily("g")])
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for row in ["a", "b", "c"] {
            builder.beginPut(Array(row.utf8))
            for family in ["f", "g"] {
                for qualifier in ["p", "q"] {
                    builder.cell(
                        family: Array(family.utf8), qualifier: Array(qualifier.utf8), value: [1],
                        timestamp: 10)
                }
            }
        }
        #expect(try #require(world.mutate(builder.finish())).hasErrors == false)
        builder.beginDelete(Array("a".utf8))
        builder.deleteColumn(columnQ, timestamp: 10)
        builder.beginDelete(Array("b".utf8))
        builder.deleteFamily(familyF, timestamp: 10)
        builder.beginDelete(Array("c".utf8), timestamp: 10)
        let result = try #require(world.mutate(builder.finish()))
        #expect(!result.hasErrors, "\(String(describing: result.firstError))")
        #expect(world.cluster.cells(of: Array("a".utf8), in: table).count == 3)
        #expect(world.cluster.cells(of: Array("b".utf8), in: table).count == 2)
        #expect(world.cluster.cells(of: Array("c".utf8), in: table).isEmpty)
    }

    @Test func readsWhatTheSpecificationSays() throws {
        let world = SimulatedClient()
        world.table(families: [FakeFamily("f", versions: 3)])
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for version in 1...3 {
            builder.beginPut(Array("a".utf8))
            builder.cell(
                family: familyF, qualifier: Array("q".utf8), value: [UInt8(version)],
                timestamp: Int64(version * 10))
            builder.cell(family: familyF, qualifier: Array("r".utf8), value: [9], timestamp: 5)
        }
        _ = world.mutate(builder.finish())
        var read = ReadSpec(columns: [ReadSpec.Column(family: familyF, qualifiers: [Array("q".utf8)])])
        read.maxVersions = 2
        let two = try #require(world.get(["a"], read: read))
        var values: [UInt8] = []
        two.forEachCell(ofKey: 0) { values += Array($0.value) }
        #expect(values == [3, 2])
        read.times = ReadSpec.Times(from: 0, upTo: 15)
        let old = try #require(world.get(["a"], read: read))
        #expect(old.cellCount(ofKey: 0) == 1)
        let known = try #require(world.get(["a", "b"], read: ReadSpec(existenceOnly: true)))
        #expect(known.exists(0))
        #expect(!known.exists(1))
        #expect(known.cellCount(ofKey: 0) == 0)
    }

    @Test func refusesBadRowsAloneAndSendsTheRest() throws {
        let world = SimulatedClient()
        let table = world.table()
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        builder.put("", "x")
        builder.put("a", "y")
        builder.beginPut([UInt8](repeating: 65, count: 40_000))
        let result = try #require(world.mutate(builder.finish()))
        #expect(result.error(of: 0)?.kind == .refused)
        #expect(result.error(of: 1) == nil)
        #expect(result.error(of: 2)?.message.contains("32767") == true)
        #expect(world.stored("a", table) == "y")
        let read = try #require(world.get(["", "a"]))
        #expect(read.error(ofKey: 0)?.kind == .refused)
        #expect(read.text(1) == "y")
    }

    @Test func emptyBatchesEndAtOnce() throws {
        let world = SimulatedClient()
        world.table()
        #expect(world.get([])?.count == 0)
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        #expect(world.mutate(builder.finish())?.count == 0)
    }

    @Test func countersGiveTheirNewValues() throws {
        let world = SimulatedClient()
        world.table()
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for _ in 0..<3 { builder.count("a", by: 5) }
        let result = try #require(world.mutate(builder.finish()))
        var last: [UInt8] = []
        result.forEachCell(of: 2) { last = Array($0.value) }
        #expect(last == [0, 0, 0, 0, 0, 0, 0, 15])
    }

    @Test func conditionsAndGroupsAreAtomic() throws {
        let world = SimulatedClient()
        let table = world.table()
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        builder.put("a", "old")
        builder.condition(.absent(family: familyF, qualifier: Array("q".utf8)))
        builder.put("a", "new")
        builder.condition(.absent(family: familyF, qualifier: Array("q".utf8)))
        builder.put("b", "plain")
        builder.beginGroup()
        builder.put("c", "one")
        builder.count("c", by: 7)
        builder.endGroup()
        builder.beginGroup()
        builder.put("c", "two")
        builder.endGroup(
            condition: MutationCondition(
                family: familyF, qualifier: Array("q".utf8), comparison: .equal, value: Array("one".utf8)))
        let result = try #require(world.mutate(builder.finish()))
        #expect(!result.hasErrors, "\(String(describing: result.firstError))")
        #expect(result.count == 5)
        #expect((0..<5).map { result.processed($0) } == [true, false, true, true, true])
        #expect(world.stored("a", table) == "old")
        #expect(world.stored("b", table) == "plain")
        let row = world.cluster.cells(of: Array("c".utf8), in: table)
        #expect(row.first { $0.qualifier == Array("q".utf8) }?.value == Array("two".utf8))
        #expect(world.counter("c", table) == 7)
    }

    @Test func ledgerAppliesEachOffsetOnce() throws {
        let world = SimulatedClient()
        let table = world.table(splits: ["m"])
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for row in ["a", "z"] {
            builder.ledger(row, by: 3, offset: 0)
            builder.ledger(row, by: 4, offset: 7)
            builder.ledger(row, by: 100, offset: 7)
            builder.ledger(row, by: 100, offset: 5)
        }
        builder.ledger("b", by: 1, offset: -1)
        let result = try #require(world.mutate(builder.finish()))
        #expect((0..<8).map { result.processed($0) } == [true, true, false, false, true, true, false, false])
        #expect(result.error(of: 8)?.kind == .refused)
        #expect(world.counter("a", table) == 7)
        #expect(world.counter("z", table) == 7)
        #expect(world.counter("b", table) == nil)
    }

    @Test func listsTheRegionsOfATable() throws {
        let world = SimulatedClient(servers: 3)
        world.table(splits: ["g", "n"])
        let box = Lock<Result<[RegionLocation], HBaseError>?>(nil)
        world.client.regions(of: HBaseTable("t")) { result in box.withLock { $0 = result } }
        _ = world.transport.run(withinNanos: SimulatedClient.second) { box.withLock { $0 != nil } }
        let regions = try #require(box.withLock { $0 }).get()
        #expect(regions.map { String(decoding: $0.region.startKey, as: UTF8.self) } == ["", "g", "n"])
        #expect(Set(regions.map { $0.server }).count == 3)
        #expect(regions[1].contains(Array("h".utf8)))
        #expect(regions[1].encodedName.count == 32)
    }

    @Test func callsTheMaster() throws {
        let world = SimulatedClient()
        world.table()
        let box = Lock<Result<HBaseReply, HBaseError>?>(nil)
        let call = HBaseCall(service: .master, method: "IsMasterRunning", target: .master) { _ in [] }
        world.client.call(call) { result in box.withLock { $0 = result } }
        _ = world.transport.run(withinNanos: SimulatedClient.second) { box.withLock { $0 != nil } }
        let reply = try #require(box.withLock { $0 }).get()
        #expect(reply.server == world.cluster.layout.masters[0])
    }

    @Test func closingAnswersEverything() throws {
        let world = SimulatedClient()
        world.table()
        let box = Lock<RowResults?>(nil)
        world.client.get(GetBatch(table: HBaseTable("t"), keys: RowKeys([[65]]))) { results in
            box.withLock { $0 = results }
        }
        world.client.close()
        _ = world.transport.run(withinNanos: SimulatedClient.second) { box.withLock { $0 != nil } }
        #expect(box.withLock { $0?.firstError?.kind } == .cancelled)
        #expect(world.transport.openConnections == 0)
    }

    @Test("H10: over a network of five milliseconds, batches that overlap are twenty times as fast")
    func overlapping() {
        func nanos(inFlight: Int) -> Int64 {
            let fake = SimulatedClient(servers: 2, seed: 8)
            fake.transport.conditions.latency = 2_500_000...2_500_000
            fake.table(splits: ["m"])
            let column = PreparedColumn(family: Array("f".utf8), qualifier: Array("q".utf8))
            let done = Lock(0)
            var sent = 0
            let start = fake.transport.now
            while sent < 400 {
                for _ in 0..<inFlight where sent < 400 {
                    var builder = MutationBatchBuilder(table: HBaseTable("t"))
                    builder.beginPut(Array("\(sent % 2 == 0 ? "a" : "z")\(sent)".utf8))
                    Array("v".utf8).withUnsafeBytes { builder.cell(column, value: $0) }
                    fake.client.mutate(builder.finish()) { results in
                        #expect(!results.hasErrors)
                        done.withLock { $0 += 1 }
                    }
                    sent += 1
                }
                let wanted = sent
                _ = fake.transport.run(withinNanos: 100 * SimulatedClient.second) {
                    done.withLock { $0 } == wanted
                }
            }
            return fake.transport.now - start
        }
        let (blocking, overlapping) = (nanos(inFlight: 1), nanos(inFlight: 400))
        #expect(blocking >= 400 * 5_000_000)
        #expect(overlapping * 20 <= blocking, "\(blocking) \(overlapping)")
    }
}
