public import SluiceBase
public import SluiceConnect
public import SluiceExpressions
public import SluiceState

/// What a job needs beside its graph; passed in as a value, so that nothing is global.
public struct JobEnvironment: Sendable {
    public var connectors: ConnectorRegistry
    public var functions: FunctionRegistry
    public var aggregates: AggregateRegistry
    public var clock: any Clock
    /// Seeds RAND, UUID and generated data.
    public var random: any Random
    /// Where operators keep their state.
    public var state: any StateBackend

    public init(
        connectors: ConnectorRegistry, functions: FunctionRegistry = .builtin,
        aggregates: AggregateRegistry = .builtin,
        clock: any Clock = SystemClock(), random: any Random = SeededRandom(seed: 0),
        state: any StateBackend = MemoryStateBackend()
    ) {
        self.connectors = connectors
        self.functions = functions
        self.aggregates = aggregates
        self.clock = clock
        self.random = random
        self.state = state
    }
}
