import SluiceBase
import SluiceNet
import Testing

@testable import SluiceHBaseClient
@testable import SluiceHBaseFake

/// Scans of a fake cluster on virtual time.
@Suite struct ScanHandleTests {
    static let second: Int64 = 1_000_000_000

    static func key(_ number: Int) -> [UInt8] { [UInt8]("k\(10000 + number)".utf8) }

    static func world(_ seed: UInt64, rows: Int, splits: [Int]) -> (SimulatedClient, FakeTable) {
        let world = SimulatedClient(servers: 3, seed: seed)
        let table = world.cluster.createTable(
            FakeTableName("t"), families: [FakeFamily("f")], splits: splits.map { key($0) })
        for number in 0..<rows {
            for column in 0...number % 3 {
                let cell = FakeCell(
                    row: key(number), family: [UInt8]("f".utf8), qualifier: [UInt8]("c\(column)".utf8),
                    timestamp: 5,
                    value: [UInt8](repeating: 1, count: 20))
                world.cluster.put(cell, into: table)
            }
        }
        return (world, table)
    }

    static func spec(rowsPerBlock: UInt32?) -> TableScanSpec {
        var spec = TableScanSpec(table: HBaseTable(name: "t"))
        spec.rowsPerBlock = rowsPerBlock
        return spec
    }

    func next(_ scan: ScanHandle, _ world: SimulatedClient) throws -> ScanBlock? {
        let box = Lock<Result<ScanBlock?, HBaseError>?>(nil)
        scan.next { result in box.withLock { $0 = result } }
        _ = world.transport.run(withinNanos: 900 * Self.second) { box.withLock { $0 != nil } }
        let result = box.withLock { $0 }
        return try #require(result).get()
    }

    func rows(_ block: ScanBlock) throws -> [String] {
        var counts = [Int](repeating: 0, count: block.count)
        try block.forEachCell { row, _ in counts[row] += 1 }
        return try (0..<block.count).map { row in
            "\(String(decoding: try block.rowKey(row), as: UTF8.self)):\(counts[row])"
        }
    }

    func expected(_ numbers: Range<Int>) -> [String] {
        numbers.map { "\(String(decoding: Self.key($0), as: UTF8.self)):\($0 % 3 + 1)" }
    }

    func drain(_ scan: ScanHandle, _ world: SimulatedClient) throws -> [String] {
        var all: [String] = []
        while let block = try next(scan, world) { all += try rows(block) }
        return all
    }

