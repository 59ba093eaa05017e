public import SluiceBase
public import SluiceColumns
public import SluiceConnect

/// What the planner hands to the runtime: operators, edges and settings; values only, no behaviour.
public struct JobGraph: Sendable {
    /// In topological order: inputs come before those who read them. `nodes[i].id == i`.
    public var nodes: [JobNode]
    public var config: JobConfig

    public init(nodes: [JobNode], config: JobConfig) {
        self.nodes = nodes
        self.config = config
    }
}

/// One operator of the graph. An output may feed several nodes with the same immutable batches.
public struct JobNode: Sendable {
    public var id: Int
    public var kind: NodeKind
    public var inputs: [JobEdge]
    /// The columns of the output.
    public var schema: Schema
    /// The row kinds of the output.
    public var changelog: ChangelogMode
    /// 1 or the job's parallelism.
    public var parallelism: Int
    /// For EXPLAIN, errors and metrics: `GroupAggregate(groupBy=[region])`.
    public var name: String
    /// The part of the statement that it came from.
    public var span: SourceSpan?

    public init(
        id: Int, kind: NodeKind, inputs: [JobEdge], schema: Schema, changelog: ChangelogMode,
        parallelism: Int,
        name: String, span: SourceSpan? = nil
    ) {
        self.id = id
        self.kind = kind
        self.inputs = inputs
        self.schema = schema
        self.changelog = changelog
        self.parallelism = parallelism
        self.name = name
        self.span = span
    }
}

/// How rows travel from a node to one that reads it. Order per key is kept on every edge.
public struct JobEdge: Sendable, Hashable {
    public enum Partitioning: Sendable, Hashable {
        /// Subtask i to subtask i; nodes so joined form a chain.
        case forward
        /// By the hash of columns of the producer's output.
        case hash([Int])
        /// Every row to every subtask.
        case broadcast
        /// Round robin by batch.
        case rebalance
        /// Everything to subtask 0.
        case gather
    }

    public var from: Int
    public var partitioning: Partitioning
    public init(from: Int, partitioning: Partitioning = .forward) {
        self.from = from
        self.partitioning = partitioning
    }
}

/// Settings that change what a job does.
public struct JobConfig: Sendable {
    public enum Mode: String, Sendable { case streaming, batch }

    public var name: String
    public var mode: Mode
    public var parallelism: Int
    /// `pipeline.max-parallelism`: the key groups of the job's state.
    public var maxParallelism: Int
    /// `pipeline.auto-watermark-interval`; 0: after each row that raises it (T2).
    public var autoWatermarkMillis: Int64
    /// `table.exec.source.idle-timeout`; 0: never idle.
    public var idleTimeoutMillis: Int64
    /// `table.exec.state.ttl`; 0: never.
    public var stateTTLMillis: Int64
    public var zone: TimeZoneRules
    public var currentDatabase: String
    public var legacyCasts: Bool
    /// `table.exec.sink.not-null-enforcer`: true drops such rows, false fails the job (A9).
    public var dropsNullInNotNull: Bool
    /// `table.exec.async-lookup.*`, below the LOOKUP hint (J2).
    public var lookupDefaults = LookupDefaults()
    /// Rows a batch at most.
    public var batchRows: Int
    /// Bytes of state, arenas and channels in all; nil: no budget.
    public var memoryBudget: Int64?

    public init(
        name: String = "job", mode: Mode = .streaming, parallelism: Int = 1, maxParallelism: Int = 128,
        autoWatermarkMillis: Int64 = 200, idleTimeoutMillis: Int64 = 0, stateTTLMillis: Int64 = 0,
        zone: TimeZoneRules = .utc,
        currentDatabase: String = "default_database", legacyCasts: Bool = false,
        dropsNullInNotNull: Bool = false,
        batchRows: Int = 4096, memoryBudget: Int64? = nil
    ) {
        self.name = name
        self.mode = mode
        self.parallelism = parallelism
        self.maxParallelism = maxParallelism
        self.autoWatermarkMillis = autoWatermarkMillis
        self.idleTimeoutMillis = idleTimeoutMillis
        self.stateTTLMillis = stateTTLMillis
        self.zone = zone
        self.currentDatabase = currentDatabase
        self.legacyCasts = legacyCasts
        self.dropsNullInNotNull = dropsNullInNotNull
        self.batchRows = batchRows
        self.memoryBudget = memoryBudget
    }
}

/// What look-up joins do without a hint.
public struct LookupDefaults: Sendable, Hashable {
    /// `table.exec.async-lookup.buffer-capacity`: keys in flight at most; nil: the operator's own bound.
    public var capacity: Int?
    /// `table.exec.async-lookup.timeout`, for one batch of keys with its retries; nil: as long as the connector tries.
    public var timeoutMillis: Int64?
    /// `table.exec.async-lookup.output-mode` = ALLOW_UNORDERED.
    public var allowsUnordered = false

    public init() {}
}
