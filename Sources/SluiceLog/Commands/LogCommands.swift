public import SluiceBase
public import SluiceLogStore

/// The verbs of `sluice log`. Each gives its output line by line, as text or, with `isJSON`, one JSON object a line.
public struct LogCommands: Sendable {
    private let store: LogStore
    private let isJSON: Bool

    public init(store: LogStore, isJSON: Bool = false) {
        self.store = store
        self.isJSON = isJSON
    }

    public typealias Emit = (String) throws(SQLError) -> Void

    /// What `read` prints.
    public struct ReadArguments: Sendable {
        /// nil: all.
        public var partition: Int?
        /// nil: from the first record that is kept.
        public var from: Int64?
        public var limit = Int.max
        public init() {}
    }

    // MARK: Looking

    public func list(_ emit: Emit) throws(SQLError) {
        let names = try log { () throws(LogError) in try store.topics() }
        for name in names {
            let topic = try topic(name)
            var records: Int64 = 0
            for partition in topic.partitions { records += Int64(try bounds(partition).count) }
            if isJSON {
                try emit(
                    "{\"topic\":\(JSONText.quoted(name)),\"partitions\":\(topic.partitions.count),\"records\":\(records)}"
                )
            } else {
                try emit("\(name)  \(topic.partitions.count) partition(s)  \(records) record(s)")
            }
        }
        if !isJSON { try emit("\(names.count) topic(s)") }
    }

    public func describe(_ name: String, _ emit: Emit) throws(SQLError) {
        let topic = try topic(name)
        let settings = topic.settings
        if !isJSON {
            let age = settings.retentionMillis.map { "\($0 / 1000) s" } ?? "for ever"
            let size = settings.retentionBytes.map { "\($0) bytes a partition" } ?? "any size"
            try emit("Topic \(name): files of \(settings.segmentBytes) bytes, kept \(age), \(size)")
        }
        for (number, partition) in topic.partitions.enumerated() {
            let kept = try bounds(partition)
            if isJSON {
                try emit("{\"partition\":\(number),\"first\":\(kept.lowerBound),\"next\":\(kept.upperBound)}")
            } else {
                try emit(
                    "partition \(number)  first offset \(kept.lowerBound)  next offset \(kept.upperBound)")
            }
        }
    }

    /// Keys and values as text; bytes that are no UTF-8 become U+FFFD.
    public func read(_ name: String, _ arguments: ReadArguments, _ emit: Emit) throws(SQLError) {
        let topic = try topic(name)
        var left = arguments.limit
        for number in try chosen(topic, arguments.partition) {
            let partition = topic.partitions[number]
            let kept = try bounds(partition)
            let start = arguments.from ?? kept.lowerBound
            let reader = try log { () throws(LogError) in try partition.reader(from: start) }
            while left > 0, let batch = try log({ () throws(LogError) in try reader.nextBatch() }) {
                var records = batch.records
                while left > 0, let record = try log({ () throws(LogError) in try records.next() }) {
                    guard record.offset >= start, record.offset < kept.upperBound else { continue }
                    try emit(line(record.record, number))
                    left -= 1
                }
                if batch.nextOffset >= kept.upperBound { break }
            }
        }
    }

    private func line(_ record: LogRecord, _ partition: Int) -> String {
        func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        guard isJSON else {
            let key = text(record.key).map { $0 + "  " } ?? ""
            return "\(partition):\(record.offset)  \(key)\(text(record.value) ?? "NULL")"
        }
        var fields = [
            "\"partition\":\(partition)", "\"offset\":\(record.offset)", "\"timestamp\":\(record.timestamp)",
            "\"key\":" + (text(record.key).map { JSONText.quoted($0) } ?? "null"),
            "\"value\":" + (text(record.value).map { JSONText.quoted($0) } ?? "null"),
        ]
        if !record.headers.isEmpty {
            let headers = record.headers.map { header in
                JSONText.quoted(header.name) + ":"
                    + (text(header.value).map { JSONText.quoted($0) } ?? "null")
            }
            fields.append("\"headers\":{" + headers.joined(separator: ",") + "}")
        }
        return "{" + fields.joined(separator: ",") + "}"
    }

