/// Which rows of a table to scan and what of them to read.
public struct TableScanSpec: Sendable, Hashable {
    public var table: HBaseTable
    public var read: ReadSpec
    /// From `startRow` down to `stopRow`.
    public var isReversed = false
    /// Delete markers and what they hide come too. The server refuses it together with qualifiers.
    public var isRaw = false
    /// Empty: from the first row (reversed: from the last).
    public var startRow: [UInt8] = []
    public var includesStartRow = true
    /// Empty: to the end.
    public var stopRow: [UInt8] = []
    public var includesStopRow = false
    /// Rows to give at most; nil: all.
    public var limit: Int64?
    /// Bytes per answer, as the server counts them (about its memory for the cells).
    public var blockBytes = 2 << 20
    /// Rows per answer at most; nil: only the bytes count.
    public var rowsPerBlock: UInt32?
    /// nil: positional for scans with a small limit, else sequential.
    public var readType: Scan.ReadType?

    /// Blocks read are not kept in the server's cache, unless `read` says so.
    public init(table: HBaseTable, read: ReadSpec = ReadSpec(cacheBlocks: false)) {
        self.table = table
        self.read = read
    }

    /// The same scan, continued.
    public func resumed(at position: ScanPosition) -> TableScanSpec {
        var spec = self
        switch position {
        case .start: break
        case .after(let row, let given):
            spec.startRow = row
            spec.includesStartRow = false
            spec.limit = limit.map { max(0, $0 - given) }
        case .finished: spec.limit = 0
        }
        return spec
    }
}

/// How far a scan has come: what a checkpoint keeps.
public enum ScanPosition: Sendable, Hashable {
    case start
    /// All rows up to this one were given, so many in all.
    case after(row: [UInt8], rowsGiven: Int64)
    case finished
}
