public import SluiceExpressions

/// How rows are given to windows. All lengths in milliseconds; windows are `[start, end)` (W1).
public enum WindowSpec: Sendable, Hashable {
    case tumble(size: Int64, offset: Int64)
    case hop(slide: Int64, size: Int64, offset: Int64)
    case cumulate(step: Int64, size: Int64, offset: Int64, emitOnlyOnUpdate: Bool)
    case session(gap: Int64)
    /// The input has window columns already: those of a window table function below, or of a window aggregation.
    case attached(start: Int, end: Int)
}

/// The time that windows go by.
public struct WindowTime: Sendable, Hashable {
    /// Input column; TIMESTAMP or TIMESTAMP_LTZ of any precision. Unused for processing time.
    public var column: Int
    /// Windows and watermarks are aligned in the session's zone (W13).
    public var isLTZ: Bool
    /// Wall clock instead of a column; fires by timers.
    public var isProctime: Bool
    public init(column: Int, isLTZ: Bool, isProctime: Bool) {
        self.column = column
        self.isLTZ = isLTZ
        self.isProctime = isProctime
    }
}

/// A window table function without aggregation: input columns, then `window_start` and `window_end`
/// (TIMESTAMP(3)) and `window_time` (type of the time column, precision 3). Drops nothing for lateness.
/// SESSION keeps rows until their session closes; `partition` are its keys.
public struct WindowTableNode: Sendable, Hashable {
    public var window: WindowSpec
    public var time: WindowTime
    public var partition: [Int]
    public init(window: WindowSpec, time: WindowTime, partition: [Int] = []) {
        self.window = window
        self.time = time
        self.partition = partition
    }
}

/// Aggregation per key and window; emits when the watermark passes the window's end, never updates (W7 to W12).
/// Batch mode: at the end of input. Output: key columns, aggregates, then `properties`.
public struct WindowAggregateNode: Sendable, Hashable {
    /// A column that describes the window.
    public enum Property: Sendable, Hashable {
        /// TIMESTAMP(3), local.
        case start, end
        /// `end - 1 ms`; TIMESTAMP(3) or TIMESTAMP_LTZ(3) as the time column; a time attribute.
        case rowtime
        /// TIMESTAMP_LTZ(3), the clock when the window fires.
        case proctime
    }

    public var window: WindowSpec
    public var time: WindowTime
    public var keys: [Int]
    public var aggregates: [AggregateCall]
    public var properties: [Property]
    /// The input has -U or -D rows.
    public var consumesRetractions: Bool
    public init(
        window: WindowSpec, time: WindowTime, keys: [Int], aggregates: [AggregateCall],
        properties: [Property],
        consumesRetractions: Bool
    ) {
        self.window = window
        self.time = time
        self.keys = keys
        self.aggregates = aggregates
        self.properties = properties
        self.consumesRetractions = consumesRetractions
    }
}

/// Aggregation per key without windows (U2 to U5). Output: key columns, then aggregates.
/// Streaming: answers every input row. Batch: once at the end; without keys one row even over nothing.
public struct GroupAggregateNode: Sendable, Hashable {
    public var keys: [Int]
    /// Empty for DISTINCT.
    public var aggregates: [AggregateCall]
    public var emitsUpdateBefore: Bool
    public var consumesRetractions: Bool
    public init(
        keys: [Int], aggregates: [AggregateCall], emitsUpdateBefore: Bool, consumesRetractions: Bool
    ) {
        self.keys = keys
        self.aggregates = aggregates
        self.emitsUpdateBefore = emitsUpdateBefore
        self.consumesRetractions = consumesRetractions
    }
}
