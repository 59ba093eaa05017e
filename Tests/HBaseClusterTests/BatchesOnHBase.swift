import Glibc
import SluiceBase
import SluiceHBaseClient
import Synchronization
import Testing

/// Batches against a real cluster, also while it moves, splits and loses servers.
extension RealHBaseTests {
    private func withTable(
        splits: [[UInt8]], _ body: (RealHBase, HBaseClient, AdminClient, HBaseTable) throws -> Void
    ) throws {
        let cluster = try RealHBase.cluster()
        let client = try cluster.client()
        defer { client.close() }
        let admin = client.admin(seed: UInt64.random(in: 0 ... .max))
        let table = HBaseTable(name: "batches\(UInt32.random(in: 0 ... 99999))")
        let schema = TableSchema(table: table, families: [FamilySchema("f")])
        try ask { admin.createTable(schema, splitKeys: splits, $0) } as Void
        try body(cluster, client, admin, table)
        try ask { admin.disableTable(table, $0) } as Void
        try ask { admin.deleteTable(table, $0) } as Void
    }

    private func key(_ number: Int) -> [UInt8] {
        let digits = String(number)
        return utf8("row-" + String(repeating: "0", count: 6 - digits.count) + digits)
    }

    private var column: PreparedColumn { PreparedColumn(family: utf8("f"), qualifier: utf8("q")) }
    private var counter: PreparedColumn { PreparedColumn(family: utf8("f"), qualifier: utf8("n")) }

    private func get(_ client: HBaseClient, _ table: HBaseTable, _ keys: [[UInt8]]) throws -> RowResults {
        try wait { client.get(GetBatch(table: table, keys: RowKeys(keys)), $0) }
    }

    private func values(_ results: RowResults, _ qualifier: String) -> [[UInt8]?] {
        (0..<results.count).map { index in
            var value: [UInt8]?
            results.forEachCell(ofKey: index) { cell in
                if text(cell.qualifier) == qualifier { value = [UInt8](cell.value) }
            }
            return value
        }
    }

    private func number(_ bytes: [UInt8]?) -> Int64? { bytes?.reduce(0) { $0 << 8 | Int64($1) } }

    @Test func hundredThousandPutsAreReadBack() throws {
        try withTable(splits: [key(20_000), key(40_000), key(70_000)]) { (cluster, client, _, table) throws in
            let failure = Lock<HBaseError?>(nil)
            let left = Atomic<Int>(20)
            _ =
                try wait { (done: @escaping @Sendable (Bool) -> Void) in
                    for batch in 0..<20 {
                        var builder = MutationBatchBuilder(table: table)
                        for row in batch * 5000..<(batch + 1) * 5000 {
                            builder.beginPut(key(row))
                            utf8("value \(row)").withUnsafeBytes { builder.cell(column, value: $0) }
                        }
                        client.mutate(builder.finish()) { results in
                            if let error = results.firstError { failure.withLock { $0 = error } }
                            if left.wrappingSubtract(1, ordering: .relaxed).newValue == 0 { done(true) }
                        }
                    }
                } as Bool
            #expect(failure.withLock { $0 } == nil)
            #expect(client.queuedOperations == 0)
            if cluster.folder != nil {
                #expect(try cluster.tool("count", table.name).contains("100000"))
            }
            let asked = (0..<10_000).map { ($0 * 7919) % 110_000 }
            let results = try get(client, table, asked.map(key))
            #expect(!results.hasErrors)
            let found = values(results, "q")
            for (index, row) in asked.enumerated() {
                #expect(found[index] == (row < 100_000 ? utf8("value \(row)") : nil))
            }
        }
    }

