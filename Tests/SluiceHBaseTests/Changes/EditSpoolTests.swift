import SluiceBase
import SluiceHBaseClient
import Testing

@testable import SluiceHBase

/// Edits between the network and the reader.
@Suite struct EditSpoolTests {
    private final class Answers: Sendable {
        let verdicts = Lock<[String]>([])

        func keep(_ entries: [WALEntry], in spool: EditSpool) {
            spool.keep(entries) { [self] verdict in
                let text: String
                switch verdict {
                case .kept: text = "kept"
                case .busy: text = "busy"
                case .failed(let reason): text = "failed: \(reason)"
                }
                verdicts.withLock { $0.append(text) }
            }
        }

        var count: Int { verdicts.withLock { $0.count } }

        func wait(for count: Int) -> [String] {
            for _ in 0..<1000 {
                if self.count >= count { break }
                SpoolPause.tenMilliseconds()
            }
            return verdicts.withLock { $0 }
        }
    }

    private func entry(_ sequence: UInt64, region: String = "r", bytes: Int = 10) -> WALEntry {
        WALEntry(
            region: Array(region.utf8), table: Array("t".utf8), sequence: sequence, writeTimeMillis: 1000,
            cells: [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: bytes))
    }

    private func open(
        _ disk: any Disk, limit: Int = 1 << 30, pieceBytes: Int = 1 << 20
    ) throws -> EditSpool {
        try EditSpool(
            folder: "/spool", limit: limit, isSerial: true, disk: disk, clock: ManualClock(),
            pieceBytes: pieceBytes
        ) {}
    }

    private func sequences(_ spool: EditSpool, from offset: Int64? = nil) throws -> [UInt64] {
        let cursor = try spool.cursor(from: offset ?? spool.bounds().lowerBound)
        var found: [UInt64] = []
        while let entry = try cursor.next() { found.append(entry.sequence) }
        return found
    }

    /// C5: what was answered is there after the power went; what was not is not needed.
    @Test func C5_whatIsAnsweredSurvivesACrash() throws {
        let disk = MemoryDisk()
        let spool = try open(disk)
        let answers = Answers()
        answers.keep([entry(1), entry(2)], in: spool)
        #expect(answers.wait(for: 1) == ["kept"])
        disk.crash()
        let again = try open(disk)
        #expect(try sequences(again) == [1, 2])
    }

    /// C5: without a sync there is no answer that says kept, and the entries are new when they come again.
    @Test func C5_noAnswerWithoutASync() throws {
        let disk = MemoryDisk()
        let spool = try open(disk)
        let answers = Answers()
        answers.keep([entry(1)], in: spool)
        #expect(answers.wait(for: 1) == ["kept"])
        disk.fail("sync", code: 5)
        answers.keep([entry(2)], in: spool)
        #expect(answers.wait(for: 2).last?.hasPrefix("failed") ?? false)
        #expect(spool.failure != nil)
        spool.close()
        disk.crash()
        let again = try open(disk)
        #expect(try sequences(again) == [1])
        answers.keep([entry(2)], in: again)
        #expect(answers.wait(for: 3).last == "kept")
        #expect(try sequences(again) == [1, 2])
    }

    /// C7: repetitions are answered and not kept, also over restarts and when the first ones were removed.
    @Test func C7_repetitionsAreNotKept() throws {
        let disk = MemoryDisk()
        let first = try open(disk)
        let answers = Answers()
        answers.keep([entry(1), entry(2), entry(2)], in: first)
        answers.keep([entry(2), entry(3), entry(1, region: "s")], in: first)
        #expect(answers.wait(for: 2) == ["kept", "kept"])
        #expect(try sequences(first) == [1, 2, 3, 1])
        first.acknowledge(4)
        try first.trim(4)
        first.close()
        let second = try open(disk)
        answers.keep([entry(1), entry(2), entry(3), entry(4), entry(1, region: "s")], in: second)
        #expect(answers.wait(for: 3).last == "kept")
        #expect(try sequences(second) == [4])
        #expect(second.repeatedCount == 4)
    }

    /// Beyond its bound it answers nothing until something was passed on; nothing is dropped.
    @Test func aFullSpoolHoldsItsAnswersBack() throws {
        let spool = try open(MemoryDisk(), limit: 5000)
        let answers = Answers()
        for sequence in 1...10 as ClosedRange<UInt64> {
            answers.keep([entry(sequence, bytes: 2000)], in: spool)
        }
        SpoolPause.tenMilliseconds()
        let early = answers.wait(for: 3).count
        #expect(early < 10)
        var read: Int64 = 0
        for _ in 0..<100 where answers.count < 10 {
            let cursor = try spool.cursor(from: read)
            while try cursor.next() != nil { read = cursor.offset }
            spool.acknowledge(read)
            SpoolPause.tenMilliseconds()
        }
        #expect(answers.wait(for: 10) == Array(repeating: "kept", count: 10))
        #expect(try sequences(spool) == Array(1...10))
    }

    /// The reader sees what is appended before its sync has come back: then there is room at once.
    @Test func roomIsMadeByReadersThatAreFaster() throws {
        let spool = try open(MemoryDisk(), limit: 5000)
        let answers = Answers()
        spool.acknowledge(2)
        answers.keep([entry(1, bytes: 6000), entry(2, bytes: 6000)], in: spool)
        answers.keep([entry(3, bytes: 2000)], in: spool)
        #expect(answers.wait(for: 2) == ["kept", "kept"])
        #expect(spool.keptBytes < 3000)
    }

    @Test func hugeEntriesAreKeptInPieces() throws {
        let disk = MemoryDisk()
        let spool = try open(disk, pieceBytes: 3000)
        let answers = Answers()
        answers.keep([entry(1), entry(2, bytes: 10_000), entry(3)], in: spool)
        #expect(answers.wait(for: 1) == ["kept"])
        let cursor = try spool.cursor(from: 0)
        #expect(try cursor.next() == entry(1))
        #expect(try cursor.next() == entry(2, bytes: 10_000))
        #expect(try cursor.next()?.sequence == 3)
        #expect(cursor.damaged == 0)
    }

    /// A position is where reading goes on.
    @Test func positionsAreKept() throws {
        let spool = try open(MemoryDisk())
        let answers = Answers()
        answers.keep((1...5).map { entry($0) }, in: spool)
        _ = answers.wait(for: 1)
        let cursor = try spool.cursor(from: 0)
        #expect(try cursor.next()?.sequence == 1)
        #expect(try cursor.next()?.sequence == 2)
        #expect(try sequences(spool, from: cursor.offset) == [3, 4, 5])
        #expect(try cursor.next()?.sequence == 3)
    }

    @Test func oneJobHasASpool() throws {
        let disk = MemoryDisk()
        let first = try open(disk)
        let error = #expect(throws: SQLError.self) { _ = try open(disk) }
        #expect(error?.message.contains("another job receives the edits") ?? false)
        first.close()
        _ = try open(disk)
    }
}
