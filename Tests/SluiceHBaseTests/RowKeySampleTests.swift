import SluiceBase
import SluiceHBase
import Testing

/// What keys and times of writing tell about a table's regions.
@Suite struct RowKeySampleTests {
    private static func report(
        _ rows: [(key: [UInt8], time: Int64)], capacity: Int = 100_000
    ) -> RowKeySample.Report {
        var sample = RowKeySample(capacity: capacity)
        for row in rows.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            sample.add(key: row.key, time: row.time)
        }
        return sample.report()
    }

    private static func padded(_ number: Int, _ width: Int = 8) -> String {
        let digits = String(number)
        return String(repeating: "0", count: width - digits.count) + digits
    }

    private static func big(_ number: Int64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * Int64($0))) }
    }

    @Test("keys that follow the time of writing are a hot spot, rising or falling", arguments: [1, -1])
    func sequential(direction: Int64) {
        let rows = (0..<500).map {
            (key: Array("k\(Self.padded($0 * 37))".utf8), time: direction * Int64($0))
        }
        let report = Self.report(rows)
        #expect(report.verdict == .sequential)
        #expect(report.advice != nil)
        #expect(report.evidence.first?.contains("100 %") == true)
    }

    @Test("hashed keys are none, though they were written one after the other")
    func hashed() {
        var random = RandomSource(seed: 4)
        let rows = (0..<2000).map { (key: Self.big(Int64(bitPattern: random.next())), time: Int64($0)) }
        let report = Self.report(rows)
        #expect(report.verdict == .spread)
        #expect(report.advice == nil)
    }

    @Test("times behind an id are none: each id's rows grow in a place of their own")
    func idThenTime() {
        var rows: [(key: [UInt8], time: Int64)] = []
        for tick in 0..<50 {
            for sensor in 0..<40 {
                rows.append((Array("s\(sensor)/\(Self.padded(tick))".utf8), Int64(tick)))
            }
        }
        #expect(Self.report(rows).verdict == .spread)
    }

    @Test("of rows that were loaded at once the shape of the keys is judged")
    func shapes() {
        let counted = (0..<100).map { (key: Array("row-\(Self.padded($0))".utf8), time: Int64(5)) }
        #expect(Self.report(counted).verdict == .sequential)
        let dates = (1...28).map { (key: Array("2024-02-\(Self.padded($0, 2))/x".utf8), time: Int64(5)) }
        #expect(Self.report(dates).verdict == .sequential)
        let millis = (0..<100).map { (key: Self.big(1_700_000_000_000 + Int64($0) * 60_000), time: Int64(5)) }
        #expect(Self.report(millis).evidence.last == "keys are times in milliseconds")
        let reversed = (0..<100).map { (key: Self.big(.max - 1_700_000_000_000 - Int64($0)), time: Int64(5)) }
        #expect(Self.report(reversed).evidence.last == "keys are reversed times in milliseconds")
        let sparse = (0..<100).map { (key: Array("u\(Self.padded($0 * $0))".utf8), time: Int64(5)) }
        #expect(Self.report(sparse).verdict == .unknown)
        let texts = (0..<100).map { (key: Array("\($0 * 7919 % 101)-x".utf8), time: Int64(5)) }
        #expect(Self.report(texts).verdict == .unknown)
    }

    @Test("the share of each region is told, of all rows and of those written last")
    func regions() {
        var sample = RowKeySample()
        for number in 0..<1000 { sample.add(key: Array(Self.padded(number).utf8), time: Int64(number)) }
        sample.regionStarts = ["", "00000250", "00000900"].map { Array($0.utf8) }
        let report = sample.report()
        #expect(report.regions.map(\.rows) == [25, 65, 10])
        #expect(report.regions.map(\.newest) == [0, 0, 100])
        #expect(report.evidence.contains { $0.contains("of 3 regions one has 100 % of the newest tenth") })
    }

    @Test("binary keys of any kind are judged, those that look like negative numbers too")
    func binaryKeys() {
        for first: UInt8 in [0, 0x7F, 0x80, 0xFF] {
            for last: UInt8 in [0, 1, 0xFF] {
                var sample = RowKeySample()
                for number: UInt8 in 0..<40 {
                    sample.add(key: [first, 0, 0, 0, number &* 6, 0x12, last, 1], time: 5)
                }
                #expect(sample.report().sampled == 40)
            }
        }
    }

    @Test("too few rows are not judged, and a large table is judged by a part")
    func amounts() {
        let few = (0..<10).map { (key: Array("k\($0)".utf8), time: Int64($0)) }
        #expect(Self.report(few).verdict == .unknown)
        #expect(RowKeySample().report().rows == 0)
        let many = (0..<10_000).map { (key: Array(Self.padded($0).utf8), time: Int64($0)) }
        let report = Self.report(many, capacity: 300)
        #expect(report.rows == 10_000)
        #expect((150...300).contains(report.sampled))
        #expect(report.verdict == .sequential)
        #expect(report.evidence.last == "keys are numbers that count up")
    }
}
