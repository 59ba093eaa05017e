import Glibc
import SluiceBase
import SluiceTableStore
import SluiceScratch
import Testing

/// A second process of this same test program writes and is killed without warning.
@Suite("table store under kill -9", .serialized)
struct CrashTests {
    static let variable = "SLUICE_TEST_CRASH_FOLDER"
    static let left = ColumnReference("f", "left")
    static let right = ColumnReference("g", "right")
    static let bulk = ColumnReference("f", "bulk")

    private static func openTable(_ folder: String) throws -> StoredTable {
        let store = TableStore(folder: folder, clock: SystemClock())
        let families = try [HBaseFamilyDescriptor("f"), HBaseFamilyDescriptor("g")]
        return try store.ensure(HBaseTableDescriptor(name: HBaseTableName("t"), families: families))
    }

    @Test("the writing process", .enabled(if: getenv(CrashTests.variable) != nil))
    func crashingWriter() throws {
        let folder = String(cString: try #require(getenv(Self.variable)))
        let table = try Self.openTable(folder)
        var step: UInt64 = 0
        while getppid() > 1 {
            step += 1
            let row = [UInt8(step % 5)]
            let filler = [UInt8](repeating: UInt8(step % 251), count: Int(step % 3000))
            try table.mutate([
                Mutation(
                    row: row,
                    [
                        .increment(Self.left, by: 1), .put(Self.bulk, value: filler),
                        .increment(Self.right, by: 1),
                    ])
            ])
            if step % 50 == 0 { try table.compact() }
        }
    }

    private func counter(_ row: StoredRow, _ family: String, _ qualifier: String) -> Int64 {
        row.value(family, qualifier).flatMap { value in value.withUnsafeBytes { HBaseBytes.int64($0) } } ?? -1
    }

    @Test("whatever was committed is there, whole, after each of several kills")
    func killedWriter() throws {
        let folder = try ScratchFolder()
        var random = RandomSource(seed: UInt64(getpid()))
        var committed: Int64 = 0
        for round in 0..<4 {
            let child = try TwinProcess(
                running: "crashingWriter", variable: Self.variable, value: folder.path)
            let table = try Self.openTable(folder.path)
            // The child is at work when edits appear; then it is killed at some moment.
            var waits = 0
            while try table.lastEdit() <= committed, waits < 2000 {
                usleep(10_000)
                waits += 1
            }
            let seen = try table.lastEdit()
            usleep(UInt32(random.next() % 150_000))
            #expect(child.killNow(), "round \(round): the writer ended by itself")

            let rows = try Self.openTable(folder.path).rows()
            let sums = rows.map { counter($0, "f", "left") }
            #expect(sums == rows.map { counter($0, "g", "right") }, "round \(round)")
            committed = try table.lastEdit()
            #expect(committed >= seen)
            // One edit a transaction, each with two increments and a put of one row.
            #expect(sums.reduce(0, +) == committed, "round \(round)")
            let last = try table.edits(after: committed - 1, limit: 2)
            #expect(last.first?.cells.count == 3)
        }
        #expect(committed > 0)
    }
}
