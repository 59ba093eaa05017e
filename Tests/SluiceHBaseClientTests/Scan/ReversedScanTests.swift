import SluiceBase
import SluiceNet
import Testing

@testable import SluiceHBaseClient
@testable import SluiceHBaseFake

/// Scans from the last row to the first, and scans of delete markers, of a fake cluster on virtual time.
@Suite struct ReversedScanTests {
    private let tools = ScanHandleTests()

    private func backwards(_ numbers: Range<Int>) -> [String] { tools.expected(numbers).reversed() }

    @Test(
        "H3: a reversed scan gives every row once while the cluster is disturbed",
        arguments: 1...6 as ClosedRange<UInt64>)
    func disturbed(_ seed: UInt64) throws {
        let (world, table) = ScanHandleTests.world(seed, rows: 1200, splits: [100, 400, 900])
        let faults = world.cluster.faults
        faults.add("beat", on: "Scan", .probability(0.2), .heartbeat)
        faults.add("part", on: "Scan", .probability(0.2), .partialRow)
        faults.add("cut", on: "Scan", .every(17), .replyLost)
        let reset = FakeException("exceptions.ScannerResetException", "reset", doNotRetry: true)
        faults.add("reset", on: "Scan", .every(13), .exception(reset)) { !$0.onMeta && $0.continuesScan }
        let keepGoing = Lock(true)
        world.cluster.startChaos(on: table, every: 20_000_000) { keepGoing.withLock { $0 } }
        var spec = ScanHandleTests.spec(rowsPerBlock: UInt32(3 + seed * 2))
        spec.isReversed = true
        let scan = world.client.scan(spec)
        #expect(try tools.drain(scan, world) == backwards(0..<1200))
        keepGoing.withLock { $0 = false }
        #expect(scan.position == .finished)
        #expect(world.cluster.moves > 0 && world.cluster.splits + world.cluster.merges > 0)
    }

    @Test("bounds, limits and resuming hold backwards, also where regions begin")
    func bounds() throws {
        let (world, _) = ScanHandleTests.world(3, rows: 600, splits: [100, 400])
        func scan(_ edit: (inout TableScanSpec) -> Void) throws -> [String] {
            var spec = ScanHandleTests.spec(rowsPerBlock: 17)
            spec.isReversed = true
            edit(&spec)
            return try tools.drain(world.client.scan(spec), world)
        }
        let key = ScanHandleTests.key
        #expect(try scan { $0.startRow = key(400) } == backwards(0..<401))
        #expect(
            try scan {
                $0.startRow = key(400)
                $0.includesStartRow = false
            } == backwards(0..<400))
        #expect(try scan { $0.stopRow = key(100) } == backwards(101..<600))
        #expect(
            try scan {
                $0.stopRow = key(100)
                $0.includesStopRow = true
            } == backwards(100..<600))
        #expect(
            try scan {
                $0.startRow = key(399)
                $0.stopRow = key(99)
            } == backwards(100..<400))
        #expect(
            try scan {
                $0.startRow = key(99)
                $0.stopRow = key(399)
            } == [])
        #expect(try scan { $0.startRow = key(9999) }.count == 600)
        for limit in [1, 17, 199, 200, 201, 500] {
            #expect(try scan { $0.limit = Int64(limit) } == backwards((600 - limit)..<600))
        }
        let first = TableScanSpec(table: HBaseTable(name: "t"))
        var spec = first
        spec.isReversed = true
        spec.rowsPerBlock = 100
        let handle = world.client.scan(spec)
        var all = try tools.rows(try #require(try tools.next(handle, world)))
        all += try tools.drain(world.client.scan(spec.resumed(at: handle.position)), world)
        #expect(all == backwards(0..<600))
    }

    @Test("a reversed scan of a table that does not exist, or is disabled, says so")
    func missing() throws {
        let (world, _) = ScanHandleTests.world(1, rows: 1, splits: [])
        var spec = TableScanSpec(table: HBaseTable(name: "nowhere"))
        spec.isReversed = true
        let error = #expect(throws: HBaseError.self) { try tools.next(world.client.scan(spec), world) }
        #expect(error?.kind == .tableNotFound)
    }

    @Test("a raw scan gives delete markers and what they hide")
    func raw() throws {
        let world = SimulatedClient()
        let table = world.table(splits: ["m"])
        for (type, time) in [(FakeCell.Kind.put, 5), (FakeCell.Kind.put, 7), (FakeCell.Kind.deleteColumn, 6)]
        {
            for row in ["a", "z"] {
                world.cluster.put(
                    FakeCell(
                        row: Array(row.utf8), family: Array("f".utf8), qualifier: Array("q".utf8),
                        timestamp: Int64(time), type: type, value: []), into: table)
            }
        }
        var spec = TableScanSpec(table: HBaseTable(name: "t"), read: ReadSpec(maxVersions: 10))
        #expect(try cells(world.client.scan(spec), world) == ["a 7 4", "z 7 4"])
        spec.isRaw = true
        #expect(
            try cells(world.client.scan(spec), world) == [
                "a 7 4", "a 6 12", "a 5 4", "z 7 4", "z 6 12", "z 5 4",
            ])
        spec.read.columns = [ReadSpec.Column(family: Array("f".utf8), qualifiers: [Array("q".utf8)])]
        #expect(throws: HBaseError.self) { try cells(world.client.scan(spec), world) }
    }

    private func cells(_ scan: ScanHandle, _ world: SimulatedClient) throws -> [String] {
        var list: [String] = []
        while let block = try tools.next(scan, world) {
            try block.forEachCell { _, cell in
                let row = String(decoding: cell.row, as: UTF8.self)
                list.append("\(row) \(cell.timestamp) \(cell.type.rawValue)")
            }
        }
        return list
    }

    @Test("cells travel packed both ways when the settings say so")
    func packed() throws {
        let world = SimulatedClient { $0.cellBlockCompression = .gzip }
        let table = world.table(splits: ["m"])
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for number in 0..<500 { builder.put(rowName(number), String(repeating: "v", count: number)) }
        let results = try #require(world.mutate(builder.finish()))
        #expect(results.firstError == nil)
        #expect(world.cluster.packedBlocks > 0)
        #expect(world.stored(rowName(499), table) == String(repeating: "v", count: 499))
        let found = try #require(world.get((0..<600).map { rowName($0) }))
        #expect(found.firstError == nil)
        #expect(found.text(3) == "vvv" && found.text(499)?.utf8.count == 499 && found.text(550) == nil)
        var spec = TableScanSpec(table: HBaseTable(name: "t"))
        spec.rowsPerBlock = 100
        var count = 0
        let scan = world.client.scan(spec)
        while let block = try tools.next(scan, world) { count += block.count }
        #expect(count == 500)
        #expect(world.metrics().servers.values.reduce(0) { $0 + $1.bytesReceived } < 60_000)
    }

    @Test("a server without the codec is told apart by the message")
    func noCodec() throws {
        let world = SimulatedClient {
            $0.cellBlockCompression = .gzip
            $0.maxRetries = 3
        }
        world.table()
        world.cluster.hasCompressor = false
        let error = try #require(world.put("a", "1")?.firstError)
        #expect(error.message.contains("GzipCodec"), "\(error)")
    }
}
