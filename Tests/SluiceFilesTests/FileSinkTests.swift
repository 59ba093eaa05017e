import CCompression
import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceFormats
import Testing

@testable import SluiceFiles

@Suite("filesystem sink")
struct FileSinkTests {
    let fixture = FileFixture()

    func batch(_ ids: ClosedRange<Int32>) -> RecordBatch {
        let builder = BatchBuilder([Field("id", .int), Field("item", .string)], capacity: 16)
        for id in ids { builder.appendRow([.int32(id), .string("item \(id)")]) }
        return builder.finish()
    }

    func open(_ table: ResolvedTable, overwrite: Bool = false) throws -> any SinkWriter {
        let sink = try fixture.connector.makeSink(
            table, SinkRequest(columns: [0, 1], input: .appendOnly, overwrite: overwrite))
        return try sink.open(subtask: 0, of: 1, fixture.context)
    }

    /// The end of a job: any sink of the table can commit what a writer prepared.
    func complete(_ writer: any SinkWriter, _ table: ResolvedTable) throws {
        try writer.finish()
        let token = try writer.prepareCommit()
        writer.close()
        let sink = try fixture.connector.makeSink(table, SinkRequest(columns: [0, 1], input: .appendOnly))
        try sink.commit([token], fixture.context)
    }

    func visible(_ directory: String) throws -> [String] {
        try fixture.disk.list(directory).filter { !$0.hasPrefix(".") }
    }

    @Test("parts appear whole, when the input ends")
    func atomic() throws {
        let table = fixture.table(orderColumns, ["path": "/out/t", "format": "json"])
        let writer = try open(table)
        _ = try writer.write(batch(1...2))
        try writer.flush()
        #expect(try visible("/out/t") == [])
        #expect(try fixture.disk.list("/out/t").count == 1)
        try writer.finish()
        #expect(try visible("/out/t") == [])
        try complete(writer, table)
        let names = try visible("/out/t")
        #expect(names.count == 1)
        #expect(names[0].hasPrefix("part-") && names[0].hasSuffix("-0-0"))
        #expect(try fixture.readAll(table) == ["1 | item 1", "2 | item 2"])
        fixture.disk.crash()
        #expect(try fixture.readAll(table) == ["1 | item 1", "2 | item 2"])
    }

    @Test("a writer that is closed unfinished leaves nothing")
    func abandoned() throws {
        let table = fixture.table(orderColumns, ["path": "/out", "format": "csv"])
        let writer = try open(table)
        _ = try writer.write(batch(1...2))
        try writer.flush()
        writer.close()
        #expect(try fixture.disk.list("/out") == [])
    }

    @Test("H27 a commit that was stopped half-way is repeated, and an aborted one leaves nothing")
    func repeatedCommit() throws {
        let table = fixture.table(
            orderColumns, ["path": "/out", "format": "csv", "sink.rolling-policy.file-size": "10 b"])
        let sink = try fixture.connector.makeSink(table, SinkRequest(columns: [0, 1], input: .appendOnly))
        var tokens: [[UInt8]] = []
        for subtask in 0..<2 {
            let writer = try sink.open(subtask: subtask, of: 2, fixture.context)
            for id in Int32(1)...2 {
                _ = try writer.write(batch(id...id))
                try writer.flush()
            }
            try writer.finish()
            tokens.append(try writer.prepareCommit())
            writer.close()
        }
        fixture.disk.fail("rename", after: 2, code: EIO)
        #expect(throws: JobError.self) { try sink.commit(tokens, fixture.context) }
        #expect(try visible("/out").count == 2)
        for _ in 0..<2 { try sink.commit(tokens, fixture.context) }
        #expect(try visible("/out").count == 4)
        let writer = try sink.open(subtask: 0, of: 1, fixture.context)
        _ = try writer.write(batch(9...9))
        try writer.finish()
        let token = try writer.prepareCommit()
        writer.close()
        sink.abort(token, fixture.context)
        #expect(try fixture.disk.list("/out").count == 4)
    }

