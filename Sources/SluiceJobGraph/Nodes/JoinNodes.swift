public import SluiceConnect
public import SluiceExpressions

/// A regular join: input 0 is left, input 1 right. Output: left columns, right columns (semi and anti: left only).
/// Streaming: updating (U6). Batch: the right side is read first.
public struct JoinNode: Sendable, Hashable {
    public enum JoinType: String, Sendable, Hashable {
        case inner, left, right, full, semi, anti, nullAwareAnti
    }

    public var type: JoinType
    public var leftKeys: [Int]
    public var rightKeys: [Int]
    /// Per key: NULL matches NULL (IS NOT DISTINCT FROM) instead of nothing (U7).
    public var nullSafe: [Bool]
    /// The rest of the condition, over left then right columns.
    public var condition: BoundExpr?
    public init(
        type: JoinType, leftKeys: [Int], rightKeys: [Int], nullSafe: [Bool], condition: BoundExpr?
    ) {
        self.type = type
        self.leftKeys = leftKeys
        self.rightKeys = rightKeys
        self.nullSafe = nullSafe
        self.condition = condition
    }
}

/// Looks rows of a table up by key for each row of the input (J1 to J4). Output: input columns, then the table
/// columns of `request.projection`. The row kind of the left row is kept.
public struct LookupJoinNode: Sendable, Hashable {
    public var connector: String
    public var table: ResolvedTable
    public var request: LookupRequest
    /// One expression over the input per key of `request.keys`, already of the key's type.
    public var keys: [BoundExpr]
    public var isLeft: Bool
    /// Filters pairs after the fetch; over output columns. A left join pads when none is left.
    public var condition: BoundExpr?
    public var cache: LookupCache
    /// The connector keeps rows itself, as `cache` says; the operator does not.
    public var connectorCaches: Bool
    public var retry: LookupRetry?
    /// Keys in flight at most.
    public var capacity: Int
    /// Batches may come out in another order than they went in, as their answers come; watermarks keep their places.
    public var allowsUnordered: Bool
    /// For the keys of one batch with their retries, from the first question on; nil: no bound of the operator's own.
    public var timeoutMillis: Int64?

    public init(
        connector: String, table: ResolvedTable, request: LookupRequest, keys: [BoundExpr], isLeft: Bool,
        condition: BoundExpr?, cache: LookupCache, connectorCaches: Bool = false, retry: LookupRetry?,
        capacity: Int = .max, allowsUnordered: Bool = false, timeoutMillis: Int64? = nil
    ) {
        self.connector = connector
        self.table = table
        self.request = request
        self.keys = keys
        self.isLeft = isLeft
        self.condition = condition
        self.cache = cache
        self.retry = retry
        self.connectorCaches = connectorCaches
        self.capacity = capacity
        self.allowsUnordered = allowsUnordered
        self.timeoutMillis = timeoutMillis
    }
}

/// Rows kept by a look-up join (J3).
public struct LookupCache: Sendable, Hashable {
    /// 0: no cache.
    public var maxRows: Int
    public var expireAfterWriteMillis: Int64?
    public var expireAfterAccessMillis: Int64?
    /// Empty answers are kept too.
    public var cachesMissing: Bool
    public static let none = LookupCache(
        maxRows: 0, expireAfterWriteMillis: nil, expireAfterAccessMillis: nil, cachesMissing: false)
    public init(
        maxRows: Int, expireAfterWriteMillis: Int64?, expireAfterAccessMillis: Int64?, cachesMissing: Bool
    ) {
        self.maxRows = maxRows
        self.expireAfterWriteMillis = expireAfterWriteMillis
        self.expireAfterAccessMillis = expireAfterAccessMillis
        self.cachesMissing = cachesMissing
    }
}

/// Asks again for keys without an answer, `'retry-predicate'='lookup_miss'` (J2).
public struct LookupRetry: Sendable, Hashable {
    public var delayMillis: Int64
    /// Retries after the first request.
    public var maxAttempts: Int
    public init(delayMillis: Int64, maxAttempts: Int) {
        self.delayMillis = delayMillis
        self.maxAttempts = maxAttempts
    }
}
