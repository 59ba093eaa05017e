import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// Many changes of one row: how many calls they need, and what becomes of their order and their sums.
@Suite struct HotRowTests {
    private static let second = SimulatedClient.second

    private func multis(_ world: SimulatedClient) -> Int {
        world.cluster.servers.reduce(0) { $0 + ($1.calls["Multi"] ?? 0) }
    }

    /// Submits one batch for each number, a few at a time; the errors.
    private func submit(
        _ world: SimulatedClient, _ numbers: Range<Int>, _ add: (Int, inout MutationBatchBuilder) -> Void
    ) -> [Int: HBaseError] {
        let errors = Lock<[Int: HBaseError]>([:])
        let done = Lock(0)
        for number in numbers {
            var builder = MutationBatchBuilder(table: HBaseTable("t"))
            add(number, &builder)
            world.client.mutate(builder.finish()) { results in
                if let error = results.firstError { errors.withLock { $0[number] = error } }
                done.withLock { $0 += 1 }
            }
            if number % 50 == 0 { world.transport.run(forNanos: 100_000) }
        }
        _ = world.transport.run(withinNanos: 600 * Self.second) { done.withLock { $0 == numbers.count } }
        #expect(done.withLock { $0 } == numbers.count)
        return errors.withLock { $0 }
    }

    @Test("H10: puts of a hot row that gather go as one, and the last one stays")
    func puts() throws {
        let world = SimulatedClient(servers: 1)
        let table = world.table()
        #expect(world.put("hot", "0")?.firstError == nil)
        let before = multis(world)
        #expect(submit(world, 1..<1001) { number, builder in builder.put("hot", "\(number)") }.isEmpty)
        #expect(world.stored("hot", table) == "1000")
        #expect(multis(world) - before < 60, "\(multis(world) - before)")
        #expect(world.metrics().combined > 900)
    }

    @Test("H14: increments of a hot row that gather are added up, and count once though answers are lost")
    func increments() throws {
        let world = SimulatedClient(servers: 2, seed: 4)
        let table = world.table()
        world.cluster.faults.add("lost", on: "Multi", .every(3), .replyLost)
        world.cluster.faults.add("request", on: "Multi", .every(5), .requestLost)
        let before = multis(world)
        let errors = submit(world, 0..<1000) { number, builder in
            builder.beginIncrement(Array("hot".utf8))
            builder.increment(columnN, by: Int64(number))
            if number % 2 == 0 { builder.increment(columnQ, by: 1) }
            builder.withoutResult()
        }
        #expect(errors.isEmpty)
        #expect(world.counter("hot", table) == 499_500)
        #expect(world.counter("hot", table, qualifier: "q") == 500)
        #expect(multis(world) - before < 100, "\(multis(world) - before)")
    }

    @Test("H10: deletes, appends and results in between keep their places")
    func mixed() throws {
        let world = SimulatedClient(servers: 1, seed: 8)
        let table = world.table()
        let errors = submit(world, 0..<300) { number, builder in
            switch number % 6 {
            case 0:
                builder.beginDelete(Array("hot".utf8))
                builder.deleteColumn(columnQ, timestamp: Int64(number) + 1000)
            case 3:
                builder.beginAppend(Array("hot".utf8))
                Array("a".utf8).withUnsafeBytes {
                    builder.cell(PreparedColumn(family: familyF, qualifier: [0x61]), value: $0)
                }
            default:
                builder.beginPut(Array("hot".utf8))
                Array("\(number)".utf8).withUnsafeBytes {
                    builder.cell(columnQ, value: $0, timestamp: Int64(number) + 1000)
                }
            }
        }
        #expect(errors.isEmpty)
        let cells = world.cluster.cells(of: Array("hot".utf8), in: table)
        let texts = cells.map { String(decoding: $0.value, as: UTF8.self) }
        #expect(texts == [String(repeating: "a", count: 50), "299"])
    }

    @Test("H11: a change that is refused takes no other with it")
    func refused() throws {
        let world = SimulatedClient(servers: 1, seed: 2)
        let table = world.table()
        let errors = submit(world, 0..<200) { number, builder in
            builder.beginPut(Array("hot".utf8))
            let family = number == 120 ? Array("none".utf8) : familyF
            Array("\(number)".utf8).withUnsafeBytes {
                builder.cell(
                    PreparedColumn(family: family, qualifier: Array("c\(number % 7)".utf8)), value: $0)
            }
        }
        #expect(errors.keys.sorted() == [120])
        #expect(errors[120]?.kind == .noSuchColumnFamily)
        let cells = world.cluster.cells(of: Array("hot".utf8), in: table)
        let found: [String] = cells.map { String(decoding: $0.value, as: UTF8.self) }
        var expected: [String] = []
        for column in 0..<7 { expected.append(String((193..<200).first { $0 % 7 == column } ?? -1)) }
        #expect(found == expected)
    }

