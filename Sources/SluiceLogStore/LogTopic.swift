import SluiceBase

/// A topic: a folder with its description, a folder for each partition, and the positions of groups.
public final class LogTopic: Sendable {
    public let name: String
    public let partitions: [LogPartition]
    public let settings: LogSettings
    let path: String
    let disk: any Disk

    init(
        _ name: String, path: String, count: Int, settings: LogSettings, disk: any Disk, clock: any Clock
    ) {
        self.name = name
        self.path = path
        self.settings = settings
        self.disk = disk
        partitions = (0..<count).map { number in
            LogPartition(disk: disk, path: "\(path)/\(number)", settings: settings, clock: clock)
        }
    }

    public func sync() throws(LogError) { for partition in partitions { try partition.sync() } }

    public func close() { for partition in partitions { partition.close() } }
}

/// What is stored of a topic, a line each: `partitions 4`.
struct TopicDescription: Equatable {
    static let partitionLimit = 10_000

    var partitions: Int
    var settings: LogSettings

    init(partitions: Int, settings: LogSettings) {
        self.partitions = partitions
        self.settings = settings
    }

    var encoded: [UInt8] {
        var text = "version 1\npartitions \(partitions)\nsegment.bytes \(settings.segmentBytes)\n"
        if let millis = settings.retentionMillis { text += "retention.ms \(millis)\n" }
        if let bytes = settings.retentionBytes { text += "retention.bytes \(bytes)\n" }
        return Array(text.utf8)
    }

    /// nil: these bytes describe no topic that this version knows.
    init?(_ bytes: [UInt8]) {
        var values: [String: Int64] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let value = Int64(parts[1]) else { return nil }
            values[String(parts[0])] = value
        }
        guard values["version"] == 1, let count = values["partitions"], let size = values["segment.bytes"]
        else {
            return nil
        }
        guard count > 0, count <= Int64(TopicDescription.partitionLimit) else { return nil }
        partitions = Int(count)
        settings = LogSettings(
            segmentBytes: size, retentionMillis: values["retention.ms"],
            retentionBytes: values["retention.bytes"])
    }
}
