import SluiceBase

/// Records that get into a topic all or not at all: they are gathered in files of their own, and appended to the topic
/// when the transaction is committed.
///
/// It is decided by one rename, which makes the file `prepared`; from then on it can only be committed. Committing
/// appends each batch with a tag made of the transaction's name, partition and the batch's number, and leaves out
/// batches whose tag is there already: a commit that was killed can be repeated by anybody, and `recover` does so. What
/// was never prepared and has no living owner is removed.
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
        let disk = topic.disk
        let lock = try onDisk { () throws(DiskError) -> any DiskLock in
            try disk.makeDirectory(path)
            let lock = try disk.lockFile(path + "/lock")
            _ = try lock.acquire(waits: true)
            return lock
        }
        owner = Lock(lock)
    }

    /// Makes what was appended durable and the transaction one that will be committed.
    public func prepare() throws(LogError) {
        var floors = ""
        for (number, partition) in partitions.enumerated() {
            try partition.sync()
            floors += "\(try topic.partitions[number].nextOffset())\n"
        }
        let text = Array(floors.utf8)
        try onDisk { () throws(DiskError) in
            try topic.disk.replace(path + "/prepared", with: text, temporary: path + "/prepared.new")
            try topic.disk.syncDirectory(topic.transactionsPath)
        }
        owner.withLock { $0.close() }
    }

    /// Removes what was gathered. Not after `prepare`.
    public func abandon() {
        for partition in partitions { partition.close() }
        try? topic.removeTransaction(name)
        owner.withLock { $0.close() }
    }
}

extension LogTopic {
    var transactionsPath: String { path + "/transactions" }
    func transactionPath(_ name: String) -> String { transactionsPath + "/" + name }

    func staged(_ name: String) -> [LogPartition] {
        partitions.indices.map { number in
            LogPartition(
                disk: disk, path: transactionPath(name) + "/\(number)", settings: LogSettings(),
                clock: partitions[number].clock)
        }
    }

    /// `name`: its own among all of the topic, a file name.
    public func begin(transaction name: String) throws(LogError) -> LogTransaction {
        try LogStore.checkName(name)
        return try LogTransaction(name, self)
    }

    /// Appends what was prepared; nothing where that was done before. Durable on return.
    public func commit(transaction name: String) throws(LogError) {
        try LogStore.checkName(name)
        let text: [UInt8]
        let path = transactionPath(name)
        let lock = try onDisk { () throws(DiskError) -> (any DiskLock)? in
            guard try disk.status(path + "/prepared") != nil else { return nil }
            let lock = try disk.lockFile(path + "/lock")
            _ = try lock.acquire(waits: true)
            return lock
        }
        defer { lock?.close() }
        do throws(DiskError) { text = try disk.contents(of: path + "/prepared") } catch {
            if error.isNotFound { return }
            throw .disk(error)
        }
        let floors = String(decoding: text, as: UTF8.self).split(separator: "\n").map { Int64($0) ?? 0 }
        guard floors.count == partitions.count else {
            throw .damaged(file: path + "/prepared", position: 0, reason: "it is no list of offsets")
        }
        for (number, staged) in staged(name).enumerated() {
            try commit(staged, name, number, from: floors[number])
        }
        for partition in partitions { try partition.sync() }
        try removeTransaction(name)
    }

    private func commit(
        _ staged: LogPartition, _ name: String, _ number: Int, from floor: Int64
    ) throws(LogError) {
        let reader = try staged.reader(from: 0)
        let batch = LogBatchBuilder()
        var isFirst = true
        var missing = true
        while let found = try reader.nextBatch() {
            let tag = LogTopic.tag(name, number, found.baseOffset)
            // Batches were appended in order: once one is missing, all that follow are.
            if isFirst || !missing { missing = try partitions[number].batch(tagged: tag, from: floor) == nil }
            isFirst = false
            guard missing else { continue }
            batch.removeAll()
            batch.tag = tag
            var records = found.records
            while let record = try records.next() {
                try batch.append(
                    timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers
                )
            }
            _ = try partitions[number].append(batch)
        }
    }

    /// Not 0. FNV-1a with 64 bits.
    private static func tag(_ name: String, _ partition: Int, _ batch: Int64) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(name)/\(partition)/\(batch)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return hash | 1
    }

    /// Commits what was prepared and left, and removes what was not prepared and has no owner any more.
    public func recover() throws(LogError) {
        let names: [String]
        do throws(DiskError) { names = try disk.list(transactionsPath) } catch {
            if error.isNotFound { return }
            throw .disk(error)
        }
        for name in names {
            let path = transactionPath(name)
            if try onDisk({ () throws(DiskError) in try disk.status(path + "/prepared") }) != nil {
                try commit(transaction: name)
                continue
            }
            let lock = try onDisk { () throws(DiskError) in try disk.lockFile(path + "/lock") }
            defer { lock.close() }
            guard try onDisk({ () throws(DiskError) in try lock.acquire(waits: false) }) else { continue }
            // Prepared in between, perhaps.
            if try onDisk({ () throws(DiskError) in try disk.status(path + "/prepared") }) == nil {
                try removeTransaction(name)
            }
        }
    }

    /// `prepared` goes first: what is left of a transaction must not be taken for a whole one.
    func removeTransaction(_ name: String) throws(LogError) {
        let path = transactionPath(name)
        try onDisk { () throws(DiskError) in
            if try disk.status(path + "/prepared") != nil {
                try disk.remove(path + "/prepared")
                try disk.syncDirectory(path)
            }
            try removeFolder(path)
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
