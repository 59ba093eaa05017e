import SluiceBase
import SluiceTableStore
import SluiceScratch
import Testing

/// The log of a table's edits: what stays of it, what it says, and who may read it while it grows.
@Suite("edit log")
struct EditLogTests {
    let folder: ScratchFolder
    let clock = ManualClock(micros: 5_000_000)
    let row = Array("r".utf8)
    let column = ColumnReference("f", "q")

    init() throws { folder = try ScratchFolder() }

    private func makeTable(
        _ retention: EditRetention = EditRetention(), versions: Int = 1
    ) throws -> StoredTable {
        var family = try HBaseFamilyDescriptor("f")
        family.versions = versions
        let store = TableStore(folder: folder.path, clock: clock, retention: retention)
        return try store.ensure(HBaseTableDescriptor(name: HBaseTableName("t"), families: [family]))
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return (error as? SQLError)?.message ?? "another error" }
    }

    @Test("H30: the log keeps a number of edits, and says so when older ones are asked for")
    func keepsNumber() throws {
        let table = try makeTable(EditRetention(edits: 100, bytes: 1 << 30))
        for step in 0..<1000 {
            try table.put(row, column, [UInt8(step & 0xFF)])
            clock.advance(micros: 1000)
        }
        let log = try table.editLog()
        #expect(log.last == 1000)
        #expect(!log.isComplete)
        let first = try #require(log.first)
        #expect((870...901).contains(first))
        #expect(try table.edits(after: first - 1, limit: 1).map(\.sequence) == [first])
        #expect(
            message { _ = try table.edits(after: first - 2, limit: 1) }
                == "the edit log of \"t\" begins at \(first), the edits after \(first - 2) are gone")
        // The write times are milliseconds 5000 to 5999.
        #expect(log.firstWritten == 5000 + first - 1)
        #expect(try table.lastEdit(before: 5950) == 950)
        #expect(try table.lastEdit(before: log.firstWritten) == nil)
        #expect(try table.lastEdit(before: 9000) == 1000)
    }

    @Test("H30: the log keeps a number of bytes", arguments: [4_000, 40_000])
    func keepsBytes(size: Int) throws {
        let table = try makeTable(EditRetention(edits: 1_000_000, bytes: 400_000))
        let value = [UInt8](repeating: 7, count: size)
        for _ in 0..<300 { try table.put(row, column, value) }
        let log = try table.editLog()
        let kept = Int(log.last - (log.first ?? 0) + 1)
        #expect(kept * size <= 450_000 + size)
        #expect(kept * size >= 350_000)
    }

    @Test("H30: who registered holds the log back, but not without limit")
    func readers() throws {
        let table = try makeTable(EditRetention(edits: 50, bytes: 1 << 30, heldEdits: 400))
        try table.setEditReader("slow", position: 0)
        for _ in 0..<300 { try table.put(row, column, [1]) }
        #expect(try table.editLog().first == 1)
        for _ in 0..<700 { try table.put(row, column, [1]) }
        let held = try #require(try table.editLog().first)
        #expect((500...601).contains(held))
        try table.removeEditReader("slow")
        for _ in 0..<10 { try table.put(row, column, [1]) }
        #expect(try #require(try table.editLog().first) > 950)
    }

    @Test("H30: a deleted version is followed by what it uncovers")
    func uncovered() throws {
        let table = try makeTable(versions: 3)
        for value: UInt8 in 1...3 {
            try table.put(row, column, [value])
            clock.advance(micros: 1000)
        }
        try table.mutate([Mutation(row: row, [.deleteVersion(column)])])
        let edit = try #require(try table.edits(after: 3, limit: 1).first)
        #expect(edit.cells.map(\.type) == [.delete, .put])
        #expect(edit.cells[1].value == [2])
        #expect(edit.cells[1].timestamp == 5001)
        try table.mutate([
            Mutation(row: row, [.deleteFamilyVersion(ColumnReference("f", nil), timestamp: 5001)])
        ])
        let second = try #require(try table.edits(after: 4, limit: 1).first)
        #expect(second.cells.map(\.type) == [.deleteFamilyVersion, .put])
        #expect(second.cells[1].value == [1])
        try table.mutate([Mutation(row: row, [.deleteVersion(column)])])
        #expect(try table.edits(after: 5, limit: 1).first?.cells.map(\.type) == [.delete])
    }

    @Test("H31: emptying a table ends its log, and says so to those who read it")
    func emptied() throws {
        let table = try makeTable()
        for _ in 0..<5 { try table.put(row, column, [1]) }
        try table.truncate()
        let log = try table.editLog()
        #expect(log.first == 6 && log.last == 6 && log.origin == 6 && log.isComplete)
        var emptyRows = 0
        try table.readEdits(after: 5, limit: 9) { edit in if edit.row.count == 0 { emptyRows += 1 } }
        #expect(emptyRows == 1)
        #expect(message { _ = try table.edits(after: 3, limit: 1) } != "no error")
        try table.put(row, column, [2])
        #expect(try table.edits(after: log.origin, limit: 9).map(\.sequence) == [7])
    }

    @Test("H31: edits are read by another process while they are written, each once and in order")
    func whileWriting() async throws {
        let path = folder.path
        let system = SystemClock()
        let name = try HBaseTableName("t")
        let first = TableStore(folder: path, clock: system)
        let writer = try first.ensure(
            HBaseTableDescriptor(name: name, families: [HBaseFamilyDescriptor("f")]))
        let column = column
        async let written: Void = {
            for step in 0..<400 { try writer.put([UInt8(step & 0x0F)], column, [UInt8(step & 0xFF)]) }
        }()
        // A store of its own is what another process would have.
        let reader = try TableStore(folder: path, clock: system).table(name)
        var sequences: [Int64] = []
        var waits = 0
        while sequences.count < 400, waits < 10_000 {
            let edits = try reader.edits(after: sequences.last ?? 0, limit: 37)
            if edits.isEmpty {
                waits += 1
                try await Task.sleep(for: .milliseconds(1))
            }
            sequences += edits.map(\.sequence)
        }
        try await written
        #expect(sequences == Array(1...400))
    }
}
