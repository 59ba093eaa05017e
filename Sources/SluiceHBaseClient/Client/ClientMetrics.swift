public import SluiceNet

/// Counts of a client since it was made.
public struct ClientMetrics: Sendable {
    /// Times in powers of two: bucket *n* counts calls of at least 2^n and less than 2^(n+1) microseconds.
    public struct Latency: Sendable, Hashable {
        public private(set) var buckets = [UInt64](repeating: 0, count: 32)

        public init() {}

        mutating func record(nanos: Int64) {
            let micros = UInt64(max(nanos, 0)) / 1000
            let bucket = micros == 0 ? 0 : 63 - micros.leadingZeroBitCount
            buckets[min(bucket, 31)] += 1
        }

        public var count: UInt64 { buckets.reduce(0, +) }

        /// The upper bound of the bucket in which the share lies, in microseconds.
        public func quantileMicros(_ share: Double) -> UInt64 {
            let total = Double(count)
            var seen = 0.0
            for (index, bucket) in buckets.enumerated() {
                seen += Double(bucket)
                if seen >= share * total, total > 0 { return 2 << UInt64(index) }
            }
            return 0
        }
    }

    public struct Server: Sendable {
        public var calls: UInt64 = 0
        public var operations: UInt64 = 0
        public var failedCalls: UInt64 = 0
        public var bytesSent: UInt64 = 0
        public var bytesReceived: UInt64 = 0
        public var connectionsOpened: UInt64 = 0
        public var latency = Latency()
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
