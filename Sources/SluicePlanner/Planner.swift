public import SluiceBase
public import SluiceCatalog
public import SluiceConnect
import SluiceExpressions
public import SluiceJobGraph
public import SluiceSyntax

/// A statement that can run: the graph, and what the caller should know of its result.
public struct PlannedJob: Sendable {
    public var graph: JobGraph
    /// Of a query; empty for INSERT.
    public var fields: [PlanField]
    /// The row kinds of a query's result.
    public var changelog: ChangelogMode
    /// Every source ends.
    public var isBounded: Bool
    public var warnings: [SQLError]
    /// Per INSERT into a table with a key what the key is made of.
    public var sinkKeys: [SinkKey] = []
    /// After binding, and after the rules.
    public var logical: [LogicalPlan]
    public var optimized: [LogicalPlan]
    /// Rules that changed something.
    public var firedRules: [String]
}

/// SQL syntax trees and a catalog in, job graphs out. A value; planning has no side effects.
public struct Planner {
    public let environment: PlannerEnvironment

    public init(_ environment: PlannerEnvironment) { self.environment = environment }

    /// A SELECT whose rows the caller collects.
    public func plan(_ query: Query) throws(SQLError) -> PlannedJob {
        var binder = Binder(environment)
        let logical = try binder.bind(query)
        var job = try build([Statement(plan: logical, sink: nil)], binder.warnings)
        job.fields = logical.fields
        return job
    }

    /// One INSERT, or the INSERTs of a statement set as one job.
    public func plan(_ inserts: [Insert]) throws(SQLError) -> PlannedJob {
        var statements: [Statement] = []
        var warnings: [SQLError] = []
        var loops = LoopGuard(environment.connectors, isStreaming: environment.config.mode == .streaming)
        for insert in inserts {
            var binder = InsertBinder(environment, insert)
            let bound = try binder.bind()
            statements.append(Statement(plan: bound.plan, sink: bound.sink))
            warnings += binder.warnings
            try loops.add(bound.plan, into: bound.sink)
            if let traits = try bound.sink.connector.sinkTraits(bound.sink.table, input: .appendOnly) {
                warnings += traits.warnings.map { $0.at(bound.sink.span) }
            }
        }
        try loops.check()
        let trace = KeyTrace(functions: environment.functions)
        let keys = statements.compactMap { statement in
            statement.sink.flatMap { trace.key(of: $0, statement.plan) }
        }
        var job = try build(statements, warnings + keys.compactMap(\.warning))
        job.sinkKeys = keys
        return job
    }

    /// The columns of a query, for CREATE VIEW and CREATE TABLE AS.
    /// `view` is the name that the query is about to get; nothing the query reads may go back to it.
    public func fields(of query: Query, of view: QualifiedName? = nil) throws(SQLError) -> [PlanField] {
        var binder = Binder(environment)
        if let view { binder.openViews = [view] }
        return try binder.bind(query).fields
    }

    /// The columns of a table or view as a query would see them; checks expressions, types, options.
    public func fields(of entry: TableEntry) throws(SQLError) -> [PlanField] {
        var binder = TableBinder(Binder(environment), entry, hints: [], span: SourceSpan(0, 0))
        return try binder.allFields()
    }

    /// The connector's view of a table.
    public func resolve(_ entry: TableEntry) throws(SQLError) -> ResolvedTable {
        try TableBinder(Binder(environment), entry, hints: [], span: SourceSpan(0, 0)).resolved()
    }

    // MARK: From plan to graph

    private struct Statement {
        var plan: LogicalPlan
        var sink: InsertBinder.Target?
    }

    private func build(_ statements: [Statement], _ warnings: [SQLError]) throws(SQLError) -> PlannedJob {
        let optimizer = Optimizer(functions: environment.functions, sharesScans: statements.count > 1)
        var optimized: [LogicalPlan] = []
        var fired: [String] = []
        for statement in statements {
            let (plan, names) = optimizer.optimize(statement.plan)
            optimized.append(plan)
            fired += names
        }
        var pruner = PruneColumns()
        if optimized.count > 1 { for plan in optimized { pruner.collect(plan) } }
        optimized = optimized.map { plan in
            let pruned = pruner.prune(plan)
            if pruned != plan { fired.append("PruneColumns") }
            return pruned
        }
        var builder = GraphBuilder(
            config: environment.config, functions: environment.functions, connectors: environment.connectors)
        var changelog = ChangelogMode.appendOnly
        for (statement, plan) in zip(statements, optimized) {
            builder.beginStatement()
            if let sink = statement.sink {
                try SinkBuilder(sink).build(plan, &builder)
            } else {
                changelog = try collect(plan, &builder)
            }
        }
        return PlannedJob(
            graph: JobGraph(nodes: builder.nodes, config: environment.config), fields: [],
            changelog: changelog,
            isBounded: optimized.allSatisfy(\.isBounded), warnings: warnings, logical: statements.map(\.plan),
            optimized: optimized, firedRules: fired)
    }

    private func collect(_ plan: LogicalPlan, _ builder: inout GraphBuilder) throws(SQLError) -> ChangelogMode
    {
        let id = try builder.build(plan, needsUpdateBefore: true)
        let changelog = builder.nodes[id].changelog
        _ = builder.add(
            .collect, plan, inputs: [builder.edge(from: id, parallelism: 1)], changelog: changelog,
            parallelism: 1,
            name: "Collect")
        return changelog
    }
}
