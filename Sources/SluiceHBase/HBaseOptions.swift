import SluiceBase
import SluiceConnect
import SluiceTableStore

/// The WITH options of an HBase table.
struct HBaseOptions: Sendable {
    let tableName: HBaseTableName
    let nullLiteral: [UInt8]
    let ignoresNullValue: Bool
    /// `family:qualifier` of counters.
    let increments: Set<String>
    /// Nil: no look-up cache.
    let cache: CacheOptions?

    struct CacheOptions: Sendable {
        var maxRows: Int?
        var expireAfterWriteMillis: Int64?
        var expireAfterAccessMillis: Int64?
        var keepsMissingKeys: Bool
    }

    static let mutationPrefix = "sink.mutation."

    static let specs: [OptionSpec] = [
        OptionSpec("connector", .string, required: true, "hbase, hbase-2.6 or hbase-2.2"),
        OptionSpec("table-name", .string, required: true, "the HBase table: table or namespace:table"),
        OptionSpec("zookeeper.quorum", .string, "the cluster; without it the embedded store is used"),
        OptionSpec("zookeeper.znode.parent", .string, default: "/hbase", "HBase's root node in ZooKeeper"),
        OptionSpec("null-string-literal", .string, default: "null", "stands for NULL in character columns"),
        OptionSpec("sink.ignore-null-value", .boolean, default: "false", "write no cell for a NULL"),
        OptionSpec("sink.parallelism", .integer, "subtasks of the sink"),
        OptionSpec("sink.flush-buffer.size", .memory, default: "2mb", "bytes of a write batch"),
        OptionSpec("sink.batch.max-size", .integer, default: "1000", "rows of a write batch"),
        OptionSpec("sink.flush-buffer.timeout", .duration, default: "1s", "longest time in the buffer"),
        OptionSpec("sink.requests.max-inflight", .integer, default: "1000", "write requests under way"),
        OptionSpec("sink.requests.max-buffered", .integer, default: "1000", "write requests waiting"),
        OptionSpec("sink.request-timeout", .duration, default: "10min", "time for a write request"),
        OptionSpec(
            "sink.fail-on-timeout", .boolean, default: "false", "fail when a write request takes too long"),
        OptionSpec("sink.max-request-write-attempts", .integer, default: "0", "0: without limit"),
        OptionSpec("sink.max-record-size", .memory, default: "1mb", "a larger row fails the job"),
        OptionSpec(
            "sink.buffer-flush.max-size", .memory, default: "2mb", "old name of sink.flush-buffer.size"),
        OptionSpec(
            "sink.buffer-flush.max-rows", .integer, default: "1000", "old name of sink.batch.max-size"),
        OptionSpec(
            "sink.buffer-flush.interval", .duration, default: "1s", "old name of sink.flush-buffer.timeout"),
        OptionSpec(
            "sink.mutation.*", .choice(["put", "increment"]),
            "sink.mutation.FAMILY.QUALIFIER: add to a counter"),
        OptionSpec("lookup.async", .boolean, default: "false", "look-ups without waiting for each other"),
        OptionSpec("lookup.cache", .choice(["NONE", "PARTIAL"]), default: "NONE", "keep looked up rows"),
        OptionSpec("lookup.partial-cache.max-rows", .integer, "rows in the cache"),
        OptionSpec("lookup.partial-cache.expire-after-write", .duration, "age of a cached row"),
        OptionSpec("lookup.partial-cache.expire-after-access", .duration, "idle time of a cached row"),
        OptionSpec("lookup.partial-cache.caching-missing-key", .boolean, default: "true", "remember misses"),
        OptionSpec("lookup.partial-cache.cache-missing-key", .boolean, default: "true", "remember misses"),
        OptionSpec("lookup.max-retries", .integer, default: "3", "tries of a look-up"),
        OptionSpec(
            "lookup.cache.max-rows", .integer, default: "-1", "old form of lookup.partial-cache.max-rows"),
        OptionSpec(
            "lookup.cache.ttl", .duration, default: "0s",
            "old form of lookup.partial-cache.expire-after-write"),
        OptionSpec("properties.*", .string, "settings of the HBase client"),
    ]

    init(_ table: ResolvedTable) throws(SQLError) {
        let options = table.options
        if let quorum = options["zookeeper.quorum"] {
            throw SQLError(
                .unsupported,
                "table \"\(table.name)\" lies in the HBase cluster at \"\(quorum)\": this version has "
                    + "the embedded store only",
                hint: "leave 'zookeeper.quorum' out to use the embedded store")
        }
        tableName = try HBaseTableName(options.required("table-name", of: table.name))
        nullLiteral = Array((options["null-string-literal"] ?? "null").utf8)
        ignoresNullValue = try options.bool("sink.ignore-null-value", default: false)
        var labels: Set<String> = []
        for entry in options.entries where entry.key.hasPrefix(Self.mutationPrefix) {
            switch entry.value {
            case "put": continue
            case "increment":
                let column = String(entry.key.dropFirst(Self.mutationPrefix.count))
                labels.insert(column.replacingFirst(".", with: ":"))
            default: throw options.wrong(entry.key, entry.value, "put or increment")
            }
        }
        increments = labels
        cache = try Self.cache(options)
        try Self.checkTypes(options)
    }

    /// What has no effect on a store in the same process must be well-formed all the same.
    private static func checkTypes(_ options: TableOptions) throws(SQLError) {
        for spec in specs where !spec.key.hasSuffix(".*") {
            switch spec.kind {
            case .integer: _ = try options.int(spec.key, default: 0)
            case .boolean: _ = try options.bool(spec.key, default: false)
            case .duration: _ = try options.duration(spec.key)
            case .memory: _ = try options.memory(spec.key)
            case .string, .choice: break
            }
        }
    }

    private static func cache(_ options: TableOptions) throws(SQLError) -> CacheOptions? {
        let mode = (options["lookup.cache"] ?? "NONE").uppercased()
        let oldRows = try options.int("lookup.cache.max-rows", default: -1)
        let oldTTL = try options.duration("lookup.cache.ttl") ?? 0
        guard mode == "NONE" || mode == "PARTIAL" else {
            throw options.wrong("lookup.cache", mode, "NONE or PARTIAL")
        }
        if mode == "NONE" {
            guard oldRows > 0, oldTTL > 0 else { return nil }
            return CacheOptions(maxRows: oldRows, expireAfterWriteMillis: oldTTL, keepsMissingKeys: true)
        }
        let prefix = "lookup.partial-cache."
        let keepsMissing = try options.bool(prefix + "caching-missing-key", default: true)
        let maxRows = try options.int(prefix + "max-rows", default: -1)
        let keepsMissingToo = try options.bool(prefix + "cache-missing-key", default: true)
        return CacheOptions(
            maxRows: maxRows < 0 ? nil : maxRows,
            expireAfterWriteMillis: try options.duration(prefix + "expire-after-write"),
            expireAfterAccessMillis: try options.duration(prefix + "expire-after-access"),
            keepsMissingKeys: keepsMissing && keepsMissingToo)
    }
}
