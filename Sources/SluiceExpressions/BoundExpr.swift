public import SluiceBase
public import SluiceColumns

/// A typed expression over the columns of one input. The planner makes it, the job graph stores it, the runtime
/// evaluates it. Equality and hashing ignore places in the text.
public struct BoundExpr: Sendable, Hashable {
    public var kind: Kind
    public var type: DataType
    public var span: SourceSpan?

    public indirect enum Kind: Sendable, Hashable {
        /// An input column by position.
        case column(Int)
        case literal(Datum)
        /// A function or operator by its name in the registry: `+`, `=`, `AND`, `UPPER`.
        case call(String, [BoundExpr])
        case cast(BoundExpr, CastMode)
        /// Searched CASE. Branch conditions are BOOLEAN, results already have the type of the whole.
        case caseWhen([Branch], otherwise: BoundExpr)
        /// A field of a ROW by position.
        case field(BoundExpr, Int)
    }

    public struct Branch: Sendable, Hashable {
        public var condition: BoundExpr
        public var result: BoundExpr
        public init(_ condition: BoundExpr, _ result: BoundExpr) {
            self.condition = condition
            self.result = result
        }
    }

    /// How a cast treats what it cannot convert (K1).
    public enum CastMode: Sendable, Hashable {
        /// Fails the job.
        case cast
        /// Gives NULL.
        case tryCast
        /// Put in by the planner; never fails by construction, or fails like `cast`.
        case implicit
    }

    public init(_ kind: Kind, _ type: DataType, span: SourceSpan? = nil) {
        self.kind = kind
        self.type = type
        self.span = span
    }

    public static func == (a: BoundExpr, b: BoundExpr) -> Bool { a.kind == b.kind && a.type == b.type }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(type)
    }

    public static func column(_ index: Int, _ type: DataType, span: SourceSpan? = nil) -> BoundExpr {
        BoundExpr(.column(index), type, span: span)
    }
    public static func literal(_ value: Datum, _ type: DataType, span: SourceSpan? = nil) -> BoundExpr {
        BoundExpr(.literal(value), type, span: span)
    }

    public var literalValue: Datum? {
        if case .literal(let value) = kind { return value }
        return nil
    }

    public var children: [BoundExpr] {
        switch kind {
        case .column, .literal: return []
        case .call(_, let arguments): return arguments
        case .cast(let inner, _): return [inner]
        case .caseWhen(let branches, let otherwise):
            return branches.flatMap { [$0.condition, $0.result] } + [otherwise]
        case .field(let inner, _): return [inner]
        }
    }

    /// Rebuilds the tree bottom up.
    public func rewriting(_ transform: (BoundExpr) -> BoundExpr) -> BoundExpr {
        var copy = self
        switch kind {
        case .column, .literal: break
        case .call(let name, let arguments):
            copy.kind = .call(name, arguments.map { $0.rewriting(transform) })
        case .cast(let inner, let mode): copy.kind = .cast(inner.rewriting(transform), mode)
        case .caseWhen(let branches, let otherwise):
            let rewritten = branches.map { branch in
                Branch(branch.condition.rewriting(transform), branch.result.rewriting(transform))
            }
            copy.kind = .caseWhen(rewritten, otherwise: otherwise.rewriting(transform))
        case .field(let inner, let index): copy.kind = .field(inner.rewriting(transform), index)
        }
        return transform(copy)
    }

    /// Input columns that the expression reads.
    public var referencedColumns: Set<Int> {
        var found: Set<Int> = []
        visit { if case .column(let index) = $0.kind { found.insert(index) } }
        return found
    }

    public func visit(_ body: (BoundExpr) -> Void) {
        body(self)
        for child in children { child.visit(body) }
    }

    /// The same expression over other column positions.
    public func remappingColumns(_ map: (Int) -> Int) -> BoundExpr {
        rewriting { expr in
            guard case .column(let index) = expr.kind else { return expr }
            return BoundExpr(.column(map(index)), expr.type, span: expr.span)
        }
    }
}
