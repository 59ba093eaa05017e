import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph
import SluiceState

/// The rows of rank `start ... end` per partition, kept up to date (U8, U10). Over an input that is only added to, rows
/// behind `end` are forgotten; else all rows are kept, to move up when others leave. With a state TTL a partition that
/// has got no row for so long is forgotten.
final class TopNOperator: StreamOperator {
    private let node: TopNNode
    private var context: OperatorContext?
    private var keepsAll = false
    private var rows: RankedRows?
    private var ttlMicros: Int64 = 0

    init(_ node: TopNNode) { self.node = node }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        ttlMicros = context.config.stateTTLMillis &* 1000
        keepsAll = !context.inputChangelogs[0].isAppendOnly
        rows = try RankedRows(node, findsRows: keepsAll, context)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, let rows else { return }
        let writer = RankWriter(node, rows, context.schema)
        let now = startClock(context)
        try rows.forEach(batch) { (row, partition) in
            if let now { rows.renew(partition, now: now, ttlMicros: ttlMicros) }
            if batch.kind(row).isRetraction {
                guard let place = rows.remove(row, partition) else { return }
                if place < node.end { writer.removed(partition, at: place) }
            } else {
                add(row, partition, rows, writer)
            }
        }
        if keepsAll { try rows.releaseEmpty(batch) }
        if let result = writer.finish() { try out.emit(result) }
        try context.memory.set(context.stateBytes + rows.byteCount)
    }

    /// The time of a batch; nil: rows never expire.
    private func startClock(_ context: OperatorContext) -> Int64? {
        guard ttlMicros > 0 else { return nil }
        let now = context.clock.nowMicros()
        if context.timers.next == nil { context.timers.register(atMicros: now &+ ttlMicros) }
        return now
    }

    /// Forgets what expired, then looks again when the oldest of the rest will, but not too often.
    func onTimer(_ micros: Int64, _ out: any Output) throws(JobError) {
        guard let context, let rows else { return }
        let now = context.clock.nowMicros()
        if let oldest = try rows.removeExpired(now: now, ttlMicros: ttlMicros) {
            context.timers.register(atMicros: Swift.max(oldest &+ ttlMicros, now &+ ttlMicros / 4 &+ 1000))
        }
        try context.memory.set(context.stateBytes + rows.byteCount)
    }

    private func add(_ row: Int, _ partition: Int, _ rows: RankedRows, _ writer: RankWriter) {
        let entries = rows.entries
        let isFull = !keepsAll && entries.count(partition) >= node.end
        if isFull && rows.compare(row, entries.last(partition)) >= 0 { return }
        let place = rows.insert(row, partition)
        if place < node.end { writer.inserted(partition, at: place) }
        if isFull { entries.removeLast(partition) }
    }

    func close() {
        rows = nil
        context = nil
    }
}
