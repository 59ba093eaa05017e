/// A scan over the regions of a table, as a pure state machine: which call comes next, and what an answer or a
/// failure means. Whole rows come out in blocks.
///
/// After a failure the scan goes on behind the last complete row: in the same region with the snapshot it had, else
/// wherever the row lies now, so that splits, merges, moves and expired scanners need nothing more.
struct TableScan {
    enum Call {
        /// Opens a scanner in the region that holds `row`, or what lies just before it; see `openRequest`.
        case open(row: [UInt8], isBefore: Bool)
        /// To the server where the scanner is open.
        case next(ScanRequest)
        case finished
    }

    let spec: TableScanSpec
    /// Failures in a row, without progress between, that end the scan.
    let maxFailures: Int
    private(set) var isFinished = false
    private(set) var machine: ScanMachine?
    private var assembler = ScanAssembler()
    /// Where the next scanner starts.
    private var startRow: [UInt8]
    private var includesStartRow: Bool
    private var region: RegionInfo?
    /// Snapshot to take up again in the region of this name.
    private var snapshot: (region: [UInt8], point: UInt64)?
    private var rowsTaken: Int64 = 0
    private var lastRow: [UInt8]?
    private(set) var failures = 0

    init(_ spec: TableScanSpec, maxFailures: Int = 15) {
        self.spec = spec
        self.maxFailures = maxFailures
        startRow = spec.startRow
        includesStartRow = spec.includesStartRow
        isFinished = spec.limit.map { $0 <= 0 } ?? false || TableScan.isEmpty(spec)
    }

    private static func isEmpty(_ spec: TableScanSpec) -> Bool {
        guard !spec.stopRow.isEmpty, !spec.isReversed || !spec.startRow.isEmpty else { return false }
        var order = compare(spec.startRow, spec.stopRow)
        if spec.isReversed { order = -order }
        return order > 0 || (order == 0 && !(spec.includesStartRow && spec.includesStopRow))
    }

    private static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        left.withRaw { left in right.withRaw { left.compare($0) } }
    }

    mutating func nextCall() -> Call {
        if isFinished { return .finished }
        guard var open = machine, open.isOpen else {
            let isBefore = spec.isReversed && (startRow.isEmpty || !includesStartRow)
            return .open(row: startRow, isBefore: isBefore)
        }
        let request = open.nextRequest(limit: remaining)
        machine = open
        return .next(request)
    }

    /// The opening request for the region in which the row was found. The region's snapshot is taken up only there.
    func openRequest(region name: [UInt8]) -> ScanRequest {
        newMachine(name).openRequest(scan, limit: remaining)
    }

    private func newMachine(_ name: [UInt8]) -> ScanMachine {
        let point = snapshot.flatMap { $0.region == name ? $0.point : nil } ?? 0
        return ScanMachine(
            region: name, rowsPerCall: spec.rowsPerBlock ?? UInt32(Int32.max), mvccReadPoint: point)
    }

    private var remaining: UInt32 {
        guard let limit = spec.limit else { return 0 }
        return UInt32(clamping: min(max(limit - rowsTaken, 1), Int64(Int32.max)))
    }

    private var scan: Scan {
        var scan = Scan()
        let get = spec.read.message
        scan.columns = get.columns
        scan.filter = get.filter
        scan.timeRange = get.timeRange
        scan.maxVersions = get.maxVersions
        scan.cacheBlocks = get.cacheBlocks
        scan.startRow = startRow
        scan.includesStartRow = includesStartRow
        scan.stopRow = spec.stopRow
        scan.includesStopRow = spec.includesStopRow
        scan.wantsCursor = scan.filter != nil
        scan.isReversed = spec.isReversed
        scan.isRaw = spec.isRaw
        scan.maxResultSize = UInt64(clamping: max(spec.blockBytes, 1))
        scan.readType = spec.readType ?? ((spec.limit ?? Int64.max) <= 1000 ? .positional : .stream)
        return scan
    }

    /// The scanner was opened; its first rows come with the same answer.
    mutating func opened(_ frame: ResponseFrame, _ location: RegionLocation) throws(WireError) -> ScanBlock? {
        machine = newMachine(location.name)
        region = location.region
        return try received(frame)
    }

    /// Takes an answer; returns the rows that it completes.
    mutating func received(_ frame: ResponseFrame) throws(WireError) -> ScanBlock? {
        guard !isFinished, var open = machine else { return nil }
        let response = try ScanResponse(frame)
        let outcome = open.received(response)
        try assembler.add(response, frame, isLast: outcome != .more)
        if open.mvccReadPoint != 0 { snapshot = (open.region, open.mvccReadPoint) }
        machine = open
        let block = assembler.takeBlock(most: spec.limit.map { $0 - rowsTaken } ?? Int64.max)
        rowsTaken += Int64(block.count)
        if advance(assembler.takeLastRow(), response.cursorRow) || outcome != .more { failures = 0 }
        if let limit = spec.limit, rowsTaken >= limit, !block.isEmpty {
            lastRow = try block.rowKey(block.count - 1)
        }
        switch outcome {
        case .more: break
        case .scanDone: isFinished = true
        case .regionDone: goToNextRegion()
        }
        if let limit = spec.limit, rowsTaken >= limit { isFinished = true }
        return block.isEmpty ? nil : block
    }

    /// A new scanner would start behind the last complete row, or where the server says that it has come to. False: no
    /// further than before.
    private mutating func advance(_ row: [UInt8]?, _ cursor: [UInt8]?) -> Bool {
        if let row {
            startRow = row
            includesStartRow = false
            lastRow = row
            return true
        }
        if let cursor, !assembler.hasOpenRow, isFurther(cursor) {
            startRow = cursor
            includesStartRow = true
            return true
        }
        return false
    }

    private func isFurther(_ row: [UInt8]) -> Bool {
        let order = TableScan.compare(row, startRow)
        return spec.isReversed ? order < 0 || startRow.isEmpty : order > 0
    }

    /// Behind the last complete row that came out.
    var position: ScanPosition {
        if let lastRow { return .after(row: lastRow, rowsGiven: rowsTaken) }
        return .start
    }

    private mutating func goToNextRegion() {
        machine = nil
        snapshot = nil
        if spec.isReversed { return goToPreviousRegion() }
        guard let end = region?.endKey, !end.isEmpty else {
            isFinished = true
            return
        }
        if !spec.stopRow.isEmpty {
            let order = TableScan.compare(end, spec.stopRow)
            if order > 0 || (order == 0 && !spec.includesStopRow) {
                isFinished = true
                return
            }
        }
        startRow = end
        includesStartRow = true
    }

    /// A reversed scan goes on with the rows before the region's first.
    private mutating func goToPreviousRegion() {
        guard let start = region?.startKey, !start.isEmpty,
            spec.stopRow.isEmpty || TableScan.compare(start, spec.stopRow) > 0
        else {
            isFinished = true
            return
        }
        startRow = start
        includesStartRow = false
    }

    /// A call failed. True: `nextCall` opens a new scanner behind the last complete row. False: the error is final.
    mutating func failed(_ error: HBaseError) -> Bool {
        machine = nil
        assembler.dropOpenRow()
        failures += 1
        guard failures <= maxFailures else { return false }
        switch error.kind {
        case .scannerGone, .notServing, .busy, .network, .serverNotRunning, .timedOut, .other: return true
        default: return false
        }
    }
}
