public import SluiceBase

/// A call of a scalar, aggregate, window or table function.
///
/// Forms with words between their arguments become plain arguments in this order:
/// `EXTRACT(u FROM x)` and `TIMESTAMPADD(u, n, x)`: `.timeUnit` first;
/// `FLOOR(x TO u)`, `CEIL(x TO u)`: `.timeUnit` last;
/// `POSITION(a IN b [FROM n])`: a, b, n; `OVERLAY(a PLACING b FROM n [FOR m])`: a, b, n, m;
/// `SUBSTRING(a FROM n FOR m)`: a, n, m; `JSON_OBJECT(KEY k VALUE v, …)` and `JSON_OBJECTAGG`: k, v, k, v.
public struct FunctionCall: Sendable, Equatable {
    /// As written; the names of built-in functions are not case-sensitive.
    public var name: ObjectName
    public var isDistinct: Bool
    /// `COUNT(*)` has the single argument `.star`.
    public var arguments: [Expr]
    /// `ARRAY_AGG(x ORDER BY y)`.
    public var orderBy: [OrderItem]
    public var nullTreatment: NullTreatment?
    /// `NULL ON NULL` of the JSON constructors.
    public var jsonNulls: JSONNullHandling?
    public var withinGroup: [OrderItem]
    public var filter: Expr?
    public var over: WindowReference?
    /// False for `CURRENT_DATE` and its kind.
    public var hasParentheses: Bool

    public init(
        name: ObjectName, isDistinct: Bool = false, arguments: [Expr] = [], orderBy: [OrderItem] = [],
        nullTreatment: NullTreatment? = nil, jsonNulls: JSONNullHandling? = nil,
        withinGroup: [OrderItem] = [],
        filter: Expr? = nil, over: WindowReference? = nil, hasParentheses: Bool = true
    ) {
        self.name = name
        self.isDistinct = isDistinct
        self.arguments = arguments
        self.orderBy = orderBy
        self.nullTreatment = nullTreatment
        self.jsonNulls = jsonNulls
        self.withinGroup = withinGroup
        self.filter = filter
        self.over = over
        self.hasParentheses = hasParentheses
    }
}

public enum NullTreatment: String, Sendable, Equatable {
    case ignore = "IGNORE NULLS"
    case respect = "RESPECT NULLS"
}

public enum JSONNullHandling: String, Sendable, Equatable {
    case null = "NULL ON NULL"
    case absent = "ABSENT ON NULL"
}

/// `JSON_EXISTS`, `JSON_VALUE`, `JSON_QUERY` with their clauses; what was not written is nil.
public struct JSONPathCall: Sendable, Equatable {
    public var function: Function
    public var input: Expr
    public var path: Expr
    public var returning: TypeName?
    public var wrapper: Wrapper?
    public var onEmpty: Behavior?
    public var onError: Behavior?

    public enum Function: String, Sendable, Equatable {
        case exists = "JSON_EXISTS"
        case value = "JSON_VALUE"
        case query = "JSON_QUERY"
    }

    public enum Wrapper: String, Sendable, Equatable {
        case without = "WITHOUT ARRAY WRAPPER"
        case conditional = "WITH CONDITIONAL ARRAY WRAPPER"
        case unconditional = "WITH UNCONDITIONAL ARRAY WRAPPER"
    }

    /// The first four belong to JSON_EXISTS, `null`, `error` and `defaultValue` to JSON_VALUE,
    /// `null`, `error` and the empty ones to JSON_QUERY.
    public indirect enum Behavior: Sendable, Equatable {
        case `true`, `false`, unknown, error
        case null
        case emptyArray, emptyObject
        case defaultValue(Expr)
    }
}

/// `TABLE t PARTITION BY (…) ORDER BY (…)` or `TABLE (query)` as an argument of a table function.
public struct TableArgument: Sendable, Equatable {
    public var source: Source
    public var partitionBy: [Expr]
    public var orderBy: [OrderItem]

    public enum Source: Sendable, Equatable {
        case table(ObjectName)
        case query(Query)
    }
}

/// `OVER w` or `OVER (…)`.
public enum WindowReference: Sendable, Equatable {
    case name(Identifier)
    case inline(WindowSpec)
}

/// What stands between the brackets of OVER or behind `WINDOW w AS`.
public struct WindowSpec: Sendable, Equatable {
    /// `OVER (w ORDER BY x)` refines the window w.
    public var base: Identifier?
    public var partitionBy: [Expr]
    public var orderBy: [OrderItem]
    public var frame: WindowFrame?
    @NotCompared public var span: SourceSpan

    public init(
        base: Identifier? = nil, partitionBy: [Expr] = [], orderBy: [OrderItem] = [],
        frame: WindowFrame? = nil,
        span: SourceSpan
    ) {
        self.base = base
        self.partitionBy = partitionBy
        self.orderBy = orderBy
        self.frame = frame
        self.span = span
    }
}

public struct WindowFrame: Sendable, Equatable {
    public var unit: Unit
    public var start: Bound
    /// nil: the frame ends at the current row.
    public var end: Bound?
    @NotCompared public var span: SourceSpan

    public enum Unit: String, Sendable, Equatable {
        case rows = "ROWS"
        case range = "RANGE"
    }

    public indirect enum Bound: Sendable, Equatable {
        case unboundedPreceding, unboundedFollowing, currentRow
        case preceding(Expr)
        case following(Expr)
    }
}

public struct OrderItem: Sendable, Equatable {
    public var expr: Expr
    public var isDescending: Bool
    /// nil: not written.
    public var nullsFirst: Bool?

    public init(_ expr: Expr, isDescending: Bool = false, nullsFirst: Bool? = nil) {
        self.expr = expr
        self.isDescending = isDescending
        self.nullsFirst = nullsFirst
    }
}
