import SluiceBase
import SluiceConnect
import SluiceTableStore

/// A bounded scan of a table of the embedded store, as of its start.
struct EmbeddedSource: Source {
    let store: TableStore
    let layout: RowLayout
    let limit: Int?
    /// The rows that can meet the query's conditions on the row key; several: salted keys.
    let ranges: [ScanRange]

    func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
        [SourceSplit(id: layout.options.tableName.description)]
    }

    func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
        CellScanReader(
            try EmbeddedScan.make(store, layout, layout.scanRead, ranges, after: split.detail), layout,
            after: split.detail,
            limit: limit, context)
    }
}

/// A scan of one range of the embedded store.
final class EmbeddedScan: CellScan {
    private let scanner: TableScanner

    init(_ table: StoredTable, _ range: ScanRange, _ read: ReadOptions) throws(SQLError) {
        scanner = try table.scan(range, read)
    }

    /// The newest edit that the scan sees.
    func lastEdit() throws(SQLError) -> Int64 { try scanner.lastEdit() ?? 0 }

    /// One scan over all ranges in key order. `after`: the stored key that the rows wanted lie behind, if not empty.
    static func make(
        _ store: TableStore, _ layout: RowLayout, _ read: ReadOptions, _ ranges: [ScanRange], after: [UInt8]
    ) throws(JobError) -> any CellScan {
        let table = try layout.open(store)
        do throws(SQLError) {
            var scans: [any CellScan] = []
            for range in ranges {
                guard let rest = SaltedPosition.rest(of: range, after: after, layout.salt) else { continue }
                scans.append(try EmbeddedScan(table, rest, read))
            }
            if scans.count == 1 { return scans[0] }
            return MergedScan(scans, leafCount: layout.codecs.count, salt: layout.salt)
        } catch {
            throw JobError(error, domain: .external)
        }
    }

    func read(maxRows: Int, into block: CellBlock) throws(JobError) -> ScanProgress {
        do throws(SQLError) {
            let count = try scanner.read(
                maxRows: maxRows, onRow: { block.beginRow(key: $0) },
                onCell: { block.set(block.rowCount - 1, $0.column, $0.value, time: $0.timestamp) })
            return count < maxRows ? .finished : .more
        } catch {
            throw JobError(error, domain: .external)
        }
    }

    func close() { scanner.close() }
}

/// Where a scan goes on after a row.
enum SaltedPosition {
    /// The part of a range whose keys, without their salt, lie behind `after`; nil: none of it.
    static func rest(of range: ScanRange, after: [UInt8], _ salt: Salt) -> ScanRange? {
        guard !after.isEmpty else { return range }
        var key = after
        if salt.isOn {
            guard range.start.count >= Salt.length, after.count >= Salt.length else { return range }
            key = Array(range.start[..<Salt.length]) + after[Salt.length...]
        }
        var rest = range
        guard !key.lexicographicallyPrecedes(range.start) else { return range }
        if !range.stop.isEmpty {
            let isBehind = range.stop.lexicographicallyPrecedes(key) || range.stop == key
            if isBehind { return nil }
        }
        rest.start = key
        rest.includesStart = false
        return rest
    }
}

extension RowLayout {
    /// Opens the table, which is created when it is not there: its declaration is all that it needs.
    func open(_ store: TableStore) throws(JobError) -> StoredTable {
        do throws(SQLError) {
            if try store.exists(options.tableName) { return try store.table(options.tableName) }
            return try store.ensure(schema.descriptor(options.tableName))
        } catch {
            throw JobError(error, domain: .external)
        }
    }
}
