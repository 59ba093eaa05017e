import SluiceBase

/// Records that get into a topic all or not at all, with those of other transactions that are committed together.
///
/// They are gathered in files of their own, which `prepare` makes durable. A commit is decided by one rename, which
/// makes a file that lists the transactions; then each batch is appended with a tag made of the transaction's name,
/// partition and the batch's number, batches whose tag is there already left out. So a commit that was killed can be
/// repeated by anybody, and `LogTopic.recover` does so. What was never decided and has no living owner is removed.
///
/// `prepared` has a line for each partition: the topic's next offset then, which was durable, so that the look for
/// tags begins there, also after a crash; and the next offset of the gathered records, up to which they must be there.
public final class LogTransaction: Sendable {
    public let name: String
    public let partitions: [LogPartition]
    private let topic: LogTopic
    private let path: String
    /// Held while the owner lives.
    private let owner: Lock<any DiskLock>

    init(_ name: String, _ topic: LogTopic) throws(LogError) {
        self.name = name
        self.topic = topic
        let path = topic.transactionPath(name)
        self.path = path
        partitions = topic.staged(name)
        let lock = try topic.exclusively { () throws(LogError) in
            let isThere = try onDisk { () throws(DiskError) in try topic.disk.status(path) } != nil
            if isThere { throw LogError.invalid("there is a transaction \"\(name)\" already") }
            return try onDisk { () throws(DiskError) -> any DiskLock in
                try topic.disk.makeDirectory(path)
                let lock = try topic.disk.lockFile(path + "/lock")
                _ = try lock.acquire(waits: true)
                return lock
            }
        }
        owner = Lock(lock)
    }

    /// Makes what was appended durable. It is not seen yet.
    public func prepare() throws(LogError) {
        var lines = ""
        for (number, partition) in partitions.enumerated() {
            try partition.sync()
            let count = try partition.nextOffset()
            var floor: Int64 = 0
            if count > 0 {
                try topic.partitions[number].sync(others: true)
                floor = try topic.partitions[number].nextOffset()
            }
            lines += "\(floor) \(count)\n"
        }
        let text = Array(lines.utf8)
        try onDisk { () throws(DiskError) in
            try topic.disk.replace(path + "/prepared", with: text, temporary: path + "/prepared.new")
            try topic.disk.syncDirectory(topic.transactionsPath)
        }
    }

    /// Removes what was gathered. What a commit has decided stays: `LogTopic.recover` ends it.
    public func abandon() {
        for partition in partitions { partition.close() }
        // What cannot be removed now is removed by `recover`.
        try? topic.abandon(name)
        owner.withLock { $0.close() }
    }

    /// Gives its files back after the commit.
    public func close() {
        for partition in partitions { partition.close() }
        owner.withLock { $0.close() }
    }
}

extension LogTopic {
    var transactionsPath: String { path + "/transactions" }
    func transactionPath(_ name: String) -> String { transactionsPath + "/" + name }
    private func decisionPath(_ name: String) -> String { transactionsPath + "/decided." + name }

    func staged(_ name: String) -> [LogPartition] {
        partitions.indices.map { number in
            LogPartition(
                disk: disk, path: transactionPath(name) + "/\(number)", settings: LogSettings(),
                clock: partitions[number].clock)
        }
    }

    /// While nobody else begins, commits or recovers transactions of the topic.
    func exclusively<Result>(_ body: () throws(LogError) -> Result) throws(LogError) -> Result {
        let lock = try onDisk { () throws(DiskError) -> any DiskLock in
            try disk.makeDurableDirectory(transactionsPath)
            let lock = try disk.lockFile(transactionsPath + "/lock")
            _ = try lock.acquire(waits: true)
            return lock
        }
        defer { lock.close() }
        return try body()
    }

    /// `name`: its own among all of the topic, of the letters that a topic's name has, not beginning with `decided.`.
    public func begin(transaction name: String) throws(LogError) -> LogTransaction {
        try LogStore.checkName(name)
        return try LogTransaction(name, self)
    }

    /// Appends what was prepared, of all of these or of none. Durable on return.
    public func commit(transactions names: [String]) throws(LogError) {
        guard let first = names.first else { return }
        for name in names { try LogStore.checkName(name) }
        try exclusively { () throws(LogError) in
            let list = Array(names.map { $0 + "\n" }.joined().utf8)
            let decision = decisionPath(first)
            try onDisk { () throws(DiskError) in
                try disk.replace(decision, with: list, temporary: decision + ".new")
            }
            try carryOut(decision, names)
        }
    }

    private func carryOut(_ decision: String, _ names: [String]) throws(LogError) {
        var changed: Set<Int> = []
        for name in names { changed.formUnion(try append(name)) }
        // Also what a killed commit appended before.
        for number in changed.sorted() { try partitions[number].sync(others: true) }
        for name in names { try removeTransaction(name) }
        try onDisk { () throws(DiskError) in try disk.remove(decision) }
    }