    @Test(
        "H10, H14: a hot row takes what gathers in few calls, and ends with the last value and the exact sum")
    func hotRow() throws {
        try withTable(splits: []) { (_, client, admin, table) throws in
            let changes = 4000
            let done = Lock(0)
            let failure = Lock<HBaseError?>(nil)
            let clock = ContinuousClock()
            let start = clock.now
            for number in 1...changes {
                var builder = MutationBatchBuilder(table: table)
                builder.beginPut(utf8("hot"))
                builder.cell(family: utf8("f"), qualifier: utf8("q"), value: utf8("\(number)"))
                builder.beginIncrement(utf8("count"))
                builder.increment(family: utf8("f"), qualifier: utf8("n"), by: Int64(number))
                builder.withoutResult()
                client.mutate(builder.finish()) { results in
                    if let error = results.firstError { failure.withLock { $0 = error } }
                    done.withLock { $0 += 1 }
                }
            }
            while done.withLock({ $0 }) < changes, clock.now - start < .seconds(120) { usleep(1000) }
            let took = clock.now - start
            #expect(failure.withLock { $0 } == nil)
            let metrics: ClientMetrics = try wait { client.metrics($0) }
            let calls = metrics.servers.values.reduce(0) { $0 + $1.calls }
            print("hot row: \(changes) puts and increments in \(took) with \(calls) calls")
            #expect(calls < 400)
            // In memory and from a file.
            for isFlushed in [false, true] {
                if isFlushed { try ask { admin.flush(table, $0) } as Void }
                let found = try get(client, table, [utf8("hot"), utf8("count")])
                #expect(values(found, "q").first == utf8("\(changes)"))
                let sum = Int64(changes) * Int64(changes + 1) / 2
                #expect(number(values(found, "n").last ?? nil) == sum)
            }
        }
    }

