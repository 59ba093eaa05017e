import SluiceBase
import SluiceLogStore
import Testing

@Suite("H20 log partitions")
struct LogPartitionTests {
    @Test("H20 records come back as they were, by offset")
    func roundTrip() throws {
        let disk = MemoryDisk()
        let log = partition(disk)
        #expect(try log.bounds() == 0..<0)
        #expect(try everything(log) == [])
        #expect(try log.append(expected(0..<5)) == 0..<5)
        #expect(try log.append([numbered(5)]) == 5..<6)
        let odd = [
            LogRecord(timestamp: -1, key: [], value: []), LogRecord(timestamp: .max, key: nil, value: nil),
            LogRecord(
                timestamp: .min, value: [0], headers: [LogRecord.Header("", []), LogRecord.Header("x", nil)]),
        ]
        #expect(try log.append(odd) == 6..<9)
        let all = try everything(log)
        #expect(all.map(\.offset) == Array(0..<9))
        #expect(Array(all[..<6]) == expected(0..<6))
        #expect(all[6].key == [] && all[6].value == [] && all[7].key == nil && all[7].value == nil)
        #expect(all[8].headers == odd[2].headers && all[8].timestamp == .min)
        // Another owner of the same files.
        let other = partition(disk)
        #expect(try other.read(from: 4).map(\.offset) == [4, 5, 6, 7, 8])
        #expect(try other.append([numbered(9)]) == 9..<10)
        #expect(try log.append([numbered(10)]) == 10..<11)
        #expect(try other.bounds() == 0..<11)
        #expect(throws: LogError.outOfRange(offset: 12, kept: 0..<11)) { try log.reader(from: 12) }
        #expect(throws: LogError.self) { try log.append(LogBatchBuilder()) }
    }

    @Test("H20 whatever a writer killed inside a batch leaves, no torn record is seen and offsets go on")
    func tornAtEveryByte() throws {
        let whole = MemoryDisk()
        let log = partition(whole)
        try log.append(expected(0..<3))
        let path = "/log/t/0/00000000000000000000.log"
        let first = try #require(whole.contents(path)).count
        try log.append(expected(3..<6))
        let bytes = try #require(whole.contents(path))
        for length in 0..<bytes.count {
            let disk = MemoryDisk()
            disk.store(path, Array(bytes[..<length]))
            let kept = length < first ? 0 : 3
            let reader = partition(disk)
            #expect(try everything(reader) == expected(0..<kept), "cut at \(length)")
            let follower = try reader.reader(from: 0)
            while try follower.nextBatch() != nil {}
            // The next writer cuts the rest; a reader that stood before it goes on with what replaced it.
            let writer = partition(disk)
            #expect(try writer.append(expected(kept..<(kept + 2))) == Int64(kept)..<Int64(kept + 2))
            #expect(try everything(writer) == expected(0..<(kept + 2)), "cut at \(length)")
            let batch = try #require(try follower.nextBatch())
            #expect(batch.baseOffset == Int64(kept) && batch.count == 2)
        }
    }

    @Test("a write that fails half-way leaves nothing behind")
    func fullDisk() throws {
        let memory = MemoryDisk()
        for changes in 0..<4 {
            let disk = FaultDisk(memory, changes: changes)
            _ = try? partition(disk).append([numbered(0)])
            #expect(try everything(partition(memory)).count <= changes)
        }
        memory.fail("write", code: 28)
        let log = partition(memory)
        let before = try log.bounds()
        #expect(throws: LogError.self) { try log.append([numbered(1)]) }
        #expect(try log.append([numbered(1)]).lowerBound == before.upperBound)
    }

    @Test("after a failed sync nothing more is promised")
    func failedSync() throws {
        let disk = MemoryDisk()
        let log = partition(disk)
        try log.append([numbered(0)])
        disk.fail("sync", code: 5)
        #expect(throws: LogError.self) { try log.append([numbered(1)]) }
        #expect(throws: LogError.self) { try log.sync() }
        #expect(throws: LogError.self) { try log.append([numbered(2)]) }
        disk.crash()
        #expect(try everything(partition(disk)) == expected(0..<1))
    }

