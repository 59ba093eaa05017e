import SluiceBase
import SluiceConnect

/// How rows are written: batches, bounds, what deletes and counters do.
struct SinkOptions: Sendable {
    /// What a deleted row loses.
    enum DeleteMode: String, Sendable {
        /// The newest version of each declared column, or the one at the row's timestamp (B5).
        case latest
        /// All versions of the declared columns.
        case all
        /// The declared families.
        case family
        /// Every family of the row.
        case row
    }

    let ignoresNullValue: Bool
    let deleteMode: DeleteMode
    /// `family:qualifier` of counters.
    let increments: Set<String>
    let isExactlyOnce: Bool
    let ledgerFamily: String?
    /// Nil: ledger cells stay.
    let ledgerMillis: Int64?
    /// Rows and bytes of a batch and its age; 0: this does not end a batch.
    let batchRows: Int
    let batchBytes: Int
    let batchMillis: Int64
    let maxBatchesInFlight: Int
    let requestTimeoutMillis: Int64
    let failsOnTimeout: Bool
    /// 0: without limit.
    let maxAttempts: Int
    let maxRecordSize: Int

    static let mutationPrefix = "sink.mutation."
    private static let ledgerDays: Int64 = 7

    init(_ options: TableOptions) throws(SQLError) {
        ignoresNullValue = try options.bool("sink.ignore-null-value", default: false)
        deleteMode = options["sink.delete.mode"].flatMap { DeleteMode(rawValue: $0.lowercased()) } ?? .latest
        increments = try Self.increments(options)
        isExactlyOnce = options["sink.increment.guarantee"]?.lowercased() != "at-least-once"
        ledgerFamily = options["sink.increment.ledger-family"]
        let ledgerTime = try options.duration("sink.increment.ledger-ttl") ?? Self.ledgerDays * 86_400_000
        ledgerMillis = ledgerTime > 0 ? ledgerTime : nil
        batchRows = try Self.positive(
            options,
            options["sink.batch.max-size"] == nil ? "sink.buffer-flush.max-rows" : "sink.batch.max-size",
            1000)
        let oldSize = try options.memory("sink.buffer-flush.max-size")
        let size = try options.memory("sink.flush-buffer.size") ?? oldSize ?? (2 << 20)
        batchBytes = Int(truncatingIfNeeded: size)
        let oldTime = try options.duration("sink.buffer-flush.interval")
        batchMillis = try options.duration("sink.flush-buffer.timeout") ?? oldTime ?? 1000
        let inFlight = try Self.positive(options, "sink.requests.max-inflight", 1000)
        // The client holds what waits: what Flink buffers before its requests counts as under way here.
        _ = try Self.positive(options, "sink.requests.max-buffered", 1000)
        maxBatchesInFlight = max(1, inFlight)
        requestTimeoutMillis = try options.duration("sink.request-timeout") ?? 600_000
        failsOnTimeout = try options.bool("sink.fail-on-timeout", default: false)
        maxAttempts = try Self.positive(options, "sink.max-request-write-attempts", 0)
        maxRecordSize = Int(truncatingIfNeeded: try options.memory("sink.max-record-size") ?? (1 << 20))
    }

    /// Nothing ends a batch: every batch of rows is written at once (FLINK-36188).
    var writesThrough: Bool { batchRows == 0 && batchBytes == 0 && batchMillis == 0 }

    private static func positive(
        _ options: TableOptions, _ key: String, _ fallback: Int
    ) throws(SQLError) -> Int {
        let value = try options.int(key, default: fallback)
        guard value >= 0 else { throw options.wrong(key, String(value), "a number from 0 on") }
        return value
    }

    private static func increments(_ options: TableOptions) throws(SQLError) -> Set<String> {
        var labels: Set<String> = []
        for entry in options.entries where entry.key.hasPrefix(mutationPrefix) {
            switch entry.value.lowercased() {
            case "put": continue
            case "increment":
                let column = String(entry.key.dropFirst(mutationPrefix.count))
                labels.insert(column.replacingFirst(".", with: ":"))
            default: throw options.wrong(entry.key, entry.value, "put or increment")
            }
        }
        return labels
    }
}
