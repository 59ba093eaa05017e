import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// A bounded scan of a table, as of its start.
struct HBaseSource: Source {
    let store: TableStore
    let layout: RowLayout
    let limit: Int?
    /// The rows that can meet the query's conditions on the row key.
    let range: ScanRange

    func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
        [SourceSplit(id: layout.options.tableName.description)]
    }

    func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
        let table = try layout.open(store)
        do throws(SQLError) {
            return try HBaseScanReader(table, layout, range, after: split.detail, limit: limit)
        } catch {
            throw JobError(error, domain: .external)
        }
    }
}

/// Turns scanned rows into batches. The position is the last row's key.
final class HBaseScanReader: SplitReader {
    private let layout: RowLayout
    private let scanner: TableScanner
    private let assembler: RowAssembler
    private var remaining: Int
    private var key: [UInt8]
    private var isFinished = false

    init(
        _ table: StoredTable, _ layout: RowLayout, _ range: ScanRange, after key: [UInt8], limit: Int?
    ) throws(SQLError) {
        self.layout = layout
        self.key = key
        remaining = limit ?? .max
        var rest = range
        if !key.isEmpty {
            rest.start = key
            rest.includesStart = false
        }
        scanner = try table.scan(rest, layout.read)
        assembler = RowAssembler(layout, capacity: 1024)
    }

    func poll(maxRows: Int) throws(JobError) -> Polled {
        let wanted = min(maxRows, remaining)
        if isFinished || wanted <= 0 { return .finished }
        do throws(SQLError) {
            return try read(wanted)
        } catch {
            throw JobError(error, domain: error.code == .malformedRow ? .user : .external)
        }
    }

    private func read(_ wanted: Int) throws(SQLError) -> Polled {
        var hasRow = false
        // A row ends where the next one begins.
        let count = try scanner.read(
            maxRows: wanted,
            onRow: { (bytes) throws(SQLError) in
                if hasRow { try endRow() }
                hasRow = true
                key.removeAll(keepingCapacity: true)
                key.append(contentsOf: bytes)
            },
            onCell: { (cell) throws(SQLError) in try assembler.set(cell.column, cell.value) })
        if hasRow { try endRow() }
        remaining -= count
        if count < wanted || remaining == 0 {
            isFinished = true
            scanner.close()
        }
        return count == 0 ? .finished : .rows(assembler.finish())
    }

    private func endRow() throws(SQLError) {
        try key.withBytes { (bytes) throws(SQLError) in try assembler.endRow(key: bytes) }
    }

    func position() -> [UInt8] { key }

    func close() { scanner.close() }
}
