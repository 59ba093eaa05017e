/// What to read of a row: columns, versions, times and a filter. The same for Get and Scan.
public struct ReadSpec: Sendable, Hashable {
    /// One family and the qualifiers wanted of it; none: the whole family.
    public struct Column: Sendable, Hashable {
        public var family: [UInt8]
        public var qualifiers: [[UInt8]]

        public init(family: [UInt8], qualifiers: [[UInt8]] = []) {
            self.family = family
            self.qualifiers = qualifiers
        }
    }

    /// Milliseconds; `upTo` is exclusive.
    public struct Times: Sendable, Hashable {
        public var from: Int64
        public var upTo: Int64

        public init(from: Int64 = 0, upTo: Int64 = Int64.max) {
            self.from = from
            self.upTo = upTo
        }
    }

    /// None: every family.
    public var columns: [Column]
    public var maxVersions: Int
    public var times: Times?
    /// Whether the server keeps the blocks read in its cache.
    public var cacheBlocks: Bool
    /// An encoded `Filter` message (class name and the filter's own bytes).
    public var filter: [UInt8]?
    /// Ask only whether the row has any of it; no cells come back.
    public var existenceOnly: Bool

    public init(
        columns: [Column] = [], maxVersions: Int = 1, times: Times? = nil, cacheBlocks: Bool = true,
        filter: [UInt8]? = nil, existenceOnly: Bool = false
    ) {
        self.columns = columns
        self.maxVersions = maxVersions
        self.times = times
        self.cacheBlocks = cacheBlocks
        self.filter = filter
        self.existenceOnly = existenceOnly
    }
}

/// Point look-ups of many rows of one table with one specification.
public struct GetBatch: Sendable {
    public var table: HBaseTable
    public var keys: RowKeys
    public var read: ReadSpec
    /// Told of what becomes of the operations.
    public var meter: RegionMeter?

    public init(table: HBaseTable, keys: RowKeys, read: ReadSpec = ReadSpec()) {
        self.table = table
        self.keys = keys
        self.read = read
    }
}