    @Test("a scan that has its rows closes its scanner while it is still held")
    func limitClosesTheScanner() throws {
        let (world, _) = Self.world(1, rows: 50, splits: [])
        var spec = Self.spec(rowsPerBlock: 5)
        spec.limit = 12
        let scan = world.client.scan(spec)
        #expect(try drain(scan, world).count == 12)
        world.transport.run(forNanos: Self.second)
        #expect(world.cluster.servers.allSatisfy { $0.scanners.isEmpty })
        withExtendedLifetime(scan) {}
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func everyRowComesOnceWhileTheClusterIsDisturbed(_ seed: UInt64) throws {
        let (world, table) = Self.world(seed, rows: 1500, splits: [100, 400, 900, 1200])
        let faults = world.cluster.faults
        faults.add("beat", on: "Scan", .probability(0.2), .heartbeat)
        faults.add("part", on: "Scan", .probability(0.2), .partialRow)
        faults.add("cut", on: "Scan", .every(17), .replyLost)
        faults.add("half", on: "Scan", .every(20), .halfReply)
        let busy = FakeException("CallQueueTooBigException", "full")
        faults.add("busy", on: "Scan", .every(19), .exception(busy))
        let reset = FakeException("exceptions.ScannerResetException", "reset", doNotRetry: true)
        faults.add("reset", on: "Scan", .every(13), .exception(reset)) {
            !$0.onMeta && $0.continuesScan
        }
        let keepGoing = Lock(true)
        world.cluster.startChaos(on: table, every: 20_000_000) { keepGoing.withLock { $0 } }
        let scan = world.client.scan(Self.spec(rowsPerBlock: UInt32(3 + seed * 2)))
        #expect(try drain(scan, world) == expected(0..<1500))
        keepGoing.withLock { $0 = false }
        #expect(scan.position == .finished)
        #expect(faults.idle == [])
        #expect(world.cluster.moves > 0 && world.cluster.splits + world.cluster.merges > 0)
    }

    @Test func limitsHoldOverRegions() throws {
        for limit in [1, 99, 100, 101, 450] {
            let (world, _) = Self.world(3, rows: 600, splits: [100, 400])
            world.cluster.faults.add("part", on: "Scan", .probability(0.3), .partialRow)
            var spec = Self.spec(rowsPerBlock: 17)
            spec.limit = Int64(limit)
            #expect(try drain(world.client.scan(spec), world) == expected(0..<limit))
        }
    }

    @Test func aLeaseIsRenewedWhileNobodyAsks() throws {
        let (world, _) = Self.world(1, rows: 60, splits: [])
        let opened = world.cluster.faults.add("open", on: "Scan", .always, .slow(nanos: 1)) {
            !$0.onMeta && !$0.continuesScan
        }
        let scan = world.client.scan(Self.spec(rowsPerBlock: 10))
        var all = try rows(try #require(try next(scan, world)))
        world.transport.run(forNanos: 1200 * Self.second)
        all += try drain(scan, world)
        #expect(all == expected(0..<60))
        #expect(opened.fired == 1)
        #expect(world.cluster.servers.reduce(0) { $0 + $1.scanners.count } == 0)
    }

    @Test func anExpiredScannerIsOpenedAgain() throws {
        let (world, _) = Self.world(1, rows: 60, splits: [])
        let scan = world.client.scan(Self.spec(rowsPerBlock: 10))
        var all = try rows(try #require(try next(scan, world)))
        world.transport.run(forNanos: Self.second)
        for server in world.cluster.servers { server.scanners = [:] }
        all += try drain(scan, world)
        #expect(all == expected(0..<60))
    }

    @Test func oneBlockIsReadAheadAndNoMore() throws {
        let (world, _) = Self.world(1, rows: 100, splits: [])
        let calls = world.cluster.faults.add("call", on: "Scan", .always, .slow(nanos: 1))
        let scan = world.client.scan(Self.spec(rowsPerBlock: 10))
        world.transport.run(forNanos: Self.second)
        #expect(calls.fired == 0)
        _ = try next(scan, world)
        world.transport.run(forNanos: 10 * Self.second)
        #expect(calls.fired == 2)
        #expect(scan.position == .after(row: Self.key(9), rowsGiven: 10))
    }

    @Test func cancelClosesTheScanner() throws {
        let (world, _) = Self.world(1, rows: 100, splits: [])
        func standing() -> Int { world.cluster.servers.reduce(0) { $0 + $1.scanners.count } }
        let scan = world.client.scan(Self.spec(rowsPerBlock: 10))
        _ = try next(scan, world)
        world.transport.run(forNanos: Self.second)
        #expect(standing() == 1)
        scan.cancel()
        world.transport.run(forNanos: Self.second)
        #expect(standing() == 0)
        #expect(throws: HBaseError.self) { try next(scan, world) }
        // While the opening call is on its way.
        let early = world.client.scan(Self.spec(rowsPerBlock: 10))
        let failed = Lock(false)
        early.next { result in
            if case .failure(let error) = result { failed.withLock { $0 = error.kind == .cancelled } }
        }
        early.cancel()
        world.transport.run(forNanos: Self.second)
        #expect(failed.withLock { $0 })
        #expect(standing() == 0)
        // The handle goes without a word.
        _ = try next(world.client.scan(Self.spec(rowsPerBlock: 10)), world)
        world.transport.run(forNanos: 100 * Self.second)
        #expect(standing() == 0)
    }

    /// Between two tries of a scan, in a pause or on its way.
    @Test func everyQuestionIsAnsweredWhenTheClientCloses() throws {
        for nanos in stride(from: Int64(0), to: 400_000_000, by: 13_000_000) {
            let (world, _) = Self.world(UInt64(nanos) + 1, rows: 40, splits: [20])
            let reset = FakeException("exceptions.ScannerResetException", "reset", doNotRetry: true)
            world.cluster.faults.add("reset", on: "Scan", .always, .exception(reset)) { $0.continuesScan }
            let scan = world.client.scan(Self.spec(rowsPerBlock: 5))
            let ended = Lock<HBaseError?>(nil)
            let waits = Lock(false)
            @Sendable func ask() {
                waits.withLock { $0 = true }
                scan.next { result in
                    waits.withLock { $0 = false }
                    if case .failure(let error) = result { return ended.withLock { $0 = error } }
                    if case .success(.some) = result { ask() }
                }
            }
            ask()
            world.transport.run(forNanos: nanos)
            world.client.close()
            world.transport.run(forNanos: Self.second)
            #expect(!waits.withLock { $0 }, "closed after \(nanos) ns")
        }
    }

    @Test func oneQuestionAtATime() throws {
        let (world, _) = Self.world(1, rows: 10, splits: [])
        let scan = world.client.scan(Self.spec(rowsPerBlock: 10))
        let kinds = Lock<[HBaseError.Kind]>([])
        for _ in 0..<2 {
            scan.next { result in
                if case .failure(let error) = result { kinds.withLock { $0.append(error.kind) } }
            }
        }
        #expect(kinds.withLock { $0 } == [.refused])
    }

    @Test func aScanOfNoTableFails() throws {
        let (world, _) = Self.world(1, rows: 1, splits: [])
        let scan = world.client.scan(TableScanSpec(table: HBaseTable(name: "absent")))
        let error = #expect(throws: HBaseError.self) { try next(scan, world) }
        #expect(error?.kind == .tableNotFound)
    }
}
