public import SluiceBase
public import SluiceColumns
public import SluiceConnect
public import SluiceExpressions
public import SluiceJobGraph

/// A query after names and types are resolved. Expressions refer to the columns of the node's input by position.
public struct LogicalPlan: Sendable, Hashable {
    public var kind: Kind
    public var fields: [PlanField]
    public var span: SourceSpan?

    public init(_ kind: Kind, _ fields: [PlanField], span: SourceSpan? = nil) {
        self.kind = kind
        self.fields = fields
        self.span = span
    }

    public static func == (a: LogicalPlan, b: LogicalPlan) -> Bool {
        a.kind == b.kind && a.fields == b.fields
    }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(fields)
    }

    public indirect enum Kind: Sendable, Hashable {
        case scan(Scan)
        /// Everything that belongs to reading one table: scan, computed columns, watermark. Uses of one table in a
        /// statement set share it.
        case table(LogicalPlan, key: String)
        case values([[Datum]])
        case project(LogicalPlan, [BoundExpr])
        case filter(LogicalPlan, BoundExpr)
        /// The column and the watermark expression, both over the input.
        case watermark(LogicalPlan, column: Int, BoundExpr)
        case windowTable(LogicalPlan, WindowTableNode)
        case aggregate(LogicalPlan, Aggregate)
        /// A group window of the old form, a session, or columns of a window table function below.
        case windowAggregate(LogicalPlan, WindowAggregateNode)
        case expand(LogicalPlan, [[BoundExpr]])
        case join(LogicalPlan, LogicalPlan, Join)
        case lookupJoin(LogicalPlan, LookupJoinNode)
        case unnest(LogicalPlan, UnnestNode)
        case union([LogicalPlan])
        case sort(LogicalPlan, Sort)
        case limit(LogicalPlan, offset: Int, count: Int?)
        case topN(LogicalPlan, TopNNode)
        case over(LogicalPlan, OverNode)
    }

    public struct Scan: Sendable, Hashable {
        public var connector: String
        public var table: ResolvedTable
        /// Positions in the table's columns.
        public var projection: [Int]
        public var isBounded: Bool
        public var changelog: ChangelogMode
        public var limit: Int?
        /// Conditions that the source may use.
        public var filters: [ScanFilter] = []
        /// Those on fields of ROW columns are of use too.
        public var takesFieldFilters = false
        /// For EXPLAIN.
        public var note: String?
    }

    public struct Aggregate: Sendable, Hashable {
        public var keys: [Int]
        public var calls: [AggregateCall]
    }

    public struct Join: Sendable, Hashable {
        public var type: JoinNode.JoinType
        /// Over left, then right columns; nil: every pair.
        public var condition: BoundExpr?
    }

    public struct Sort: Sendable, Hashable {
        public var keys: [SortKey]
        public var offset: Int
        public var limit: Int?
    }

    public var inputs: [LogicalPlan] {
        switch kind {
        case .scan, .values: return []
        case .table(let input, _), .project(let input, _), .filter(let input, _), .watermark(let input, _, _),
            .windowTable(let input, _), .aggregate(let input, _), .windowAggregate(let input, _),
            .expand(let input, _), .lookupJoin(let input, _), .unnest(let input, _), .sort(let input, _),
            .limit(let input, _, _), .topN(let input, _), .over(let input, _):
            return [input]
        case .join(let left, let right, _): return [left, right]
        case .union(let inputs): return inputs
        }
    }

    /// The same node over other inputs, in the order of `inputs`.
    public func with(inputs new: [LogicalPlan]) -> LogicalPlan {
        var copy = self
        switch kind {
        case .scan, .values: break
        case .table(_, let key): copy.kind = .table(new[0], key: key)
        case .project(_, let exprs): copy.kind = .project(new[0], exprs)
        case .filter(_, let predicate): copy.kind = .filter(new[0], predicate)
        case .watermark(_, let column, let expr): copy.kind = .watermark(new[0], column: column, expr)
        case .windowTable(_, let node): copy.kind = .windowTable(new[0], node)
        case .aggregate(_, let node): copy.kind = .aggregate(new[0], node)
        case .windowAggregate(_, let node): copy.kind = .windowAggregate(new[0], node)
        case .expand(_, let lists): copy.kind = .expand(new[0], lists)
        case .lookupJoin(_, let node): copy.kind = .lookupJoin(new[0], node)
        case .unnest(_, let node): copy.kind = .unnest(new[0], node)
        case .sort(_, let node): copy.kind = .sort(new[0], node)
        case .limit(_, let offset, let count): copy.kind = .limit(new[0], offset: offset, count: count)
        case .topN(_, let node): copy.kind = .topN(new[0], node)
        case .over(_, let node): copy.kind = .over(new[0], node)
        case .join(_, _, let node): copy.kind = .join(new[0], new[1], node)
        case .union: copy.kind = .union(new)
        }
        return copy
    }

    public var schema: Schema { fields.map { Field($0.name, $0.type) } }

    /// True if every source below ends.
    public var isBounded: Bool {
        if case .scan(let scan) = kind { return scan.isBounded }
        return inputs.allSatisfy(\.isBounded)
    }

    /// A column as an expression over this plan's output.
    public func column(_ index: Int, span: SourceSpan? = nil) -> BoundExpr {
        .column(index, fields[index].type, span: span)
    }

    public var identityExprs: [BoundExpr] { fields.indices.map { column($0) } }

    /// The computed columns of a view's query stand in another text than the statement; in the statement their place is
    /// where the view is named.
    func placed(at span: SourceSpan) -> LogicalPlan {
        let node = with(inputs: inputs.map { $0.placed(at: span) })
        guard case .project(let input, let exprs) = node.kind else { return node }
        var copy = node
        let moved = exprs.map { expr in
            expr.rewriting { part in
                var part = part
                part.span = span
                return part
            }
        }
        copy.kind = .project(input, moved)
        return copy
    }

    /// A projection; plain columns keep their roles.
    public func projecting(_ exprs: [BoundExpr], names: [String], span: SourceSpan? = nil) -> LogicalPlan {
        var out: [PlanField] = []
        for (expr, name) in zip(exprs, names) {
            if case .column(let index) = expr.kind, fields[index].type == expr.type {
                out.append(fields[index].named(name))
            } else {
                out.append(PlanField(name, expr.type, time: LogicalPlan.proctime(expr)))
            }
        }
        return LogicalPlan(.project(self, exprs), out, span: span ?? self.span)
    }

    /// A call of PROCTIME() is a time attribute (T9).
    static func proctime(_ expr: BoundExpr) -> PlanField.TimeAttribute? {
        if case .call("PROCTIME", _) = expr.kind { return .proctime }
        return nil
    }
}
