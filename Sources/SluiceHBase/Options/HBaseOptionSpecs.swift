import SluiceConnect

/// Every option of an HBase table: those of both generations of Flink's connector under their names, and ours.
enum HBaseOptionSpecs {
    static let all: [OptionSpec] = target + sink + BulkLoadOptions.specs + oldSink + lookup + scan

    /// Which HBase table is meant, where it is and how its cells are read.
    static let target: [OptionSpec] = [
        OptionSpec("connector", .string, required: true, "hbase, hbase-2.6, hbase-2.2 or hbase-cdc"),
        OptionSpec("table-name", .string, required: true, "the HBase table: table or namespace:table"),
        OptionSpec("zookeeper.quorum", .string, "the cluster's ZooKeeper: host:port, …"),
        OptionSpec("zookeeper.znode.parent", .string, default: "/hbase", "HBase's root node in ZooKeeper"),
        OptionSpec(
            "hbase.bootstrap.servers", .string, "the cluster's masters or region servers: host:port, …"),
        OptionSpec("null-string-literal", .string, default: "null", "stands for NULL in character columns"),
        OptionSpec(
            "hbase.decode-error", .choice(["fail", "null", "dead-letter"]), default: "fail",
            "what a cell becomes whose bytes do not fit the column's type"),
        OptionSpec(
            "row-key.salt-buckets", .integer, default: "0",
            "spread rows: stored keys begin with one of so many salts 00_, 01_, …, which queries do not see"),
        OptionSpec("properties.*", .string, "settings of the HBase client, as in hbase-site.xml"),
    ]

    private static let sink: [OptionSpec] = [
        OptionSpec("sink.ignore-null-value", .boolean, default: "false", "write no cell for a NULL"),
        OptionSpec("sink.parallelism", .integer, "accepted for portability; has no effect"),
        OptionSpec("sink.flush-buffer.size", .memory, default: "2mb", "bytes of a write batch"),
        OptionSpec("sink.batch.max-size", .integer, default: "1000", "rows of a write batch"),
        OptionSpec("sink.flush-buffer.timeout", .duration, default: "1s", "longest time in the buffer"),
        OptionSpec("sink.requests.max-inflight", .integer, default: "1000", "write batches under way"),
        OptionSpec("sink.requests.max-buffered", .integer, default: "1000", "write batches waiting"),
        OptionSpec("sink.request-timeout", .duration, default: "10min", "time for a write batch"),
        OptionSpec(
            "sink.fail-on-timeout", .boolean, default: "false", "fail when a write batch takes too long"),
        OptionSpec("sink.max-request-write-attempts", .integer, default: "0", "0: without limit"),
        OptionSpec("sink.max-record-size", .memory, default: "1mb", "a larger row fails the job"),
        OptionSpec(
            "sink.delete.mode", .choice(["latest", "all", "family", "row"]), default: "latest",
            "what a deleted row loses: the newest version of declared columns, all their versions, the "
                + "declared families, everything"),
        OptionSpec(
            "sink.mutation.*", .choice(["put", "increment"]),
            "sink.mutation.FAMILY.QUALIFIER: add to a counter"),
        OptionSpec(
            "sink.increment.guarantee", .choice(["exactly-once", "at-least-once"]),
            default: "exactly-once",
            "at-least-once: an increment whose answer was lost is sent again and may count twice"),
        OptionSpec(
            "sink.increment.ledger-family", .string,
            "the family of the cells that remember which increments a row has; default: the first counter's"),
        OptionSpec(
            "sink.increment.ledger-ttl", .duration, default: "7d",
            "what a job that did not end cleanly leaves of such cells vanishes after this time; 0: never"),
    ]

    private static let oldSink: [OptionSpec] = [
        OptionSpec(
            "sink.buffer-flush.max-size", .memory, default: "2mb", "old name of sink.flush-buffer.size"),
        OptionSpec(
            "sink.buffer-flush.max-rows", .integer, default: "1000", "old name of sink.batch.max-size"),
        OptionSpec(
            "sink.buffer-flush.interval", .duration, default: "1s", "old name of sink.flush-buffer.timeout"),
    ]

    private static let lookup: [OptionSpec] = [
        OptionSpec("lookup.async", .boolean, default: "true", "accepted; look-ups never wait for each other"),
        OptionSpec(
            "lookup.cache", .choice(["NONE", "PARTIAL", "FULL"]), default: "NONE", "keep looked up rows"),
        OptionSpec("lookup.partial-cache.max-rows", .integer, "rows in the cache"),
        OptionSpec("lookup.partial-cache.expire-after-write", .duration, "age of a cached row"),
        OptionSpec("lookup.partial-cache.expire-after-access", .duration, "idle time of a cached row"),
        OptionSpec("lookup.partial-cache.caching-missing-key", .boolean, default: "true", "remember misses"),
        OptionSpec("lookup.partial-cache.cache-missing-key", .boolean, default: "true", "remember misses"),
        OptionSpec(
            "lookup.full-cache.reload-strategy", .choice(["PERIODIC", "TIMED"]), default: "PERIODIC",
            "when a full cache is read again"),
        OptionSpec("lookup.full-cache.periodic-reload.interval", .duration, "time between two reloads"),
        OptionSpec(
            "lookup.full-cache.periodic-reload.schedule-mode", .choice(["FIXED_DELAY", "FIXED_RATE"]),
            default: "FIXED_DELAY", "the interval counts from the end or the start of a reload"),
        OptionSpec("lookup.full-cache.timed-reload.iso-time", .string, "time of day in UTC, such as 10:15"),
        OptionSpec(
            "lookup.full-cache.timed-reload.interval-in-days", .integer, default: "1",
            "days between two reloads"),
        OptionSpec("lookup.max-retries", .integer, default: "3", "tries of a look-up that failed"),
        OptionSpec("lookup.timeout", .duration, default: "30s", "time for a look-up with its retries"),
        OptionSpec(
            "lookup.cache.max-rows", .integer, default: "-1", "old form of lookup.partial-cache.max-rows"),
        OptionSpec(
            "lookup.cache.ttl", .duration, default: "0s",
            "old form of lookup.partial-cache.expire-after-write"),
    ]

    private static let scan: [OptionSpec] = [
        OptionSpec("scan.timestamp", .string, "read rows as of this time: milliseconds or a timestamp"),
        OptionSpec("scan.time-range.start", .string, "cells written at this time or later"),
        OptionSpec("scan.time-range.end", .string, "cells written before this time"),
    ]
}