    /// The positions of groups, and how far they are behind.
    public func groups(_ name: String, _ emit: Emit) throws(SQLError) {
        let topic = try topic(name)
        for group in try log({ () throws(LogError) in try topic.groups() }) {
            for (number, partition) in topic.partitions.enumerated() {
                let position = try log { () throws(LogError) in
                    try topic.position(of: group, partition: number)
                }
                guard let position else { continue }
                let behind = max(0, try bounds(partition).upperBound - position)
                if isJSON {
                    try emit(
                        "{\"group\":\(JSONText.quoted(group)),\"partition\":\(number),\"position\":\(position),\"behind\":\(behind)}"
                    )
                } else {
                    try emit("\(group)  partition \(number)  position \(position)  behind \(behind)")
                }
            }
        }
    }

    // MARK: Changing

    /// Appends a record for each value; the topic is made if it is not there.
    public func append(
        _ name: String, _ values: [String], key: String?, partition wanted: Int?, _ emit: Emit
    ) throws(SQLError) {
        let topic = try log { () throws(LogError) in
            try store.ensure(
                name, partitions: (wanted ?? 0) + 1, settings: LogSettings(retentionMillis: 7 * 86_400_000))
        }
        let keyBytes = key.map { Array($0.utf8) }
        var number = wanted ?? 0
        if wanted == nil, let keyBytes {
            number = keyBytes.withUnsafeBytes { KafkaHash.partition($0, of: topic.partitions.count) }
        }
        let partition = topic.partitions[try chosen(topic, number)[0]]
        let now = floorDivide(store.clock.nowMicros(), 1000)
        let records = values.map { LogRecord(timestamp: now, key: keyBytes, value: Array($0.utf8)) }
        let offsets = try log { () throws(LogError) in try partition.append(records) }
        if isJSON {
            try emit(
                "{\"partition\":\(number),\"first\":\(offsets.lowerBound),\"next\":\(offsets.upperBound)}")
        } else {
            try emit(
                "\(offsets.count) record(s) appended to partition \(number) from offset \(offsets.lowerBound) on"
            )
        }
    }

    /// Drops records below an offset, or all of them. Offsets go on.
    public func trim(_ name: String, before offset: Int64?, partition: Int?, _ emit: Emit) throws(SQLError) {
        let topic = try topic(name)
        for number in try chosen(topic, partition) {
            let partition = topic.partitions[number]
            let end = try bounds(partition).upperBound
            try log { () throws(LogError) in try partition.trim(below: offset ?? end) }
            let first = try bounds(partition).lowerBound
            try emit(
                isJSON
                    ? "{\"partition\":\(number),\"first\":\(first)}"
                    : "partition \(number) begins with offset \(first)")
        }
    }

    // MARK: Topics

    private func topic(_ name: String) throws(SQLError) -> LogTopic {
        if let topic = try log({ () throws(LogError) in try store.topic(name) }) { return topic }
        let names = try log { () throws(LogError) in try store.topics() }
        throw SQLError(
            .logStore, "there is no topic \"\(name)\"",
            hint: DidYouMean.nearest(name, in: names).map { "did you mean \"\($0)\"?" })
    }

    private func chosen(_ topic: LogTopic, _ partition: Int?) throws(SQLError) -> [Int] {
        guard let partition else { return Array(topic.partitions.indices) }
        if topic.partitions.indices.contains(partition) { return [partition] }
        throw SQLError(
            .logStore, "topic \"\(topic.name)\" has no partition \(partition)",
            hint: "it has \(topic.partitions.count), numbered from 0")
    }

    private func bounds(_ partition: LogPartition) throws(SQLError) -> Range<Int64> {
        try log { () throws(LogError) in try partition.bounds() }
    }

    private func log<Result>(_ body: () throws(LogError) -> Result) throws(SQLError) -> Result {
        do throws(LogError) { return try body() } catch { throw error.sqlError }
    }
}
