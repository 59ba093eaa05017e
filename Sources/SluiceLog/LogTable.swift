import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceLogStore

/// What sources and sinks of a log table share, worked out once from its options.
struct LogTable: Sendable {
    /// The columns of a record's key or value.
    struct Part: Sendable {
        let format: any Format
        let options: TableOptions
        /// Positions in the table's columns, in their order.
        let columns: [Int]
        /// Under the names that the format sees.
        let fields: Schema

        func formatOptions(_ zone: TimeZoneRules, _ table: String) -> FormatOptions {
            FormatOptions(values: options, zone: zone, table: table, framing: .messages)
        }
    }

    enum Partitioner: Sendable { case byKey, fixed, roundRobin }
    enum Guarantee: Sendable { case none, atLeastOnce, exactlyOnce }

    let table: ResolvedTable
    let topics: [String]
    let key: Part?
    let value: Part
    let startup: OffsetRule
    let bounds: OffsetRule
    let group: String?
    let reset: OffsetReset?
    /// nil: positions are stored at the end of the job only.
    let autoCommitMillis: Int64?
    let partitioner: Partitioner
    let guarantee: Guarantee
    /// Of a topic that is made.
    let partitions: Int
    /// nil where the table does not say.
    let givenPartitions: Int?
    let settings: LogSettings
    let hasSettings: Bool

    init(_ table: ResolvedTable, _ formats: FormatRegistry) throws(SQLError) {
        self.table = table
        let options = table.options
        topics = try LogTable.topics(table)
        let keyColumns = try LogTable.keyColumns(table)
        key = try LogTable.key(table, keyColumns, formats)
        value = try LogTable.value(table, keyColumns, formats)
        try LogTable.checkKey(table, value)
        group = options["properties.group.id"]
        reset = try OffsetReset.read(table)
        startup = try OffsetRule(startupOf: table, hasGroup: group != nil)
        bounds = try OffsetRule(boundOf: table)
        if group == nil, startup.needsGroup || bounds.needsGroup {
            throw SQLError(
                .connectorOption, "table \"\(table.name)\" reads the positions of a group but names none",
                hint: "add 'properties.group.id' = '…' to its WITH clause")
        }
        let isAuto = try options.bool("properties.enable.auto.commit", default: false)
        let interval = try options.int("properties.auto.commit.interval.ms", default: 5000)
        autoCommitMillis = isAuto ? Int64(max(interval, 1)) : nil
        partitioner = try LogTable.partitioner(table, hasKey: key != nil)
        guarantee = try LogTable.guarantee(table)
        givenPartitions = options["partitions"] == nil ? nil : try options.int("partitions", default: 1)
        partitions = givenPartitions ?? 1
        guard partitions > 0, partitions <= 10_000 else {
            throw options.wrong("partitions", options["partitions"] ?? "", "a number from 1 to 10000")
        }
        settings = try LogTable.settings(options)
        hasSettings = ["segment.size", "retention.time", "retention.size"].contains { options[$0] != nil }
        if !table.partitionKeys.isEmpty {
            throw SQLError(
                .unsupported, "table \"\(table.name)\" is partitioned, which connector log does not support",
                hint: "remove PARTITIONED BY; 'partitions' and 'key.fields' spread records")
        }
    }

    private static func topics(_ table: ResolvedTable) throws(SQLError) -> [String] {
        let text = try table.options.required("topic", of: table.name)
        let names = text.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        var once: [String] = []
        for name in names {
            if !once.contains(name) { once.append(name) }
            do throws(LogError) { try LogStore.checkName(name) } catch {
                throw table.options.wrong(
                    "topic", text, "names of letters, digits, '.', '_' and '-', separated by ';'")
            }
        }
        return once
    }

    private static func settings(_ options: TableOptions) throws(SQLError) -> LogSettings {
        let age = try options.duration("retention.time") ?? 7 * 86_400_000
        let size = try options.memory("segment.size") ?? 64 << 20
        guard size >= 4096 else {
            throw options.wrong("segment.size", options["segment.size"] ?? "", "at least '4 kb'")
        }
        return LogSettings(
            segmentBytes: size, retentionMillis: age == 0 ? nil : age,
            retentionBytes: try options.memory("retention.size"))
    }

    private static func partitioner(_ table: ResolvedTable, hasKey: Bool) throws(SQLError) -> Partitioner {
        switch table.options["sink.partitioner"] ?? "default" {
        case "default": return .byKey
        case "fixed": return .fixed
        case "round-robin":
            if !hasKey { return .roundRobin }
            throw SQLError(
                .connectorOption,
                "option 'sink.partitioner' is 'round-robin', but the records of table \"\(table.name)\" have keys",
                hint: "leave 'sink.partitioner' out: then records of one key stay in order")
        case let other: throw table.options.wrong("sink.partitioner", other, "default, fixed or round-robin")
        }
    }

    private static func guarantee(_ table: ResolvedTable) throws(SQLError) -> Guarantee {
        switch table.options["sink.delivery-guarantee"] ?? "at-least-once" {
        case "at-least-once": return .atLeastOnce
        case "exactly-once": return .exactlyOnce
        case "none": return .none
        case let other:
            throw table.options.wrong("sink.delivery-guarantee", other, "at-least-once, exactly-once or none")
        }
    }

    /// A key promises updates, which only a format with changes holds.
    private static func checkKey(_ table: ResolvedTable, _ value: Part) throws(SQLError) {
        guard !table.primaryKey.isEmpty, value.format.decodedChangelog.isAppendOnly else { return }
        throw SQLError(
            .invalidDefinition,
            "table \"\(table.name)\" has a PRIMARY KEY, which a log in the format '\(value.format.name)' cannot keep",
            hint: "remove PRIMARY KEY, or use a format with changes such as debezium-json")
    }
}
