public import SluiceBase
public import SluiceCatalog
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
public import SluicePlanner
import SluiceRuntime

/// One user's work: catalog with current names, settings, and the jobs that it started. Not shared between threads.
public final class Session {
    public let engine: Engine
    public let catalog: SessionCatalog
    public var settings = SessionSettings()
    /// Bytes that each job may hold in state and buffers; nil: no limit.
    public var memoryBudget: Int64?
    /// The jobs that were started.
    public let jobs = SessionJobs()
    /// INSERTs between BEGIN STATEMENT SET and END.
    var openStatementSet: [PendingInsert]?

    init(engine: Engine, catalog: SessionCatalog) {
        self.engine = engine
        self.catalog = catalog
    }

    /// A planner for the session as it stands.
    public func planner() throws(SQLError) -> Planner {
        var config = try settings.jobConfig(database: catalog.current.database)
        config.memoryBudget = memoryBudget
        let allowsHints = settings["table.dynamic-table-options.enabled"]?.lowercased() != "false"
        return Planner(
            PlannerEnvironment(
                catalog: catalog, current: catalog.current, functions: engine.functions,
                aggregates: engine.aggregates, connectors: engine.connectors, config: config,
                clock: engine.clock,
                allowsOptionHints: allowsHints))
    }

    var jobEnvironment: JobEnvironment {
        JobEnvironment(
            connectors: engine.connectors, functions: engine.functions, aggregates: engine.aggregates,
            clock: engine.clock, random: engine.random)
    }
}
