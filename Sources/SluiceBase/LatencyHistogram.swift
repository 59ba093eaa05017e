/// Times in buckets that grow with the time: eight to each power of two, so that a quantile is at most an eighth too
/// high. From one microsecond to about an hour; longer ones are in the last bucket. Recording allocates nothing.
public struct LatencyHistogram: Sendable, Hashable {
    /// Below this, a bucket for each microsecond.
    private static let exact = 8
    private static let highestPower = 31
    private static let bucketCount = exact + (highestPower - 2) * 8

    private var buckets = [UInt64](repeating: 0, count: LatencyHistogram.bucketCount)
    public private(set) var count: UInt64 = 0
    /// Microseconds in all.
    public private(set) var sumMicros: UInt64 = 0
    public private(set) var maxMicros: UInt64 = 0

    public init() {}

    public mutating func record(nanos: Int64) {
        let micros = UInt64(max(nanos, 0)) / 1000
        buckets[LatencyHistogram.bucket(micros)] &+= 1
        count &+= 1
        sumMicros &+= micros
        maxMicros = max(maxMicros, micros)
    }

    public mutating func add(_ other: LatencyHistogram) {
        for index in buckets.indices { buckets[index] &+= other.buckets[index] }
        count &+= other.count
        sumMicros &+= other.sumMicros
        maxMicros = max(maxMicros, other.maxMicros)
    }

    /// The upper bound of the bucket in which the share of all times lies, in microseconds; 0: there are none.
    public func quantileMicros(_ share: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let wanted = share * Double(count)
        var seen: UInt64 = 0
        for (index, bucket) in buckets.enumerated() where bucket > 0 {
            seen &+= bucket
            guard Double(seen) >= wanted else { continue }
            let isLast = index == LatencyHistogram.bucketCount - 1
            return isLast ? maxMicros : min(LatencyHistogram.upperBound(index), maxMicros)
        }
        return maxMicros
    }

    private static func bucket(_ micros: UInt64) -> Int {
        if micros < UInt64(exact) { return Int(micros) }
        let power = 63 - micros.leadingZeroBitCount
        if power > highestPower { return bucketCount - 1 }
        let part = Int(micros >> UInt64(power - 3)) & 7
        return exact + (power - 3) * 8 + part
    }

    private static func upperBound(_ index: Int) -> UInt64 {
        if index < exact { return UInt64(index) }
        let power = UInt64((index - exact) / 8 + 3)
        let part = UInt64((index - exact) % 8)
        return (1 << power) + ((part + 1) << (power - 3)) - 1
    }
}
