import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceHBase
import SluiceTableStore
import SluiceScratch
import Testing

private struct NoWaker: Waker { func wake() {} }

@Suite("connector hbase")
struct HBaseConnectorTests {
    let folder: ScratchFolder
    let clock = ManualClock(micros: 1_000_000_000)
    let connector: HBaseConnector
    let context: ConnectorContext

    init() throws {
        folder = try ScratchFolder()
        connector = HBaseConnector(store: TableStore(folder: folder.path, clock: clock))
        context = ConnectorContext(clock: clock, waker: NoWaker())
    }

    private func makeTable(
        _ columns: [ResolvedTable.Column], primaryKey: [Int] = [], _ options: [String: String] = [:]
    ) -> ResolvedTable {
        var entries = TableOptions([.init("connector", "hbase"), .init("table-name", "t")])
        for (key, value) in options { entries[key] = value }
        return ResolvedTable(name: "c.d.t", columns: columns, primaryKey: primaryKey, options: entries)
    }

    private func column(_ name: String, _ type: DataType, metadata: String? = nil) -> ResolvedTable.Column {
        ResolvedTable.Column(name: name, type: type, metadataKey: metadata)
    }

    private func family(_ fields: (String, DataType)...) -> DataType {
        DataType(.row(fields.map { Field($0.0, $0.1) }))
    }

    private var planes: [ResolvedTable.Column] {
        [
            column("info", family(("maker", .string), ("seats", .int))), column("id", .string),
            column("stats", family(("flights", .bigint))),
        ]
    }

    private func write(
        _ table: ResolvedTable, _ rows: [(RowKind, [Datum])], columns: [Int]? = nil,
        input: ChangelogMode = .upsert
    ) throws {
        let columns = columns ?? Array(table.columns.indices)
        let sink = try connector.makeSink(table, SinkRequest(columns: columns, input: input))
        let writer = try sink.open(subtask: 0, of: 1, context)
        let builder = BatchBuilder(columns.map { table.schema[$0] }, capacity: 16)
        for (kind, values) in rows { builder.appendRow(values, kind: kind) }
        #expect(try writer.write(builder.finish()) == nil)
        try writer.flush()
        try writer.finish()
        writer.close()
    }

    private func scan(_ table: ResolvedTable, _ projection: [Int], limit: Int? = nil) throws -> [[Datum]] {
        try scan(table, ScanRequest(projection: projection, limit: limit))
    }

