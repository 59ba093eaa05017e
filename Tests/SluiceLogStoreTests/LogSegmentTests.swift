import SluiceBase
import SluiceLogStore
import Testing

@Suite("H20 log segments and retention")
struct LogSegmentTests {
    static let small = LogSettings(segmentBytes: 400)

    @Test("readers and look-ups by offset and time go over many segments")
    func manySegments() throws {
        let disk = MemoryDisk()
        let log = partition(disk, settings: Self.small)
        let early = try log.reader(from: 0)
        var followed: [Int64] = []
        for number in 0..<200 {
            try log.append([numbered(number)], sync: number % 3 == 0)
            while let batch = try early.nextBatch() { followed.append(batch.baseOffset) }
        }
        #expect(followed == Array(0..<200))
        #expect(try everything(log) == expected(0..<200))
        let segments = try disk.list("/log/t/0").filter { $0.hasSuffix(".log") }
        #expect(segments.count > 20)
        let other = partition(disk, settings: Self.small)
        for start in [0, 1, 57, 58, 199] {
            #expect(try other.read(from: Int64(start)) == expected(start..<200))
        }
        for time in [Int64(0), 1000, 1001, 1100, 1199] {
            #expect(try other.offset(atOrAfter: time) == max(0, time - 1000))
        }
        #expect(try other.offset(atOrAfter: 1200) == nil)
        // Without their indexes they are walked.
        for name in try disk.list("/log/t/0") where name.hasSuffix(".index") {
            try disk.remove("/log/t/0/" + name)
        }
        #expect(try other.read(from: 123) == expected(123..<200))
        #expect(try other.offset(atOrAfter: 1050) == 50)
    }

    @Test("a time is found among times that go up and down")
    func times() throws {
        var random = RandomSource(seed: 3)
        let log = partition(settings: Self.small)
        var times: [Int64] = []
        for _ in 0..<150 {
            let count = Int(random.next() % 4) + 1
            let fresh = (0..<count).map { _ in Int64(random.next() % 1000) }
            try log.append(fresh.map { LogRecord(timestamp: $0, value: []) }, sync: false)
            times += fresh
        }
        for time in stride(from: Int64(-5), to: 1010, by: 7) {
            #expect(try log.offset(atOrAfter: time) == times.firstIndex { $0 >= time }.map { Int64($0) })
        }
    }

    @Test("a large segment is entered by its index")
    func sparseIndex() throws {
        let disk = MemoryDisk()
        let log = partition(disk, settings: LogSettings(segmentBytes: 1 << 20))
        let batch = LogBatchBuilder()
        for number in 0..<300 {
            batch.removeAll()
            for inner in 0..<100 { try batch.append(numbered(number * 100 + inner)) }
            _ = try log.append(batch)
        }
        for start in [0, 1, 2999, 15_050, 29_999] {
            let found = try log.read(from: Int64(start), maxBytes: 1)
            #expect(found.first?.offset == Int64(start))
            #expect(found.first?.value == numbered(start).value)
            #expect(try log.offset(atOrAfter: Int64(1000 + start)) == Int64(start))
        }
    }

    @Test(
        "H20 a stop at any step of appending, rolling, trimming and retention loses nothing that was durable")
    func stopsAtEveryStep() throws {
        for share in [0, 100, 255] {
            for machineStops in [false, true] {
                var changes = 0
                while true {
                    let memory = MemoryDisk()
                    let disk = FaultDisk(memory, changes: changes, share: share)
                    let (durable, trimmed) = work(disk)
                    if machineStops { memory.crash() }
                    try check(memory, durable, trimmed, "\(changes) changes, \(share), \(machineStops)")
                    if !disk.isDead { break }
                    changes += 1
                }
                #expect(changes > 60)
            }
        }
    }

    /// Works until the disk dies; how many records are durable, and up to where records may be gone.
    private func work(_ disk: FaultDisk) -> (durable: Int, trimmed: Int64) {
        var durable = 0
        var trimmed: Int64 = 0
        do {
            let log = partition(disk, settings: Self.small)
            for number in 0..<24 {
                try log.append([numbered(number)], sync: false)
                if number % 3 == 2 {
                    try log.sync()
                    durable = number + 1
                }
                if number == 15 {
                    trimmed = 9
                    try log.trim(below: 9)
                }
            }
            trimmed = 24
            try partition(disk, settings: LogSettings(segmentBytes: 400, retentionBytes: 500)).retain()
        } catch {}
        return (durable, trimmed)
    }

    private func check(_ disk: MemoryDisk, _ durable: Int, _ trimmed: Int64, _ when: Comment) throws {
        let log = partition(disk, settings: Self.small)
        let kept = try log.bounds()
        #expect(kept.lowerBound <= trimmed, when)
        #expect(kept.upperBound >= Int64(durable), when)
        let end = Int(kept.upperBound)
        #expect(try everything(log) == expected(Int(kept.lowerBound)..<end), when)
        #expect(try log.append([numbered(end)]) == Int64(end)..<Int64(end + 1), when)
        #expect(try everything(partition(disk)) == expected(Int(kept.lowerBound)..<(end + 1)), when)
    }

