import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceLogStore
import Testing

@testable import SluiceLog

@Suite("H20 records and rows")
struct LogRecordTests {
    let fixture = LogFixture()

    @Test("keys go where Kafka puts them")
    func murmur() {
        // The vectors of Kafka's own test.
        let vectors: [(String, Int32)] = [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ]
        for (text, hash) in vectors {
            let found = Array(text.utf8).withUnsafeBytes { KafkaHash.murmur2($0) }
            #expect(Int32(bitPattern: found) == hash, "\(text)")
        }
    }

    @Test("records without a key take turns by batch; fixed and round-robin as their names say")
    func places() {
        var byKey = RecordPlaces(.byKey, 3, 0)
        var found: [Int] = []
        for _ in 0..<3 {
            byKey.nextBatch()
            found += [byKey.place(nil), byKey.place(nil)]
        }
        #expect(found == [1, 1, 2, 2, 0, 0])
        var fixed = RecordPlaces(.fixed, 3, 4)
        #expect([fixed.place(nil), fixed.place(nil)] == [1, 1])
        var robin = RecordPlaces(.roundRobin, 2, 0)
        #expect([robin.place(nil), robin.place(nil), robin.place(nil)] == [1, 0, 1])
    }

    private func table(_ extra: [ResolvedTable.Column], _ options: [String: String]) -> ResolvedTable {
        fixture.table(
            [ResolvedTable.Column(name: "k_id", type: .string)] + LogFixture.columns + extra, options)
    }

    @Test("keys and values are read by their own formats; NULL and unreadable keys are NULL")
    func keys() throws {
        let options = [
            "format": "", "value.format": "json", "key.format": "json", "key.fields": "k_id",
            "key.fields-prefix": "k_",
            "value.fields-include": "EXCEPT_KEY", "key.json.ignore-parse-errors": "true",
            "scan.bounded.mode": "latest-offset",
        ]
        let table = table([], options)
        try fixture.append(["{\"id\":1,\"s\":\"x\"}"], key: "{\"id\":\"one\"}")
        try fixture.append(["{\"id\":2}", nil, "{\"id\":3}"])
        try fixture.append(["{\"id\":4}"], key: "no json")
        let rows = try fixture.drain(fixture.readers(fixture.source(table))[0]).rows
        #expect(
            rows == [
                [.string("one"), .int32(1), .string("x")], [.null, .int32(2), .null],
                [.null, .int32(3), .null],
                [.null, .int32(4), .null],
            ])
        let projected = try fixture.drain(fixture.readers(fixture.source(table, projection: [1]))[0]).rows
        #expect(projected == rows.map { [$0[1]] })
        let swapped = try fixture.drain(fixture.readers(fixture.source(table, projection: [2, 0]))[0]).rows
        #expect(swapped == rows.map { [$0[2], $0[0]] })
        var strict = options
        strict["key.json.ignore-parse-errors"] = nil
        #expect(throws: JobError.self) {
            try fixture.drain(fixture.readers(fixture.source(self.table([], strict)))[0])
        }
    }

    @Test("metadata and headers are written and read")
    func metadata() throws {
        let headers = DataType(.map(.string, .bytes))
        let columns =
            LogFixture.columns + [
                ResolvedTable.Column(name: "at", type: .timestampLTZ(3), metadataKey: "timestamp"),
                ResolvedTable.Column(name: "h", type: headers, metadataKey: "headers"),
            ]
        let table = fixture.table(columns, ["scan.bounded.mode": "latest-offset"])
        try fixture.connector.checkMetadata(table)
        let writer = try fixture.writer(table)
        let builder = BatchBuilder(table.schema, capacity: 4)
        let map = Datum.map([
            Datum.MapEntry(.string("a"), .bytes([0, 255])), Datum.MapEntry(.string("b"), .null),
        ])
        builder.appendRow([.int32(1), .null, .int64(1_234_000), map])
        builder.appendRow([.int32(2), .string("y"), .null, .null])
        _ = try writer.write(builder.finish())
        try writer.flush()
        let rows = try fixture.drain(fixture.readers(fixture.source(table))[0]).rows
        #expect(rows[0] == [.int32(1), .null, .int64(1_234_000), map])
        #expect(rows[1] == [.int32(2), .string("y"), .int64(fixture.clock.nowMicros()), .map([])])
    }

    @Test("a value that cannot be read names its record, or is left out and counted")
    func malformed() throws {
        try fixture.append(["{\"id\":1}", "{\"id\":", "", "{\"id\":3}"])
        let strict = try fixture.readers(try fixture.source(fixture.table()))[0]
        do {
            _ = try fixture.drain(strict)
            Issue.record("no error")
        } catch let error as JobError {
            #expect(error.cause.message.contains("offset 1"))
            #expect(error.cause.notes.first?.message.contains("partition 0") == true)
        }
        let options = ["json.ignore-parse-errors": "true"]
        let lax = try fixture.readers(try fixture.source(fixture.table(options)))[0]
        #expect(fixture.ids(try fixture.drain(lax).rows) == [1, 3])
        #expect(!fixture.skipped.withLock { $0.isEmpty })
    }

    @Test("raw values of any bytes, NULL and empty ones come back as they were")
    func raw() throws {
        let table = fixture.table(
            [ResolvedTable.Column(name: "v", type: .bytes)],
            ["format": "raw", "scan.bounded.mode": "latest-offset"])
        let values: [Datum] = [
            .bytes([10, 13, 0, 255, 10]), .bytes([]), .null, .bytes(Array(repeating: 7, count: 600_000)),
        ]
        let writer = try fixture.writer(table)
        let builder = BatchBuilder(table.schema, capacity: 4)
        for value in values { builder.appendRow([value]) }
        _ = try writer.write(builder.finish())
        try writer.flush()
        #expect(try fixture.drain(fixture.readers(fixture.source(table))[0]).rows.map { $0[0] } == values)
    }

    @Test("strings stay as they are while later batches are read")
    func ownership() throws {
        try fixture.append((0..<3000).map { "{\"id\":\($0),\"s\":\"a string of some length \($0)\"}" })
        let reader = try fixture.readers(
            try fixture.source(fixture.table(["scan.bounded.mode": "latest-offset"])))[0]
        var batches: [RecordBatch] = []
        while case .rows(let batch) = try reader.poll(maxRows: 100) { batches.append(batch) }
        let texts = batches.flatMap { batch in (0..<batch.rowCount).compactMap { batch.row($0)[1].asString } }
        #expect(texts == (0..<3000).map { "a string of some length \($0)" })
    }
}
