import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore
import Testing

@testable import SluiceHBase

private struct NoWaker: Waker { func wake() {} }

/// The readers of changes over feeds that do what clusters do: several rows in an entry, entries that come again, files.
@Suite("readers of changes")
struct ChangesReaderTests {
    private let model: ChangeModel

    init() throws { model = try ChangeModel(seed: 3) }

    private func edit(
        _ batch: inout EditBatch, _ row: String, region: String = "r1", sequence: Int64, part: Int32 = 0,
        _ cells: [(CellType, String, String, Int64, String)]
    ) {
        let number = batch.region(region)
        Array(row.utf8).withUnsafeBytes {
            batch.beginEdit(row: $0, region: number, sequence: sequence, part: part, writeTime: 77)
        }
        for (type, family, qualifier, time, value) in cells {
            Array(family.utf8).withUnsafeBytes { family in
                Array(qualifier.utf8).withUnsafeBytes { qualifier in
                    Array(value.utf8).withUnsafeBytes { value in
                        batch.addCell(
                            type, family: family, qualifier: qualifier, timestamp: time, value: value)
                    }
                }
            }
        }
    }

    private func read(
        _ feed: ScriptedFeed, _ options: [String: String], metadata: [(String, DataType)] = [],
        reports: Lock<[String]> = Lock([])
    ) throws -> [String] {
        let options = options.merging(["scan.startup.mode": "earliest"]) { given, _ in given }
        let table = ChangeModel.resolved(options, metadata: metadata)
        let layout = try ChangesLayout(table, nil, HBaseEnvironment())
        let source = ChangesSource(store: model.store, clusters: ClusterPool(), layout: layout)
        let context = ConnectorContext(clock: model.clock, waker: NoWaker()) { event in
            if case .skippedRow(_, let reason) = event { reports.withLock { $0.append(reason) } }
        }
        let start = ChangesStart(source: source, context: context)
        let reader = source.reader(start, feed, context)
        var lines: [String] = []
        while true {
            switch try reader.poll(maxRows: 100) {
            case .finished: return lines
            case .wait: continue
            case .rows(let batch):
                for row in 0..<batch.rowCount {
                    let values = batch.row(row).map { ChangeSum.text($0) }.joined(separator: "|")
                    lines.append(batch.kind(row).symbol + "|" + values)
                }
            }
        }
    }