    @Test("parts roll by size and by age")
    func rolls() throws {
        let bySize = fixture.table(
            orderColumns, ["path": "/size", "format": "csv", "sink.rolling-policy.file-size": "10 b"])
        var writer = try open(bySize)
        for id in Int32(1)...3 {
            _ = try writer.write(batch(id...id))
            try writer.flush()
        }
        try complete(writer, bySize)
        #expect(try visible("/size").count == 3)
        #expect(try fixture.readAll(bySize).count == 3)

        let byAge = fixture.table(
            orderColumns,
            [
                "path": "/age", "format": "csv", "sink.rolling-policy.rollover-interval": "1 s",
                "sink.rolling-policy.check-interval": "1 ms",
            ])
        writer = try open(byAge)
        for id in Int32(1)...3 {
            _ = try writer.write(batch(id...id))
            try writer.flush()
            fixture.clock.advance(micros: 2_000_000)
        }
        try complete(writer, byAge)
        #expect(try visible("/age").count > 1)
        #expect(try fixture.readAll(byAge).count == 3)
    }

    @Test("INSERT OVERWRITE replaces what was there")
    func overwrites() throws {
        let table = fixture.table(orderColumns, ["path": "/out", "format": "csv"])
        for ids in [Int32(1)...2, 7...7] {
            let writer = try open(table, overwrite: true)
            _ = try writer.write(batch(ids))
            try complete(writer, table)
        }
        #expect(try fixture.readAll(table) == ["7 | item 7"])
        let writer = try open(table)
        _ = try writer.write(batch(8...8))
        try complete(writer, table)
        #expect(try Set(fixture.readAll(table)) == ["7 | item 7", "8 | item 8"])
    }

    @Test("columns that the query does not give are NULL")
    func partialColumns() throws {
        let table = fixture.table(orderColumns, ["path": "/out", "format": "json"])
        let sink = try fixture.connector.makeSink(table, SinkRequest(columns: [1], input: .appendOnly))
        let writer = try sink.open(subtask: 0, of: 1, fixture.context)
        let builder = BatchBuilder([Field("item", .string)], capacity: 1)
        builder.appendRow([.string("x")])
        _ = try writer.write(builder.finish())
        try complete(writer, table)
        #expect(try fixture.readAll(table) == ["NULL | x"])
    }

    @Test("a full disk is an error that names the table")
    func fullDisk() throws {
        let writer = try open(fixture.table(orderColumns, ["path": "/out", "format": "csv"]))
        _ = try writer.write(batch(1...1))
        fixture.disk.fail("write", code: ENOSPC)
        do {
            try writer.finish()
            Issue.record("no error")
        } catch {
            #expect(error.cause.message.contains("orders"))
            #expect(error.cause.message.contains("No space left on device"))
        }
    }

    @Test("a file or a pattern is no place for a sink")
    func wrongPlaces() throws {
        fixture.disk.store("/file", "x")
        #expect(throws: JobError.self) {
            try open(fixture.table(orderColumns, ["path": "/file", "format": "csv"]))
        }
        #expect(throws: SQLError.self) {
            try open(fixture.table(orderColumns, ["path": "/o/*", "format": "csv"]))
        }
    }

    @Test("standard output takes rows, and its end is told apart")
    func standardOutput() throws {
        let table = fixture.table(orderColumns, ["path": "-", "format": "csv"])
        let files = try FileTable(table, .standard)
        let rows = try RowWriter(files, SinkRequest(columns: [0, 1], input: .appendOnly), fixture.context)
        let writer = StandardOutputWriter(rows, try fixture.disk.open("/stdout", .create))
        _ = try writer.write(batch(1...1))
        try writer.finish()
        #expect(fixture.disk.contents("/stdout") == Array("1,\"item 1\"\n".utf8))
        _ = try writer.write(batch(2...2))
        fixture.disk.fail("write", code: EPIPE)
        do {
            try writer.finish()
            Issue.record("no error")
        } catch {
            #expect(error.cause.code == .outputClosed)
        }
    }
}

@Suite("compressed files")
struct CompressedFileTests {
    let fixture = FileFixture()

