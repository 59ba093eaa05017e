import SluiceBase
import SluiceLogStore
import Testing

@Suite("H20 log transactions")
struct LogTransactionTests {
    private func topic(_ disk: any Disk) throws -> LogTopic {
        try LogStore(folder: "/home/log", disk: disk, clock: ManualClock())
            .ensure("t", partitions: 2, settings: LogSettings(segmentBytes: 700))
    }

    private func contents(_ disk: MemoryDisk) throws -> [[LogRecord]] {
        try topic(disk).partitions.map { try everything($0) }
    }

    @Test("records are seen after the commit, and once however often it is repeated")
    func commit() throws {
        let disk = MemoryDisk()
        let topic = try topic(disk)
        try topic.partitions[0].append([numbered(0)])
        let transaction = try topic.begin(transaction: "job-0")
        for number in 1..<6 { try transaction.partitions[0].append([numbered(number)], sync: false) }
        try transaction.partitions[1].append(expected(0..<3), sync: false)
        try topic.recover()
        try transaction.prepare()
        #expect(try contents(disk) == [expected(0..<1), []])
        try topic.commit(transactions: ["job-0"])
        #expect(try contents(disk) == [expected(0..<6), expected(0..<3)])
        try topic.commit(transactions: ["job-0"])
        try topic.recover()
        #expect(try contents(disk) == [expected(0..<6), expected(0..<3)])
        #expect(try disk.list("/home/log/t/transactions") == ["lock"])
        let given = try topic.begin(transaction: "job-1")
        try given.partitions[0].append([numbered(9)])
        given.abandon()
        try topic.recover()
        #expect(try contents(disk)[0].count == 6)
        #expect(throws: LogError.self) { try topic.begin(transaction: "../x") }
        let twice = try topic.begin(transaction: "job-2")
        #expect(throws: LogError.invalid("there is a transaction \"job-2\" already")) {
            try topic.begin(transaction: "job-2")
        }
        twice.abandon()
    }

    @Test("H20 a stop at any step leaves all records of the transactions of a job or none, each once")
    func stops() throws {
        for machineStops in [false, true] {
            var changes = 0
            var seen: Set<Int> = []
            while true {
                let memory = MemoryDisk()
                _ = try topic(memory)
                let disk = FaultDisk(memory, changes: changes)
                var isCommitted = false
                do { try commitTwo(disk, &isCommitted) } catch {}
                if machineStops { memory.crash() }
                // Whoever comes next finishes or removes it, and may be stopped, too.
                for again in [3, 9, 30, 300] { try? topic(FaultDisk(memory, changes: again)).recover() }
                if machineStops { memory.crash() }
                let values = try contents(memory).map { $0.map(\.value) }
                let count = values[0].count + values[1].count
                #expect(count == 0 || count == 12, "\(changes) changes")
                if isCommitted { #expect(count == 12, "\(changes) changes") }
                if count == 12 {
                    #expect(values[0] == [0, 2, 4, 0, 2, 4].map { numbered($0).value }, "\(changes) changes")
                }
                seen.insert(count)
                if !disk.isDead { break }
                changes += 1
            }
            #expect(seen == [0, 12])
            #expect(changes > 40)
        }
    }

    @Test("H20 whatever fails in a commit that is abandoned then, all of its records are there or none")
    func failedCommits() throws {
        var seen: Set<Int> = []
        for operation in ["write", "sync", "rename", "remove", "open"] {
            for after in 0..<12 {
                let disk = MemoryDisk()
                let topic = try topic(disk)
                let transactions = try ["j-0", "j-1"].map { try topic.begin(transaction: $0) }
                for transaction in transactions {
                    for number in 0..<6 {
                        try transaction.partitions[number % 2].append([numbered(number)], sync: false)
                    }
                    try transaction.prepare()
                }
                disk.fail(operation, after: after, code: 28)
                do { try topic.commit(transactions: ["j-0", "j-1"]) } catch {
                    for transaction in transactions { transaction.abandon() }
                }
                for transaction in transactions { transaction.close() }
                disk.fail(operation, after: 1 << 30, code: 28)
                try self.topic(disk).recover()
                let values = try contents(disk)
                seen.insert(values[0].count + values[1].count)
            }
        }
        #expect(seen == [0, 12])
    }

    @Test("H20 a power cut that leaves some pages of a commit loses and doubles none of its records")
    func lostPages() throws {
        var random = RandomSource(seed: 11)
        var seen: Set<Int> = []
        for changes in 20..<140 {
            let memory = MemoryDisk()
            // Another writer is never durable.
            try topic(memory).partitions[0].append([numbered(20), numbered(21)], sync: false)
            let disk = FaultDisk(memory, changes: changes)
            var isCommitted = false
            do { try commitTwo(disk, &isCommitted) } catch {}
            memory.crash { _ in random.next() % 3 > 0 }
            for again in [Int(random.next() % 30), 300] {
                try? topic(FaultDisk(memory, changes: again)).recover()
                memory.crash { _ in random.next() % 3 > 0 }
            }
            let others = [numbered(20).value, numbered(21).value]
            var values = try contents(memory).map { $0.map(\.value) }
            if values[0].starts(with: others) { values[0].removeFirst(2) }
            let count = values[0].count + values[1].count
            #expect(count == 0 || count == 12, "\(changes) changes")
            if isCommitted { #expect(count == 12, "\(changes) changes") }
            seen.insert(count)
        }
        #expect(seen == [0, 12])
    }

    private func commitTwo(_ disk: FaultDisk, _ isCommitted: inout Bool) throws {
        let topic = try topic(disk)
        let names = ["j-0", "j-1"]
        let transactions = try names.map { try topic.begin(transaction: $0) }
        for transaction in transactions {
            for number in 0..<6 {
                try transaction.partitions[number % 2].append([numbered(number)], sync: false)
            }
            try transaction.prepare()
        }
        try topic.commit(transactions: names)
        isCommitted = true
    }
}
