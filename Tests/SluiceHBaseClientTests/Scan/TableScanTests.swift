import SluiceBase
import Testing

@testable import SluiceHBaseClient

@Suite struct TableScanTests {
    /// Runs a scan to its end against the model, with failures and region changes at random.
    struct Driver {
        var model: ScanServerModel
        var scan: TableScan
        var failEvery = 0
        var changeEvery = 0
        var rows: [(key: [UInt8], cells: [TestCell])] = []
        var calls = 0

        mutating func run() throws {
            while true {
                calls += 1
                #expect(calls < 100_000)
                if changeEvery > 0, model.below(changeEvery) == 0 { model.changeRegions() }
                var block: ScanBlock?
                switch scan.nextCall() {
                case .finished: return
                case .open(let row, _):
                    let location = model.location(of: row)
                    let request = scan.openRequest(region: location.name)
                    guard let frame = model.open(request, location) else { Issue.record("no frame"); return }
                    block = try scan.opened(frame, location)
                case .next(let request):
                    guard let frame = model.next(request) else {
                        let again = scan.failed(HBaseError(.scannerGone, "gone"))
                        #expect(again)
                        continue
                    }
                    // The answer is lost: the server has gone on, the client has not.
                    if failEvery > 0, model.below(failEvery) == 0 {
                        let again = scan.failed(HBaseError(.network, "lost"))
                        #expect(again)
                        continue
                    }
                    block = try scan.received(frame)
                }
                if let block { try add(block) }
            }
        }

        private mutating func add(_ block: ScanBlock) throws {
            var cells: [[TestCell]] = Array(repeating: [], count: block.count)
            try block.forEachCell { row, cell in cells[row].append(TestCell(cell)) }
            for row in 0..<block.count {
                var again: [TestCell] = []
                try block.forEachCell(ofRow: row) { again.append(TestCell($0)) }
                #expect(again == cells[row])
                rows.append((try block.rowKey(row), cells[row]))
            }
            #expect(block.byteCount > 0)
        }
    }

    func check(_ driver: Driver, _ expected: [ScanServerModel.Row], _ note: String) {
        #expect(driver.rows.map(\.key) == expected.map(\.key), "\(note)")
        #expect(driver.rows.map(\.cells) == expected.map(\.cells), "\(note)")
    }

    @Test func everyRowComesOnceAndWholeWhateverHappens() throws {
        for seed in 0..<300 {
            var model = ScanServerModel(seed: UInt64(seed), rows: 1 + seed % 90)
            for _ in 0..<seed % 6 { model.changeRegions() }
            var spec = TableScanSpec(table: HBaseTable(name: "t"))
            var expected = model.rows
            if seed % 3 == 1 {
                let low = model.below(expected.count)
                let high = low + model.below(expected.count - low)
                spec.startRow = expected[low].key
                spec.includesStartRow = seed % 2 == 0
                spec.stopRow = expected[high].key
                spec.includesStopRow = seed % 4 < 2
                let start = spec.includesStartRow ? low : low + 1
                let end = spec.includesStopRow ? high + 1 : high
                expected = start < end ? Array(expected[start..<end]) : []
            }
            if seed % 5 == 2 {
                spec.limit = Int64(model.below(40))
                expected = Array(expected.prefix(Int(spec.limit ?? 0)))
            }
            if seed % 7 == 3 { spec.rowsPerBlock = UInt32(1 + model.below(5)) }
            var driver = Driver(model: model, scan: TableScan(spec))
            if seed % 2 == 1 { driver.failEvery = 5 }
            if seed % 4 == 3 { driver.changeEvery = 4 }
            try driver.run()
            check(driver, expected, "seed \(seed)")
        }
    }

