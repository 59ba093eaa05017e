import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceHBase
import SluiceHBaseFake
import SluiceNet
import SluiceTableStore
import SluiceTestSupport
import Testing

/// The connector against the fake cluster on loopback sockets: what goes over the wire, and what faults do to it.
@Suite(.serialized) struct ConnectorOnFakeTests {
    let server: FakeHBaseServer
    let bench: ConnectorBench

    init() throws {
        server = try FakeHBaseServer(regionServers: 2, seed: 1)
        let keeper = server.layout.zooKeepers[0]
        bench = ConnectorBench(cluster: [("zookeeper.quorum", keeper.description)])
        _ = server.perform { cluster in
            let families = ["f", "c", "led"].map { FakeFamily($0) }
            cluster.createTable(FakeTableName("t"), families: families, splits: [Array("m".utf8)])
            return true
        }
    }

    private var plain: [ResolvedTable.Column] {
        [ConnectorBench.key(), ConnectorBench.family("f", [("a", .string), ("b", .int)])]
    }

    private var counters: [ResolvedTable.Column] {
        [ConnectorBench.key(), ConnectorBench.family("c", [("n", .bigint)])]
    }

    private func row(_ key: String, _ a: String?, _ b: Int32?) -> [Datum] {
        [.string(key), .row([a.map { .string($0) } ?? .null, b.map { .int32($0) } ?? .null])]
    }

    /// Calls of a method on the region servers so far.
    private func calls(_ method: String) -> Int {
        server.perform { $0.servers.reduce(0) { $0 + ($1.calls[method] ?? 0) } } ?? -1
    }

