import Glibc
import SluiceBase
import SluiceBuiltins
import SluiceColumns
import SluiceConnect
import SluiceFiles
import SluiceFormats
import SluiceHBase
import SluiceHBaseFake
import SluiceLog
import SluiceLogStore
import SluiceNet
import SluiceTableStore
import SluiceTestSupport
import Testing

/// Every connector that there is. A new one gets a line here.
struct ConformanceSubject: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable () throws -> ConformanceBench
    var testDescription: String { name }

    static let all = [
        ConformanceSubject(name: "filesystem, json") { files("json") },
        ConformanceSubject(name: "filesystem, csv") { files("csv") },
        ConformanceSubject(name: "datagen") { datagen() },
        ConformanceSubject(name: "print") { printing() },
        ConformanceSubject(name: "blackhole") { blackhole() },
        ConformanceSubject(name: "hbase, embedded") { try embeddedHBase() },
        ConformanceSubject(name: "hbase, cluster") { try clusterHBase() },
        ConformanceSubject(name: "hbase-cdc, embedded") { try embeddedChanges() },
        ConformanceSubject(name: "log") { log([:]) },
        ConformanceSubject(name: "log, keys and exactly once") {
            log(["sink.delivery-guarantee": "exactly-once", "key.format": "raw", "key.fields": "s"])
        },
        ConformanceSubject(name: "shelf, the example") { shelf() },
    ]

    /// Rows of the plain table; every 11th text is NULL.
    static func rows(_ range: Range<Int>) -> [[Datum]] {
        range.map { number in
            [
                .int32(Int32(number)), number % 11 == 10 ? .null : .string("text, \"number\" \(number)"),
                .int64(Int64(number) * 1_000_000_007),
            ]
        }
    }

    static let columns = [
        ResolvedTable.Column(name: "id", type: .int), ResolvedTable.Column(name: "s", type: .string),
        ResolvedTable.Column(name: "n", type: .bigint),
    ]

    private static func files(_ format: String) -> ConformanceBench {
        let disk = MemoryDisk()
        let connector = FilesystemConnector(disk: disk, random: SeededRandom(seed: 1), formats: .standard)
        var options = ["path": "/data", "format": format]
        if format == "csv" { options["csv.null-literal"] = "NULL" }
        let bench = ConformanceBench(connector, columns, options)
        try? disk.makeDirectory("/data")
        bench.isAtomic = true
        return bench
    }

    private static func datagen() -> ConformanceBench {
        let bench = ConformanceBench(
            DatagenConnector(), columns,
            [
                "number-of-rows": "200", "fields.s.length": "5", "fields.n.null-rate": "0.3",
                "rows-per-second": "1000",
            ])
        bench.clock = ManualClock(micros: 1_000_000)
        bench.writes = false
        return bench
    }

    private static func printing() -> ConformanceBench {
        let disk = MemoryDisk()
        let bench = ConformanceBench(
            PrintConnector { _ in
                (try? disk.open("/out", .append)) ?? SystemFile(-1, path: "none", closes: false)
            },
            columns, [:])
        bench.reads = false
        bench.writtenRows = {
            let text = String(decoding: disk.contents("/out") ?? [], as: UTF8.self)
            return text.split(separator: "\n").map { parsePrinted($0) }
        }
        return bench
    }

    /// `+I[1, abc, 2]`
    private static func parsePrinted(_ line: Substring) -> [Datum] {
        // Several writers put their number in front.
        let row = line.firstRange(of: "> ").map { line[$0.upperBound...] } ?? line
        var inner = row.dropFirst(3).dropLast()
        let id = inner.prefix { $0 != "," }
        inner = inner.dropFirst(id.count + 2)
        guard let comma = inner.lastIndex(of: ",") else { return [] }
        let text = String(inner[..<comma])
        let number = Int64(inner[inner.index(comma, offsetBy: 2)...])
        return [
            Int32(id).map { .int32($0) } ?? .null, text == "null" ? .null : .string(text),
            number.map { .int64($0) } ?? .null,
        ]
    }

    private static func blackhole() -> ConformanceBench {
        let bench = ConformanceBench(BlackholeConnector(), columns, [:])
        bench.reads = false
        return bench
    }

    static let hbaseColumns = [
        ResolvedTable.Column(name: "k", type: .string),
        ResolvedTable.Column(
            name: "f", type: DataType(.row([Field("a", .string), Field("b", .int)]))),
    ]

    private static func embeddedHBase() throws -> ConformanceBench {
        let home = try ScratchHome()
        let clock = ManualClock(micros: 1_000_000_000)
        let connector = HBaseConnector(store: TableStore(folder: home.path, clock: clock))
        let bench = ConformanceBench(connector, hbaseColumns, primaryKey: [0], ["table-name": "t"])
        bench.clock = clock
        bench.stop = { withExtendedLifetime(home) {} }
        return bench
    }

    private static func embeddedChanges() throws -> ConformanceBench {
        let written = try embeddedHBase()
        try written.write(written.rows(0..<80))
        guard let connector = written.connector as? HBaseConnector else { return written }
        let options = [
            "table-name": "t", "changelog.mode": "edits", "scan.startup.mode": "earliest",
            "scan.bounded.mode": "latest",
        ]
        let bench = ConformanceBench(
            HBaseChangesConnector(store: connector.store), hbaseColumns, primaryKey: [0], options)
        bench.clock = written.clock
        bench.writes = false
        bench.stop = { withExtendedLifetime(written) {} }
        return bench
    }

    private static func clusterHBase() throws -> ConformanceBench {
        let server = try FakeHBaseServer(regionServers: 2, seed: 1)
        _ = server.perform { cluster in
            cluster.createTable(FakeTableName("t"), families: [FakeFamily("f")], splits: [Array("k3".utf8)])
            return true
        }
        let connector = HBaseConnector(store: TableStore(folder: "/nonexistent", clock: SystemClock()))
        let options = [
            "table-name": "t", "zookeeper.quorum": server.layout.zooKeepers[0].description,
            "sink.flush-buffer.size": "200b", "sink.requests.max-inflight": "1",
            "sink.requests.max-buffered": "1",
        ]
        let bench = ConformanceBench(connector, hbaseColumns, primaryKey: [0], options)
        bench.stop = { server.stop() }
        return bench
    }

    private static func log(_ more: [String: String]) -> ConformanceBench {
        let clock = ManualClock(micros: 1_000_000_000)
        let disk = MemoryDisk(clock: clock)
        let store = LogStore(folder: "/home/log", disk: disk, clock: clock)
        let connector = LogConnector(store: store, formats: .standard, random: SeededRandom(seed: 5))
        var options = [
            "topic": "t", "partitions": "2", "format": "json", "scan.bounded.mode": "latest-offset",
        ]
        for (key, value) in more { options[key] = value }
        let bench = ConformanceBench(connector, columns, options)
        bench.clock = clock
        bench.isAtomic = more["sink.delivery-guarantee"] == "exactly-once"
        if !bench.isAtomic {
            let locks = Lock<[any DiskLock]>([])
            bench.block = {
                let made = try (0..<2).map { number in
                    try disk.makeDirectory("/home/log/t/\(number)")
                    let lock = try disk.lockFile("/home/log/t/\(number)/lock")
                    _ = try lock.acquire(waits: true)
                    return lock
                }
                locks.withLock { $0 = made }
            }
            bench.unblock = {
                locks.withLock { held in
                    for lock in held { lock.release() }
                    held = []
                }
            }
        }
        return bench
    }

    private static func shelf() -> ConformanceBench {
        let bench = ConformanceBench(
            ShelfConnector(shelf: Shelf()), [ResolvedTable.Column(name: "text", type: .string)], [:])
        bench.isAtomic = true
        return bench
    }
}

extension ConformanceBench {
    /// Rows that its table can hold.
    func rows(_ range: Range<Int>) -> [[Datum]] {
        switch columns.count {
        case 1: return range.map { [.string("text \($0)")] }
        case 2:
            return range.map { number in
                let field: Datum = number % 7 == 6 ? .null : .string("value \(number)")
                let key = "k" + String(1000 + number)
                return [.string(String(key.reversed())), .row([field, .int32(Int32(number))])]
            }
        default: return ConformanceSubject.rows(range)
        }
    }

    /// The table has rows to read: its own, or 60 written ones. In some order.
    func fill() throws -> [[Datum]] {
        guard writes else { return try all() }
        let rows = rows(0..<60)
        try write(rows)
        return rows
    }
}