    @Test func everyKindOfMutation() throws {
        try withTable(splits: [utf8("m")]) { (_, client, _, table) throws in
            var builder = MutationBatchBuilder(table: table)
            for row in ["a", "z"] {
                builder.beginPut(utf8(row))
                builder.cell(family: utf8("f"), qualifier: utf8("q"), value: utf8("1"), timestamp: 10)
                builder.cell(family: utf8("f"), qualifier: utf8("r"), value: utf8("2"), timestamp: 10)
                builder.beginIncrement(utf8(row))
                builder.increment(counter, by: 5)
                builder.beginAppend(utf8(row))
                utf8("x").withUnsafeBytes { builder.cell(column, value: $0) }
                builder.beginLedgerIncrement(utf8(row))
                builder.increment(counter, by: 100)
                builder.endLedgerIncrement(family: utf8("f"), qualifier: utf8("_s"), offset: 7)
                builder.beginLedgerIncrement(utf8(row))
                builder.increment(counter, by: 100)
                builder.endLedgerIncrement(family: utf8("f"), qualifier: utf8("_s"), offset: 7)
                builder.beginGroup()
                builder.beginPut(utf8(row))
                builder.cell(family: utf8("f"), qualifier: utf8("g"), value: utf8("3"))
                builder.beginDelete(utf8(row))
                builder.deleteColumn(PreparedColumn(family: utf8("f"), qualifier: utf8("r")), timestamp: 10)
                builder.endGroup(
                    condition: .absent(family: utf8("f"), qualifier: utf8("g")))
            }
            builder.beginDelete(utf8("z"))
            builder.beginPut(utf8("b"))
            builder.cell(family: utf8("none"), qualifier: utf8("q"), value: [1])
            let results: MutationResults = try wait { client.mutate(builder.finish(), $0) }
            #expect(results.error(of: 13)?.kind == .noSuchColumnFamily)
            #expect(
                (0..<13).allSatisfy { results.error(of: $0) == nil },
                "\(String(describing: results.firstError))")
            #expect((0..<6).map { results.processed($0) } == [true, true, true, true, false, true])
            var count: Int64?
            results.forEachCell(of: 1) { count = number([UInt8]($0.value)) }
            #expect(count == 5)
            let read = try get(client, table, [utf8("a"), utf8("z")])
            #expect(values(read, "q")[0] == utf8("1x"))
            #expect(values(read, "r")[0] == nil)
            #expect(values(read, "g")[0] == utf8("3"))
            #expect(number(values(read, "n")[0]) == 105)
            #expect(read.cellCount(ofKey: 1) == 0)
        }
    }

    @Test func missingAndDisabledTablesAreSaidSoon() throws {
        try withTable(splits: []) { (_, client, admin, table) throws in
            let started = SystemClock().monotonicNanos()
            let missing: RowResults = try wait {
                client.get(GetBatch(table: HBaseTable("no_such"), keys: RowKeys([utf8("a")])), $0)
            }
            #expect(missing.firstError?.kind == .tableNotFound)
            _ = try get(client, table, [utf8("a")])
            try ask { admin.disableTable(table, $0) } as Void
            #expect(try get(client, table, [utf8("a")]).firstError?.kind == .tableNotEnabled)
            try ask { admin.enableTable(table, $0) } as Void
            #expect(try get(client, table, [utf8("a")]).firstError == nil)
            #expect(SystemClock().monotonicNanos() - started < 30_000_000_000)
        }
    }

    /// Counts ledger increments, plain puts and reads until told to stop.
    private final class Load: Sendable {
        let client: HBaseClient
        let table: HBaseTable
        let isOver = Atomic<Bool>(false)
        let rounds = Atomic<Int>(0)
        let slowest = Atomic<Int64>(0)
        let failure = Lock<HBaseError?>(nil)

        init(_ client: HBaseClient, _ table: HBaseTable) {
            self.client = client
            self.table = table
        }

        func run(
            rows: Int, _ key: @escaping @Sendable (Int) -> [UInt8], _ done: @escaping @Sendable (Int) -> Void
        ) {
            let round = rounds.load(ordering: .relaxed)
            if isOver.load(ordering: .relaxed) || failure.withLock({ $0 }) != nil { return done(round) }
            var builder = MutationBatchBuilder(table: table)
            for row in 0..<rows {
                builder.beginLedgerIncrement(key(row))
                builder.increment(family: utf8("f"), qualifier: utf8("n"), by: 1)
                builder.endLedgerIncrement(family: utf8("f"), qualifier: utf8("_s"), offset: Int64(round))
                builder.beginPut(key(row))
                builder.cell(family: utf8("f"), qualifier: utf8("q"), value: utf8(String(round)))
            }
            let started = SystemClock().monotonicNanos()
            client.mutate(builder.finish()) { [self] results in
                if let error = results.firstError { failure.withLock { $0 = error } }
                slowest.max(SystemClock().monotonicNanos() - started, ordering: .relaxed)
                rounds.wrappingAdd(1, ordering: .relaxed)
                run(rows: rows, key, done)
            }
        }
    }

    private func underLoad(
        _ client: HBaseClient, _ table: HBaseTable, _ disturb: () throws -> Void
    ) throws {
        let rows = 200
        let load = Load(client, table)
        let ended = Lock<Int?>(nil)
        load.run(rows: rows, { [self] in key($0) }) { round in ended.withLock { $0 = round } }
        try disturb()
        load.isOver.store(true, ordering: .relaxed)
        while ended.withLock({ $0 }) == nil { _ = try Subprocess.check(["sleep", "0.2"]) }
        let rounds = ended.withLock { $0 } ?? 0
        #expect(load.failure.withLock { $0 } == nil, "\(String(describing: load.failure.withLock { $0 }))")
        print(
            "\(rounds) rounds of \(rows) rows, slowest \(load.slowest.load(ordering: .relaxed) / 1_000_000) ms"
        )
        #expect(rounds > 1)
        let results = try get(client, table, (0..<rows).map(key))
        #expect(!results.hasErrors)
        let counts = values(results, "n").map { number($0) }
        #expect(counts == [Int64?](repeating: Int64(rounds), count: rows))
        #expect(values(results, "q") == [[UInt8]?](repeating: utf8(String(rounds - 1)), count: rows))
    }

    @Test(.enabled(if: RealHBase.canStart)) func countsOnceWhileRegionsMoveAndSplit() throws {
        try withTable(splits: [key(50), key(100)]) { (cluster, client, _, table) throws in
            try underLoad(client, table) {
                let name = table.name
                // The master refuses what concerns a region that is just on its way; the next one will do.
                for command in [
                    ["move", name], ["split", name, "row-000025"], ["move", name],
                    ["split", name, "row-000150"], ["move", name],
                ] {
                    _ = try? cluster.tool(lines: [command.joined(separator: " ")], seconds: 180)
                }
                _ = try Subprocess.check(["sleep", "3"])
            }
            let metrics: ClientMetrics = try wait { client.metrics($0) }
            #expect(metrics.regionMoves > 3)
        }
    }

    @Test(.enabled(if: RealHBase.canStart)) func countsOnceWhenAServerIsKilled() throws {
        try withTable(splits: [key(50), key(100), key(150)]) { (cluster, client, _, table) throws in
            try underLoad(client, table) {
                _ = try Subprocess.check(["sleep", "2"])
                try cluster.kill("region-server-1")
                _ = try Subprocess.check(["sleep", "15"])
                try cluster.restart("region-server-1")
                _ = try Subprocess.check(["sleep", "3"])
            }
        }
    }
}
