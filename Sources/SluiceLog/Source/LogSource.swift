import SluiceBase
import SluiceConnect
import SluiceLogStore

/// Rows of topics: a split for each partition.
struct LogSource: Source {
    let table: LogTable
    let scan: ScanRequest
    let store: LogStore

    func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
        var splits: [SourceSplit] = []
        for name in table.topics {
            let topic = try table.open(name, store)
            try inLog { () throws(LogError) in try topic.recover() }
            for (number, partition) in topic.partitions.enumerated() {
                let range = try inLog { () throws(LogError) -> Result<LogPosition, SQLError> in
                    try resolve(topic, number, partition)
                }
                switch range {
                case .success(let position): splits.append(LogSplit(name, number).split(position))
                case .failure(let error): throw JobError(error)
                }
            }
        }
        return splits
    }

    func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
        guard let place = LogSplit(split.id), let position = LogPosition(split.detail) else {
            throw JobError(SQLError(.internalError, "the log has no split \"\(split.id)\""))
        }
        let topic = try table.open(place.topic, store)
        guard topic.partitions.indices.contains(place.partition) else {
            throw JobError(
                SQLError(
                    .logStore,
                    "topic \"\(place.topic)\" has \(topic.partitions.count) partitions and none with the number \(place.partition)"
                ))
        }
        let rows = try RecordReader(table, scan, place, context)
        return LogSplitReader(table, rows, topic, place, position, context)
    }

    /// The job has ended well: the group's positions move to where its readers stopped.
    func committed(_ splits: [SourceSplit], _ context: ConnectorContext) throws(JobError) {
        guard let group = table.group else { return }
        for split in splits {
            guard let place = LogSplit(split.id), let position = LogPosition(split.detail) else { continue }
            let topic = try table.open(place.topic, store)
            try inLog { () throws(LogError) in
                try topic.setPosition(of: group, partition: place.partition, to: position.next)
            }
        }
    }

    // MARK: Beginning and end

    private func resolve(
        _ topic: LogTopic, _ number: Int, _ partition: LogPartition
    ) throws(LogError) -> Result<LogPosition, SQLError> {
        let kept = try partition.bounds()
        var start = kept.lowerBound
        var isGiven = false
        switch table.startup {
        case .earliest, .never: break
        case .latest: start = kept.upperBound
        case .timestamp(let millis): start = try partition.offset(atOrAfter: millis) ?? kept.upperBound
        case .group, .specific:
            var wanted: Int64?
            if case .specific(let offsets) = table.startup { wanted = offsets[number] }
            if wanted == nil { wanted = try stored(topic, number) }
            if let wanted {
                start = wanted
                isGiven = true
            } else if table.startup == .group {
                switch table.reset ?? .earliest {
                case .earliest: break
                case .latest: start = kept.upperBound
                case .none: return .failure(missing(topic, number))
                }
            }
        }
        if isGiven, start < kept.lowerBound || start > kept.upperBound {
            switch table.reset ?? .none {
            case .earliest: start = kept.lowerBound
            case .latest: start = kept.upperBound
            case .none: return .failure(LogSource.notKept(start, kept, topic.name, number))
            }
        }
        let stop = try stop(topic, number, partition, start, kept)
        if table.bounds == .group, stop == nil { return .failure(missing(topic, number)) }
        return .success(LogPosition(next: start, stop: stop))
    }

    /// nil: there is no end, or the group has no position.
    private func stop(
        _ topic: LogTopic, _ number: Int, _ partition: LogPartition, _ start: Int64, _ kept: Range<Int64>
    ) throws(LogError) -> Int64? {
        switch table.bounds {
        case .never: return nil
        case .earliest: return kept.lowerBound
        case .latest: return kept.upperBound
        case .group: return try stored(topic, number)
        case .timestamp(let millis): return try partition.offset(atOrAfter: millis) ?? kept.upperBound
        // As in Flink, a partition that is not named is not read.
        case .specific(let offsets): return offsets[number] ?? start
        }
    }

    private func stored(_ topic: LogTopic, _ number: Int) throws(LogError) -> Int64? {
        guard let group = table.group else { return nil }
        return try topic.position(of: group, partition: number)
    }

    private func missing(_ topic: LogTopic, _ number: Int) -> SQLError {
        SQLError(
            .logStore,
            "group \"\(table.group ?? "")\" has no position in partition \(number) of topic \"\(topic.name)\"",
            hint: "'properties.auto.offset.reset' = 'earliest' begins with the first record")
    }

    static func notKept(_ offset: Int64, _ kept: Range<Int64>, _ topic: String, _ number: Int) -> SQLError {
        let what =
            kept.isEmpty
            ? "the next one is \(kept.upperBound)" : "kept are \(kept.lowerBound) to \(kept.upperBound - 1)"
        return SQLError(
            .logStore,
            "offset \(offset) of partition \(number) of topic \"\(topic)\" is not there: \(what)",
            hint: "'properties.auto.offset.reset' = 'earliest' goes on with the first record that is kept")
    }
}

/// A partition as the name of a split: `topic/3`.
struct LogSplit: Sendable, Equatable {
    let topic: String
    let partition: Int

    init(_ topic: String, _ partition: Int) {
        self.topic = topic
        self.partition = partition
    }

    init?(_ id: String) {
        guard let slash = id.lastIndex(of: "/"), let number = Int(id[id.index(after: slash)...]) else {
            return nil
        }
        topic = String(id[..<slash])
        partition = number
    }

    func split(_ position: LogPosition) -> SourceSplit {
        SourceSplit(id: "\(topic)/\(partition)", detail: position.encoded)
    }
}

/// Where a reader stands: the next offset, and the one before which it ends.
struct LogPosition: Sendable, Equatable {
    var next: Int64
    /// nil: it follows the log.
    var stop: Int64?

    init(next: Int64, stop: Int64?) {
        self.next = next
        self.stop = stop
    }

    init?(_ encoded: [UInt8]) {
        let parts = String(decoding: encoded, as: UTF8.self).split(separator: " ").map { Int64($0) }
        guard let first = parts.first, let next = first, parts.count <= 2 else { return nil }
        self.next = next
        if parts.count == 2 {
            guard let stop = parts[1] else { return nil }
            self.stop = stop
        }
    }

    var encoded: [UInt8] { Array((stop.map { "\(next) \($0)" } ?? "\(next)").utf8) }
}
