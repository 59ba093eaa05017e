public import SluiceBase
public import SluiceConnect
public import SluiceExpressions

/// What a job needs beside its graph; passed in as a value, so that nothing is global.
public struct JobEnvironment: Sendable {
    public var connectors: ConnectorRegistry
    public var functions: FunctionRegistry
    public var aggregates: AggregateRegistry
    public var clock: any Clock
    /// Seeds RAND, UUID and generated data.
    public var randomSeed: UInt64

    public init(
        connectors: ConnectorRegistry, functions: FunctionRegistry = .builtin,
        aggregates: AggregateRegistry = .builtin,
        clock: any Clock = SystemClock(), randomSeed: UInt64 = 0
    ) {
        self.connectors = connectors
        self.functions = functions
        self.aggregates = aggregates
        self.clock = clock
        self.randomSeed = randomSeed
    }
}
