public import SluiceBase
public import SluiceNet

/// Counts of a client since it was made.
public struct ClientMetrics: Sendable {
    /// Operations that were tried before their time, to see whether a region or server is back.
    public var samples: UInt64 = 0
    /// Changes that went as part of another change of their row.
    public var combined: UInt64 = 0

    public struct Server: Sendable {
        public var calls: UInt64 = 0
        public var operations: UInt64 = 0
        public var failedCalls: UInt64 = 0
        public var bytesSent: UInt64 = 0
        public var bytesReceived: UInt64 = 0
        public var connectionsOpened: UInt64 = 0
        public var latency = LatencyHistogram()
    }

    public var servers: [Endpoint: Server] = [:]
    /// Operations and calls that were tried again.
    public var retries: UInt64 = 0
    /// Locations that turned out to be wrong.
    public var regionMoves: UInt64 = 0
    public var metaLookups: UInt64 = 0
    public var rowsWaited: UInt64 = 0

    public init() {}
}