    private func scan(_ table: ResolvedTable, _ request: ScanRequest) throws -> [[Datum]] {
        let source = try connector.makeSource(table, request)
        var rows: [[Datum]] = []
        for split in try source.discoverSplits(context) {
            let reader = try source.open(split, context)
            while case .rows(let batch) = try reader.poll(maxRows: 2) {
                for row in 0..<batch.rowCount { rows.append(batch.row(row)) }
            }
            reader.close()
        }
        return rows
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return (error as? SQLError)?.message ?? (error as? JobError)?.cause.message ?? "another error"
        }
    }

    @Test("B3, B4, B7: what is written comes back, in key order, with NULL for missing cells")
    func roundTrip() throws {
        let table = makeTable(planes)
        try write(
            table,
            [
                (.insert, [.row([.string("Boeing"), .int32(180)]), .string("n2"), .row([.int64(5)])]),
                (.insert, [.row([.null, .null]), .string("n1"), .null]),
                (.insert, [.row([.string(""), .int32(-1)]), .string(""), .row([.int64(1)])]),
                (.updateAfter, [.row([.string(""), .int32(-1)]), .string("n3"), .row([.null])]),
            ])
        let rows = try scan(table, [1, 0, 2])
        #expect(
            rows == [
                [.string("n1"), .row([.null, .null]), .row([.null])],
                [.string("n2"), .row([.string("Boeing"), .int32(180)]), .row([.int64(5)])],
                [.string("n3"), .row([.string(""), .int32(-1)]), .row([.null])],
            ])
        #expect(try scan(table, [1], limit: 2) == [[.string("n1")], [.string("n2")]])
        let stored = try connector.store.table(HBaseTableName("t"))
        #expect(try stored.get(Array("n1".utf8))?.value("info", "maker") == Array("null".utf8))
        #expect(try stored.get(Array("n1".utf8))?.value("info", "seats") == [])
        #expect(try stored.get(Array("n2".utf8))?.value("stats", "flights") == [0, 0, 0, 0, 0, 0, 0, 5])
    }

    @Test("B2: every type survives the way through a cell")
    func types() throws {
        let types: [(String, DataType, Datum)] = [
            ("a", .boolean, .bool(true)), ("b", .tinyint, .int32(-128)), ("c", .smallint, .int32(-2)),
            ("d", .int, .int32(.min)), ("e", .bigint, .int64(.max)), ("f", .float, .float32(-1.5)),
            ("g", .double, .float64(1e300)), ("h", .decimal(10, 2), .int64(-12345)),
            ("i", .decimal(38, 10), .int128(Int128.max / 4)), ("j", .date, .int32(-1)),
            ("k", .time, .int32(3_600_000)), ("l", .timestamp(3), .int64(-1000)),
            ("m", .timestampLTZ(3), .int64(1_700_000_000_123_000)), ("n", .bytes, .bytes([0, 255])),
            ("o", DataType(.varchar(5)), .string("é")), ("p", DataType(.intervalDayTime), .int64(-5)),
        ]
        let fields = types.map { Field($0.0, $0.1) }
        let table = makeTable([column("k", .bigint), column("f", DataType(.row(fields)))])
        let values = types.map(\.2)
        try write(table, [(.insert, [.int64(-1), .row(values)]), (.insert, [.int64(7), .row(values)])])
        let rows = try scan(table, [0, 1])
        #expect(rows == [[.int64(7), .row(values)], [.int64(-1), .row(values)]])
    }

    @Test("B2: values are stored in the bytes of HBase's own Bytes.toBytes")
    func bytes() throws {
        let cases: [(DataType, Datum, [UInt8])] = [
            (.boolean, .bool(true), [0xFF]), (.boolean, .bool(false), [0]), (.tinyint, .int32(-128), [0x80]),
            (.smallint, .int32(-2), [0xFF, 0xFE]), (.int, .int32(.min), [0x80, 0, 0, 0]),
            (.bigint, .int64(258), [0, 0, 0, 0, 0, 0, 1, 2]), (.float, .float32(-1.5), [0xBF, 0xC0, 0, 0]),
            (.double, .float64(0.5), [0x3F, 0xE0, 0, 0, 0, 0, 0, 0]),
            (.decimal(10, 2), .int64(-12345), [0, 0, 0, 2, 0xCF, 0xC7]),
            (.date, .int32(-1), [0xFF, 0xFF, 0xFF, 0xFF]), (.time, .int32(3_600_000), [0, 0x36, 0xEE, 0x80]),
            (.timestamp(3), .int64(-1000), Array(repeating: 0xFF, count: 8)),
            (.timestampLTZ(3), .int64(1_000_000), [0, 0, 0, 0, 0, 0, 3, 0xE8]),
            (.bytes, .bytes([0, 255]), [0, 255]),
            (.string, .string("é"), [0xC3, 0xA9]),
        ]
        let fields = cases.enumerated().map { Field("q\($0.offset)", $0.element.0) }
        let table = makeTable([column("k", .string), column("f", DataType(.row(fields)))])
        try write(table, [(.insert, [.string("k"), .row(cases.map(\.1))])])
        let stored = try #require(try connector.store.table(HBaseTableName("t")).get(Array("k".utf8)))
        for (number, entry) in cases.enumerated() {
            #expect(stored.value("f", "q\(number)") == entry.2, "\(entry.0)")
        }
        // Any byte but zero is true; two bytes are no BOOLEAN.
        let flag = makeTable([column("k", .string), column("f", family(("b", .boolean)))])
        let tiny = makeTable([column("k", .string), column("f", family(("b", .tinyint)))])
        try write(tiny, [(.insert, [.string("t"), .row([.int32(1)])])])
        #expect(try scan(flag, [0, 1]).contains([.string("t"), .row([.bool(true)])]))
        let wide = makeTable([column("k", .string), column("f", family(("b", .smallint)))])
        try write(wide, [(.insert, [.string("t"), .row([.int32(1)])])])
        #expect(message { _ = try scan(flag, [1]) }.contains("f:b"))
    }

    @Test("B2, B7: a condition on the row key finds each form of a value")
    func rowKeyForms() throws {
        let cases: [(DataType, Datum, [[UInt8]])] = [
            (.boolean, .bool(true), [[1], [0xFF]]),
            (.double, .float64(0), [[0, 0, 0, 0, 0, 0, 0, 0], [0x80, 0, 0, 0, 0, 0, 0, 0]]),
            (.decimal(10, 2), .int64(150), [[0, 0, 0, 1, 15], [0, 0, 0, 2, 0, 150]]),
        ]
        let stored = try connector.store.ensure(
            HBaseTableDescriptor(name: HBaseTableName("t"), families: [HBaseFamilyDescriptor("f")]))
        for (type, value, keys) in cases {
            try stored.truncate()
            for key in keys + [[7, 7]] { try stored.put(key, ColumnReference("f", "q"), [5]) }
            let table = makeTable(
                [column("k", type), column("f", family(("q", .tinyint)))], ["hbase.decode-error": "null"])
            var request = ScanRequest(projection: [1])
            request.filters = [ScanFilter(column: 0, comparison: .equal, value: value)]
            #expect(try scan(table, request).count >= keys.count, "\(type)")
        }
    }

    @Test("B5: a delete takes the newest version of declared columns, undeclared ones stay")
    func deletes() throws {
        let table = makeTable(planes)
        let narrow = makeTable([column("id", .string), column("info", family(("seats", .int)))])
        try write(table, [(.insert, [.row([.string("B"), .int32(1)]), .string("k"), .row([.int64(5)])])])
        clock.advance(micros: 5000)
        try write(narrow, [(.updateAfter, [.string("k"), .row([.int32(2)])])])
        #expect(try scan(table, [0]) == [[.row([.string("B"), .int32(2)])]])
        try write(narrow, [(.delete, [.string("k"), .row([.int32(2)])])])
        #expect(try scan(table, [0]) == [[.row([.string("B"), .null])]])
        #expect(try scan(narrow, [1]).isEmpty)
        // With the key alone every cell of the row counts, also an undeclared one.
        #expect(try scan(narrow, [0]) == [[.string("k")]])
        try write(
            table,
            [
                (.delete, [.null, .string("k"), .null]),
                (.insert, [.row([.string("C"), .int32(3)]), .string("k"), .row([.int64(6)])]),
                (.updateBefore, [.null, .string("k"), .null]),
            ])
        #expect(try scan(table, [0, 2]) == [[.row([.string("C"), .int32(3)]), .row([.int64(6)])]])
    }

    @Test("B5a: partial updates merge when NULLs are ignored")
    func ignoreNulls() throws {
        let table = makeTable(planes, ["sink.ignore-null-value": "true"])
        try write(
            table,
            [
                (.insert, [.row([.string("B"), .null]), .string("k"), .null]),
                (.updateAfter, [.row([.null, .int32(9)]), .string("k"), .null]),
            ])
        #expect(try scan(table, [0, 2]) == [[.row([.string("B"), .int32(9)]), .row([.null])]])
        try write(table, [(.insert, [.string("k"), .row([.int64(4)])])], columns: [1, 2])
        #expect(try scan(table, [0, 2]) == [[.row([.string("B"), .int32(9)]), .row([.int64(4)])]])
    }

    @Test("B5, B9: written timestamps and times to live are obeyed, NULL in them is an error")
    func metadata() throws {
        let columns = [
            column("k", .string), column("f", family(("q", .int))),
            column("ts", .timestampLTZ(3), metadata: "timestamp"), column("ttl", .bigint, metadata: "ttl"),
        ]
        let table = makeTable(columns)
        func row(_ value: Int32, _ millis: Int64) -> (RowKind, [Datum]) {
            (.insert, [.string("k"), .row([.int32(value)]), .int64(millis * 1000), .int64(100_000)])
        }
        try write(table, [row(2, 999_000), row(1, 998_000)])
        #expect(try scan(table, [1]) == [[.row([.int32(2)])]])
        try write(table, [(.delete, [.string("k"), .null, .int64(999_000_000), .int64(1)])])
        #expect(try scan(table, [1]) == [[.row([.int32(1)])]])
        clock.advance(micros: 99_000_000)
        #expect(try scan(table, [1]).isEmpty)
        let null = [(RowKind.insert, [Datum.string("k"), .row([.int32(1)]), .null, .int64(1)])]
        #expect(message { try write(table, null) } == "the metadata column \"timestamp\" is NULL")
        let early = [row(1, -1)]
        #expect(message { try write(table, early) }.contains("-1 ms after 1970"))
        #expect(
            message { _ = try scan(table, [2]) }
                == "the metadata column \"ts\" of \"c.d.t\" can only be written")
    }

    @Test("counters add up, and take inserts only")
    func counters() throws {
        let table = makeTable(planes, ["sink.mutation.stats.flights": "increment"])
        #expect(try connector.sinkTraits(table, input: .appendOnly)?.accepts == .appendOnly)
        for _ in 0..<2 {
            try write(
                table,
                [
                    (.insert, [.string("k"), .row([.int64(2)])]),
                    (.insert, [.string("k"), .row([.int64(3)])]),
                    (.insert, [.string("k"), .row([.null])]),
                ], columns: [1, 2], input: .appendOnly)
        }
        #expect(try scan(table, [2]) == [[.row([.int64(10)])]])
        let wrong = makeTable(planes, ["sink.mutation.info.seats": "increment"])
        #expect(
            message { try connector.validate(wrong) }
                == "option 'sink.mutation.info.seats' needs a column of type BIGINT")
    }

    @Test("look-ups answer each key once, cached ones from the cache", arguments: [false, true])
    func lookups(isCached: Bool) throws {
        let options = isCached ? ["lookup.cache": "PARTIAL", "lookup.partial-cache.max-rows": "2"] : [:]
        let table = makeTable(planes, options)
        for number in 0..<10 where number != 4 {
            let info = Datum.row([.string("maker number \(number)"), .int32(Int32(number))])
            try write(table, [(.insert, [info, .string("k\(number)"), .null])])
        }
        let request = LookupRequest(keys: [1], projection: [0, 1])
        let lookup = try connector.makeLookup(table, request).open(context)
        for _ in 0..<2 {
            let keys = BatchBuilder([Field("id", .string)], capacity: 8)
            for key in ["k7", "k4", "", "k0", "nothing"] { keys.appendRow([.string(key)]) }
            let ticket = try lookup.begin(keys.finish())
            let result = try #require(try lookup.take(ticket))
            #expect(result.keyIndex == [0, 3])
            #expect(result.rows.row(0) == [.row([.string("maker number 7"), .int32(7)]), .string("k7")])
            #expect(result.rows.row(1) == [.row([.string("maker number 0"), .int32(0)]), .string("k0")])
            #expect(try lookup.take(ticket) == nil)
        }
        // Of the projected families only stats is asked for: it has cells of NULL, so the row is there.
        let other = try connector.makeLookup(table, LookupRequest(keys: [1], projection: [2])).open(context)
        let keys = BatchBuilder([Field("id", .string)], capacity: 8)
        keys.appendRow([.string("k1")])
        #expect(try other.take(other.begin(keys.finish()))?.rows.row(0) == [.row([.null])])
    }

    @Test("a full cache that missed its reloads for want of look-ups is read anew before it answers")
    func fullCacheAfterARest() throws {
        let table = makeTable(
            planes,
            [
                "lookup.cache": "FULL", "lookup.full-cache.periodic-reload.interval": "1 min",
                "scan.timestamp": "1",
            ])
        // More rows than one step reads.
        let many = (0..<9000).map { number -> (RowKind, [Datum]) in
            (.insert, [.null, .string("k\(number)"), .row([.int64(1)])])
        }
        try write(table, many)
        let lookup = try connector.makeLookup(table, LookupRequest(keys: [1], projection: [2])).open(context)
        func find(_ key: String) throws -> [Datum]? {
            let keys = BatchBuilder([Field("id", .string)], capacity: 1)
            keys.appendRow([.string(key)])
            let result = try #require(try lookup.take(lookup.begin(keys.finish())))
            return result.rows.rowCount == 0 ? nil : result.rows.row(0)
        }
        #expect(try find("k8999") == [.row([.int64(1)])])
        try write(table, [(.insert, [.null, .string("k8999"), .row([.int64(2)])])])
        // Due, and on its way: the old copy answers meanwhile.
        clock.advance(micros: 61_000_000)
        #expect(try find("k8999") == [.row([.int64(1)])])
        for _ in 0..<5 { _ = try find("none") }
        #expect(try find("k8999") == [.row([.int64(2)])])
        try write(table, [(.insert, [.null, .string("k8999"), .row([.int64(3)])])])
        clock.advance(micros: 121_000_000)
        #expect(try find("k8999") == [.row([.int64(3)])])
        lookup.close()
    }

    @Test(
        "H8: cells that become NULL are told by look-ups of every kind",
        arguments: ["NONE", "PARTIAL", "FULL", ""])
    func nulledLookups(cache: String) throws {
        let wide = makeTable([column("k", .string), column("f", family(("q", .bigint)))])
        try write(wide, [(.insert, [.string("k1"), .row([.int64(1)])])])
        var options = ["hbase.decode-error": "null", "lookup.full-cache.periodic-reload.interval": "1 h"]
        options["lookup.cache"] = cache.isEmpty ? nil : cache
        let narrow = makeTable([column("k", .string), column("f", family(("q", .int)))], options)
        let told = Lock(0)
        let context = ConnectorContext(
            clock: clock, waker: NoWaker(), report: { _ in told.withLock { $0 += 1 } })
        var request = LookupRequest(keys: [0], projection: [1])
        if cache.isEmpty { request.match = .prefix }
        let lookup = try connector.makeLookup(narrow, request).open(context)
        let keys = BatchBuilder([Field("k", .string)], capacity: 1)
        keys.appendRow([.string(cache.isEmpty ? "k" : "k1")])
        #expect(try lookup.take(lookup.begin(keys.finish()))?.rows.row(0) == [.row([.null])])
        #expect(told.withLock { $0 } == 1)
        lookup.close()
    }

    @Test("a cell of another width names itself")
    func wrongWidth() throws {
        let wide = makeTable([column("k", .string), column("f", family(("q", .bigint)))])
        try write(wide, [(.insert, [.string("k"), .row([.int64(1)])])])
        let narrow = makeTable([column("k", .string), column("f", family(("q", .int)))])
        #expect(
            message { _ = try scan(narrow, [1]) } == "the HBase column \"f:q\" holds 8 bytes, INT needs 4")
        // Fewer bytes than a scale and a digit are no number, and no NULL.
        let short = makeTable([column("k", .string), column("f", family(("q", .int)))])
        try write(short, [(.insert, [.string("k"), .row([.int32(1)])])])
        let decimal = makeTable([column("k", .string), column("f", family(("q", .decimal(10, 2))))])
        #expect(
            message { _ = try scan(decimal, [1]) }
                == "the HBase column \"f:q\" holds 4 bytes, DECIMAL(10, 2) needs 5 or more")
    }

    @Test("H3: declarations that HBase cannot hold are refused with the reason")
    func refusals() throws {
        func refusal(_ columns: [ResolvedTable.Column], key: [Int] = [], _ options: [String: String] = [:])
            -> String
        {
            message { try connector.validate(makeTable(columns, primaryKey: key, options)) }
        }
        let good = column("f", family(("q", .int)))
        #expect(refusal([good]) == "table \"c.d.t\" has no row key")
        #expect(
            refusal([column("a", .int), column("b", .int), good]).hasPrefix("table \"c.d.t\" has two columns")
        )
        #expect(
            refusal([column("a", .int), good], key: [1]).hasPrefix("the primary key of \"c.d.t\" must be"))
        #expect(refusal([column("a", .int), good], key: [0]) == "no error")
        let array = DataType(.array(.int))
        #expect(
            refusal([column("a", .int), column("f", family(("q", array)))])
                == "the HBase column \"f:q\" cannot have type ARRAY<INT>")
        #expect(
            refusal([column("a", .int), column("f", family(("q", .timestamp(6))))])
                == "the HBase column \"f:q\" has type TIMESTAMP(6)")
        #expect(refusal([column("a", .int), good], ["zookeeper.quorum": "h:2181"]) == "no error")
        #expect(refusal([column("a", .int), good], ["table-name": "a:b:c"]) == "\"a:b:c\" is no table name")
        #expect(
            refusal([column("a", .int), good], ["lookup.max-retries": "x"]).contains("expected an integer"))
    }
}
