public import SluiceBase

/// An expression as written. Round brackets leave no trace; the printer puts them back where they are needed.
public struct Expr: Sendable, Equatable {
    public var kind: Kind
    @NotCompared public var span: SourceSpan

    public init(_ kind: Kind, span: SourceSpan) {
        self.kind = kind
        self.span = span
    }

    /// Chains of operators are as deep as they are long, so their left sides are compared in a loop.
    public static func == (left: Expr, right: Expr) -> Bool {
        var a = left
        var b = right
        while case .binary(let operationA, let nextA, let rightA) = a.kind,
            case .binary(let operationB, let nextB, let rightB) = b.kind
        {
            if operationA != operationB || rightA != rightB { return false }
            a = nextA
            b = nextB
        }
        return a.kind == b.kind
    }

    public indirect enum Kind: Sendable, Equatable {
        case literal(Literal)
        /// `a`, `t.a`, `t.a.b`: which part is the table is for the binder to find out.
        case column([Identifier])
        /// The `*` of `COUNT(*)`.
        case star
        case unary(UnaryOperator, Expr)
        case binary(BinaryOperator, Expr, Expr)
        /// `x IS [NOT] NULL`, `IS TRUE`, `IS JSON OBJECT` and so on.
        case isPredicate(Expr, IsPredicate, negated: Bool)
        case between(Expr, low: Expr, high: Expr, negated: Bool, symmetric: Bool)
        case inList(Expr, [Expr], negated: Bool)
        case inQuery(Expr, Query, negated: Bool)
        case exists(Query)
        /// `x > ANY (…)`; the operator is always a comparison.
        case quantified(Expr, BinaryOperator, Quantifier, QuantifiedOperand)
        case like(Expr, LikeKind, pattern: Expr, escape: Expr?, negated: Bool)
        case caseWhen(operand: Expr?, branches: [CaseBranch], otherwise: Expr?)
        case cast(Expr, TypeName, isTry: Bool)
        case call(FunctionCall)
        /// `f(x).name`, `a[1].name`, `(expr).name`: the left side is not a plain column path.
        case field(Expr, Identifier)
        /// `a[1]`, `m['key']`.
        case element(Expr, Expr)
        /// `ROW(a, b)` when `isExplicit`, else `(a, b)` with at least two items.
        case row([Expr], isExplicit: Bool)
        case array([Expr])
        case map([Expr])
        case arrayQuery(Query)
        case mapQuery(Query)
        case scalarQuery(Query)
        /// `INTERVAL x DAY` where x is not a string literal.
        case interval(Expr, IntervalQualifier)
        /// The unit in `EXTRACT(unit FROM x)`, `FLOOR(x TO unit)`, `TIMESTAMPADD(unit, …)`: an argument of
        /// a call.
        case timeUnit(TimeUnit)
        case trim(TrimSide, characters: Expr?, source: Expr)
        case jsonPath(JSONPathCall)

        // Only as arguments of a call.
        case namedArgument(Identifier, Expr)
        case defaultValue
        case descriptor([Identifier])
        case tableArgument(TableArgument)
        case modelArgument(ObjectName)
    }
}

/// `WHEN condition THEN result`; with an operand the conditions are values to compare it with.
public struct CaseBranch: Sendable, Equatable {
    public var conditions: [Expr]
    public var result: Expr

    public init(conditions: [Expr], result: Expr) {
        self.conditions = conditions
        self.result = result
    }
}

public enum UnaryOperator: String, Sendable, Equatable, CaseIterable {
    case not = "NOT"
    case minus = "-"
    case plus = "+"
    /// MATCH_RECOGNIZE: `FINAL LAST(a.x)`.
    case final = "FINAL"
    case running = "RUNNING"
}

public enum BinaryOperator: String, Sendable, Equatable, CaseIterable {
    case or = "OR"
    case and = "AND"
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isDistinctFrom = "IS DISTINCT FROM"
    case isNotDistinctFrom = "IS NOT DISTINCT FROM"
    case overlaps = "OVERLAPS"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
    case concat = "||"

    public var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: return true
        default: return false
        }
    }
}

public enum IsPredicate: String, Sendable, Equatable, CaseIterable {
    case null = "NULL"
    case `true` = "TRUE"
    case `false` = "FALSE"
    case unknown = "UNKNOWN"
    case json = "JSON"
    case jsonValue = "JSON VALUE"
    case jsonObject = "JSON OBJECT"
    case jsonArray = "JSON ARRAY"
    case jsonScalar = "JSON SCALAR"
}

public enum LikeKind: String, Sendable, Equatable, CaseIterable {
    case like = "LIKE"
    case similar = "SIMILAR TO"
}

/// `SOME` is read as `any`.
public enum Quantifier: String, Sendable, Equatable {
    case any = "ANY"
    case all = "ALL"
}

public enum QuantifiedOperand: Sendable, Equatable {
    case query(Query)
    case list([Expr])
}

public enum TrimSide: String, Sendable, Equatable, CaseIterable {
    case both = "BOTH"
    case leading = "LEADING"
    case trailing = "TRAILING"
}
