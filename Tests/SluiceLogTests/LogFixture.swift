import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceFormats
import SluiceLogStore
import Testing

@testable import SluiceLog

struct IdleWaker: Waker {
    func wake() {}
}

/// A log on a disk in memory, with virtual time.
final class LogFixture {
    let clock = ManualClock(micros: 1_700_000_000_000_000)
    let disk: MemoryDisk
    let store: LogStore
    let connector: LogConnector
    let context: ConnectorContext
    let skipped = Lock<[String]>([])

    init() {
        disk = MemoryDisk(clock: clock)
        store = LogStore(folder: "/home/log", disk: disk, clock: clock)
        connector = LogConnector(store: store, formats: .standard, random: SeededRandom(seed: 3))
        let skipped = self.skipped
        context = ConnectorContext(clock: clock, waker: IdleWaker()) { event in
            switch event {
            case .skippedRow(_, let text), .notice(_, let text): skipped.withLock { $0.append(text) }
            default: break
            }
        }
    }

    /// `columns`: `name` physical, `name<key>` metadata.
    func table(_ columns: [ResolvedTable.Column], _ options: [String: String]) -> ResolvedTable {
        var all = ["connector": "log", "topic": "t", "format": "json"]
        for (key, value) in options { all[key] = value.isEmpty ? nil : value }
        return ResolvedTable(
            name: "t", columns: columns,
            options: TableOptions(all.sorted { $0.key < $1.key }.map { TableOptions.Entry($0.key, $0.value) })
        )
    }

    static let columns = [
        ResolvedTable.Column(name: "id", type: .int), ResolvedTable.Column(name: "s", type: .string),
    ]

    func table(_ options: [String: String] = [:]) -> ResolvedTable { table(Self.columns, options) }

    func source(_ table: ResolvedTable, projection: [Int]? = nil) throws -> any Source {
        try connector.validate(table)
        return try connector.makeSource(
            table, ScanRequest(projection: projection ?? Array(table.columns.indices)))
    }

    func readers(_ source: any Source) throws -> [any SplitReader] {
        try source.discoverSplits(context).map { try source.open($0, context) }
    }

    func writer(_ table: ResolvedTable, subtask: Int = 0, of count: Int = 1) throws -> any SinkWriter {
        try connector.validate(table)
        let sink = try connector.makeSink(
            table, SinkRequest(columns: Array(table.columns.indices), input: .appendOnly))
        return try sink.open(subtask: subtask, of: count, context)
    }

    func batch(_ ids: Range<Int>) -> RecordBatch {
        let builder = BatchBuilder([Field("id", .int), Field("s", .string)], capacity: 16)
        for id in ids { builder.appendRow([.int32(Int32(id)), .string("s\(id)")]) }
        return builder.finish()
    }

    func write(_ ids: Range<Int>, _ options: [String: String] = [:]) throws {
        let writer = try writer(table(options))
        if try writer.write(batch(ids)) != nil { Issue.record("the writer is full") }
        try writer.flush()
        try writer.finish()
        writer.close()
    }

    func append(_ values: [String?], key: String? = nil, partition: Int = 0) throws {
        let topic = try store.ensure("t", partitions: partition + 1, settings: LogSettings())
        try topic.partitions[partition].append(
            values.map { value in
                LogRecord(timestamp: 5, key: key.map { Array($0.utf8) }, value: value.map { Array($0.utf8) })
            })
    }

    /// What a reader has until it waits or ends; the last answer.
    func drain(_ reader: any SplitReader, maxRows: Int = 1000) throws -> (rows: [[Datum]], ended: Bool) {
        var rows: [[Datum]] = []
        while true {
            switch try reader.poll(maxRows: maxRows) {
            case .rows(let batch):
                #expect(batch.rowCount <= maxRows)
                for row in 0..<batch.rowCount { rows.append(batch.row(row)) }
            case .wait: return (rows, false)
            case .finished: return (rows, true)
            }
        }
    }

    func ids(_ rows: [[Datum]]) -> [Int] { rows.compactMap { $0.first?.asInt64.map { Int($0) } } }
}
