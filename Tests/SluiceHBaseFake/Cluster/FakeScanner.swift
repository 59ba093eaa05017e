/// A scanner of one region that stands at a server until it is closed, runs out or its lease ends.
final class FakeScanner {
    let id: UInt64
    /// nil: hbase:meta.
    let region: FakeRegion?
    let openSequence: UInt64
    let reversed: Bool
    let filter: FakeFilter?
    let batch: Int?
    let caching: Int?
    let maxResultSize: Int?
    let readPoint: UInt64
    var nextSequence: UInt64 = 0
    var leaseEnd: Int64
    /// Rows given so far, for `limit_of_rows`.
    var given = 0
    private var selection: FakeSelection
    private let stop: [UInt8]
    private let includeStop: Bool
    /// Where to look next: a row, and whether it counts itself; nil in a reversed scan: from the end.
    private var cursor: [UInt8]
    private var inclusive: Bool
    private var fromEnd: Bool
    private var metaRows: [FakeMeta.Row] = []
    /// What of a row that was cut is still to be given.
    var rest: [FakeCell] = []
    private(set) var lastRow: [UInt8]?

    var isMeta: Bool { region == nil }

    init(_ scan: FakeMessage, id: UInt64, region: FakeRegion?, cluster: FakeHBaseCluster) throws {
        self.id = id
        self.region = region
        openSequence = region?.openSequence ?? 0
        leaseEnd = cluster.world.now + cluster.leaseNanos
        var selection = FakeSelection()
        selection.columns = try FakeGet.columns(scan.messages(1, "Column", known: 2))
        try FakeGet.timeRange(scan.message(6, "TimeRange", known: 2), &selection)
        selection.maxVersions = try scan.int(7) ?? 1
        selection.storeLimit = try scan.int(11)
        selection.storeOffset = try scan.int(12) ?? 0
        let point = try scan.uint(20) ?? 0
        readPoint = point == 0 ? cluster.sequence : min(point, cluster.sequence)
        selection.readPoint = readPoint
        for attribute in try scan.messages(2, "NameBytesPair", known: 2)
        where try attribute.requiredBytes(1) == Array("_raw_".utf8) {
            selection.isRaw = try attribute.bytes(2)?.first == 0xFF
        }
        guard !selection.isRaw || selection.columns.allSatisfy({ $0.qualifiers.isEmpty }) else {
            throw FakeException.doNotRetryIO("Cannot specify any column for a raw scan")
        }
        self.selection = selection
        filter = try scan.message(5, "Filter", known: 2).map { try FakeFilter($0) }
        batch = try scan.int(9).flatMap { $0 > 0 ? $0 : nil }
        maxResultSize = try scan.int(10).flatMap { $0 > 0 ? $0 : nil }
        caching = try scan.int(17).flatMap { $0 > 0 && $0 < 1 << 31 ? $0 : nil }
        reversed = try scan.bool(15) ?? false
        cursor = try scan.bytes(3) ?? []
        inclusive = try scan.bool(21) ?? true
        stop = try scan.bytes(4) ?? []
        includeStop = try scan.bool(22) ?? false
        fromEnd = reversed && cursor.isEmpty
        if let region {
            clip(to: region)
        } else {
            metaRows = FakeMeta.rows(of: cluster)
        }
    }

    private func clip(to region: FakeRegion) {
        if reversed {
            let beyond = fromEnd || !region.end.isEmpty && !bytesPrecede(cursor, region.end)
            if beyond { (cursor, inclusive, fromEnd) = (region.end, false, region.end.isEmpty) }
        } else if bytesPrecede(cursor, region.start) {
            (cursor, inclusive) = (region.start, true)
        }
    }

    /// The next row that has something to give; nil: the region is over.
    func nextRow() -> [FakeCell]? {
        while true {
            guard let (row, cells) = nextCandidate() else { return nil }
            (cursor, inclusive, fromEnd) = (row, false, false)
            lastRow = row
            guard !cells.isEmpty else { continue }
            guard let filter else { return cells }
            if filter.isDone { return nil }
            if let passed = filter.apply(cells), !passed.isEmpty { return passed }
            if filter.isDone { return nil }
        }
    }

    /// Nothing follows in this region; known to the server without reading on.
    var isOver: Bool { rest.isEmpty && (filter?.isDone == true || nextCandidate() == nil) }

    private func nextCandidate() -> (row: [UInt8], cells: [FakeCell])? {
        guard let region else { return nextMetaRow() }
        let table = region.table
        let found =
            reversed
            ? table.store.row(before: fromEnd ? [] : cursor, inclusive: inclusive)
            : table.store.row(from: cursor, inclusive: inclusive)
        guard let row = found, region.contains(row) else { return nil }
        guard isWithinStop(row, bytesPrecede) else { return nil }
        return (row, table.store.read(row, selection) { table.family($0)?.versions ?? 1 })
    }

    private func isWithinStop(_ row: [UInt8], _ precedes: ([UInt8], [UInt8]) -> Bool) -> Bool {
        if stop.isEmpty || includeStop && row == stop { return true }
        return reversed ? precedes(stop, row) : precedes(row, stop)
    }

    private func nextMetaRow() -> (row: [UInt8], cells: [FakeCell])? {
        let key = FakeMeta.Key(cursor)
        // How many rows stand before the cursor, or with it.
        func count(including: Bool) -> Int {
            var low = 0
            var high = metaRows.count
            while low < high {
                let middle = (low + high) / 2
                let other = metaRows[middle].key
                let before =
                    including ? !FakeMeta.Key.precedes(key, other) : FakeMeta.Key.precedes(other, key)
                if before { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let at: Int
        if reversed {
            at = (fromEnd ? metaRows.count : count(including: inclusive)) - 1
        } else {
            at = count(including: !inclusive)
        }
        guard metaRows.indices.contains(at), isWithinStop(metaRows[at].row, FakeMeta.precedes) else {
            return nil
        }
        return (metaRows[at].row, metaRows[at].cells().filter { selection.wants($0.family, $0.qualifier) })
    }
}
