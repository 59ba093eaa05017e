public import SluiceBase

/// How long to wait before a try: a growing multiple of a pause, and up to a tenth more at random, so that
/// many clients do not come back together. Steps: hbase-common `HConstants.RETRY_BACKOFF`.
public struct Backoff: Sendable {
    public static let steps: [Int64] = [1, 2, 3, 5, 10, 20, 40, 100, 100, 100, 100, 200, 200]

    public var pauseNanos: Int64

    public init(pauseNanos: Int64) { self.pauseNanos = max(0, pauseNanos) }

    /// The pause before try number `tries` (1 is the first retry).
    public func pause(tries: Int, random: inout RandomSource) -> Int64 {
        let index = min(max(tries - 1, 0), Backoff.steps.count - 1)
        let (base, overflow) = pauseNanos.multipliedReportingOverflow(by: Backoff.steps[index])
        guard !overflow, base < Int64.max / 2 else { return Int64.max / 2 }
        guard base >= 10 else { return base }
        return base + Int64(random.next() % UInt64(base / 10))
    }
}
