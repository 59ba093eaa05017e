public import SluiceColumns
public import SluiceExpressions

/// OVER in batch mode: each row with values over the rows around it in its partition. Output: the input's columns, then
/// one per call; rows come out by partition, in the order of `keys`.
public struct OverNode: Sendable, Hashable {
    public var partition: [Int]
    public var keys: [SortKey]
    public var calls: [OverCall]
    public init(partition: [Int], keys: [SortKey], calls: [OverCall]) {
        self.partition = partition
        self.keys = keys
        self.calls = calls
    }
}

public struct OverCall: Sendable, Hashable {
    public enum Function: Sendable, Hashable {
        case aggregate(AggregateCall)
        case rowNumber, rank, denseRank, percentRank, cumeDist
        case ntile(buckets: Int)
        /// LEAD for positive distances, LAG for negative ones; `fallback` is an input column.
        case neighbour(column: Int, distance: Int, fallback: Int?)
    }

    public var function: Function
    /// Of aggregates; the others look at the whole partition.
    public var frame: OverFrame
    public var type: DataType
    public init(_ function: Function, frame: OverFrame, type: DataType) {
        self.function = function
        self.frame = frame
        self.type = type
    }
}

/// The rows around a row that an aggregate sees.
public struct OverFrame: Sendable, Hashable {
    public enum Unit: Sendable, Hashable { case rows, range }
    public enum Bound: Sendable, Hashable {
        case unboundedPreceding, currentRow, unboundedFollowing
        /// ROWS: a number of rows. RANGE: a distance of the order column in its own unit (the last digit of a decimal,
        /// microseconds, days); negative: preceding.
        case offset(Int128)
        /// RANGE over a floating-point column.
        case distance(Double)
    }

    public var unit: Unit
    public var start: Bound
    public var end: Bound
    public init(_ unit: Unit, _ start: Bound, _ end: Bound) {
        self.unit = unit
        self.start = start
        self.end = end
    }

    public static let partition = OverFrame(.rows, .unboundedPreceding, .unboundedFollowing)
    public static let upToPeers = OverFrame(.range, .unboundedPreceding, .currentRow)
}
