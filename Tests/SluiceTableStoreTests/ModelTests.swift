import SluiceBase
import SluiceTableStore
import SluiceScratch
import Testing

@Suite("table store against a model")
struct ModelTests {
    static let rules: [String: TableModel.Rules] = [
        "a": TableModel.Rules(), "b": TableModel.Rules(versions: 3),
        "c": TableModel.Rules(versions: 2, ttlMillis: 1000),
        "d": TableModel.Rules(versions: 5, minVersions: 2, ttlMillis: 1000),
    ]

    static func descriptor() throws -> HBaseTableDescriptor {
        var families: [HBaseFamilyDescriptor] = []
        for (name, rule) in rules {
            var family = try HBaseFamilyDescriptor(name)
            family.versions = rule.versions
            family.minVersions = rule.minVersions
            family.timeToLive = rule.ttlMillis.map { Int($0 / 1000) }
            families.append(family)
        }
        return try HBaseTableDescriptor(name: HBaseTableName("t"), families: families)
    }

    static let qualifiers: [[UInt8]] = [[], [0], Array("p".utf8), Array("q".utf8), [0xFF]]
    static let rowKeys: [[UInt8]] = [[0], [0, 0], Array("r".utf8), Array("r1".utf8), [0xFF, 0xFF]]

    private func pick<T>(_ list: [T], _ random: inout RandomSource) -> T {
        list[Int(random.next() % UInt64(list.count))]
    }

    private func randomStep(_ random: inout RandomSource) -> (Mutation.Step, StoredCell) {
        let family = pick(["a", "b", "c", "d"], &random)
        let qualifier = pick(Self.qualifiers, &random)
        let timestamp = Int64(random.next() % 30) * 100
        let value = withUnsafeBytes(of: random.next()) { Array($0.prefix(Int(random.next() % 5))) }
        let column = ColumnReference(family: Array(family.utf8), qualifier: qualifier)
        func cell(_ type: CellType, _ qualifier: [UInt8], _ value: [UInt8] = []) -> StoredCell {
            StoredCell(
                family: column.family, qualifier: qualifier, timestamp: timestamp, type: type, value: value)
        }
        switch random.next() % 10 {
        case 0: return (.deleteVersion(column, timestamp: timestamp), cell(.delete, qualifier))
        case 1: return (.deleteColumn(column, timestamp: timestamp), cell(.deleteColumn, qualifier))
        case 2 where timestamp < 1000:
            return (.deleteFamily(column, timestamp: timestamp), cell(.deleteFamily, []))
        case 3: return (.deleteFamilyVersion(column, timestamp: timestamp), cell(.deleteFamilyVersion, []))
        default: return (.put(column, value: value, timestamp: timestamp), cell(.put, qualifier, value))
        }
    }

    private func randomOptions(_ random: inout RandomSource) -> ReadOptions {
        var options = ReadOptions(maxVersions: Int(random.next() % 4) + 1)
        if random.next() % 3 == 0 {
            options.minTimestamp = Int64(random.next() % 15) * 100
            options.maxTimestamp = options.minTimestamp + Int64(random.next() % 20) * 100
        }
        for _ in 0..<Int(random.next() % 4) {
            let family = pick(["a", "b", "c", "d"], &random)
            let qualifier = random.next() % 4 == 0 ? nil : pick(Self.qualifiers, &random)
            options.columns.append(ColumnReference(family: Array(family.utf8), qualifier: qualifier))
        }
        return options
    }

    @Test("random writes, reads and compactions agree with the model", arguments: 1...12)
    func random(seed: Int) throws {
        let folder = try ScratchFolder()
        let clock = ManualClock(micros: 2_000_000)
        let store = TableStore(folder: folder.path, clock: clock)
        let table = try store.ensure(Self.descriptor())
        var model = TableModel(rules: Self.rules)
        var random = RandomSource(seed: UInt64(seed))
        for round in 0..<60 {
            var batch: [Mutation] = []
            for _ in 0..<Int(random.next() % 12) {
                let row = pick(Self.rowKeys, &random)
                let (step, cell) = randomStep(&random)
                batch.append(Mutation(row: row, [step]))
                model.add(row, cell)
            }
            try table.mutate(batch)
            if random.next() % 10 == 0 { clock.advance(micros: 100_000) }
            let now = clock.nowMicros() / 1000
            if random.next() % 15 == 0 {
                try table.compact()
                model.compact(now: now)
            }
            let options = randomOptions(&random)
            let expected = model.scan(options, now: now)
            #expect(try table.rows(ScanRange(), options) == expected, "seed \(seed), round \(round)")
            let reversed = try table.rows(ScanRange(isReversed: true), options)
            #expect(reversed == expected.reversed(), "seed \(seed), round \(round), reversed")
            let got = try table.get(Self.rowKeys, options)
            #expect(
                got == Self.rowKeys.map { model.get($0, options, now: now) }, "seed \(seed), round \(round)")
        }
    }

    @Test("ranges, prefixes and limits cut a scan where they should")
    func ranges() throws {
        let folder = try ScratchFolder()
        let table = try TableStore(folder: folder.path, clock: ManualClock(micros: 1000)).ensure(
            Self.descriptor())
        let keys = ["a", "ab", "abc", "b", "ba", "c"]
        for key in keys { try table.put(Array(key.utf8), ColumnReference("a", "q"), []) }
        func names(_ range: ScanRange, limit: Int = .max) throws -> [String] {
            try table.rows(range, limit: limit).map { String(decoding: $0.row, as: UTF8.self) }
        }
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
        #expect(try names(ScanRange(start: bytes("ab"), stop: bytes("ba"))) == ["ab", "abc", "b"])
        #expect(
            try names(
                ScanRange(start: bytes("ab"), includesStart: false, stop: bytes("ba"), includesStop: true))
                == ["abc", "b", "ba"])
        #expect(try names(ScanRange(prefix: bytes("ab"))) == ["ab", "abc"])
        #expect(try names(ScanRange(start: bytes("b"), stop: bytes("ab"), isReversed: true)) == ["b", "abc"])
        #expect(try names(ScanRange(isReversed: true), limit: 2) == ["c", "ba"])
        #expect(try names(ScanRange(), limit: 2) == ["a", "ab"])
        let scanner = try table.scan()
        var seen: [Int] = []
        var last = 0
        repeat {
            last = try scanner.read(maxRows: 4, onRow: { _ in }, onCell: { _ in })
            seen.append(last)
        } while last == 4
        #expect(seen == [4, 2])
    }

    @Test("a scan sees the table as it was at its start")
    func snapshot() throws {
        let folder = try ScratchFolder()
        let table = try TableStore(folder: folder.path, clock: SystemClock()).ensure(Self.descriptor())
        for key in 0..<50 { try table.put([UInt8(key)], ColumnReference("a", "q"), [1]) }
        let scanner = try table.scan()
        var values: [UInt8] = []
        try scanner.read(maxRows: 10, onRow: { _ in }, onCell: { values.append(contentsOf: $0.value) })
        for key in 0..<60 { try table.put([UInt8(key)], ColumnReference("a", "q"), [2]) }
        try scanner.read(maxRows: .max, onRow: { _ in }, onCell: { values.append(contentsOf: $0.value) })
        #expect(values == [UInt8](repeating: 1, count: 50))
    }
}
