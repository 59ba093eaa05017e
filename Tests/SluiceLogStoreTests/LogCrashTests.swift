import Glibc
import SluiceBase
import SluiceLogStore
import SluiceScratch
import Testing

/// A second process of this same test program appends and is killed without warning, while this one follows.
@Suite("H20 log under kill -9", .serialized)
struct LogCrashTests {
    static let variable = "SLUICE_TEST_LOG_FOLDER"

    private static func open(_ folder: String) -> LogPartition {
        LogPartition(
            disk: SystemDisk(), path: folder + "/0", settings: LogSettings(segmentBytes: 200_000),
            clock: SystemClock())
    }

    /// The record of an offset: its number, then bytes that follow from it, up to 30 KB.
    private static func value(_ offset: Int64) -> [UInt8] {
        var bytes: [UInt8] = Array("\(offset) ".utf8)
        bytes += [UInt8](repeating: UInt8(offset % 251), count: Int(offset &* 7919 % 30_000))
        return bytes
    }

    @Test("the writing process", .enabled(if: getenv(LogCrashTests.variable) != nil))
    func crashingLogWriter() throws {
        let log = Self.open(String(cString: try #require(getenv(Self.variable))))
        var next = try log.nextOffset()
        let batch = LogBatchBuilder()
        while getppid() > 1 {
            batch.removeAll()
            for offset in next..<(next + 1 + next % 5) {
                try batch.append(LogRecord(timestamp: offset, value: Self.value(offset)))
            }
            next = try #require(try log.append(batch)).upperBound
            if next % 64 == 0 { try log.sync() }
        }
    }

    @Test(
        "H20 a reader in another process sees every record once and whole, over several kills of the writer")
    func killedLogWriter() throws {
        let folder = try ScratchFolder()
        let log = Self.open(folder.path)
        let reader = try log.reader(from: 0)
        var next: Int64 = 0
        for round in 0..<4 {
            let child = try TwinProcess(
                running: "crashingLogWriter", variable: Self.variable, value: folder.path)
            let start = next
            var idle = 0
            while next - start < Int64(150 + 37 * round), idle < 20_000 {
                guard let batch = try reader.nextBatch() else {
                    usleep(1000)
                    idle += 1
                    continue
                }
                idle = 0
                next = try check(batch, next)
            }
            #expect(child.killNow(), "round \(round): the writer ended by itself")
            #expect(next - start >= Int64(150 + 37 * round))
            while let batch = try reader.nextBatch() { next = try check(batch, next) }
            #expect(try log.bounds() == 0..<next)
        }
        #expect(try log.append([LogRecord(timestamp: 0, value: Self.value(next))]) == next..<(next + 1))
        let names = try SystemDisk().list(folder.path + "/0").filter { $0.hasSuffix(".log") }
        #expect(names.count > 10)
    }

    private func check(_ batch: LogBatch, _ next: Int64) throws -> Int64 {
        #expect(batch.baseOffset == next)
        var records = batch.records
        while let record = try records.next() {
            #expect(record.value.map { Array($0) } == Self.value(record.offset))
        }
        return batch.nextOffset
    }
}