    func pack(_ text: [UInt8], _ codec: sluice_codec) throws -> [UInt8] {
        let stream = try #require(sluice_encoder_new(codec, 3))
        defer { sluice_stream_free(stream) }
        var out = [UInt8](repeating: 0, count: text.count + 1000)
        var used = 0
        var made = 0
        let status = sluice_encode(stream, text, text.count, &used, &out, out.count, &made, 1)
        #expect(status == SLUICE_STREAM_END)
        return Array(out[..<made])
    }

    var text: [UInt8] {
        var lines = ""
        for index in 0..<30_000 { lines += "{\"id\":\(index),\"item\":\"number \(index)\"}\n" }
        return Array(lines.utf8)
    }

    @Test("gzip and zstd files are unpacked by extension, members and frames one after the other")
    func unpacks() throws {
        let half = text
        let other = Array("{\"id\":-1}\n".utf8)
        fixture.disk.store("/a.jsonl.gz", try pack(half, SLUICE_GZIP) + pack(other, SLUICE_GZIP))
        fixture.disk.store("/a.jsonl.zst", try pack(half, SLUICE_ZSTD) + pack(other, SLUICE_ZSTD))
        fixture.disk.store("/empty.jsonl.gz", [])
        for path in ["/a.jsonl.gz", "/a.jsonl.zst"] {
            let rows = try fixture.readAll(fixture.table(orderColumns, ["path": path, "format": "json"]))
            #expect(rows.count == 30_001)
            #expect(rows[29_999] == "29999 | number 29999")
            #expect(rows[30_000] == "-1 | NULL")
        }
        let empty = fixture.table(orderColumns, ["path": "/empty.jsonl.gz", "format": "json"])
        #expect(try fixture.readAll(empty) == [])
    }

    @Test("a position counts unpacked bytes")
    func position() throws {
        fixture.disk.store("/a.jsonl.gz", try pack(text, SLUICE_GZIP))
        let source = try fixture.connector.makeSource(
            fixture.table(orderColumns, ["path": "/a.jsonl.gz", "format": "json"]),
            ScanRequest(projection: [0]))
        let first = try source.open(SourceSplit(id: "/a.jsonl.gz"), fixture.context)
        _ = try first.poll(maxRows: 20_000)
        let second = try source.open(
            SourceSplit(id: "/a.jsonl.gz", detail: first.position()), fixture.context)
        let rest = try drain(second)
        #expect(rest.count == 10_000)
        #expect(rest.first == "20000")
    }

    @Test("a cut or damaged file is an error, not an end")
    func damaged() throws {
        for (name, codec) in [("/x.gz", SLUICE_GZIP), ("/x.zst", SLUICE_ZSTD)] {
            let packed = try pack(text, codec)
            fixture.disk.store(name, Array(packed[..<(packed.count - 20)]))
            let table = fixture.table(orderColumns, ["path": name, "format": "json"])
            #expect(throws: JobError.self) { try fixture.readAll(table) }
            var broken = packed
            for index in 40..<60 { broken[index] ^= 0xFF }
            fixture.disk.store(name, broken)
            #expect(throws: JobError.self) { try fixture.readAll(table) }
        }
    }
}

@Suite("standard input")
struct StandardInputTests {
    @Test("a pipe is read by its own thread, and the reader is woken")
    func pipe() throws {
        final class CountingWaker: Waker {
            let count = Lock(0)
            func wake() { count.withLock { $0 += 1 } }
        }
        var ends: [Int32] = [0, 0]
        #expect(Glibc.pipe(&ends) == 0)
        let waker = CountingWaker()
        let input = StandardInput(waker: waker, descriptor: ends[0])
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1000, alignment: 16)
        defer { room.deallocate() }
        guard case .wait(.signal) = try input.read(room) else {
            Issue.record("a silent pipe must wait")
            return
        }
        _ = Glibc.write(ends[1], "hello", 5)
        _ = Glibc.close(ends[1])
        var text: [UInt8] = []
        for _ in 0..<5000 {
            switch try input.read(room) {
            case .bytes(let count): text += room[..<count]
            case .wait: usleep(1000)
            case .end:
                #expect(String(decoding: text, as: UTF8.self) == "hello")
                #expect(waker.count.withLock { $0 } > 0)
                return
            }
        }
        Issue.record("the pipe's end was not seen")
    }
}
