import SluiceBase
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// The pure parts of the core.
@Suite struct CoreStructuresTests {
    private func check(_ holds: Bool, _ place: SourceLocation = #_sourceLocation) {
        #expect(holds, sourceLocation: place)
    }

    private func region(
        _ start: String, _ end: String, id: UInt64 = 1, sequence: Int64 = 1, port: UInt16 = 1,
        _ table: TableState
    ) -> Region {
        let info = RegionInfo(
            regionID: id, table: table.table, startKey: Array(start.utf8), endKey: Array(end.utf8))
        let location = RegionLocation(
            region: info, name: Array("t,\(start),\(id)".utf8), server: ServerName(host: "h", port: port),
            sequenceNumber: sequence)
        return Region(location, server: ServerState(Endpoint(host: "h", port: port)), table: table)
    }

    @Test func cacheFindsRegionsByRow() {
        let table = TableState(HBaseTable("t"), seed: 1)
        var cache = RegionCache()
        let bounds = ["", "a", "a\0", "aaaaaaaab", "aaaaaaaac", "b", "m", ""]
        for index in [3, 0, 6, 1, 5, 2, 4] {
            #expect(cache.insert(region(bounds[index], bounds[index + 1], table))?.isEmpty == true)
        }
        for (row, start) in [
            ("", ""), ("A", ""), ("a", "a"), ("a\0", "a\0"), ("aaaaaaaaa", "a\0"), ("aaaaaaaab", "aaaaaaaab"),
            ("aaaaaaaac", "aaaaaaaac"), ("azzz", "aaaaaaaac"), ("b", "b"), ("lzz", "b"), ("m", "m"),
            ("~", "m"),
        ] {
            let found = cache.find(Array(row.utf8))
            #expect(found.map { String(decoding: $0.startKey, as: UTF8.self) } == start, "\(row)")
        }
    }

    @Test func newRegionsReplaceOverlappingOnes() {
        let table = TableState(HBaseTable("t"), seed: 1)
        var cache = RegionCache()
        let parent = region("", "m", id: 5, table)
        _ = cache.insert(parent)
        _ = cache.insert(region("m", "", id: 5, table))
        let low = region("", "f", id: 9, table)
        #expect(cache.insert(low)?.first === parent)
        #expect(cache.find(Array("g".utf8)) == nil)
        // The parent again, from an answer that was on its way for long.
        #expect(cache.insert(region("", "m", id: 5, table)) == nil)
        #expect(cache.find(Array("b".utf8)) === low)
        // The same region opened later, elsewhere; then an older opening of it.
        let moved = region("", "f", id: 9, sequence: 7, port: 2, table)
        #expect(cache.insert(moved)?.count == 1)
        #expect(cache.insert(region("", "f", id: 9, sequence: 6, table)) == nil)
        check(!cache.remove(low))
        check(cache.remove(moved))
        #expect(cache.count == 1)
        let whole = region("", "", id: 20, table)
        #expect(cache.insert(whole)?.count == 1)
        #expect(cache.removeAll { $0.server.endpoint.port == 1 }.count == 1)
        #expect(cache.isEmpty)
    }

    /// Against the obvious way, with random regions.
    @Test func cacheAgreesWithALinearSearch() {
        let table = TableState(HBaseTable("t"), seed: 1)
        var random = RandomSource(seed: 9)
        var cache = RegionCache()
        var known: [Region] = []
        for id in 1...300 {
            let first = String(random.next() % 5000)
            let second = String(random.next() % 5000)
            let made = region(min(first, second), max(first, second), id: UInt64(id), table)
            if made.startKey == made.endKey { continue }
            let replaced = cache.insert(made) ?? []
            known.removeAll { old in replaced.contains { $0 === old } }
            known.append(made)
            for _ in 0..<20 {
                let row = Array(String(random.next() % 6000).utf8)
                let expected = known.first { $0.location.contains(row) }
                #expect(cache.find(row) === expected)
            }
        }
        #expect(cache.count == known.count)
    }

    @Test func gateLetsOneMutationHoldARow() {
        var gate = RowGate()
        check(gate.acquire(5))
        check(!gate.acquire(5))
        check(gate.release(5))
        check(gate.acquire(5))
        check(!gate.release(5))
        check(gate.acquire(5))
        gate.hold(5)
        check(!gate.release(5))
        check(!gate.acquire(5))
        var random = RandomSource(seed: 3)
        var held: [UInt64] = []
        for _ in 0..<5000 {
            let hash = random.next() % 3000 << 20 | 1
            if random.next() % 3 == 0, !held.isEmpty {
                _ = gate.release(held.remove(at: Int(random.next() % UInt64(held.count))))
            } else if gate.acquire(hash) {
                held.append(hash)
            }
        }
        for hash in held {
            check(!gate.acquire(hash))
            _ = gate.release(hash)
        }
        #expect(gate.count == 1)
    }

    @Test func queueKeepsTheOrderOfSubmission() {
        func operations(_ numbers: [UInt64]) -> [SluiceHBaseClient.Operation] {
            numbers.map { SluiceHBaseClient.Operation(sequence: $0, gate: 0, job: 0) }
        }
        var queue = OperationQueue()
        for operation in operations([5, 6, 9]) { queue.append(operation) }
        queue.merge(operations([1, 7, 12]))
        queue.merge(operations([2, 3]))
        var taken: [UInt64] = []
        let more = queue.scan(limit: 4) { operation in
            if operation.sequence == 2 { return .keep }
            taken.append(operation.sequence)
            return .take
        }
        #expect(more)
        #expect(taken == [1, 3, 5])
        #expect(queue.takeAll().map(\.sequence) == [2, 6, 7, 9, 12])
        #expect(queue.isEmpty)
    }

    @Test func pausesGrowAndAreNeverTooLong() {
        let backoff = Backoff(pauseNanos: 100)
        var random = RandomSource(seed: 1)
        for (tries, base) in [(1, Int64(100)), (2, 200), (4, 500), (8, 10_000), (13, 20_000), (99, 20_000)] {
            let pause = backoff.pause(tries: tries, random: &random)
            #expect(pause >= base && pause <= base + base / 10, "\(tries)")
        }
        #expect(Backoff(pauseNanos: Int64.max).pause(tries: 9, random: &random) > 0)
    }

    @Test func readsTheTextsOfExceptions() {
        #expect(
            ExceptionText.throttlingWaitNanos("number of requests exceeded - wait 1hrs, 2mins, 3sec, 4ms")
                == 3_723_004_000_000)
        #expect(ExceptionText.throttlingWaitNanos("x - wait 1hr, 1min, 250ms") == 3_660_250_000_000)
        #expect(ExceptionText.throttlingWaitNanos("x - wait 99999999999999999hrs") == nil)
        #expect(ExceptionText.throttlingWaitNanos("nothing") == nil)
        let moved = ExceptionText.movedTo(
            "Region moved to: hostname=rs2.example port=16020 startCode=17. As of locationSeqNum=42.")
        #expect(moved?.host == "rs2.example")
        #expect(moved?.port == 16020)
        #expect(moved?.startCode == 17)
        #expect(moved?.seqNum == 42)
        #expect(ExceptionText.movedTo("Region moved to: hostname=a port=70000") == nil)
    }
}
