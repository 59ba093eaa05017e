import SluiceBase
import Testing

@Suite struct LatencyHistogramTests {
    @Test("H24: a quantile is at most an eighth too high, over nine powers of ten")
    func quantiles() {
        var random = RandomSource(seed: 7)
        for scale in [10, 1000, 1_000_000, 1_000_000_000] as [UInt64] {
            var histogram = LatencyHistogram()
            var times: [UInt64] = []
            for _ in 0..<2000 {
                let micros = random.next() % scale
                times.append(micros)
                histogram.record(nanos: Int64(micros) * 1000)
            }
            times.sort()
            for share in [0.01, 0.5, 0.9, 0.99] {
                let exact = times[Int(share * 2000) - 1]
                let found = histogram.quantileMicros(share)
                #expect(
                    found >= exact && found <= exact + exact / 8 + 1, "\(scale) \(share): \(exact) \(found)")
            }
            #expect(histogram.maxMicros == times.last)
            #expect(histogram.count == 2000)
            #expect(histogram.sumMicros == times.reduce(0, +))
        }
    }

    @Test func addsAndHoldsExtremes() {
        var one = LatencyHistogram()
        one.record(nanos: -5)
        one.record(nanos: Int64.max)
        var two = LatencyHistogram()
        two.record(nanos: 2_000_000)
        one.add(two)
        #expect(one.count == 3)
        #expect(one.quantileMicros(0.1) == 0)
        #expect(one.quantileMicros(1) == UInt64(Int64.max) / 1000)
        #expect(LatencyHistogram().quantileMicros(0.5) == 0)
    }
}
