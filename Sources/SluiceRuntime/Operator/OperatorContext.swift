package import SluiceBase
package import SluiceColumns
package import SluiceConnect
package import SluiceExpressions
package import SluiceJobGraph
package import SluiceState

/// What an operator gets at `open` and may use for its whole life. Belongs to its subtask.
package final class OperatorContext {
    package let node: JobNode
    /// The producers' columns, by input.
    package let inputSchemas: [Schema]
    package let inputChangelogs: [ChangelogMode]
    package let config: JobConfig
    package let clock: any Clock
    /// Which of the node's `parallelism` instances this is.
    package let subtask: Int
    package let functions: FunctionRegistry
    package let aggregates: AggregateRegistry
    package let connectors: ConnectorRegistry
    package let memory: MemoryAccount
    package let metrics: OperatorMetrics
    package let timers: TimerService
    /// Wakes the subtask, from any thread.
    package let waker: any Waker
    package let randomSeed: UInt64
    /// The watermark before the batch at hand, over all inputs; nil before the first one. The driver raises it.
    package internal(set) var watermark: Int64?
    /// When to call `resume` again at the latest (monotonic clock); cleared before that call. For operators that
    /// hold back, or wait, for something outside.
    package var retryAtNanos: Int64?
    private let eval: EvalContext
    private let backend: any StateBackend
    private var store: (any StateStore)?
    /// Shared by the job's subtasks; nil in a harness of one operator.
    var control: JobControl?
    /// Takes the rows of a collect node.
    var results: (any ResultConsumer)?

    package init(
        node: JobNode, inputs: [JobNode], config: JobConfig, subtask: Int, environment: JobEnvironment,
        memory: MemoryAccount, metrics: OperatorMetrics, waker: any Waker, eval: EvalContext,
        randomSeed: UInt64
    ) {
        self.node = node
        self.inputSchemas = inputs.map(\.schema)
        self.inputChangelogs = inputs.map(\.changelog)
        self.config = config
        self.clock = environment.clock
        self.subtask = subtask
        self.functions = environment.functions
        self.aggregates = environment.aggregates
        self.connectors = environment.connectors
        self.memory = memory
        self.metrics = metrics
        self.timers = TimerService()
        self.waker = waker
        self.randomSeed = randomSeed
        backend = environment.state
        self.eval = eval
    }

    // MARK: State

    /// The store of this instance's states; opened by the first use.
    package func state() throws(JobError) -> any StateStore {
        if let store { return store }
        let keyGroups = config.keyGroups.range(of: subtask, parallelism: node.parallelism)
        let fresh = try backend.open(
            StateOwner(node: node.id, name: node.name, subtask: subtask, keyGroups: keyGroups))
        store = fresh
        return fresh
    }

    package func stateID(_ name: String) -> StateID { StateID(node: node.id, name: name) }

    /// Bytes of all states, for the memory account.
    package var stateBytes: Int { store?.byteCount ?? 0 }

    func closeState() {
        store?.close()
        store = nil
    }

    package var schema: Schema { node.schema }
    package var name: String { node.name }
    package var isBatchMode: Bool { config.mode == .batch }
    package var zone: TimeZoneRules { config.zone }

    /// For expressions over `batch`: its marks and the watermark before it filled in.
    package func evalContext(_ batch: RecordBatch) -> EvalContext {
        var context = eval
        context.marks = batch.marks
        context.watermarkBefore = watermark
        return context
    }

    /// For expressions over no batch.
    package var evalContext: EvalContext {
        var context = eval
        context.watermarkBefore = watermark
        return context
    }

    /// An error of this operator, with its name and place.
    package func failure(_ error: SQLError, domain: JobError.Domain = .user) -> JobError {
        JobError(error.at(node.span), domain: domain, operatorName: node.name)
    }

    /// The splits of a source, found once for all of its subtasks.
    func splits(_ discover: () throws(JobError) -> [SourceSplit]) throws(JobError) -> [SourceSplit] {
        guard let control else { return try discover() }
        return try control.splits(of: node.id, discover)
    }

    /// What readers, writers and look-ups get.
    package var connectorContext: ConnectorContext { connectorContext(reader: "") }

    /// For the reader of one split; its progress is counted apart.
    func connectorContext(reader: String) -> ConnectorContext {
        let control = self.control
        let name = "\(node.id)/\(subtask)/\(reader)"
        var context = ConnectorContext(
            clock: clock, waker: waker, zone: config.zone, randomSeed: randomSeed, random: eval.random,
            report: { control?.report($0, reader: name) })
        context.publish = { [metrics] in metrics.publish($0) }
        return context
    }
}
