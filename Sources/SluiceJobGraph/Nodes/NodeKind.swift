public import SluiceColumns
public import SluiceConnect
public import SluiceExpressions

/// What a node does. The runtime turns each into an operator in one place, `OperatorFactory`.
public enum NodeKind: Sendable {
    case source(SourceNode)
    case values(ValuesNode)
    case calc(CalcNode)
    case expand(ExpandNode)
    case watermark(WatermarkNode)
    case windowTable(WindowTableNode)
    case windowAggregate(WindowAggregateNode)
    case groupAggregate(GroupAggregateNode)
    case join(JoinNode)
    case lookupJoin(LookupJoinNode)
    case unnest(UnnestNode)
    case union
    case sort(SortNode)
    case temporalSort(TemporalSortNode)
    case topN(TopNNode)
    case over(OverNode)
    case limit(LimitNode)
    case dropUpdateBefore
    case upsertMaterialize(UpsertMaterializeNode)
    case sink(SinkNode)
    /// Delivers rows to the caller of the job: the result of a SELECT.
    case collect
}

/// Reads a table; output columns are `scan.projection` of the table's columns.
public struct SourceNode: Sendable, Hashable {
    public var connector: String
    public var table: ResolvedTable
    public var scan: ScanRequest
    public var isBounded: Bool
    public init(connector: String, table: ResolvedTable, scan: ScanRequest, isBounded: Bool) {
        self.connector = connector
        self.table = table
        self.scan = scan
        self.isBounded = isBounded
    }
}

/// Literal rows.
public struct ValuesNode: Sendable, Hashable {
    public var rows: [[Datum]]
    public init(rows: [[Datum]]) { self.rows = rows }
}

/// Filters, then projects. Kinds and marks pass through; each half of an update is judged alone.
public struct CalcNode: Sendable, Hashable {
    public var filter: BoundExpr?
    /// Over the input columns; the output columns.
    public var projections: [BoundExpr]
    public init(filter: BoundExpr?, projections: [BoundExpr]) {
        self.filter = filter
        self.projections = projections
    }
}

/// Each input row gives one row per projection list (GROUPING SETS).
public struct ExpandNode: Sendable, Hashable {
    public var projections: [[BoundExpr]]
    public init(projections: [[BoundExpr]]) { self.projections = projections }
}

/// Computes watermarks per row and adds them to batches as marks (T1 to T5). A NULL time fails the job (T4).
/// In batch mode the planner leaves this node out.
public struct WatermarkNode: Sendable, Hashable {
    public var timeColumn: Int
    /// Gives a timestamp; NULL is ignored.
    public var expression: BoundExpr
    public init(timeColumn: Int, expression: BoundExpr) {
        self.timeColumn = timeColumn
        self.expression = expression
    }
}

/// Unnests an ARRAY, MAP or MULTISET column: input columns, then the element's columns (and the ordinality).
public struct UnnestNode: Sendable, Hashable {
    /// The collection, over the input columns.
    public var collection: BoundExpr
    /// LEFT JOIN … ON TRUE: a row without elements stays, padded with NULLs.
    public var keepsEmpty: Bool
    public var withOrdinality: Bool
    /// True: ROW elements become one column per field.
    public var flattensRows: Bool
    public init(collection: BoundExpr, keepsEmpty: Bool, withOrdinality: Bool, flattensRows: Bool) {
        self.collection = collection
        self.keepsEmpty = keepsEmpty
        self.withOrdinality = withOrdinality
        self.flattensRows = flattensRows
    }
}

/// Full sort when the input ends (batch). `limit` keeps the first rows after `offset`.
public struct SortNode: Sendable, Hashable {
    public var keys: [SortKey]
    public var offset: Int
    public var limit: Int?
    public init(keys: [SortKey], offset: Int = 0, limit: Int? = nil) {
        self.keys = keys
        self.offset = offset
        self.limit = limit
    }
}

/// ORDER BY an ascending time attribute in streaming mode (J11). `keys[0]` is the time column.
public struct TemporalSortNode: Sendable, Hashable {
    public var keys: [SortKey]
    /// Processing time: rows are passed on in arrival order, other keys sort what came at once.
    public var isProctime: Bool
    public init(keys: [SortKey], isProctime: Bool) {
        self.keys = keys
        self.isProctime = isProctime
    }
}

/// The rows of rank `start ... end` per partition, kept up to date (U8). Also ORDER BY with LIMIT in streaming mode.
public struct TopNNode: Sendable, Hashable {
    public enum Rank: Sendable, Hashable { case rowNumber, rank, denseRank }
    public var partition: [Int]
    public var keys: [SortKey]
    /// 1-based, inclusive.
    public var start: Int
    public var end: Int
    public var rank: Rank
    /// Appends the rank as a BIGINT column; without it fewer updates flow.
    public var outputsRank: Bool
    public var emitsUpdateBefore: Bool
    /// Streaming mode: the window's end is among `partition`, and a window is given out once, when it is over. The
    /// column is the end.
    public var window: WindowTime?
    public init(
        partition: [Int], keys: [SortKey], start: Int, end: Int, rank: Rank = .rowNumber,
        outputsRank: Bool = false,
        emitsUpdateBefore: Bool = true
    ) {
        self.partition = partition
        self.keys = keys
        self.start = start
        self.end = end
        self.rank = rank
        self.outputsRank = outputsRank
        self.emitsUpdateBefore = emitsUpdateBefore
    }
}

/// LIMIT without ORDER BY: the first arrivals (U10). In streaming mode over an updating input rows that are taken
/// away make room for later ones only as far as they were kept.
public struct LimitNode: Sendable, Hashable {
    public var offset: Int
    public var count: Int?
    public init(offset: Int, count: Int?) {
        self.offset = offset
        self.count = count
    }
}

/// In front of a sink that keeps rows by key, where the rows' own key is another one (U12): keeps the rows of each sink
/// key in order of arrival, so that the last of them is the one that the sink has. Gives +I, +U and -D.
public struct UpsertMaterializeNode: Sendable, Hashable {
    /// The columns that make the sink's key.
    public var keys: [Int]
    public init(keys: [Int]) { self.keys = keys }
}

/// Writes to a table.
public struct SinkNode: Sendable, Hashable {
    public var connector: String
    public var table: ResolvedTable
    public var request: SinkRequest
    /// Input columns that the sink declares NOT NULL, with their names, to be enforced (A9).
    public var notNull: [NotNullColumn]

    public struct NotNullColumn: Sendable, Hashable {
        public var index: Int
        public var name: String
        public init(index: Int, name: String) {
            self.index = index
            self.name = name
        }
    }

    public init(connector: String, table: ResolvedTable, request: SinkRequest, notNull: [NotNullColumn]) {
        self.connector = connector
        self.table = table
        self.request = request
        self.notNull = notNull
    }
}
