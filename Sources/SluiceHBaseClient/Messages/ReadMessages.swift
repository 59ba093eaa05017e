/// Columns of one family to read (`hbase.pb.Column`); no qualifiers: the whole family.
public struct ColumnMessage: Sendable, Hashable, ProtobufWritable {
    public var family: [UInt8]
    public var qualifiers: [[UInt8]]

    public init(family: [UInt8], qualifiers: [[UInt8]] = []) {
        self.family = family
        self.qualifiers = qualifiers
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, family)
        for qualifier in qualifiers { writer.field(2, qualifier) }
    }
}

/// Milliseconds; `to` is exclusive (`hbase.pb.TimeRange`).
public struct TimeRangeMessage: Sendable, Hashable, ProtobufWritable {
    public var from: Int64
    public var to: Int64

    public init(from: Int64, to: Int64) {
        self.from = from
        self.to = to
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, from)
        writer.field(2, to)
    }
}

/// What to read of a row (`hbase.pb.Get` without the row, which differs from action to action).
public struct Get: Sendable, Hashable {
    public var columns: [ColumnMessage] = []
    /// An encoded `Filter` message.
    public var filter: [UInt8]?
    public var timeRange: TimeRangeMessage?
    public var maxVersions: UInt32 = 1
    public var cacheBlocks = true
    public var existenceOnly = false

    public init() {}

    /// The fields after the row; the same bytes serve any number of actions.
    public var fields: [UInt8] {
        var writer = ProtobufWriter()
        for column in columns { writer.field(2, column) }
        writer.optional(4, filter)
        writer.optional(5, timeRange)
        if maxVersions != 1 { writer.field(6, maxVersions) }
        if !cacheBlocks { writer.field(7, false) }
        if existenceOnly { writer.field(10, true) }
        return writer.finish()
    }
}

/// What to read of a range of rows (`hbase.pb.Scan`).
public struct Scan: Sendable, Hashable, ProtobufWritable {
    /// How the server reads blocks.
    public enum ReadType: UInt32, Sendable, Hashable {
        /// Positional first, then sequential; costs an early answer with few rows.
        case automatic = 0
        case stream = 1
        case positional = 2
    }

    public var columns: [ColumnMessage] = []
    public var startRow: [UInt8] = []
    /// Empty: no bound.
    public var stopRow: [UInt8] = []
    /// An encoded `Filter` message.
    public var filter: [UInt8]?
    public var timeRange: TimeRangeMessage?
    public var maxVersions: UInt32 = 1
    public var cacheBlocks = true
    /// Bytes per answer, in the server's heap size; a longer row comes in parts.
    public var maxResultSize: UInt64?
    public var isReversed = false
    /// Snapshot of the region to read; 0: a new one.
    public var mvccReadPoint: UInt64 = 0
    public var includesStartRow = true
    public var includesStopRow = false
    public var readType = ReadType.automatic
    /// Heartbeats say how far the scan has come.
    public var wantsCursor = false
    /// Delete markers and what they hide come too. No qualifiers may be named with it.
    public var isRaw = false

    public init() {}

    public func write(to writer: inout ProtobufWriter) {
        for column in columns { writer.field(1, column) }
        if isRaw {
            let mark = writer.begin(2)
            writer.field(1, "_raw_")
            writer.field(2, [0xFF] as [UInt8])
            writer.end(mark)
        }
        if !startRow.isEmpty { writer.field(3, startRow) }
        if !stopRow.isEmpty { writer.field(4, stopRow) }
        writer.optional(5, filter)
        writer.optional(6, timeRange)
        if maxVersions != 1 { writer.field(7, maxVersions) }
        if !cacheBlocks { writer.field(8, false) }
        writer.optional(10, maxResultSize)
        if isReversed { writer.field(15, true) }
        if mvccReadPoint != 0 { writer.field(20, mvccReadPoint) }
        if !includesStartRow { writer.field(21, false) }
        if includesStopRow { writer.field(22, true) }
        if readType != .automatic { writer.field(23, readType.rawValue) }
        if wantsCursor { writer.field(24, true) }
    }
}
