/// A value that another thread gives once, for those who must wait: command-line verbs, and the opening of a job.
public final class Promise<Value: Sendable>: Sendable {
    private let monitor = Monitor<Value?>(nil)

    public init() {}

    /// Only the first value counts.
    public func give(_ value: Value) { monitor.change { if $0 == nil { $0 = value } } }

    public func wait() -> Value { monitor.wait { $0 } }

    /// Nil: it did not come in time.
    public func wait(milliseconds: Int64) -> Value? {
        let (nanos, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return monitor.wait(nanos: overflow ? (milliseconds < 0 ? 0 : Int64.max) : nanos) { $0 }
    }
}
