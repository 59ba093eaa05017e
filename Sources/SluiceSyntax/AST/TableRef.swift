public import SluiceBase

/// What can stand in a FROM clause.
public struct TableRef: Sendable, Equatable {
    public var kind: Kind
    @NotCompared public var span: SourceSpan

    public init(_ kind: Kind, span: SourceSpan) {
        self.kind = kind
        self.span = span
    }

    public indirect enum Kind: Sendable, Equatable {
        case table(NamedTable)
        /// `[LATERAL] (query) AS t (…)`.
        case derived(Query, isLateral: Bool, alias: TableAlias?)
        /// `TABLE(f(…))`, `LATERAL TABLE(f(…))`, or the call alone.
        case function(TableFunctionRef)
        /// `UNNEST(a, …) [WITH ORDINALITY]`.
        case unnest([Expr], withOrdinality: Bool, alias: TableAlias?)
        case join(Join)
        case matchRecognize(MatchRecognize)
    }
}

public struct NamedTable: Sendable, Equatable {
    public var name: ObjectName
    /// `/*+ OPTIONS('k' = 'v') */` behind the name.
    public var hints: [Hint]
    /// `FOR SYSTEM_TIME AS OF x`.
    public var systemTime: Expr?
    public var alias: TableAlias?

    public init(name: ObjectName, hints: [Hint] = [], systemTime: Expr? = nil, alias: TableAlias? = nil) {
        self.name = name
        self.hints = hints
        self.systemTime = systemTime
        self.alias = alias
    }
}

public struct TableAlias: Sendable, Equatable {
    public var name: Identifier
    public var columns: [Identifier]

    public init(name: Identifier, columns: [Identifier] = []) {
        self.name = name
        self.columns = columns
    }
}

public struct TableFunctionRef: Sendable, Equatable {
    public var call: FunctionCall
    public var isLateral: Bool
    public var alias: TableAlias?
    /// Of the call itself.
    @NotCompared public var callSpan: SourceSpan
}

public struct Join: Sendable, Equatable {
    public var kind: Kind
    public var isNatural: Bool
    public var left: TableRef
    public var right: TableRef
    public var condition: Condition
    /// Of the words between the two tables.
    @NotCompared public var operatorSpan: SourceSpan

    public enum Kind: String, Sendable, Equatable, CaseIterable {
        case inner = "JOIN"
        case left = "LEFT JOIN"
        case right = "RIGHT JOIN"
        case full = "FULL JOIN"
        case cross = "CROSS JOIN"
        case comma = ","
    }

    public enum Condition: Sendable, Equatable {
        case none
        case on(Expr)
        case using([Identifier])
    }
}

/// `input MATCH_RECOGNIZE (…) AS alias`.
public struct MatchRecognize: Sendable, Equatable {
    public var input: TableRef
    public var partitionBy: [Expr]
    public var orderBy: [OrderItem]
    public var measures: [Measure]
    /// nil: not written, which means one row.
    public var rowsPerMatch: RowsPerMatch?
    public var afterMatch: AfterMatch?
    public var pattern: MatchPattern
    /// `^` and `$`.
    public var isAnchoredAtStart: Bool
    public var isAnchoredAtEnd: Bool
    /// The interval of `WITHIN`.
    public var within: Expr?
    public var subsets: [PatternSubset]
    public var definitions: [PatternDefinition]
    public var alias: TableAlias?
    @NotCompared public var patternSpan: SourceSpan

    public struct Measure: Sendable, Equatable {
        public var expr: Expr
        public var alias: Identifier
    }

    public enum RowsPerMatch: String, Sendable, Equatable {
        case one = "ONE ROW PER MATCH"
        case all = "ALL ROWS PER MATCH"
    }

    public enum AfterMatch: Sendable, Equatable {
        case pastLastRow
        case toNextRow
        case toFirst(Identifier)
        case toLast(Identifier)
    }

    public struct PatternSubset: Sendable, Equatable {
        public var name: Identifier
        public var members: [Identifier]
    }

    public struct PatternDefinition: Sendable, Equatable {
        public var name: Identifier
        public var condition: Expr
    }
}

/// A row pattern: a regular expression over pattern variables.
public indirect enum MatchPattern: Sendable, Equatable {
    case variable(Identifier)
    /// At least two parts.
    case sequence([MatchPattern])
    /// At least two parts.
    case alternation([MatchPattern])
    /// `A+`, `A{2,3}`, `A*?`; `maximum` nil is without bound.
    case quantified(MatchPattern, minimum: Int, maximum: Int?, isGreedy: Bool)
    case permute([MatchPattern])
    /// `{- A -}`.
    case exclusion(MatchPattern)
}
