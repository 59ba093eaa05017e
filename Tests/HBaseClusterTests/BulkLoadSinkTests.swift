import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceHBaseClient
import SluiceTableStore
import SluiceTestSupport
import Testing

@testable import SluiceHBase

private struct NoWaker: Waker { func wake() {} }

/// Keeps what is loaded: paths and bytes of the files.
private final class KeptFiles: BulkLoadService {
    let disk: MemoryDisk
    let files = Lock<[(family: String, bytes: [UInt8])]>([])

    init(_ disk: MemoryDisk) { self.disk = disk }

    func regions() throws(HBaseError) -> [RowRange] { [RowRange()] }
    func prepare() throws(HBaseError) -> String { "token" }
    func cleanUp(token: String) throws(HBaseError) {}
    func load(_ requests: [BulkLoadRequest], token: String) -> [Result<Bool, HBaseError>] {
        for file in requests.flatMap(\.files) {
            let bytes = disk.contents(String(file.path.dropFirst("file:".count))) ?? []
            files.withLock { $0.append((String(decoding: file.family, as: UTF8.self), bytes)) }
        }
        return requests.map { _ in .success(true) }
    }
}

/// `'sink.mode' = 'bulk-load'` without a cluster.
@Suite struct BulkLoadSinkTests {
    private let disk = MemoryDisk()
    private let clock = ManualClock(micros: 1_700_000_000_123_456)

    private let table = ResolvedTable(
        name: "t",
        columns: [
            ResolvedTable.Column(name: "k", type: .string),
            ResolvedTable.Column(
                name: "f", type: DataType(.row([Field("a", .bigint), Field("b", .string)]))),
            ResolvedTable.Column(name: "g", type: DataType(.row([Field("c", .int)]))),
        ],
        options: TableOptions([
            .init("connector", "hbase"), .init("table-name", "t"), .init("sink.mode", "bulk-load"),
            .init("sink.bulk-load.folder", "/load//"), .init("sink.ignore-null-value", "true"),
        ]))

    private func sink(_ service: KeptFiles) throws -> BulkLoadSink {
        let plan = try SinkPlan(
            table, SinkRequest(columns: [0, 1, 2], input: .appendOnly), HBaseEnvironment())
        let options = try #require(plan.options.bulkLoad)
        return BulkLoadSink(plan, options, disk: disk) { _ in service }
    }

    private func batch(_ rows: [(String, Int64?, String?, Int32)], kind: RowKind = .insert) -> RecordBatch {
        let builder = BatchBuilder(table.schema, capacity: 16)
        for (key, a, b, c) in rows {
            let first = a.map { Datum.int64($0) } ?? .null
            let second = b.map { Datum.bytes(Array($0.utf8)) } ?? .null
            builder.appendRow(
                [.bytes(Array(key.utf8)), .row([first, second]), .row([.int32(c)])], kind: kind)
        }
        return builder.finish()
    }

    private var context: ConnectorContext { ConnectorContext(clock: clock, waker: NoWaker()) }

    /// Waits until the load is over, as the runtime does when it is woken.
    private func poll(_ writer: any SinkWriter) throws -> Bool {
        for _ in 0..<10_000 {
            if try writer.poll() == nil { return true }
            usleep(1000)
        }
        return false
    }

    @Test("the last of two subtasks loads the rows of both, a file for each family")
    func twoSubtasks() throws {
        let service = KeptFiles(disk)
        let sink = try sink(service)
        let first = try sink.open(subtask: 0, of: 2, context)
        let second = try sink.open(subtask: 1, of: 2, context)
        #expect(try first.write(batch([("b", 1, "x", 1), ("a", nil, "y", 2), ("", 9, "zebra", 9)])) == nil)
        #expect(try second.write(batch([("c", 3, nil, 3), ("b", 7, "later", 7)])) == nil)
        try first.endOfRows()
        try first.flush()
        #expect(try first.poll() != nil)
        #expect(service.files.withLock { $0.isEmpty })
        try second.endOfRows()
        #expect(try poll(first) && poll(second))
        try first.finish()
        try second.finish()
        first.close()
        second.close()
        let files = service.files.withLock { $0 }
        #expect(files.map(\.family) == ["f", "g"])
        // Rows a, b and c; no cell for a NULL; the key without bytes is left out; of equal cells the later part's.
        let texts = files.map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(texts[0].contains("later") && texts[0].contains("y") && !texts[0].contains("zebra"))
        let time = withUnsafeBytes(of: Int64(1_700_000_000_123).bigEndian) { Array($0) }
        #expect(files[0].bytes.firstRange(of: time) != nil)
        #expect(disk.contents("/load") == nil)
        #expect(((try? disk.list("/load")) ?? []).isEmpty)
    }

