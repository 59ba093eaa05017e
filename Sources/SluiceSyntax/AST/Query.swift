public import SluiceBase

/// `[WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …]`.
public struct Query: Sendable, Equatable {
    public var with: [CommonTable]
    public var body: QueryBody
    public var orderBy: [OrderItem]
    /// `LIMIT n` and `FETCH FIRST n ROWS ONLY` are the same.
    public var limit: RowCount?
    public var offset: RowCount?
    @NotCompared public var span: SourceSpan

    public init(
        with: [CommonTable] = [], body: QueryBody, orderBy: [OrderItem] = [], limit: RowCount? = nil,
        offset: RowCount? = nil, span: SourceSpan
    ) {
        self.with = with
        self.body = body
        self.orderBy = orderBy
        self.limit = limit
        self.offset = offset
        self.span = span
    }
}

public struct RowCount: Sendable, Equatable {
    public var value: Int64
    @NotCompared public var span: SourceSpan

    public init(_ value: Int64, span: SourceSpan) {
        self.value = value
        self.span = span
    }
}

/// `name (columns) AS (query)` of a WITH clause.
public struct CommonTable: Sendable, Equatable {
    public var name: Identifier
    public var columns: [Identifier]
    public var query: Query
}

public indirect enum QueryBody: Sendable, Equatable {
    case select(Select)
    case setOperation(SetOperation)
    /// Each row has at least one expression.
    case values([ValuesRow])
    /// `TABLE name`.
    case table(ObjectName)
    /// A bracketed query with its own WITH, ORDER BY or LIMIT; other brackets leave no trace.
    case nested(Query)
}

public struct ValuesRow: Sendable, Equatable {
    public var items: [Expr]
    @NotCompared public var span: SourceSpan
}

public struct SetOperation: Sendable, Equatable {
    public var kind: Kind
    public var isAll: Bool
    public var left: QueryBody
    public var right: QueryBody
    /// Of the operator's words.
    @NotCompared public var span: SourceSpan

    public enum Kind: String, Sendable, Equatable {
        case union = "UNION"
        case intersect = "INTERSECT"
        /// `MINUS` is no keyword of the dialect.
        case except = "EXCEPT"
    }
}

/// One SELECT block.
public struct Select: Sendable, Equatable {
    public var hints: [Hint]
    public var isDistinct: Bool
    public var items: [SelectItem]
    /// nil: no FROM clause. Tables separated by commas are a `.comma` join.
    public var from: TableRef?
    public var `where`: Expr?
    public var groupBy: GroupBy?
    public var having: Expr?
    public var windows: [NamedWindow]
    public var qualify: Expr?
    @NotCompared public var span: SourceSpan
}

public struct SelectItem: Sendable, Equatable {
    public var kind: Kind
    @NotCompared public var span: SourceSpan

    public enum Kind: Sendable, Equatable {
        case expr(Expr, alias: Identifier?)
        /// `*`, `t.*`, `t.row_column.*`.
        case wildcard(qualifier: [Identifier])
    }
}

public struct NamedWindow: Sendable, Equatable {
    public var name: Identifier
    public var spec: WindowSpec
}

public struct GroupBy: Sendable, Equatable {
    /// `GROUP BY DISTINCT` removes equal grouping sets.
    public var isDistinct: Bool
    public var items: [GroupingElement]
    @NotCompared public var span: SourceSpan
}

public indirect enum GroupingElement: Sendable, Equatable {
    case expr(Expr)
    /// `(a, b)`, or `()` for the grand total.
    case list([Expr])
    case rollup([GroupingElement])
    case cube([GroupingElement])
    case groupingSets([GroupingElement])
}

/// One hint of `/*+ NAME(…), … */`.
public struct Hint: Sendable, Equatable {
    public var name: Identifier
    public var arguments: Arguments
    @NotCompared public var span: SourceSpan

    public enum Arguments: Sendable, Equatable {
        case none
        case list([String])
        case options([TableOption])
    }
}