    @Test("C2: the rows of one entry come apart, the cells of one row together")
    func entryOfSeveralRows() throws {
        var batch = EditBatch()
        edit(
            &batch, "a", sequence: 4, part: 0,
            [(.put, "f", "a", 10, "x"), (.put, "g", "c", 10, "y"), (.put, "f", "a", 11, "z")])
        edit(&batch, "b", sequence: 4, part: 1, [(.put, "f", "a", 10, "w")])
        edit(&batch, "a", sequence: 5, [(.deleteFamily, "f", "", 11, "")])
        let feed = ScriptedFeed()
        feed.batches = [batch]
        #expect(
            try read(feed, [:]) == [
                "+I|a|z|NULL|y", "+I|b|w|NULL|NULL", "-U|a|z|NULL|y", "+U|a|NULL|NULL|y",
            ])
    }

    @Test("C7: what is shipped twice, in other pieces too, counts once", arguments: ["rows", "edits"])
    func repeated(shape: String) throws {
        var all = EditBatch()
        var half = EditBatch()
        for sequence in Int64(1)...20 {
            let cells = [(CellType.put, "f", "a", sequence, "v\(sequence)")]
            edit(&all, "k", sequence: sequence, cells)
            edit(&all, "k", region: "r2", sequence: sequence, part: 1, cells)
            if sequence > 7 { edit(&half, "k", sequence: sequence, cells) }
        }
        let once = ScriptedFeed()
        once.batches = [all]
        let twice = ScriptedFeed()
        twice.batches = [half, all, half, all]
        let options = ["changelog.mode": shape]
        let expected = try read(once, options)
        let found = try read(twice, options)
        #expect(expected.last?.contains("v20") == true)
        #expect(found.count == (shape == "edits" ? 40 : 25))
        #expect(Set(found.map { $0.dropFirst(2) }).isSubset(of: Set(expected.map { $0.dropFirst(2) })))
    }

    @Test("C7: a window forgets the oldest first")
    func window() {
        var window = EditWindow(limit: 10)
        let region = window.number("r")
        for sequence in Int64(1)...15 {
            let isNew = window.insert(region: region, sequence: sequence, part: 0)
            let isNewAgain = window.insert(region: region, sequence: sequence, part: 0)
            #expect(isNew && !isNewAgain)
        }
        let isForgotten = window.insert(region: region, sequence: 5, part: 0)
        let isNew = window.insert(region: region, sequence: 15, part: 0)
        let other = window.number("s")
        let isOther = window.insert(region: other, sequence: 15, part: 0)
        #expect(isForgotten && !isNew && isOther)
        #expect(window.repeated == 16)
    }

    @Test("C4: a bulk load is a row with its files, or is counted as left out")
    func bulkLoad() throws {
        var batch = EditBatch()
        let region = batch.region("r1")
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        batch.beginEdit(.bulkLoad, row: none, region: region, sequence: 9, writeTime: 5)
        for path in ["t/r1/f/one", "t/r1/f/two"] {
            [UInt8]("f".utf8).withUnsafeBytes { family in
                Array(path.utf8).withUnsafeBytes {
                    batch.addCell(.put, family: family, qualifier: none, timestamp: 5, value: $0)
                }
            }
        }
        let feed = ScriptedFeed()
        feed.batches = [batch]
        #expect(
            try read(
                feed, ["changelog.mode": "edits"],
                metadata: [("op_type", .string), ("bulkload_files", DataType(.array(.string)))])
                == ["+I||NULL|NULL|NULL|BULK_LOAD|t/r1/f/one|t/r1/f/two"])
        let again = ScriptedFeed()
        again.batches = [batch]
        let reports = Lock<[String]>([])
        #expect(try read(again, [:], reports: reports) == [])
        #expect(reports.withLock { $0.count } == 1)
    }

    @Test("C5: what was passed on is acknowledged, nothing else")
    func acknowledged() throws {
        let feed = ScriptedFeed()
        for sequence in Int64(1)...3 {
            var batch = EditBatch()
            edit(&batch, "k", sequence: sequence, [(.put, "f", "a", sequence, "v")])
            feed.batches.append(batch)
        }
        _ = try read(feed, ["changelog.mode": "edits"])
        #expect(feed.acknowledged == [[0], [1], [2], [3]])
    }

    @Test("H31: images outlive being packed, forgotten and brought back", arguments: 1...4)
    func images(seed: Int) throws {
        let layout = try ChangesLayout(ChangeModel.resolved([:]), nil, HBaseEnvironment())
        let images = RowImages(goneLimit: 20)
        let image = RowImage(layout)
        var expected: [String: String] = [:]
        for step in 0..<20_000 {
            let key = "key\(model.random(300))"
            Array(key.utf8).withUnsafeBytes { images.load($0, into: image) }
            let found = image.withValue(0) { $0.map { String(decoding: $0, as: UTF8.self) } }
            #expect(found == expected[key])
            if model.random(4) == 0 {
                image.deleteFamily(0, time: Int64(step))
                expected[key] = nil
            } else {
                let value = String(repeating: "v", count: model.random(200 * seed)) + "\(step)"
                Array(value.utf8).withUnsafeBytes { image.put(0, time: Int64(step), $0) }
                expected[key] = value
            }
            Array(key.utf8).withUnsafeBytes { images.store($0, image) }
            if found != expected[key], step % 100 == 0 { #expect(images.count <= expected.count + 21) }
        }
        #expect(images.byteCount < 300 * 250 * seed * 6 + (4 << 20))
    }

    @Test("H31: an old put under a marker stays hidden, a new one is seen")
    func markers() throws {
        var batch = EditBatch()
        edit(&batch, "k", sequence: 1, [(.put, "f", "a", 100, "x")])
        edit(&batch, "k", sequence: 2, [(.deleteColumn, "f", "a", 100, "")])
        edit(&batch, "k", sequence: 3, [(.put, "f", "a", 90, "old")])
        edit(&batch, "k", sequence: 4, [(.put, "f", "a", 101, "new")])
        edit(&batch, "k", sequence: 5, [(.delete, "f", "a", 101, ""), (.put, "f", "a", 95, "older")])
        edit(&batch, "k", sequence: 6, [(.deleteFamilyVersion, "f", "", 120, "")])
        edit(&batch, "k", sequence: 7, [(.put, "f", "a", 120, "hidden")])
        edit(&batch, "k", sequence: 8, [(.put, "f", "a", 121, "seen")])
        let feed = ScriptedFeed()
        feed.batches = [batch]
        #expect(
            try read(feed, [:]) == [
                "+I|k|x|NULL|NULL", "-D|k|x|NULL|NULL", "+I|k|new|NULL|NULL", "-D|k|new|NULL|NULL",
                "+I|k|seen|NULL|NULL",
            ])
    }
}
