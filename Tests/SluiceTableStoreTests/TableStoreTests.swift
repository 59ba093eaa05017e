import Glibc
import SluiceBase
import SluiceTableStore
import SluiceScratch
import Testing

@Suite("table store")
struct TableStoreTests {
    let folder: ScratchFolder
    let clock = ManualClock(micros: 5_000_000)
    let store: TableStore
    let row = Array("r".utf8)
    let column = ColumnReference("f", "q")

    init() throws {
        folder = try ScratchFolder()
        store = TableStore(folder: folder.path, clock: clock)
    }

    private func makeTable(_ name: String = "t", _ change: (inout HBaseFamilyDescriptor) -> Void = { _ in })
        throws
        -> StoredTable
    {
        var family = try HBaseFamilyDescriptor("f")
        change(&family)
        return try store.ensure(HBaseTableDescriptor(name: HBaseTableName(name), families: [family]))
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return (error as? SQLError)?.message ?? "another error" }
    }

    @Test("within one millisecond the later write of a row wins, also after a delete")
    func sameMillisecond() throws {
        let table = try makeTable()
        for round in 0..<5 {
            try table.put(row, column, [UInt8(round)])
            #expect(try table.get(row)?.value("f", "q") == [UInt8(round)])
            let delete: Mutation.Step
            switch round % 4 {
            case 0: delete = .deleteRow()
            case 1: delete = .deleteColumn(column)
            case 2: delete = .deleteVersion(column)
            default: delete = .deleteFamily(column)
            }
            try table.mutate([Mutation(row: row, [delete])])
            #expect(try table.get(row) == nil, "round \(round)")
        }
        try table.put(Array("other".utf8), column, [1])
        #expect(try table.get(Array("other".utf8))?.cells.first?.timestamp == 5000)
    }

    @Test("HBase's word for now, as a timestamp, is now")
    func latestTimestamp() throws {
        let table = try makeTable()
        try table.put(row, column, [1], timestamp: .max)
        #expect(try table.get(row)?.cells.first?.timestamp == 5000)
        try table.mutate([Mutation(row: row, [.deleteVersion(column, timestamp: .max)])])
        #expect(try table.get(row) == nil)
        try table.put(row, column, [2])
        try table.mutate([Mutation(row: row, [.deleteRow(timestamp: .max)])])
        try table.put(row, column, [3])
        #expect(try table.get(row)?.value("f", "q") == [3])
    }

    @Test("deleting the newest version uncovers the one below it")
    func deleteNewest() throws {
        let table = try makeTable { $0.versions = 3 }
        for value: UInt8 in 1...3 {
            try table.put(row, column, [value])
            clock.advance(micros: 1000)
        }
        try table.mutate([Mutation(row: row, [.deleteVersion(column)])])
        #expect(try table.get(row, ReadOptions(maxVersions: 9))?.cells.map(\.value) == [[2], [1]])
        #expect(try table.get(row, ReadOptions(maxVersions: 9, isRaw: true))?.cells.count == 4)
        try table.compact()
        #expect(try table.get(row, ReadOptions(maxVersions: 9, isRaw: true))?.cells.count == 2)
    }

    @Test("a put below a marker stays hidden until a compaction has removed the marker")
    func hiddenUntilCompaction() throws {
        let table = try makeTable()
        try table.mutate([Mutation(row: row, [.deleteColumn(column, timestamp: 100)])])
        try table.put(row, column, [1], timestamp: 50)
        #expect(try table.get(row) == nil)
        try table.compact()
        #expect(try table.get(row) == nil)
        try table.put(row, column, [1], timestamp: 50)
        #expect(try table.get(row)?.value("f", "q") == [1])
    }

    @Test("KEEP_DELETED_CELLS lets a read of the past see what was deleted since")
    func keepDeleted() throws {
        let table = try makeTable {
            $0.keepDeletedCells = .on
            $0.versions = 3
        }
        try table.put(row, column, [1], timestamp: 10)
        try table.mutate([Mutation(row: row, [.deleteColumn(column, timestamp: 20)])])
        #expect(try table.get(row) == nil)
        #expect(try table.get(row, ReadOptions(maxTimestamp: 20))?.value("f", "q") == [1])
        try table.compact()
        #expect(try table.get(row, ReadOptions(maxTimestamp: 20))?.value("f", "q") == [1])
    }

    @Test("a cell's own time to live ends it")
    func cellTTL() throws {
        let table = try makeTable()
        try table.mutate([Mutation(row: row, [.put(column, value: [1])], timeToLive: 100)])
        clock.advance(micros: 100_000)
        #expect(try table.get(row) != nil)
        clock.advance(micros: 1000)
        #expect(try table.get(row) == nil)
    }

    @Test("a negative time to live has passed, in the log as in the table")
    func negativeTimeToLive() throws {
        let table = try makeTable()
        try table.mutate([Mutation(row: row, [.put(column, value: [1])], timeToLive: -5)])
        clock.advance(micros: 1000)
        #expect(try table.get(row) == nil)
        var times: [Int64?] = []
        try table.readEdits(after: 0, limit: 10) { edit in _ = edit.forEachCell { times.append($0.ttl) } }
        #expect(times == [0])
    }

    @Test("increments wrap, append grows, and a column of another width is refused")
    func increments() throws {
        let table = try makeTable()
        #expect(try table.increment(row, column, by: 5) == 5)
        #expect(try table.increment(row, column, by: -7) == -2)
        #expect(try table.increment(row, column, by: .min) == .max - 1)
        let text = ColumnReference("f", "s")
        let results = try table.mutate([Mutation(row: row, [.append(text, [1, 2]), .append(text, [3])])])
        #expect(results.map(\.value) == [[1, 2], [1, 2, 3]])
        #expect(
            message { try table.increment(row, text, by: 1) }
                == "the column \"f:s\" cannot be incremented: it is 3 bytes wide, not 8")
        clock.advance(micros: 9000)
        try table.increment(row, column, by: 1)
        #expect(try table.get(row, ReadOptions(columns: [column], isRaw: true))?.cells.count == 1)
    }

    @Test("conditions compare as HBase does")
    func conditions() throws {
        let table = try makeTable()
        let other = ColumnReference("f", "other")
        let change = Mutation(row: row, [.put(other, value: [9])])
        func holds(_ comparison: CellCondition.Comparison, _ value: [UInt8]) throws -> Bool {
            try table.mutate(change, if: CellCondition(column, comparison, value))
        }
        #expect(try table.get(row) == nil)
        #expect(try !holds(.greater, [1]))
        #expect(try !holds(.notEqual, [1]))
        #expect(try table.get(row) == nil)
        #expect(try holds(.equal, []))
        try table.put(row, column, [5])
        #expect(try holds(.greater, [6]))
        #expect(try !holds(.greater, [5]))
        #expect(try holds(.lessOrEqual, [5]))
        #expect(try holds(.less, [4, 0xFF]))
        #expect(try !table.mutate(change, if: .isAbsent(column)))
        #expect(try table.mutate(change, if: .isAbsent(ColumnReference("f", "none"))))
    }

    @Test("a look-up lends the cells of every key, equal keys too")
    func lookUp() throws {
        let table = try makeTable()
        for key in 0..<20 where key % 3 != 0 {
            try table.put([UInt8(key)], column, [UInt8(key), 1])
            try table.put([UInt8(key)], ColumnReference("f", "unwanted"), [0])
        }
        let bytes: [UInt8] = [7, 3, 1, 7, 19, 200]
        var found: [Int: [UInt8]] = [:]
        try bytes.withUnsafeBytes { keys in
            try table.lookUp(
                count: bytes.count + 1,
                key: { index in
                    index == bytes.count
                        ? UnsafeRawBufferPointer(start: nil, count: 0)
                        : UnsafeRawBufferPointer(rebasing: keys[index..<(index + 1)])
                }, ReadOptions(columns: [ColumnReference("f", "absent"), column])
            ) { index, cell in
                #expect(cell.column == 1)
                found[index] = [UInt8](cell.value)
            }
        }
        #expect(found == [0: [7, 1], 2: [1, 1], 3: [7, 1], 4: [19, 1]])
    }

    @Test("a wide row is read by seeking to the wanted columns")
    func wideRow() throws {
        let table = try makeTable { $0.versions = 100 }
        var steps: [Mutation.Step] = []
        for index in 0..<300 {
            for version: Int64 in 1...3 {
                let name = ColumnReference("f", "c\(1000 + index)")
                steps.append(.put(name, value: [UInt8(version)], timestamp: version))
            }
        }
        try table.mutate([Mutation(row: row, steps)])
        let wanted = [
            ColumnReference("f", "c1250"), ColumnReference("f", "c1003"), ColumnReference("f", "z"),
        ]
        let cells = try table.get(row, ReadOptions(columns: wanted))?.cells ?? []
        #expect(cells.map { String(decoding: $0.qualifier, as: UTF8.self) } == ["c1003", "c1250"])
        #expect(cells.allSatisfy { $0.value == [3] })
        #expect(try table.get(row)?.cells.count == 300)
        #expect(try table.get(row, ReadOptions(maxVersions: 2))?.cells.count == 600)
    }

    @Test("the edit log tells every change in commit order, and remembers its reader")
    func editLog() throws {
        let table = try makeTable()
        try table.put(row, column, [1])
        try table.increment([2], column, by: 3)
        try table.mutate([Mutation(row: row, [.deleteRow()])])
        let edits = try table.edits(after: 0, limit: 10)
        #expect(edits.map(\.row) == [row, [2], row])
        #expect(edits.map(\.sequence) == [1, 2, 3])
        #expect(edits.flatMap { $0.cells.map(\.type) } == [.put, .put, .deleteFamily])
        #expect(edits[1].cells[0].value == [0, 0, 0, 0, 0, 0, 0, 3])
        #expect(try table.edits(after: 2, limit: 10).count == 1)
        try table.setEditReader("job", position: 2)
        #expect(try table.editReaderPosition("job") == 2)
        #expect(try table.lastEdit() == 3)
        let silent = try makeTable("silent") { $0.replicationScope = 0 }
        try silent.put(row, column, [1])
        #expect(try silent.lastEdit() == 0)
    }

    @Test("tables are created, listed, altered, truncated, dropped and created again")
    func lifecycle() throws {
        let table = try makeTable("ns1:Table-1.x")
        _ = try makeTable("a")
        #expect(try store.list().map(\.description) == ["a", "ns1:Table-1.x"])
        let name = table.name
        let again = try HBaseTableDescriptor(name: name, families: [HBaseFamilyDescriptor("f")])
        #expect(message { try store.create(again) } == "the table \"ns1:Table-1.x\" exists already")
        try table.put(row, column, [1])
        try table.alter { (families) throws(SQLError) in
            var second = try HBaseFamilyDescriptor("g")
            try second.set("TTL", to: "60")
            families.append(second)
        }
        let other = try TableStore(folder: folder.path, clock: clock).table(name)
        try other.put(row, ColumnReference("g", "x"), [2])
        #expect(try table.get(row)?.cells.count == 2)
        #expect(try table.descriptor().families[1].timeToLive == 60)
        try table.alter { families in families.removeAll { $0.name == "f" } }
        #expect(try other.get(row)?.cells.count == 1)
        #expect(
            message { try other.put(row, column, [1]) } == "the table \"ns1:Table-1.x\" has no family \"f\"")
        try table.truncate()
        #expect(try table.get(row) == nil)
        try table.put(row, ColumnReference("g", "x"), [2])
        try store.drop(name)
        #expect(message { _ = try other.get(row) } == "the table \"ns1:Table-1.x\" does not exist")
        #expect(try store.list().map(\.description) == ["a"])
        try store.create(again)
        #expect(try store.table(name).rows().isEmpty)
        try other.put(row, column, [7])
        #expect(try store.table(name).get(row)?.value("f", "q") == [7])
    }

    @Test("names and limits are checked")
    func names() throws {
        for name in ["", "a:b:c", "a/b", "-a", ".a", "n-s:t", ":t", "../x"] {
            #expect(throws: SQLError.self, "\(name)") { try HBaseTableName(name) }
        }
        for name in ["", "a:b", ".a", "a b"] {
            #expect(throws: SQLError.self, "\(name)") { try HBaseFamilyDescriptor(name) }
        }
        let table = try makeTable()
        #expect(message { try table.put([], column, []) } == "a row key of 0 bytes: it must have 1 to 32767")
        #expect(message { try table.put(row, column, [], timestamp: -1) } == "the timestamp -1 is negative")
        let huge = [UInt8](repeating: 0, count: 10_485_760)
        #expect(message { try table.put(row, column, huge) } == "a cell exceeds the limit of 10485760 bytes")
    }

    @Test("a transaction that fails leaves nothing, not even an edit")
    func rollback() throws {
        let table = try makeTable()
        let fault = SQLError(.internalError, "stop")
        #expect(throws: fault) {
            try table.write { (writer) throws(SQLError) in
                var results: [StoredCell] = []
                try writer.apply(Mutation(row: row, [.put(column, value: [1])]), &results)
                throw fault
            }
        }
        #expect(try table.get(row) == nil)
        #expect(try table.lastEdit() == 0)
    }

    @Test("increments of many connections at once add up")
    func concurrentIncrements() async throws {
        let path = folder.path
        let system = SystemClock()
        let name = try HBaseTableName("counters")
        let first = TableStore(folder: path, clock: system)
        _ = try first.ensure(HBaseTableDescriptor(name: name, families: [HBaseFamilyDescriptor("f")]))
        let column = column
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    // A store of its own is what another process would have.
                    let table = try TableStore(folder: path, clock: system).table(name)
                    for step in 0..<100 {
                        try table.increment([UInt8(step % 3)], column, by: Int64(worker + 1))
                    }
                }
            }
            try await group.waitForAll()
        }
        let table = try first.table(name)
        let sums = try table.rows().map { row -> Int64 in
            row.cells[0].value.withUnsafeBytes { HBaseBytes.int64($0) } ?? 0
        }
        #expect(sums == [340, 330, 330])
        #expect(try table.lastEdit() == 400)
    }

    @Test("a copy of the files at any moment of a write holds whole transactions only")
    func crashImages() throws {
        let table = try makeTable()
        let left = ColumnReference("f", "left")
        let right = ColumnReference("f", "right")
        var results: [StoredCell] = []
        for step in 0..<12 {
            try table.write { (writer) throws(SQLError) in
                try writer.apply(Mutation(row: row, [.increment(left, by: 1)]), &results)
                for filler in 0..<40 {
                    let value = [UInt8](repeating: UInt8(filler), count: 5000)
                    let column = ColumnReference("f", "fill\(filler)")
                    try writer.apply(Mutation(row: [1], [.put(column, value: value)]), &results)
                }
                do {
                    let image = try ScratchFolder()
                    mkdir(image.path + "/default", 0o755)
                    for suffix in ["", "-wal"] {
                        try copyFile(table.path + suffix, image.path + "/default/t.db" + suffix)
                    }
                    let copy = try TableStore(folder: image.path, clock: clock).table(HBaseTableName("t"))
                    let found = try copy.get(row)
                    #expect(found?.value("f", "left") == found?.value("f", "right"), "step \(step)")
                    #expect((found == nil) == (step == 0))
                } catch { Issue.record("step \(step): \(error)") }
                try writer.apply(Mutation(row: row, [.increment(right, by: 1)]), &results)
            }
        }
    }

    private func copyFile(_ source: String, _ target: String) throws {
        let from = open(source, O_RDONLY)
        let to = open(target, O_WRONLY | O_CREAT, 0o644)
        defer {
            close(from)
            close(to)
        }
        try #require(from >= 0 && to >= 0)
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(from, &buffer, buffer.count)
            if count <= 0 { break }
            try #require(write(to, buffer, count) == count)
        }
    }
}
