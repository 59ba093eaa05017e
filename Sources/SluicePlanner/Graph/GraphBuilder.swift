import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph

/// Turns an optimized plan into the nodes and edges of a job.
///
/// `needsUpdateBefore` goes down with the recursion: whether the consumer wants -U rows. Projections and filters that
/// lie on each other become one Calc. `GraphBuilder+Nodes` has the nodes one by one.
struct GraphBuilder {
    let config: JobConfig
    let functions: FunctionRegistry
    let connectors: ConnectorRegistry
    var nodes: [JobNode] = []
    /// Nodes that several statements may share, by plan.
    private var shared: [LogicalPlan: Int] = [:]
    /// Set while a statement is built: what it may take from earlier ones.
    private var sharable: [LogicalPlan: Int] = [:]

    init(config: JobConfig, functions: FunctionRegistry, connectors: ConnectorRegistry) {
        self.config = config
        self.functions = functions
        self.connectors = connectors
    }

    var isStreaming: Bool { config.mode == .streaming }
    var inference: ChangelogInference { ChangelogInference(isStreaming: isStreaming) }

    /// A statement begins: tables of earlier statements may be shared, those of its own not, so that the inputs of
    /// one join never wait for each other at one source.
    mutating func beginStatement() {
        sharable = shared
    }

    mutating func build(_ plan: LogicalPlan, needsUpdateBefore: Bool) throws(SQLError) -> Int {
        switch plan.kind {
        case .project, .filter: return try buildCalc(plan, needsUpdateBefore)
        case .table(let input, _):
            if let known = sharable[plan] { return known }
            let id = try build(input, needsUpdateBefore: needsUpdateBefore)
            shared[plan] = id
            return id
        default: return try buildNode(plan, needsUpdateBefore)
        }
    }

    /// Adds a node over inputs that are built already.
    mutating func add(
        _ kind: NodeKind, _ plan: LogicalPlan, inputs: [JobEdge], changelog: ChangelogMode, parallelism: Int,
        name: String
    ) -> Int {
        add(
            kind, schema: plan.schema, inputs: inputs, changelog: changelog, parallelism: parallelism,
            name: name, span: plan.span)
    }

    mutating func add(
        _ kind: NodeKind, schema: Schema, inputs: [JobEdge], changelog: ChangelogMode, parallelism: Int,
        name: String, span: SourceSpan?
    ) -> Int {
        let node = JobNode(
            id: nodes.count, kind: kind, inputs: inputs, schema: schema, changelog: changelog,
            parallelism: parallelism, name: name, span: span)
        nodes.append(node)
        return node.id
    }

    /// An edge that keeps rows where they are, as far as the parallelism allows.
    func edge(from id: Int, parallelism: Int) -> JobEdge {
        let own = nodes[id].parallelism
        if own == parallelism { return JobEdge(from: id) }
        if parallelism == 1 { return JobEdge(from: id, partitioning: .gather) }
        // A row and its retraction must take one way, or the retraction could come first.
        let isUpdating = !nodes[id].changelog.isAppendOnly
        return JobEdge(
            from: id, partitioning: isUpdating ? .hash(Array(nodes[id].schema.indices)) : .rebalance)
    }

    /// An edge that brings rows of one key together.
    func edge(from id: Int, keys: [Int], parallelism: Int) -> JobEdge {
        if parallelism == 1 { return edge(from: id, parallelism: 1) }
        return JobEdge(from: id, partitioning: .hash(keys))
    }

    /// The parallelism of an operator that is keyed by `keys`: without keys there is one.
    func keyed(_ keys: [Int]) -> Int { keys.isEmpty ? 1 : config.parallelism }

    func fieldNames(_ plan: LogicalPlan) -> [String] { plan.fields.map(\.name) }

    // MARK: Calc

    /// A run of projections and filters as one expression list and one condition over what lies below.
    private struct Calc {
        var exprs: [BoundExpr]
        var conditions: [BoundExpr] = []
        var input: LogicalPlan
    }

    private mutating func buildCalc(_ plan: LogicalPlan, _ needsUpdateBefore: Bool) throws(SQLError) -> Int {
        let calc = collapse(plan)
        let input = try build(calc.input, needsUpdateBefore: needsUpdateBefore)
        let filter = conjunction(calc.conditions)
        if filter == nil && calc.exprs == calc.input.identityExprs && plan.schema == nodes[input].schema {
            return input
        }
        let node = CalcNode(filter: filter, projections: calc.exprs)
        let names = fieldNames(calc.input)
        let parallelism = nodes[input].parallelism
        return add(
            .calc(node), plan, inputs: [JobEdge(from: input)], changelog: nodes[input].changelog,
            parallelism: parallelism, name: NodeNames.calc(node, input: names, output: fieldNames(plan)))
    }

    private func collapse(_ plan: LogicalPlan) -> Calc {
        var calc = Calc(exprs: plan.identityExprs, input: plan)
        while true {
            switch calc.input.kind {
            case .filter(let below, let predicate):
                calc.conditions = [predicate] + calc.conditions
                calc.input = below
            case .project(let below, let exprs):
                let isTop = calc.conditions.isEmpty && calc.exprs == calc.input.identityExprs
                guard isTop || exprs.allSatisfy(isRepeatable) else { return calc }
                calc.exprs = calc.exprs.map { substitute($0, exprs) }
                calc.conditions = calc.conditions.map { substitute($0, exprs) }
                calc.input = below
            default: return calc
            }
        }
    }

    /// True if evaluating the expression twice gives the same.
    private func isRepeatable(_ expr: BoundExpr) -> Bool {
        var repeatable = true
        expr.visit { part in
            if case .call(let name, _) = part.kind, functions.find(name)?.isDeterministic == false {
                repeatable = false
            }
        }
        return repeatable
    }

    private func substitute(_ expr: BoundExpr, _ exprs: [BoundExpr]) -> BoundExpr {
        expr.rewriting { part in
            guard case .column(let index) = part.kind, index < exprs.count else { return part }
            var inner = exprs[index]
            // An outer node may have declared the column wider, as nullable below a union.
            if inner.type != part.type && inner.type.kind == part.type.kind { inner.type = part.type }
            return inner
        }
    }

    func conjunction(_ conditions: [BoundExpr]) -> BoundExpr? {
        guard let first = conditions.first else { return nil }
        if conditions.count == 1 { return first }
        let nullable = conditions.contains { $0.type.isNullable }
        return BoundExpr(.call("AND", conditions), .boolean.nullable(nullable), span: first.span)
    }
}
