import SluiceBase
import SluiceHBaseFake
import Testing

@testable import SluiceHBaseClient

/// Counts and times by region, on virtual time.
@Suite struct RegionMeterTests {
    private func share(_ name: String, reads: Int64 = 1) -> RegionMeter.Share {
        let region = RegionInfo(
            regionID: 1, table: HBaseTable("t"), startKey: Array(name.utf8), endKey: [])
        let location = RegionLocation(
            region: region, name: Array("t,\(name),1.".utf8), server: ServerName(host: "h", port: 1))
        return RegionMeter.Share(location: location, key: location.meterKey, reads: reads)
    }

    @Test("H24: of regions that share calls the slow one is told")
    func attribution() {
        let meter = RegionMeter()
        var random = RandomSource(seed: 3)
        for _ in 0..<400 {
            var shares: [RegionMeter.Share] = []
            var micros: Int64 = 300
            for number in 0..<4 where random.next() % 2 == 0 {
                shares.append(share("r\(number)", reads: 10))
                micros += number == 2 ? 20_000 : 100
            }
            if !shares.isEmpty { meter.record(shares[...], nanos: micros * 1000, failed: false) }
        }
        let costs = Dictionary(
            uniqueKeysWithValues: meter.loads.map {
                (String(decoding: $0.location.region.startKey, as: UTF8.self), $0.costMicros)
            })
        #expect((costs["r2"] ?? 0) > 15_000 && (costs["r2"] ?? 0) < 25_000, "\(costs)")
        for other in ["r0", "r1", "r3"] { #expect((costs[other] ?? 0) < 4000, "\(costs)") }
    }

    @Test("H24: beyond a thousand regions the last place counts for all")
    func isBounded() {
        let meter = RegionMeter()
        for number in 0..<3000 {
            meter.record([share("r\(number)")][...], nanos: 1000, failed: number % 2 == 0)
        }
        #expect(meter.loads.count == RegionMeter.mostRegions)
        #expect(meter.loads.reduce(0) { $0 + $1.reads } == 3000)
        #expect(meter.loads.reduce(0) { $0 + $1.failures } == 1500)
    }

    @Test("H24: gets, puts, counters and scans are counted by region, and what failed")
    func counts() throws {
        let fake = SimulatedClient(servers: 2, seed: 5)
        fake.table(splits: ["m"])
        fake.cluster.faults.add(
            "busy", on: "Multi", .calls([1]),
            .actionException(FakeException("RegionTooBusyException", "busy")))
        let meter = RegionMeter()
        let column = PreparedColumn(family: Array("f".utf8), qualifier: Array("q".utf8))
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for row in ["a", "b", "z"] {
            Array(row.utf8).withUnsafeBytes { builder.beginPut($0) }
            Array("v".utf8).withUnsafeBytes { builder.cell(column, value: $0) }
        }
        for row in ["a", "z"] {
            Array(row.utf8).withUnsafeBytes { builder.beginLedgerIncrement($0) }
            builder.increment(PreparedColumn(family: Array("f".utf8), qualifier: Array("n".utf8)), by: 1)
            builder.endLedgerIncrement(family: Array("f".utf8), qualifier: Array("led".utf8), offset: 1)
        }
        var batch = builder.finish()
        batch.meter = meter
        #expect(fake.mutate(batch)?.hasErrors == false)
        var gets = GetBatch(table: HBaseTable("t"), keys: RowKeys(["a", "b", "x"].map { Array($0.utf8) }))
        gets.meter = meter
        let done = Lock(false)
        fake.client.get(gets) { _ in done.withLock { $0 = true } }
        _ = fake.transport.run(withinNanos: SimulatedClient.second) { done.withLock { $0 } }
        let scan = fake.client.scan(TableScanSpec(table: HBaseTable("t")), meter: meter)
        let rows = Lock(0)
        let isOver = Lock(false)
        func next() {
            scan.next { result in
                if case .success(let block?) = result {
                    rows.withLock { $0 += block.count }
                } else {
                    isOver.withLock { $0 = true }
                }
            }
        }
        for _ in 0..<8 where !isOver.withLock({ $0 }) {
            next()
            _ = fake.transport.run(withinNanos: SimulatedClient.second) { false }
        }
        #expect(rows.withLock { $0 } == 3)
        let loads = meter.loads.sorted {
            $0.location.region.startKey.lexicographicallyPrecedes($1.location.region.startKey)
        }
        #expect(loads.count == 2)
        #expect(loads.map(\.writes).reduce(0, +) == 6)
        #expect(loads.map(\.failures).reduce(0, +) == 1)
        #expect(loads[0].reads >= 3 && loads[1].reads >= 2)
        #expect(loads.allSatisfy { $0.latency.count == UInt64($0.calls) && $0.latency.maxMicros > 0 })
        #expect(fake.cluster.faults.idle == [])
    }
}