    @Test func aScanGoesOnFromItsPosition() throws {
        for seed in 0..<60 {
            var model = ScanServerModel(seed: UInt64(seed), rows: 60)
            for _ in 0..<3 { model.changeRegions() }
            let expected = model.rows
            var spec = TableScanSpec(table: HBaseTable(name: "t"))
            spec.limit = 55
            var rows: [[UInt8]] = []
            // Every block is followed by a new scan from the checkpoint.
            var turns = 0
            while turns < 1000 {
                turns += 1
                var scan = TableScan(spec)
                guard case .open(let row, _) = scan.nextCall() else { break }
                let location = model.location(of: row)
                let opening = model.open(scan.openRequest(region: location.name), location)
                let frame = try #require(opening)
                var block = try scan.opened(frame, location)
                while block == nil {
                    switch scan.nextCall() {
                    case .finished: block = ScanBlock()
                    case .next(let request):
                        let answer = model.next(request)
                        block = try scan.received(try #require(answer))
                    case .open(let row, _):
                        let location = model.location(of: row)
                        let answer = model.open(scan.openRequest(region: location.name), location)
                        let frame = try #require(answer)
                        block = try scan.opened(frame, location)
                    }
                }
                guard let block, !block.isEmpty else { break }
                for index in 0..<block.count { rows.append(try block.rowKey(index)) }
                spec = spec.resumed(at: scan.position)
            }
            #expect(rows == expected.prefix(55).map(\.key), "seed \(seed)")
        }
    }

    @Test func aNewScannerOfTheSameRegionKeepsTheSnapshot() throws {
        var model = ScanServerModel(seed: 5, rows: 40)
        var scan = TableScan(TableScanSpec(table: HBaseTable(name: "t")))
        func open(_ scan: inout TableScan) throws {
            guard case .open(let row, _) = scan.nextCall() else { Issue.record("no open"); return }
            let location = model.location(of: row)
            let answer = model.open(scan.openRequest(region: location.name), location)
            let frame = try #require(answer)
            _ = try scan.opened(frame, location)
        }
        try open(&scan)
        let first = scan.failed(HBaseError(.scannerGone, "expired"))
        #expect(first)
        try open(&scan)
        #expect(model.readPoints == [0, 1])
        model.generation = 9
        let second = scan.failed(HBaseError(.notServing, "moved"))
        #expect(second)
        try open(&scan)
        #expect(model.readPoints == [0, 1, 0])
    }

    @Test func failuresAreBoundedAndSomeAreFinal() throws {
        var scan = TableScan(TableScanSpec(table: HBaseTable(name: "t")), maxFailures: 3)
        let network = (0..<4).map { _ in scan.failed(HBaseError(.network, "x")) }
        #expect(network == [true, true, true, false])
        for kind in [HBaseError.Kind.noSuchColumnFamily, .accessDenied, .refused] {
            var other = TableScan(TableScanSpec(table: HBaseTable(name: "t")))
            let again = other.failed(HBaseError(kind, "x"))
            #expect(!again)
        }
    }

    /// Answers that bring nothing, each followed by a failure, are no progress.
    @Test func failuresWithoutProgressAreBounded() throws {
        var scan = TableScan(TableScanSpec(table: HBaseTable(name: "t")), maxFailures: 3)
        // A heartbeat of a scanner that stays open.
        let bytes = answerFrame(callID: 1, message: [2 << 3, 7, 3 << 3, 1, 8 << 3, 1, 9 << 3, 1])
        let frame = try ResponseFrame(bytes, 4..<bytes.count)
        let info = RegionInfo(regionID: 1, table: HBaseTable(name: "t"))
        let location = RegionLocation(
            region: info, name: [1], server: ServerName(host: "s", port: 1))
        var isAlive = true
        for _ in 0..<3 where isAlive {
            let block = try scan.opened(frame, location)
            #expect(block == nil)
            isAlive = scan.failed(HBaseError(.scannerGone, "x"))
            #expect(isAlive)
        }
        _ = try scan.opened(frame, location)
        let isAliveStill = scan.failed(HBaseError(.scannerGone, "x"))
        #expect(!isAliveStill)
    }

    @Test func emptyRangesAskNothing() {
        for (start, stop, both) in [([2], [1], true), ([1], [1], false)] as [([UInt8], [UInt8], Bool)] {
            var spec = TableScanSpec(table: HBaseTable(name: "t"))
            spec.startRow = start
            spec.stopRow = stop
            spec.includesStopRow = both
            var scan = TableScan(spec)
            guard case .finished = scan.nextCall() else { Issue.record("asked"); continue }
        }
    }

    /// A scanner that the server has closed answers without a word about the region: that is its end.
    @Test func anAnswerWithoutFlagsEndsTheRegion() throws {
        var machine = ScanMachine(region: [1], rowsPerCall: 10)
        let frame = answerFrame(callID: 1, message: [])
        let response = try ScanResponse(ResponseFrame(frame, 4..<frame.count))
        let outcome = machine.received(response)
        #expect(outcome == .regionDone)
        #expect(machine.closeRequest() == nil)
    }
}