    /// Gives the partitions that have records of it now.
    private func append(_ name: String) throws(LogError) -> [Int] {
        let file = transactionPath(name) + "/prepared"
        let text: [UInt8]
        do throws(DiskError) { text = try disk.contents(of: file) } catch {
            // It was appended before.
            if error.isNotFound { return [] }
            throw .disk(error)
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: " ").compactMap { Int64($0) }
        }
        guard lines.count == partitions.count, lines.allSatisfy({ $0.count == 2 }) else {
            throw .damaged(file: file, position: 0, reason: "it is no list of offsets")
        }
        var changed: [Int] = []
        for (number, staged) in staged(name).enumerated() where lines[number][1] > 0 {
            let next = try append(staged, name, number, from: lines[number][0])
            guard next == lines[number][1] else {
                throw .damaged(
                    file: staged.path, position: 0,
                    reason: "\(lines[number][1]) records were prepared, \(next) are there")
            }
            changed.append(number)
        }
        return changed
    }

    /// Gives the next offset of what was prepared.
    private func append(
        _ staged: LogPartition, _ name: String, _ number: Int, from floor: Int64
    ) throws(LogError) -> Int64 {
        // What is found by its tag must be there for good.
        try partitions[number].settle()
        let reader = try staged.reader(from: 0)
        let batch = LogBatchBuilder()
        var isMissing = false
        while let found = try reader.nextBatch() {
            let tag = LogTopic.tag(name, number, found.baseOffset)
            // Batches are appended in order: once one is missing, all that follow are.
            if !isMissing { isMissing = try partitions[number].batch(tagged: tag, from: floor) == nil }
            guard isMissing else { continue }
            batch.removeAll()
            batch.tag = tag
            var records = found.records
            while let record = try records.next() {
                try batch.append(
                    timestamp: record.timestamp, key: record.key, value: record.value,
                    headers: record.headers)
            }
            _ = try partitions[number].append(batch)
        }
        return reader.offset
    }

    /// Not 0. FNV-1a with 64 bits.
    private static func tag(_ name: String, _ partition: Int, _ batch: Int64) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(name)/\(partition)/\(batch)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return hash | 1
    }

    /// Carries out what was decided and left, and removes what was not decided and has no owner any more.
    public func recover() throws(LogError) {
        guard try onDisk({ () throws(DiskError) in try disk.status(transactionsPath) }) != nil else { return }
        try exclusively { () throws(LogError) in
            for decision in try decisions() { try carryOut(decision, try names(in: decision)) }
            let names = try onDisk { () throws(DiskError) in try disk.list(transactionsPath) }
            for name in names where !name.hasPrefix("decided.") && name != "lock" { try removeIfDead(name) }
        }
    }

    private func decisions() throws(LogError) -> [String] {
        let names = try onDisk { () throws(DiskError) in try disk.list(transactionsPath) }
        return names.filter { $0.hasPrefix("decided.") && !$0.hasSuffix(".new") }.map {
            transactionsPath + "/" + $0
        }
    }

    private func names(in decision: String) throws(LogError) -> [String] {
        let text = try onDisk { () throws(DiskError) in try disk.contents(of: decision) }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// A commit that failed may have appended a part: then the rest follows, and nothing is removed.
    func abandon(_ name: String) throws(LogError) {
        try exclusively { () throws(LogError) in
            for decision in try decisions() where try names(in: decision).contains(name) { return }
            try removeTransaction(name)
        }
    }

    private func removeIfDead(_ name: String) throws(LogError) {
        let path = transactionPath(name)
        guard try onDisk({ () throws(DiskError) in try disk.status(path)?.kind }) == .directory else {
            return
        }
        let lock = try onDisk { () throws(DiskError) in try disk.lockFile(path + "/lock") }
        defer { lock.close() }
        guard try onDisk({ () throws(DiskError) in try lock.acquire(waits: false) }) else { return }
        try removeTransaction(name)
    }

    /// `prepared` goes first: what is left of a transaction must not be taken for a whole one.
    func removeTransaction(_ name: String) throws(LogError) {
        let path = transactionPath(name)
        try onDisk { () throws(DiskError) in
            if try disk.status(path + "/prepared") != nil {
                try disk.remove(path + "/prepared")
                try disk.syncDirectory(path)
            }
            if try disk.status(path) != nil { try removeFolder(path) }
        }
    }

    private func removeFolder(_ path: String) throws(DiskError) {
        for name in try disk.list(path) {
            let inner = path + "/" + name
            if try disk.status(inner)?.kind == .directory {
                try removeFolder(inner)
            } else {
                try disk.remove(inner)
            }
        }
        try disk.remove(path)
    }
}