    @Test("a changed byte is damage where it was durable, and a torn end where it was not")
    func changedByte() throws {
        let path = "/log/t/0/00000000000000000000.log"
        let disk = MemoryDisk()
        let log = partition(disk)
        try log.append(expected(0..<2))
        let first = try #require(disk.contents(path)).count
        try log.append(expected(2..<4))
        let bytes = try #require(disk.contents(path))
        for place in 0..<bytes.count {
            var changed = bytes
            changed[place] ^= 0x20
            disk.store(path, changed)
            if place < first {
                // The second batch says that the first was durable.
                let fresh = partition(disk)
                #expect(throws: LogError.self, "byte \(place)") { _ = try everything(fresh) }
            } else {
                #expect(try everything(partition(disk)) == expected(0..<2), "byte \(place)")
                #expect(try partition(disk).append([numbered(2)]) == 2..<3, "byte \(place)")
            }
        }
    }

    @Test("H20 a batch without its body, as a power cut leaves it, counts for nobody")
    func missingBody() throws {
        let path = "/log/t/0/00000000000000000000.log"
        let disk = MemoryDisk()
        let log = partition(disk)
        try log.append(expected(0..<2))
        try log.append(expected(2..<4))
        var bytes = try #require(disk.contents(path))
        bytes[bytes.count - 1] ^= 0x20
        disk.store(path, bytes)
        // A reader that stops at the end must get there.
        #expect(try partition(disk).bounds() == 0..<2)
        let reader = try partition(disk).reader(from: 0)
        #expect(try reader.nextBatch()?.nextOffset == 2)
        #expect(try reader.nextBatch() == nil)
        #expect(try partition(disk).append(expected(2..<5)) == 2..<5)
        #expect(try everything(partition(disk)) == expected(0..<5))
    }

    @Test("bytes of any kind are refused, not trusted")
    func noise() throws {
        let path = "/log/t/0/00000000000000000000.log"
        var random = RandomSource(seed: 7)
        let disk = MemoryDisk()
        try partition(disk).append(expected(0..<20))
        let good = try #require(disk.contents(path))
        for _ in 0..<300 {
            var bytes = good
            for _ in 0..<(Int(random.next() % 6) + 1) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            disk.store(path, bytes)
            _ = try? everything(partition(disk))
        }
        for length in 0..<200 {
            disk.store(path, (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) })
            #expect(try everything(partition(disk)) == [])
        }
    }

    @Test("a batch is found again by its tag")
    func tags() throws {
        let log = partition(settings: LogSettings(segmentBytes: 300))
        let batch = LogBatchBuilder()
        for number in 0..<20 {
            batch.removeAll()
            batch.tag = number % 5 == 3 ? UInt64(number) : 0
            try batch.append(numbered(number))
            _ = try log.append(batch)
        }
        #expect(try log.batch(tagged: 13, from: 0) == 13..<14)
        #expect(try log.batch(tagged: 13, from: 13) == 13..<14)
        #expect(try log.batch(tagged: 13, from: 14) == nil)
        #expect(try log.batch(tagged: 99, from: 0) == nil)
    }

    @Test("batches that are too large are refused and change nothing")
    func tooLarge() throws {
        let batch = LogBatchBuilder()
        let large = [UInt8](repeating: 1, count: 33 << 20)
        try batch.append(LogRecord(timestamp: 0, value: large))
        #expect(throws: LogError.self) { try batch.append(LogRecord(timestamp: 0, value: large)) }
        #expect(batch.count == 1)
        let disk = MemoryDisk()
        #expect(try partition(disk).append(batch) == 0..<1)
        #expect(try partition(disk).read(from: 0).first?.value?.count == 33 << 20)
    }
}
