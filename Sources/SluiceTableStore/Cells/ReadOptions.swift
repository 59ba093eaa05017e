/// A column, or with no qualifier a whole family.
public struct ColumnReference: Sendable, Hashable {
    public var family: [UInt8]
    public var qualifier: [UInt8]?

    public init(family: [UInt8], qualifier: [UInt8]?) {
        self.family = family
        self.qualifier = qualifier
    }

    public init(_ family: String, _ qualifier: String? = nil) {
        self.family = Array(family.utf8)
        self.qualifier = qualifier.map { Array($0.utf8) }
    }
}

/// What a get or a scan returns of a row.
public struct ReadOptions: Sendable {
    /// Empty: every family.
    public var columns: [ColumnReference]
    /// At most this many versions of a column, and no more than its family keeps.
    public var maxVersions: Int
    /// Timestamps from `minTimestamp` up to, but not including, `maxTimestamp`.
    public var minTimestamp: Int64
    public var maxTimestamp: Int64
    /// Delete markers and what they hide, too.
    public var isRaw: Bool

    public init(
        columns: [ColumnReference] = [], maxVersions: Int = 1, minTimestamp: Int64 = 0,
        maxTimestamp: Int64 = .max, isRaw: Bool = false
    ) {
        self.columns = columns
        self.maxVersions = maxVersions
        self.minTimestamp = minTimestamp
        self.maxTimestamp = maxTimestamp
        self.isRaw = isRaw
    }
}

/// Which rows a scan visits.
public struct ScanRange: Sendable {
    /// Empty: from the first row (reversed: from the last).
    public var start: [UInt8]
    public var includesStart: Bool
    /// Empty: to the end.
    public var stop: [UInt8]
    public var includesStop: Bool
    /// From `start` down to `stop`.
    public var isReversed: Bool

    public init(
        start: [UInt8] = [], includesStart: Bool = true, stop: [UInt8] = [], includesStop: Bool = false,
        isReversed: Bool = false
    ) {
        self.start = start
        self.includesStart = includesStart
        self.stop = stop
        self.includesStop = includesStop
        self.isReversed = isReversed
    }

    /// The rows whose key begins with `prefix`.
    public init(prefix: [UInt8]) {
        self.init(start: prefix, stop: prefix.afterPrefix ?? [])
    }
}
