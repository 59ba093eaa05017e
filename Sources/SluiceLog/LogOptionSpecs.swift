import SluiceBase
import SluiceConnect

/// Every option of a log table: those of Flink's Kafka connector under their names, and those of the log itself.
enum LogOptionSpecs {
    static let startupModes = [
        "group-offsets", "earliest-offset", "latest-offset", "timestamp", "specific-offsets",
    ]
    static let boundedModes = [
        "unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets",
    ]

    static func all(_ formats: FormatRegistry) -> [OptionSpec] {
        let known = formats.names.joined(separator: ", ")
        return [
            OptionSpec("topic", .string, required: true, "the topic; several to read from, separated by ';'"),
            OptionSpec("format", .string, "how values are written: \(known)"),
            OptionSpec("value.format", .string, "another name of 'format'"),
            OptionSpec("key.format", .string, "how keys are written; without it records have no key"),
            OptionSpec("key.fields", .string, "the columns of the key, separated by ';'"),
            OptionSpec(
                "key.fields-prefix", .string, "what the names of the key's columns begin with in the table"),
            OptionSpec(
                "value.fields-include", .choice(["ALL", "EXCEPT_KEY"]), default: "ALL",
                "whether values hold the key's columns, too"),
        ] + scan + sink + topic
    }

    private static let scan: [OptionSpec] = [
        OptionSpec(
            "scan.startup.mode", .choice(startupModes),
            "where reading begins; default: group-offsets with a group, earliest-offset without"),
        OptionSpec(
            "scan.startup.specific-offsets", .string, "such as partition:0,offset:42;partition:1,offset:300"),
        OptionSpec("scan.startup.timestamp-millis", .integer, "read from the first record of this time on"),
        OptionSpec("scan.bounded.mode", .choice(boundedModes), default: "unbounded", "where reading ends"),
        OptionSpec(
            "scan.bounded.specific-offsets", .string, "such as partition:0,offset:42;partition:1,offset:300"),
        OptionSpec(
            "scan.bounded.timestamp-millis", .integer, "read up to before the first record of this time"),
        OptionSpec(
            "scan.topic-partition-discovery.interval", .duration, "accepted for portability; has no effect"),
        OptionSpec("properties.group.id", .string, "the group whose positions are read and stored"),
        OptionSpec(
            "properties.auto.offset.reset", .choice(["earliest", "latest", "none"]), default: "earliest",
            "where a group begins that has no position"),
        OptionSpec(
            "properties.enable.auto.commit", .boolean, default: "false",
            "store the group's position while reading, too, not only when the job has ended"),
        OptionSpec(
            "properties.auto.commit.interval.ms", .integer, default: "5000",
            "how often the group's position is stored"),
    ]

    private static let sink: [OptionSpec] = [
        OptionSpec(
            "sink.partitioner", .choice(["default", "fixed", "round-robin"]), default: "default",
            "default: by the hash of the key, in turn without one; fixed: one partition for each subtask"),
        OptionSpec(
            "sink.delivery-guarantee", .choice(["at-least-once", "exactly-once", "none"]),
            default: "at-least-once",
            "exactly-once: records are seen when the job has ended; none: nothing is made durable"),
        OptionSpec("sink.transactional-id-prefix", .string, "accepted for portability; has no effect"),
    ]

    private static let topic: [OptionSpec] = [
        OptionSpec(
            "partitions", .integer, default: "1", "partitions of a topic that is made by its first use"),
        OptionSpec("segment.size", .memory, default: "64 mb", "a file of the log ends at this size"),
        OptionSpec(
            "retention.time", .duration, default: "7 d",
            "a file to which nothing was added for so long is removed; 0: never"),
        OptionSpec("retention.size", .memory, "a partition's oldest files are removed while it is larger"),
    ]

    /// Options of the formats carry `json.`, `value.json.` or `key.json.`
    static func check(_ table: ResolvedTable, _ log: LogTable, _ options: [OptionSpec]) throws(SQLError) {
        var specs = options
        for spec in log.value.format.options {
            var prefixed = spec
            prefixed.key = "value." + log.value.format.name + "." + spec.key
            specs.append(prefixed)
        }
        for spec in log.key?.format.options ?? [] {
            var prefixed = spec
            prefixed.key = "key." + (log.key?.format.name ?? "") + "." + spec.key
            specs.append(prefixed)
        }
        try OptionCheck.check(table, specs, format: log.value.format)
    }
}