    private func counter(_ key: String) -> Int64? {
        server.perform { cluster in
            guard let table = cluster.tables[FakeTableName("t")] else { return nil }
            let cells = cluster.cells(of: Array(key.utf8), in: table).filter { $0.family == Array("c".utf8) }
            let cell = cells.first { $0.qualifier == Array("n".utf8) }
            return cell.map { $0.value.reduce(Int64(0)) { $0 << 8 | Int64($1) } }
        } ?? nil
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return (error as? JobError)?.cause.message ?? (error as? SQLError)?.message ?? "\(error)"
        }
    }

    @Test("H1, B1, B5: rows go there as puts and deletes, and come back")
    func upserts() throws {
        defer { server.stop() }
        let table = bench.table("t", plain)
        try bench.write(
            table,
            [
                (.insert, row("a", "1", 1)), (.insert, row("z", "2", nil)), (.updateBefore, row("a", "1", 1)),
                (.updateAfter, row("a", "3", 3)), (.insert, row("gone", "x", 0)),
                (.insert, row("", "lost", 9)),
            ])
        try bench.write(table, [(.delete, row("gone", nil, nil))])
        #expect(try bench.scan(table) == [row("a", "3", 3), row("z", "2", nil)])
        #expect(try bench.scan(table, [0], limit: 1).first == [.string("a")])
        let filter = ScanFilter(column: 0, comparison: .greater, value: .string("a"))
        #expect(try bench.scan(table, filters: [filter]) == [row("z", "2", nil)])
    }

    @Test(
        "a put after a delete is seen, in one batch and over several, whatever the delete takes",
        arguments: ["latest", "all", "family", "row"])
    func deletesThenPuts(mode: String) throws {
        defer { server.stop() }
        let table = bench.table("t", plain, [("sink.delete.mode", mode)])
        let writer = try bench.open(table)
        for round in 0..<20 {
            let again = (RowKind.insert, row("b", "new \(round)", nil))
            let rows = [
                (RowKind.insert, row("a", "old", 1)), (.delete, row("a", nil, nil)),
                (.insert, row("a", "new \(round)", nil)), (.insert, row("gone", "x", 1)),
                (.delete, row("gone", nil, nil)),
            ]
            try bench.write(writer, bench.batch(table, rows + [again]))
            try writer.flush()
            try bench.write(writer, bench.batch(table, [(.delete, row("b", nil, nil)), again]))
            try writer.flush()
        }
        try bench.finish(writer)
        #expect(try bench.scan(table) == [row("a", "new 19", nil), row("b", "new 19", nil)])
    }

    @Test(
        "H1: after 10,000 random changes the table is what a model says",
        arguments: ["all", "family", "row"])
    func changelog(mode: String) throws {
        defer { server.stop() }
        let table = bench.table("t", plain, [("sink.batch.max-size", "300"), ("sink.delete.mode", mode)])
        var random = RandomSource(seed: 11)
        var model: [String: [Datum]] = [:]
        let writer = try bench.open(table)
        for _ in 0..<20 {
            var changes: [(RowKind, [Datum])] = []
            while changes.count < 500 {
                let key = "k\(random.next() % 400)"
                if let old = model[key], random.next() % 3 == 0 {
                    changes.append((.delete, old))
                    model[key] = nil
                    continue
                }
                let new = row(key, random.next() % 7 == 0 ? nil : "v\(random.next() % 1000)", 5)
                if let old = model[key] {
                    changes.append((.updateBefore, old))
                    changes.append((.updateAfter, new))
                } else {
                    changes.append((.insert, new))
                }
                model[key] = new
            }
            try bench.write(writer, bench.batch(table, changes))
        }
        try bench.finish(writer)
        let expected = model.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
        #expect(try bench.scan(table) == expected.map(\.value))
    }

    @Test("H2, B6: a look-up finds present keys, and none for absent, empty and deleted ones")
    func lookups() throws {
        defer { server.stop() }
        let table = bench.table("t", plain)
        try bench.write(
            table, [(.insert, row("a", "1", 1)), (.insert, row("z", "2", 2)), (.insert, row("d", "3", 3))])
        try bench.write(table, [(.delete, row("d", nil, nil))])
        let request = LookupRequest(keys: [0], projection: [0, 1])
        let source = try bench.connector.makeLookup(table, request).open(bench.context)
        let before = calls("Multi") + calls("Get")
        let keys = ["z", "", "nothing", "a", "d"].map { Datum.string($0) }
        let found = try bench.lookUp(source, .string, keys)
        #expect(found == [0: row("z", "2", 2), 3: row("a", "1", 1)])
        // One call for each of the two servers.
        #expect(calls("Multi") + calls("Get") - before <= 2)
        source.close()
    }

    @Test("a cached row is not asked for again, also a missing one", arguments: ["PARTIAL", "FULL"])
    func cachedLookups(kind: String) throws {
        defer { server.stop() }
        let options = [
            ("lookup.cache", kind), ("lookup.partial-cache.max-rows", "100"),
            // What scans read is nothing to look-ups.
            ("lookup.full-cache.periodic-reload.interval", "1 h"), ("scan.timestamp", "1"),
        ]
        let table = bench.table("t", plain, options)
        try bench.write(table, [(.insert, row("a", "1", 1)), (.insert, row("z", "2", 2))])
        let request = LookupRequest(keys: [0], projection: [0, 1])
        let source = try bench.connector.makeLookup(table, request).open(bench.context)
        let keys = ["z", "nothing", "a"].map { Datum.string($0) }
        let expected = [0: row("z", "2", 2), 2: row("a", "1", 1)]
        #expect(try bench.lookUp(source, .string, keys) == expected)
        let before = calls("Multi") + calls("Get") + calls("Scan")
        for _ in 0..<3 { #expect(try bench.lookUp(source, .string, keys) == expected) }
        #expect(calls("Multi") + calls("Get") + calls("Scan") == before)
        if kind == "PARTIAL" {
            let mixed = ["a", "b", "z"].map { Datum.string($0) }
            #expect(try bench.lookUp(source, .string, mixed) == [0: row("a", "1", 1), 2: row("z", "2", 2)])
            #expect(calls("Multi") + calls("Get") + calls("Scan") == before + 1)
        }
        source.close()
    }

    @Test("H8: a cell of another width names itself, or is NULL by option")
    func decodeErrors() throws {
        defer { server.stop() }
        let wide = [ConnectorBench.key(), ConnectorBench.family("f", [("b", .bigint)])]
        try bench.write(bench.table("t", wide), [(.insert, [.string("a"), .row([.int64(7)])])])
        let narrow = [ConnectorBench.key(), ConnectorBench.family("f", [("b", .int)])]
        #expect(
            message { _ = try bench.scan(bench.table("t", narrow)) }
                == "the HBase column \"f:b\" holds 8 bytes, INT needs 4")
        let lenient = bench.table("t", narrow, [("hbase.decode-error", "null")])
        #expect(try bench.scan(lenient) == [[.string("a"), .row([.null])]])
        #expect(bench.reports.withLock { $0.count } == 1)
    }

    @Test("H9: 100,000 rows in batches of 1000 are at most 101 calls a server; a lone row leaves by its age")
    func batches() throws {
        defer { server.stop() }
        let table = bench.table("t", plain, [("sink.batch.max-size", "1000")])
        let before = server.perform { $0.servers.map { $0.calls["Multi"] ?? 0 } } ?? []
        let writer = try bench.open(table)
        for part in 0..<100 {
            let rows = (0..<1000).map { number in
                (RowKind.insert, row((number % 2 == 0 ? "a" : "z") + String(part * 1000 + number), "v", 1))
            }
            try bench.write(writer, bench.batch(table, rows))
        }
        try bench.finish(writer)
        let after = server.perform { $0.servers.map { $0.calls["Multi"] ?? 0 } } ?? []
        for (first, last) in zip(before, after) { #expect(last - first <= 101) }
        #expect(try bench.scan(table, [0]).count == 100_000)
        let lone = try bench.open(bench.table("t", plain, [("sink.flush-buffer.timeout", "50 ms")]))
        try bench.write(lone, bench.batch(table, [(.insert, row("late", "v", 1))]))
        let end = SystemClock().monotonicNanos() + 5_000_000_000
        while try lone.poll() != nil, SystemClock().monotonicNanos() < end { bench.waker.wait() }
        #expect(try bench.scan(table, [0]).count == 100_001)
        lone.close()
    }

    @Test("H10: batches overlap, and two updates of one row never change places")
    func overlap() throws {
        defer { server.stop() }
        _ = server.perform { cluster in
            cluster.faults.add("slow", on: "Multi", .every(2), .slow(nanos: 20_000_000))
            return true
        }
        let table = bench.table("t", plain, [("sink.batch.max-size", "10")])
        let writer = try bench.open(table)
        for round in 0..<30 {
            let rows = (0..<10).map { (RowKind.insert, row("k\($0)", "v\(round)", Int32(round))) }
            try bench.write(writer, bench.batch(table, rows))
        }
        try bench.finish(writer)
        #expect(try bench.scan(table) == (0..<10).map { row("k\($0)", "v29", 29) })
    }

    @Test("H11: of a batch with one failed operation only that is sent again")
    func partialFailure() throws {
        defer { server.stop() }
        let option = [("sink.mutation.c.n", "increment"), ("sink.increment.guarantee", "at-least-once")]
        let table = bench.table("t", counters, option)
        let rows = (0..<100).map { (RowKind.insert, [Datum.string("a\($0)"), .row([.int64(1)])]) }
        let writer = try bench.open(table, input: .appendOnly)
        // What was asked before is done, so the fault is for the batch.
        _ = server.perform { cluster in
            let busy = FakeException("RegionTooBusyException", "busy")
            cluster.faults.add("busy", on: "Multi", .calls([1]), .actionException(busy))
            return true
        }
        try bench.write(writer, bench.batch(table, rows))
        try bench.finish(writer)
        #expect(server.perform { $0.faults.fired("busy") } == 1)
        #expect(bench.metric("numRecordsSend") == 100)
        #expect(bench.metric("numRecordsRetried") == 1)
        let sent = bench.published.withLock { $0.last?.parts.reduce(0) { $0 + $1.writes } }
        #expect(sent == 101)
        // What was acknowledged is not counted again.
        for number in 0..<100 { #expect(counter("a\(number)") == 1) }
    }

    @Test(
        "H12: increments count exactly once while answers and requests are lost",
        arguments: [FaultAction.replyLost, .requestLost, .halfReply])
    func exactCounters(fault: FaultAction) throws {
        defer { server.stop() }
        _ = server.perform { cluster in
            cluster.faults.add("fault", on: "Multi", .every(3), fault, limit: 6)
            return true
        }
        let option = [
            ("sink.mutation.c.n", "increment"), ("sink.increment.ledger-family", "led"),
            ("sink.batch.max-size", "5"),
        ]
        let table = bench.table("t", counters, option)
        let writer = try bench.open(table, input: .appendOnly)
        for _ in 0..<20 {
            let rows = (0..<40).map { (RowKind.insert, [Datum.string("k\($0 % 10)"), .row([.int64(1)])]) }
            try bench.write(writer, bench.batch(table, rows))
        }
        try bench.finish(writer)
        #expect((server.perform { $0.faults.fired("fault") } ?? 0) > 0)
        for key in 0..<10 { #expect(counter("k\(key)") == 80) }
    }

    /// The ledger's cells that a reader sees.
    private func ledgerCells() -> Int {
        server.perform { cluster in
            guard let table = cluster.tables[FakeTableName("t")] else { return -1 }
            return cluster.rows(of: table).reduce(0) { sum, row in
                sum + row.cells.filter { $0.family == Array("led".utf8) }.count
            }
        } ?? -1
    }

    private func count(_ options: [(String, String)]) throws {
        let option = [
            ("sink.mutation.c.n", "increment"), ("sink.increment.ledger-family", "led"),
            ("sink.batch.max-size", "5"),
        ]
        let table = bench.table("t", counters, option + options)
        let rows = (0..<100).map { (RowKind.insert, [Datum.string("k\($0 % 10)"), .row([.int64(1)])]) }
        try bench.write(table, rows, input: .appendOnly)
    }

    @Test("H12: a counter that is none is named with its row")
    func wrongCounter() throws {
        defer { server.stop() }
        let text = [ConnectorBench.key(), ConnectorBench.family("c", [("n", .string)])]
        try bench.write(bench.table("t", text), [(.insert, [.string("bad"), .row([.string("xyz")])])])
        let table = bench.table("t", counters, [("sink.mutation.c.n", "increment")])
        let rows = ["a", "bad", "z"].map { (RowKind.insert, [Datum.string($0), .row([.int64(1)])]) }
        let error = #expect(throws: JobError.self) { try bench.write(table, rows, input: .appendOnly) }
        #expect(error?.cause.hint == "its row key is \"bad\"", "\(String(describing: error))")
    }

    @Test("H12: a run that ends cleanly leaves no ledger cells, and the counters are exact")
    func ledgerGoes() throws {
        defer { server.stop() }
        for _ in 0..<3 { try count([]) }
        for key in 0..<10 { #expect(counter("k\(key)") == 30) }
        #expect(ledgerCells() == 0)
    }

    @Test("H12: after a lost answer the ledger stays for its time to live, and still the counters are exact")
    func ledgerExpires() throws {
        defer { server.stop() }
        _ = server.perform { cluster in
            cluster.faults.add("lost", on: "Multi", .calls([3]), .replyLost)
            return true
        }
        try count([("sink.increment.ledger-ttl", "1500 ms")])
        #expect(server.perform { $0.faults.fired("lost") } == 1)
        #expect(ledgerCells() == 10)
        let end = SystemClock().monotonicNanos() + 10_000_000_000
        while ledgerCells() > 0, SystemClock().monotonicNanos() < end { bench.waker.wait() }
        #expect(ledgerCells() == 0)
        try count([("sink.increment.ledger-ttl", "0 s")])
        for key in 0..<10 { #expect(counter("k\(key)") == 20) }
    }

    @Test("H25, B9: with written timestamps a replay changes nothing")
    func replays() throws {
        defer { server.stop() }
        _ = server.perform { cluster in
            cluster.createTable(FakeTableName("v"), families: [FakeFamily("f", versions: 9)])
            return true
        }
        var columns = plain
        columns.append(.init(name: "ts", type: .timestampLTZ(3), metadataKey: "timestamp"))
        let table = bench.table("v", columns)
        let rows = (0..<5).map { (RowKind.insert, row("a", "v\($0)", $0) + [.int64(Int64($0) * 1000)]) }
        try bench.write(table, rows)
        let versions = versionCount("v", "a")
        #expect(versions == 10)
        try bench.write(table, Array(rows.prefix(3)))
        #expect(versionCount("v", "a") == versions)
        #expect(try bench.scan(bench.table("v", plain)) == [row("a", "v4", 4)])
        #expect(message { _ = try bench.scan(table) }.contains("can only be written"))
    }

    private func versionCount(_ table: String, _ row: String) -> Int {
        server.perform { cluster in
            guard let table = cluster.tables[FakeTableName(table)] else { return -1 }
            return cluster.cells(of: Array(row.utf8), in: table, versions: 9).count
        } ?? -1
    }

    @Test("H29: rows are read as of a time")
    func asOf() throws {
        defer { server.stop() }
        _ = server.perform { cluster in
            cluster.createTable(FakeTableName("v"), families: [FakeFamily("f", versions: 5)])
            return true
        }
        var columns = plain
        columns.append(.init(name: "ts", type: .timestampLTZ(3), metadataKey: "timestamp"))
        for version in 1...3 {
            let written = row("a", "v\(version)", Int32(version)) + [.int64(Int64(version) * 1_000_000)]
            try bench.write(bench.table("v", columns), [(.insert, written)])
        }
        for version in 1...3 {
            let table = bench.table("v", plain, [("scan.timestamp", "\(version)500")])
            #expect(try bench.scan(table) == [row("a", "v\(version)", Int32(version))])
        }
    }

    @Test("H5: salted rows come back in the order of their keys, and are found by key")
    func salted() throws {
        defer { server.stop() }
        let table = bench.table("t", plain, [("row-key.salt-buckets", "8")])
        let rows = (0..<200).map { number in
            row("k" + String(String(1000 + number).dropFirst()), "v\(number)", Int32(number))
        }
        try bench.write(table, rows.map { (.insert, $0) })
        #expect(try bench.scan(table) == rows)
        let filter = ScanFilter(column: 0, comparison: .greaterOrEqual, value: .string("k190"))
        #expect(try bench.scan(table, filters: [filter]) == Array(rows.suffix(10)))
        let request = LookupRequest(keys: [0], projection: [0, 1])
        let source = try bench.connector.makeLookup(table, request).open(bench.context)
        #expect(try bench.lookUp(source, .string, [.string("k042")]) == [0: rows[42]])
        source.close()
    }

    @Test("rows are looked up by a prefix and by a range of their keys", arguments: ["0", "4"])
    func ranges(buckets: String) throws {
        defer { server.stop() }
        let table = bench.table("t", plain, [("row-key.salt-buckets", buckets), ("scan.timestamp", "1")])
        let rows = ["a1", "a2", "b1", "z1"].map { row($0, "v", 1) }
        try bench.write(table, rows.map { (.insert, $0) })
        func find(_ match: LookupRequest.Match, _ keys: [[Datum]]) throws -> [Int32: Set<Datum>] {
            var request = LookupRequest(keys: match == .range ? [0, 0] : [0], projection: [0])
            request.match = match
            let source = try bench.connector.makeLookup(table, request).open(bench.context)
            let result = try bench.answer(source, request.keys.map { _ in .string }, keys)
            source.close()
            var found: [Int32: Set<Datum>] = [:]
            for (row, key) in result.keyIndex.enumerated() {
                found[key, default: []].insert(result.rows.row(row)[0])
            }
            return found
        }
        #expect(
            try find(.prefix, [[.string("a")], [.string("x")], [.string("z1")]])
                == [0: [.string("a1"), .string("a2")], 2: [.string("z1")]])
        #expect(
            try find(.range, [[.string("a2"), .string("b9")], [.string("b"), .string("a")]])
                == [0: [.string("a2"), .string("b1")]])
    }

    @Test("H4: the regions of a table are listed with their bounds and servers")
    func regions() throws {
        defer { server.stop() }
        let entries = bench.options.map { TableOptions.Entry($0.0, $0.1) }
        let tools = HBaseTools(
            store: bench.connector.store, environment: HBaseEnvironment(), options: TableOptions(entries))
        let regions = try tools.regions("t")
        #expect(regions.map(\.startText) == ["", "m"])
        #expect(regions.map(\.endText) == ["m", ""])
        #expect(Set(regions.map(\.server)) == Set(server.layout.regionServers.map(\.description)))
        let commands = try tools.commands(isJSON: false)
        var lines: [String] = []
        try commands.put("t", row: "r", column: "f:a", value: "v") { lines.append($0) }
        try commands.increment("t", row: "r", column: "c:n", by: 3) { lines.append($0) }
        try commands.describe("t", ddlOnly: true) { lines.append($0) }
        #expect(lines.contains("COUNTER VALUE = 3"))
        #expect(lines.contains("  `c` ROW<`n` BIGINT>,"))
        #expect(lines.last?.contains("'zookeeper.quorum' = '\(server.layout.zooKeepers[0])'") == true)
    }

    @Test("H23: a scan that starts while a region moves reads the rows of that region too")
    func movingRegion() throws {
        defer { server.stop() }
        let table = bench.table("t", plain)
        let rows = ["a", "l", "m", "z"].map { row($0, "v", 1) }
        try bench.write(table, rows.map { (.insert, $0) })
        let hasMoved = server.perform { cluster in
            guard let table = cluster.tables[FakeTableName("t")] else { return false }
            cluster.transitionNanos = 400_000_000...400_000_000
            cluster.move(table.regions[1])
            return table.regions[1].state == .closed
        }
        #expect(hasMoved == true)
        let source = try bench.connector.makeSource(table, ScanRequest(projection: [0, 1]))
        let splits = try source.discoverSplits(bench.context)
        #expect(splits.count == 1)
        var found: [[Datum]] = []
        for split in splits {
            let reader = try source.open(split, bench.context)
            found += try bench.read(reader)
            reader.close()
        }
        #expect(found == rows)
    }

    @Test("a scan goes on behind the position of a checkpoint")
    func positions() throws {
        defer { server.stop() }
        let table = bench.table("t", plain)
        let rows = (0..<50).map { row("k" + String(String(100 + $0).dropFirst()), "v", $0) }
        try bench.write(table, rows.map { (.insert, $0) })
        let request = ScanRequest(projection: [0, 1])
        let source = try bench.connector.makeSource(table, request)
        let splits = try source.discoverSplits(bench.context)
        #expect(splits.count == 2)
        let reader = try source.open(splits[0], bench.context)
        var found = try bench.read(reader, atMost: 7)
        let position = reader.position()
        reader.close()
        let rest = try source.open(SourceSplit(id: splits[0].id, detail: position), bench.context)
        found += try bench.read(rest)
        rest.close()
        #expect(found == rows)
    }

    @Test("what is wrong with the cluster is named within seconds")
    func failures() throws {
        defer { server.stop() }
        func refusal(_ name: String, _ columns: [ResolvedTable.Column], _ options: [(String, String)] = [])
            -> String
        {
            message { try bench.write(bench.table(name, columns, options), [(.insert, row("a", "b", 1))]) }
        }
        let start = SystemClock().monotonicNanos()
        #expect(refusal("nope", plain).hasPrefix("the HBase table \"nope\" does not exist"))
        let other = [ConnectorBench.key(), ConnectorBench.family("x", [("a", .string), ("b", .int)])]
        #expect(refusal("t", other).hasPrefix("the HBase table \"t\" has no column family \"x\""))
        #expect(
            refusal("t", plain, [("zookeeper.znode.parent", "/other")]).contains("has no node \"/other\""))
        #expect(
            refusal("t", plain, [("zookeeper.quorum", "127.0.0.1:1")]).hasPrefix(
                "nothing listens at 127.0.0.1:1"))
        #expect(SystemClock().monotonicNanos() - start < 15_000_000_000)
    }

    @Test("H23: the doctor has a message for each thing that is wrong, within two seconds")
    func doctor() throws {
        defer { server.stop() }
        let keeper = server.layout.zooKeepers[0].description
        func examine(_ table: String, _ options: [(String, String)], _ families: [String] = []) throws
            -> String
        {
            let entries = options.map { TableOptions.Entry($0.0, $0.1) }
            let tools = HBaseTools(
                store: bench.connector.store, environment: HBaseEnvironment(), options: TableOptions(entries))
            var last: DoctorFinding?
            let start = SystemClock().monotonicNanos()
            let isWell = try tools.examine(table, families: families) { last = $0 }
            #expect(SystemClock().monotonicNanos() - start < 4_000_000_000)
            #expect(isWell == last?.isOK)
            return "\(isWell ? "ok" : "bad") \(last?.step ?? ""): \(last?.text ?? "")"
        }
        let quorum = ("zookeeper.quorum", keeper)
        #expect(try examine("t", [quorum], ["f", "c"]).hasPrefix("ok"))
        #expect(
            try examine("t", [("zookeeper.quorum", "127.0.0.1:1")])
                == "bad ZooKeeper: nothing listens at 127.0.0.1:1, given by 'zookeeper.quorum'")
        #expect(
            try examine("t", [quorum, ("zookeeper.znode.parent", "/x")])
                == "bad ZooKeeper: ZooKeeper at \(keeper) has no node \"/x\"")
        #expect(
            try examine("nope", [quorum])
                == "bad table: the HBase table \"nope\" does not exist in the cluster at ZooKeeper \(keeper)")
        #expect(
            try examine("t", [quorum], ["f", "x"])
                == "bad families: the HBase table \"t\" has no column family \"x\"")
        #expect(
            try examine("t", [("zookeeper.quorum", server.layout.regionServers[0].description)])
                .contains("answers, but not as ZooKeeper does"))
        #expect(try examine("t", [("zookeeper.quorum", "no.such.host.invalid")]).contains("is not known"))
    }

    @Test("H4: the share of requests of each region is told")
    func shares() throws {
        defer { server.stop() }
        _ = server.perform { cluster in
            let regions = cluster.tables[FakeTableName("t")]?.regions ?? []
            for (region, count) in zip(regions, [900, 100] as [UInt64]) { region.load.writes = count }
            return true
        }
        let regions = try tools().regions("t")
        #expect(regions.map(\.writeRequests) == [900, 100])
        #expect(regions.map(\.storeFiles) == [1, 1])
    }

    @Test("H3: the verbs scan backwards and raw on a cluster as on the embedded store")
    func backwardsAndRaw() throws {
        defer { server.stop() }
        let onCluster = try tools().commands(isJSON: true)
        let home = try ScratchHome()
        let embedded = try HBaseTools(
            store: TableStore(folder: home.path + "/tables", clock: SystemClock()),
            environment: HBaseEnvironment(), options: TableOptions()
        ).commands(isJSON: true)
        try embedded.create("t", families: ["f", "c", "led"]) { _ in }
        var answers: [[String]] = []
        for commands in [onCluster, embedded] {
            var lines: [String] = []
            for row in ["a", "k", "z"] {
                for time in [Int64(5), 7] {
                    try commands.put("t", row: row, column: "f:a", value: "\(row)\(time)", timestamp: time) {
                        _ in
                    }
                }
                try commands.delete("t", row: row, column: "f:a", timestamp: 5) { _ in }
            }
            var backwards = HBaseScanArguments()
            backwards.isReversed = true
            try commands.scan("t", backwards) { lines.append($0) }
            backwards.start = "k"
            backwards.stop = "a"
            try commands.scan("t", backwards) { lines.append($0) }
            answers.append(lines)
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0].count == 4, "\(answers[0])")
        var raw = HBaseScanArguments()
        raw.read.isRaw = true
        raw.read.columns = ["f:a"]
        raw.start = "z"
        raw.read.versions = 9
        var lines: [String] = []
        try onCluster.scan("t", raw) { lines.append($0) }
        try onCluster.get("t", row: "k", raw.read) { lines.append($0) }
        #expect(lines.count == 2)
        for (line, row) in zip(lines, ["z", "k"]) {
            #expect(line.contains("\(row)7") && line.contains("\(row)5") && line.contains("\"type\""))
        }
    }

    private func tools() -> HBaseTools {
        let entries = bench.options.map { TableOptions.Entry($0.0, $0.1) }
        return HBaseTools(
            store: bench.connector.store, environment: HBaseEnvironment(), options: TableOptions(entries))
    }

    @Test(
        "H22: a cluster in good order has no advice; many store files, a hot region and others have one each")
    func advice() throws {
        defer { server.stop() }
        #expect(try tools().advice() == [])
        _ = server.perform { cluster in
            guard let regions = cluster.tables[FakeTableName("t")]?.regions else { return false }
            regions[0].load = FakeRegionLoad(storeFiles: 40, reads: 99_000, locality: 0.2)
            regions[1].load = FakeRegionLoad(
                storeMegabytes: 40_000, memstoreMegabytes: 900, reads: 1000, locality: 0.3)
            cluster.servers[0].heapMegabytes = 101
            return true
        }
        let found = try #require(try tools().advice())
        #expect(
            found.map(\.topic) == [.storeFiles, .largeRegion, .memstore, .hotRegion, .locality, .heap],
            "\(found)")
        #expect(found[0].finding == "40 store files in 1 store: a read looks into each")
        #expect(found[0].advice.contains("sluice hbase compact t"))
        #expect(found[3].finding.hasPrefix("99 % of the table's requests go to this one of 2 regions"))
    }
}