    @Test("H20 retention by size and by age removes whole segments, oldest first, and offsets go on")
    func retention() throws {
        let clock = ManualClock(micros: 2_000_000)
        let disk = MemoryDisk(clock: clock)
        let settings = LogSettings(segmentBytes: 400, retentionMillis: 500, retentionBytes: 2000)
        let log = partition(disk, settings: settings, clock: clock)
        for number in 0..<100 {
            clock.advance(micros: 1000)
            try log.append([LogRecord(timestamp: clock.nowMicros() / 1000, value: bytes("\(number)"))])
        }
        try log.retain()
        let kept = try log.bounds()
        #expect(kept.lowerBound > 60 && kept.upperBound == 100)
        let late = try log.reader(from: kept.lowerBound)
        clock.advance(micros: 600_000)
        #expect(try log.retain() > 0)
        #expect(try log.bounds() == 100..<100)
        #expect(try everything(log) == [])
        #expect(throws: LogError.outOfRange(offset: kept.lowerBound, kept: 100..<100)) {
            try late.nextBatch()
        }
        #expect(try log.append([numbered(0)]) == 100..<101)
        let size = try disk.list("/log/t/0").count
        #expect(size < 8)
    }

    @Test("H20 a reader that retention overtook by several segments is told, and does not wait for ever")
    func overtaken() throws {
        let disk = MemoryDisk()
        let log = partition(disk, settings: Self.small)
        try log.append(expected(0..<2))
        let slow = try partition(disk).reader(from: 0)
        #expect(try slow.nextBatch()?.nextOffset == 2)
        #expect(try slow.nextBatch() == nil)
        for number in 2..<60 { try log.append([numbered(number)]) }
        try log.trim(below: 50)
        let kept = try log.bounds()
        #expect(throws: LogError.self) { while try slow.nextBatch() != nil {} }
        #expect(slow.offset < kept.lowerBound)
        slow.seek(to: kept.lowerBound)
        #expect(try slow.nextBatch() != nil)
    }

    @Test("an age that no clock reaches removes nothing")
    func endlessAge() throws {
        let clock = ManualClock(micros: 2_000_000)
        let settings = LogSettings(segmentBytes: 400, retentionMillis: .max / 100)
        let log = partition(MemoryDisk(clock: clock), settings: settings, clock: clock)
        for number in 0..<30 { try log.append([numbered(number)]) }
        #expect(try log.retain() == 0)
        #expect(try log.bounds() == 0..<30)
    }

    @Test("an append that fails in removing old segments has appended nothing")
    func failedRetention() throws {
        let clock = ManualClock()
        let disk = MemoryDisk(clock: clock)
        let settings = LogSettings(segmentBytes: 400, retentionBytes: 500)
        let log = partition(disk, settings: settings, clock: clock)
        for number in 0..<30 { try log.append([numbered(number)]) }
        clock.advance(micros: 60_000_000)
        disk.fail("remove", code: 13)
        #expect(throws: LogError.self) { try log.append([numbered(30)]) }
        #expect(try partition(disk).bounds().upperBound == 30)
        #expect(try log.append([numbered(30)]) == 30..<31)
    }

    @Test("what others appended to a later segment is made durable as well")
    func syncOthers() throws {
        let disk = MemoryDisk()
        let log = partition(disk, settings: Self.small)
        try log.append([numbered(0)])
        let other = partition(disk, settings: Self.small)
        for number in 1..<30 { try other.append([numbered(number)], sync: false) }
        try log.sync(others: true)
        disk.crash()
        #expect(try everything(partition(disk)) == expected(0..<30))
    }

    @Test("trimming by offset keeps the rest of a batch")
    func trim() throws {
        let disk = MemoryDisk()
        let log = partition(disk, settings: Self.small)
        try log.append(expected(0..<6))
        try log.append(expected(6..<12))
        try log.trim(below: 4)
        #expect(try log.bounds() == 4..<12)
        #expect(try everything(log) == expected(4..<12))
        #expect(throws: LogError.outOfRange(offset: 3, kept: 4..<12)) { try log.reader(from: 3) }
        try log.trim(below: 2)
        #expect(try log.bounds() == 4..<12)
        try log.trim(below: 12)
        #expect(try partition(disk).bounds() == 12..<12)
        #expect(throws: LogError.outOfRange(offset: 13, kept: 12..<12)) { try log.trim(below: 13) }
    }

    @Test("two writers take turns, each after the other's records")
    func twoWriters() throws {
        let disk = MemoryDisk()
        let a = partition(disk, settings: Self.small)
        let b = partition(disk, settings: Self.small)
        for number in stride(from: 0, to: 60, by: 2) {
            #expect(try a.append([numbered(number)], sync: false).lowerBound == Int64(number))
            #expect(
                try b.append([numbered(number + 1)], sync: number % 4 == 0).lowerBound == Int64(number + 1))
        }
        try a.sync()
        try b.sync()
        disk.crash()
        #expect(try everything(partition(disk)) == expected(0..<60))
    }

    @Test("a writer that must not wait is told that another has the lock")
    func busy() throws {
        let disk = MemoryDisk()
        let log = partition(disk)
        try log.append([numbered(0)])
        let lock = try disk.lockFile("/log/t/0/lock")
        #expect(try lock.acquire(waits: false))
        let batch = LogBatchBuilder()
        try batch.append(numbered(1))
        #expect(try log.append(batch, waits: false) == nil)
        lock.release()
        #expect(try log.append(batch, waits: false) == 1..<2)
    }
}
