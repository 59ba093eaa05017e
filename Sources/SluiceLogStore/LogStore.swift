public import SluiceBase

/// The topics of a folder. Stateless: whoever opens a topic has it for himself, and files agree between them.
public struct LogStore: Sendable {
    public let folder: String
    public let disk: any Disk
    public let clock: any Clock

    /// Creates nothing; folders appear with the first topic.
    public init(folder: String, disk: any Disk, clock: any Clock) {
        self.folder = folder
        self.disk = disk
        self.clock = clock
    }

    /// Kafka's rule for names: letters, digits, `.`, `_` and `-`, at most 249.
    public static func checkName(_ name: String) throws(LogError) {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                return true
            default: return false
            }
        }
        guard allowed, !name.isEmpty, name.utf8.count <= 249, name != ".", name != ".." else {
            throw .invalid("\"\(name)\" is no topic name: letters, digits, \".\", \"_\" and \"-\" make one")
        }
    }

    private func description(_ name: String) -> String { "\(folder)/\(name)/topic" }

    /// nil: there is no such topic.
    public func topic(_ name: String) throws(LogError) -> LogTopic? {
        try LogStore.checkName(name)
        guard let found = try read(name) else { return nil }
        return LogTopic(
            name, path: "\(folder)/\(name)", count: found.partitions, settings: found.settings, disk: disk,
            clock: clock)
    }

    /// The topic, made if it is not there. An existing one keeps its partitions and settings.
    public func ensure(_ name: String, partitions: Int, settings: LogSettings) throws(LogError) -> LogTopic {
        if let topic = try topic(name) { return topic }
        guard (1...TopicDescription.partitionLimit).contains(partitions) else {
            throw .invalid(
                "a topic has 1 to \(TopicDescription.partitionLimit) partitions, not \(partitions)")
        }
        try change(name) { (current) throws(LogError) in
            current ?? TopicDescription(partitions: partitions, settings: settings)
        }
        guard let topic = try topic(name) else { throw .invalid("topic \"\(name)\" was removed meanwhile") }
        return topic
    }

    /// Other settings from now on; the partitions stay.
    public func alter(_ name: String, _ settings: LogSettings) throws(LogError) {
        try change(name) { (current) throws(LogError) in
            guard let current else { throw LogError.invalid("there is no topic \"\(name)\"") }
            return TopicDescription(partitions: current.partitions, settings: settings)
        }
    }

    private func change(
        _ name: String, _ body: (TopicDescription?) throws(LogError) -> TopicDescription
    ) throws(LogError) {
        let path = "\(folder)/\(name)"
        let lock = try onDisk { () throws(DiskError) -> any DiskLock in
            try disk.makeDurableDirectory(path)
            let lock = try disk.lockFile(path + "/lock")
            _ = try lock.acquire(waits: true)
            return lock
        }
        defer { lock.close() }
        let current = try read(name)
        let wanted = try body(current)
        guard wanted != current else { return }
        let file = description(name)
        try onDisk { () throws(DiskError) in
            try disk.replace(file, with: wanted.encoded, temporary: file + ".new")
            try disk.syncDirectory(folder)
        }
    }

    private func read(_ name: String) throws(LogError) -> TopicDescription? {
        let bytes: [UInt8]
        do throws(DiskError) { bytes = try disk.contents(of: description(name)) } catch {
            if error.isNotFound { return nil }
            throw .disk(error)
        }
        guard let found = TopicDescription(bytes) else {
            throw .damaged(file: description(name), position: 0, reason: "it describes no topic")
        }
        return found
    }

    /// All topics, sorted by name.
    public func topics() throws(LogError) -> [String] {
        let names: [String]
        do throws(DiskError) { names = try disk.list(folder) } catch {
            if error.isNotFound { return [] }
            throw .disk(error)
        }
        var found: [String] = []
        for name in names {
            guard (try? LogStore.checkName(name)) != nil else { continue }
            if try onDisk({ () throws(DiskError) in try disk.status(description(name)) }) != nil {
                found.append(name)
            }
        }
        return found
    }
}