    @Test("B5: an INSERT that leaves the time to live out writes the values as they are")
    func noTimeToLive() throws {
        let table = ResolvedTable(
            name: "t",
            columns: self.table.columns + [
                ResolvedTable.Column(name: "ttl", type: .bigint, metadataKey: "ttl")
            ], options: self.table.options)
        let plan = try SinkPlan(
            table, SinkRequest(columns: [0, 1, 2], input: .appendOnly), HBaseEnvironment())
        let service = KeptFiles(disk)
        let options = try #require(plan.options.bulkLoad)
        let sink = BulkLoadSink(plan, options, disk: disk) { _ in service }
        let writer = try sink.open(subtask: 0, of: 1, context)
        _ = try writer.write(batch([("k", 0x6162_6364_6566_0002, "x", 7)]))
        try writer.endOfRows()
        #expect(try poll(writer))
        try writer.finish()
        writer.close()
        let files = service.files.withLock { $0 }
        #expect(files.map(\.family) == ["f", "g"])
        let bytes = files.first?.bytes ?? []
        #expect(bytes.firstRange(of: Array("hfile.MAX_TAGS_LEN".utf8)) == nil)
        // The column's name, time, kind and value, without tags.
        let time = withUnsafeBytes(of: Int64(1_700_000_000_123).bigEndian) { Array($0) }
        let cell = [0x61] + time + [4] + Array("abcdef".utf8) + [0, 2, 0, 0]
        #expect(bytes.firstRange(of: cell) != nil)
    }

    @Test("a job that ends early loads nothing, and rows that are no inserts are refused")
    func nothingLoaded() throws {
        let service = KeptFiles(disk)
        let sink = try sink(service)
        let first = try sink.open(subtask: 0, of: 2, context)
        let second = try sink.open(subtask: 1, of: 2, context)
        _ = try first.write(batch([("b", 1, "x", 1)]))
        try first.endOfRows()
        #expect(throws: JobError.self) { try second.write(batch([("b", 1, "x", 1)], kind: .delete)) }
        second.close()
        first.close()
        #expect(service.files.withLock { $0.isEmpty })
    }

    @Test("a key and a row have limits")
    func limits() throws {
        let sink = try sink(KeptFiles(disk))
        let writer = try sink.open(subtask: 0, of: 1, context)
        let long = String(repeating: "k", count: 40_000)
        #expect(throws: JobError.self) { try writer.write(batch([(long, 1, "x", 1)])) }
        let large = String(repeating: "v", count: 2 << 20)
        #expect(throws: JobError.self) { try writer.write(batch([("k", 1, large, 1)])) }
    }

    @Test("options are checked where a cluster is named, and what a load cannot do is refused")
    func options() throws {
        func read(_ more: [String: String], quorum: String? = "h:1") throws -> BulkLoadOptions? {
            var options = TableOptions([.init("sink.mode", "bulk-load")])
            for (key, value) in more { options[key] = value }
            options["zookeeper.quorum"] = quorum
            return try BulkLoadOptions.read(options, try HBaseEnvironment().cluster(options))
        }
        #expect(try BulkLoadOptions.read(TableOptions(), nil) == nil)
        #expect(try read([:], quorum: nil) != nil)
        var secured = [
            "sink.bulk-load.folder": "/a", "properties.hbase.security.authentication": "kerberos",
        ]
        #expect(try read(secured) != nil)
        secured["sink.bulk-load.server-folder"] = "hdfs://name/a"
        let token = #expect(throws: SQLError.self) { try read(secured) }
        #expect(token?.message.contains("delegation token of HDFS") == true)
        secured["sink.bulk-load.server-folder"] = "file:/mnt/a"
        #expect(try read(secured)?.serverFolder == "file:/mnt/a")
        #expect(throws: SQLError.self) {
            try read(["sink.bulk-load.folder": "/a", "sink.bulk-load.memory": "0"])
        }
        for folder in [nil, "load", "/"] {
            #expect(throws: SQLError.self) { try read(folder.map { ["sink.bulk-load.folder": $0] } ?? [:]) }
        }
        let found = try #require(
            try read(["sink.bulk-load.folder": "/a/b/", "sink.bulk-load.memory": "8mb"]))
        #expect(found.folder == "/a/b")
        #expect(found.memory == 8 << 20)
        var counters = table
        counters.options["sink.mutation.f.a"] = "increment"
        let connector = HBaseConnector(store: TableStore(folder: "/nowhere", clock: clock))
        #expect(throws: SQLError.self) { try connector.sinkTraits(counters, input: .appendOnly) }
        #expect(try connector.sinkTraits(table, input: .appendOnly)?.batchOnly != nil)
    }
}
