import SluiceBase

/// The client for commands that do one thing after the other: every call waits for its answer. Not for the
/// client's own loop thread, which would wait for itself.
public struct BlockingHBaseClient: Sendable {
    public let client: HBaseClient

    public init(_ client: HBaseClient) { self.client = client }

    /// Waits for the completion that `start` is given.
    public func wait<Value: Sendable>(
        for start: (@escaping @Sendable (Value) -> Void) -> Void
    ) -> Value {
        let answer = Promise<Value>()
        start { answer.give($0) }
        return answer.wait()
    }

    /// Waits for a result and throws its error.
    public func result<Value: Sendable>(
        of start: (@escaping @Sendable (Result<Value, HBaseError>) -> Void) -> Void
    ) throws(HBaseError) -> Value {
        try wait(for: start).get()
    }

    public func get(_ batch: GetBatch, timeoutNanos: Int64? = nil) -> RowResults {
        wait { client.get(batch, timeoutNanos: timeoutNanos, $0) }
    }

    public func mutate(_ batch: MutationBatch, timeoutNanos: Int64? = nil) -> MutationResults {
        wait { client.mutate(batch, timeoutNanos: timeoutNanos, $0) }
    }

    public func call(_ call: HBaseCall) throws(HBaseError) -> HBaseReply {
        try result { client.call(call, $0) }
    }

    public func regions(of table: HBaseTable) throws(HBaseError) -> [RegionLocation] {
        try result { client.regions(of: table, $0) }
    }

    public func metrics() -> ClientMetrics { wait { client.metrics($0) } }

    /// The next block of a scan, nil at its end.
    public func next(of scan: ScanHandle) throws(HBaseError) -> ScanBlock? {
        try result { scan.next($0) }
    }
}
