import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceFormats
import Testing

@testable import SluiceFiles

struct IdleWaker: Waker {
    func wake() {}
}

/// A connector over memory, its clock, and what it reported.
final class FileFixture {
    let clock = ManualClock(micros: 1_000_000)
    let disk: MemoryDisk
    let connector: FilesystemConnector
    let events = Lock<[SourceEvent]>([])

    init() {
        disk = MemoryDisk(clock: clock)
        connector = FilesystemConnector(disk: disk, formats: .standard)
    }

    var context: ConnectorContext {
        let events = self.events
        return ConnectorContext(clock: clock, waker: IdleWaker()) { event in
            events.withLock { $0.append(event) }
        }
    }

    func table(_ columns: [ResolvedTable.Column], _ options: [String: String]) -> ResolvedTable {
        ResolvedTable(
            name: "orders", columns: columns,
            options: TableOptions(
                [TableOptions.Entry("connector", "filesystem")]
                    + options.sorted { $0.key < $1.key }.map { TableOptions.Entry($0.key, $0.value) }))
    }

    /// All rows of a bounded table, in split order.
    func readAll(_ table: ResolvedTable, maxRows: Int = 4096) throws -> [String] {
        let source = try connector.makeSource(
            table, ScanRequest(projection: Array(table.columns.indices)))
        var rows: [String] = []
        for split in try source.discoverSplits(context) {
            let reader = try source.open(split, context)
            defer { reader.close() }
            reading: while true {
                switch try reader.poll(maxRows: maxRows) {
                case .rows(let batch): rows += show(batch)
                case .wait: break reading
                case .finished: break reading
                }
            }
        }
        return rows
    }
}

func show(_ batch: RecordBatch) -> [String] {
    (0..<batch.rowCount).map { row in
        batch.row(row).map { value in
            value.asString ?? value.asInt64.map { String($0) } ?? (value.isNull ? "NULL" : "\(value)")
        }.joined(separator: " | ")
    }
}

/// What a reader gives until it waits or ends.
func drain(_ reader: any SplitReader, maxRows: Int = 4096) throws -> [String] {
    var rows: [String] = []
    while true {
        switch try reader.poll(maxRows: maxRows) {
        case .rows(let batch): rows += show(batch)
        case .wait, .finished: return rows
        }
    }
}

let orderColumns: [ResolvedTable.Column] = [
    ResolvedTable.Column(name: "id", type: .int), ResolvedTable.Column(name: "item", type: .string),
]
