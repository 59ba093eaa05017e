import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// Look-ups by a prefix or a range of the row key: a small scan for each key, several of them at a time.
final class RangeLookup: LookupSource {
    private static let scansAtOnce = 16
    private static let rowsAhead = 256

    /// One key's scans, one after the other; salted keys have one for each bucket.
    private final class Search {
        var ranges: [ScanRange]
        var scan: (any CellScan)?
        let block: CellBlock
        var isDone = false

        init(_ ranges: [ScanRange], leafCount: Int) {
            self.ranges = ranges.reversed()
            block = CellBlock(leafCount: leafCount)
            isDone = ranges.isEmpty
        }
    }

    private let layout: RowLayout
    private let match: LookupRequest.Match
    private let context: ConnectorContext
    private let makeScan: (ScanRange) throws(JobError) -> any CellScan
    private let assembler: RowAssembler
    private var pending: [Int: [Search]] = [:]
    private var lastTicket = 0

    init(
        _ layout: RowLayout, _ match: LookupRequest.Match, _ context: ConnectorContext,
        _ makeScan: @escaping (ScanRange) throws(JobError) -> any CellScan
    ) {
        self.layout = layout
        self.match = match
        self.context = context
        self.makeScan = makeScan
        assembler = RowAssembler(layout, capacity: 256)
    }

    func begin(_ keys: RecordBatch) throws(JobError) -> Int {
        lastTicket += 1
        var searches: [Search] = []
        for row in 0..<keys.rowCount {
            searches.append(Search(ranges(keys, row), leafCount: layout.codecs.count))
        }
        pending[lastTicket] = searches
        _ = try advance(searches)
        return lastTicket
    }

    func take(_ ticket: Int) throws(JobError) -> LookupResult? {
        guard let searches = pending[ticket], try advance(searches) else { return nil }
        pending[ticket] = nil
        var keyIndex: [Int32] = []
        defer { assembler.reportErrors(to: context) }
        do throws(SQLError) {
            for (number, search) in searches.enumerated() {
                for row in 0..<search.block.rowCount {
                    try assembler.append(search.block, row)
                    keyIndex.append(Int32(truncatingIfNeeded: number))
                }
            }
        } catch {
            throw JobError(error, domain: .user)
        }
        return LookupResult(rows: assembler.finish(), keyIndex: keyIndex)
    }

    var bufferedBytes: Int {
        pending.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.block.capacity } }
    }

    func close() {
        for searches in pending.values { for search in searches { search.scan?.close() } }
        pending.removeAll()
    }

    /// True when all are done.
    private func advance(_ searches: [Search]) throws(JobError) -> Bool {
        var open = 0
        for search in searches where !search.isDone {
            guard open < Self.scansAtOnce else { return false }
            try advance(search)
            if !search.isDone { open += 1 }
        }
        return open == 0
    }

    private func advance(_ search: Search) throws(JobError) {
        while true {
            if search.scan == nil {
                guard let range = search.ranges.popLast() else {
                    search.isDone = true
                    return
                }
                search.scan = try makeScan(range)
            }
            guard let scan = search.scan else { return }
            switch try scan.read(maxRows: Self.rowsAhead, into: search.block) {
            case .more: continue
            case .wait: return
            case .finished:
                scan.close()
                search.scan = nil
            }
        }
    }

    /// The stored keys that a key of the batch means.
    private func ranges(_ keys: RecordBatch, _ row: Int) -> [ScanRange] {
        let bounds = keys.columns.map { column in
            var bytes: [UInt8] = []
            _ = layout.schema.rowKeyCodec.append(column, row, to: &bytes)
            return bytes
        }
        guard let first = bounds.first else { return [] }
        var range = ScanRange(start: first)
        if match == .prefix {
            range.stop = first.afterAllWithPrefix ?? []
        } else {
            // No row has a key without bytes, and as a scan's end that would mean the end of the table.
            guard let last = bounds.last, !last.isEmpty, !last.lexicographicallyPrecedes(first) else {
                return []
            }
            range.stop = last
            range.includesStop = true
        }
        guard layout.salt.isOn else { return [range] }
        return (0..<layout.salt.buckets).map { RowKeyRange.salted(range, layout.salt.prefix($0)) }
    }
}
