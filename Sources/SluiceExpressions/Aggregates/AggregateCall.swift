public import SluiceColumns

/// One aggregate of a GROUP BY, over columns of the aggregation's input (a projection below computes arguments).
public struct AggregateCall: Sendable, Hashable {
    /// Upper-case name: `COUNT`, `SUM`, `LISTAGG`. COUNT(*) has no arguments.
    public var name: String
    /// Input columns.
    public var arguments: [Int]
    public var argumentTypes: [DataType]
    /// Literal arguments that follow the columns, such as LISTAGG's separator or PERCENTILE's fractions.
    public var literals: [Datum]
    public var isDistinct: Bool
    /// A BOOLEAN input column: only rows where it is TRUE count.
    public var filter: Int?
    public var ignoreNulls: Bool
    /// Order inside the aggregate (ARRAY_AGG … ORDER BY): input columns.
    public var order: [SortKey]
    public var type: DataType

    public init(
        name: String, arguments: [Int], argumentTypes: [DataType], literals: [Datum] = [],
        isDistinct: Bool = false,
        filter: Int? = nil, ignoreNulls: Bool = false, order: [SortKey] = [], type: DataType
    ) {
        self.name = name
        self.arguments = arguments
        self.argumentTypes = argumentTypes
        self.literals = literals
        self.isDistinct = isDistinct
        self.filter = filter
        self.ignoreNulls = ignoreNulls
        self.order = order
        self.type = type
    }
}

/// One column of an order.
public struct SortKey: Sendable, Hashable, Codable {
    public var column: Int
    public var descending: Bool
    /// NULLs before all values. The default is lowest: first ascending, last descending (A13).
    public var nullsFirst: Bool

    public init(column: Int, descending: Bool = false, nullsFirst: Bool? = nil) {
        self.column = column
        self.descending = descending
        self.nullsFirst = nullsFirst ?? !descending
    }
}