    @Test("H10: several hot rows in batches, while regions move, end with their last values")
    func disturbed() throws {
        for seed in UInt64(1)...3 {
            let world = SimulatedClient(servers: 3, seed: seed)
            let table = world.table(splits: ["m"])
            world.cluster.faults.add("cut", on: "Multi", .every(7), .replyLost)
            let keepGoing = Lock(true)
            world.cluster.startChaos(on: table, every: 60_000_000) { keepGoing.withLock { $0 } }
            let errors = submit(world, 0..<300) { number, builder in
                for row in ["a", "b", "x", "z"] { builder.put(row, "\(row)\(number)") }
                builder.count("n")
                builder.ledger("l", by: 1, offset: Int64(number) + 1)
            }
            keepGoing.withLock { $0 = false }
            #expect(errors.isEmpty, "\(errors.first?.value.description ?? "")")
            for row in ["a", "b", "x", "z"] { #expect(world.stored(row, table) == "\(row)299") }
            #expect(world.counter("l", table) == 300)
        }
    }

    @Test("H10: versions of a hot row whose times the server fills in may become one, the last")
    func versionsOfTheServersTime() throws {
        let world = SimulatedClient(servers: 1)
        let table = world.table(families: [FakeFamily("f", versions: 1000)])
        #expect(submit(world, 0..<200) { number, builder in builder.put("hot", "\(number)") }.isEmpty)
        let cells = world.cluster.cells(of: Array("hot".utf8), in: table, versions: 1000)
        let found = cells.map { Int(String(decoding: $0.value, as: UTF8.self)) ?? -1 }
        #expect(found.first == 199)
        #expect(found == found.sorted(by: >))
        #expect(found.count < 200)
    }

    @Test("H24: what waits behind a change whose row is never reached fails with it")
    func behind() throws {
        let world = SimulatedClient(servers: 1) { $0.maxRetries = 6 }
        world.table()
        #expect(world.put("hot", "0")?.firstError == nil)
        world.cluster.faults.add(
            "gone", on: "Multi", .always,
            .regionException(FakeException("NotServingRegionException", "gone"), all: true))
        let started = world.transport.now
        let errors = submit(world, 0..<40) { number, builder in
            builder.ledger("hot", by: 1, offset: Int64(number) + 1)
        }
        #expect(errors.count == 40)
        #expect(errors.values.allSatisfy { $0.kind == .notServing })
        // 0.1 + 0.2 + 0.3 + 0.5 + 1 + 2 seconds, once for all of them.
        let took = world.transport.now - started
        #expect(took > 4 * Self.second && took < 10 * Self.second, "\(took)")
        world.cluster.faults.stop()
        #expect(world.put("hot", "1")?.firstError == nil)
    }

    @Test("H14: increments of an answer that leaves open what was applied are not sent in another shape")
    func openRefusal() throws {
        let world = SimulatedClient(servers: 1, seed: 3)
        let table = world.table()
        #expect(world.put("hot", "0")?.firstError == nil)
        world.cluster.faults.add(
            "refused", on: "Multi", .calls([2]),
            .exception(FakeException("DoNotRetryIOException", "no", doNotRetry: true)))
        let errors = submit(world, 0..<100) { _, builder in
            builder.beginIncrement(Array("hot".utf8))
            builder.increment(columnN, by: 1)
            builder.withoutResult()
        }
        #expect(errors.count > 1)
        #expect(errors.values.allSatisfy { $0.kind == .refused })
        #expect(world.counter("hot", table) == Int64(100 - errors.count))
    }

    @Test("attributes of changes that go as one are kept")
    func attributes() throws {
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for _ in 0..<2 {
            builder.count("hot")
            builder.withoutResult()
            builder.timeToLive(milliseconds: 5000)
        }
        let batch = builder.finish()
        var changes = try #require(RowChanges(batch.operations[0], of: batch))
        let isTaken = changes.add(batch.operations[1], of: batch)
        #expect(isTaken)
        let one = changes.batch(of: batch.table)
        let settings = one.settings[Int(one.operations[0].settings)]
        #expect(settings.fields == batch.settings[0].fields)
        #expect(!settings.wantsResult)
    }

    @Test("changes whose times the writer gives are all kept")
    func versions() throws {
        let world = SimulatedClient(servers: 1)
        let table = world.table(families: [FakeFamily("f", versions: 1000)])
        let errors = submit(world, 0..<200) { number, builder in
            builder.beginPut(Array("hot".utf8))
            Array("\(number)".utf8).withUnsafeBytes {
                builder.cell(columnQ, value: $0, timestamp: Int64(number % 100) + 1)
            }
        }
        #expect(errors.isEmpty)
        let cells = world.cluster.cells(of: Array("hot".utf8), in: table, versions: 1000)
        let found: [String] = cells.map { String(decoding: $0.value, as: UTF8.self) }
        let expected: [String] = (100..<200).reversed().map { "\($0)" }
        #expect(found == expected)
    }
}
