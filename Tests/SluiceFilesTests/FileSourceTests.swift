import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceFormats
import Testing

@testable import SluiceFiles

@Suite("filesystem source")
struct FileSourceTests {
    let fixture = FileFixture()

    func jsonTable(_ path: String, _ more: [String: String] = [:]) -> ResolvedTable {
        fixture.table(orderColumns, ["path": path, "format": "json"].merging(more) { $1 })
    }

    @Test("a file, a directory, a pattern and a file address are read")
    func paths() throws {
        fixture.disk.store("/data/b.jsonl", "{\"id\":2,\"item\":\"b\"}\n")
        fixture.disk.store("/data/a.jsonl", "{\"id\":1,\"item\":\"a\"}")
        fixture.disk.store("/data/sub/c.jsonl", "{\"id\":3,\"item\":\"c\"}\n\n")
        fixture.disk.store("/data/.hidden", "{\"id\":9}")
        fixture.disk.store("/data/_hidden", "{\"id\":9}")
        #expect(try fixture.readAll(jsonTable("/data/a.jsonl")) == ["1 | a"])
        #expect(try fixture.readAll(jsonTable("/data")) == ["1 | a", "2 | b", "3 | c"])
        #expect(try fixture.readAll(jsonTable("file:///data/")) == ["1 | a", "2 | b", "3 | c"])
        #expect(try fixture.readAll(jsonTable("/data/[ab].json?")) == ["1 | a", "2 | b"])
        #expect(try fixture.readAll(jsonTable("/*/s*/*.jsonl")) == ["3 | c"])
        #expect(
            try fixture.readAll(jsonTable("/data", ["source.path.regex-pattern": ".*[bc][.]jsonl"]))
                == ["2 | b", "3 | c"])
    }

    @Test("rows are the same however pieces and batches cut them")
    func pieces() throws {
        var text = ""
        var expected: [String] = []
        for index in 0..<20_000 {
            let item = String(repeating: "x", count: index % 50)
            text += "{\"id\":\(index),\"item\":\"\(item)\"}\n"
            expected.append("\(index) | \(item)")
        }
        fixture.disk.store("/big.jsonl", text)
        #expect(try fixture.readAll(jsonTable("/big.jsonl")) == expected)
        #expect(try fixture.readAll(jsonTable("/big.jsonl"), maxRows: 777) == expected)
    }

    @Test("a row larger than a piece is read")
    func largeRow() throws {
        let item = String(repeating: "long ", count: 200_000)
        fixture.disk.store("/large.jsonl", "{\"id\":1,\"item\":\"\(item)\"}\n{\"id\":2,\"item\":\"x\"}\n")
        #expect(try fixture.readAll(jsonTable("/large.jsonl")) == ["1 | \(item)", "2 | x"])
    }

    @Test("a malformed row names file, byte, line and column")
    func malformed() throws {
        fixture.disk.store("/o.csv", "1,a\n2,b\nx,c\n")
        let table = fixture.table(orderColumns, ["path": "/o.csv", "format": "csv"])
        do {
            _ = try fixture.readAll(table)
            Issue.record("no error")
        } catch let error as JobError {
            #expect(error.cause.code == .malformedRow)
            #expect(error.cause.message == "row 3 of orders could not be read: \"x\" is not an INT")
            #expect(
                error.cause.notes.first?.message == "source orders  file /o.csv  byte 8  line 3  column id")
        }
    }

    @Test("a byte order mark at the start is no part of the first field")
    func byteOrderMark() throws {
        for (name, text) in [
            ("/o.csv", "1,a\n2,b\n"), ("/o.json", "{\"id\":1,\"item\":\"a\"}\n{\"id\":2,\"item\":\"b\"}"),
        ] {
            fixture.disk.store(name, [0xEF, 0xBB, 0xBF] + Array(text.utf8))
            let format = String(name.split(separator: ".")[1])
            let table = fixture.table(orderColumns, ["path": name, "format": format])
            #expect(try fixture.readAll(table) == ["1 | a", "2 | b"])
        }
    }

    @Test("skipped rows are reported")
    func skipped() throws {
        fixture.disk.store("/o.jsonl", "{\"id\":1}\n{broken\n[]\n{\"id\":2}\n")
        let rows = try fixture.readAll(jsonTable("/o.jsonl", ["json.ignore-parse-errors": "true"]))
        #expect(rows == ["1 | NULL", "2 | NULL"])
        let skips = fixture.events.withLock { events in
            events.filter { if case .skippedRow = $0 { true } else { false } }.count
        }
        #expect(skips == 2)
    }

    @Test("metadata columns tell the file")
    func metadata() throws {
        fixture.disk.store("/in/o.jsonl", "{\"id\":1}\n")
        let columns = [
            ResolvedTable.Column(name: "f", type: .string, metadataKey: "file.name"),
            ResolvedTable.Column(name: "id", type: .int),
            ResolvedTable.Column(name: "p", type: .string, metadataKey: "file.path"),
            ResolvedTable.Column(name: "s", type: .bigint, metadataKey: "file.size"),
            ResolvedTable.Column(name: "m", type: .timestampLTZ(3), metadataKey: "file.modification-time"),
        ]
        let table = fixture.table(columns, ["path": "/in", "format": "json"])
        #expect(try fixture.readAll(table) == ["o.jsonl | 1 | file:/in/o.jsonl | 9 | 1000000"])
    }

    @Test("a position continues after the rows before it")
    func position() throws {
        fixture.disk.store("/o.jsonl", "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n")
        let source = try fixture.connector.makeSource(
            jsonTable("/o.jsonl"), ScanRequest(projection: [0]))
        let split = try #require(try source.discoverSplits(fixture.context).first)
        let first = try source.open(split, fixture.context)
        guard case .rows(let batch) = try first.poll(maxRows: 2) else {
            Issue.record("no rows")
            return
        }
        #expect(show(batch) == ["1", "2"])
        let second = try source.open(
            SourceSplit(id: split.id, detail: first.position()), fixture.context)
        #expect(try drain(second) == ["3"])
    }

    @Test("a followed path gives added rows, new files and replaced files")
    func follows() throws {
        let table = jsonTable("/in", ["source.monitor-interval": "1 s"])
        let source = try fixture.connector.makeSource(table, ScanRequest(projection: [0]))
        let split = try #require(try source.discoverSplits(fixture.context).first)
        let reader = try source.open(split, fixture.context)
        #expect(try drain(reader) == [])
        fixture.disk.store("/in/a.jsonl", "{\"id\":1}\n{\"id\"")
        #expect(try drain(reader) == [])
        fixture.clock.advance(micros: 1_000_000)
        #expect(try drain(reader) == ["1"])
        let file = try fixture.disk.open("/in/a.jsonl", .append)
        try Array(":2}\n".utf8).withUnsafeBytes { try file.write($0) }
        fixture.disk.store("/in/b.jsonl", "{\"id\":10}\n")
        fixture.clock.advance(micros: 1_000_000)
        #expect(try drain(reader) == ["2", "10"])
        try fixture.disk.remove("/in/b.jsonl")
        fixture.disk.store("/in/b.jsonl", "{\"id\":11}\n{\"id\":12}\n")
        fixture.clock.advance(micros: 1_000_000)
        #expect(try drain(reader) == ["11", "12"])
        let later = try source.open(
            SourceSplit(id: split.id, detail: reader.position()), fixture.context)
        #expect(try drain(later) == [])
    }

    @Test("wrong options are named")
    func wrongOptions() throws {
        #expect(throws: SQLError.self) {
            try fixture.connector.validate(fixture.table(orderColumns, ["path": "/x", "format": "jsn"]))
        }
        #expect(throws: SQLError.self) {
            try fixture.connector.validate(fixture.table(orderColumns, ["format": "json"]))
        }
        #expect(throws: SQLError.self) { try fixture.connector.validate(jsonTable("s3://bucket/x")) }
        for (key, value) in [
            ("json.ignore-parse-error", "true"), ("json.ignore-parse-errors", "yes"), ("pth", "/x"),
            ("source.monitor-interval", "often"), ("csv.null-literal", ""),
        ] {
            #expect(throws: SQLError.self) { try fixture.connector.validate(jsonTable("/x", [key: value])) }
        }
        try fixture.connector.validate(jsonTable("/x", ["json.ignore-parse-errors": "true"]))
        #expect(throws: JobError.self) { try fixture.readAll(jsonTable("/nothing")) }
    }
}
