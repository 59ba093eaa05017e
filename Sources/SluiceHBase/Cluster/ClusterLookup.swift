import SluiceBase
import SluiceConnect
import SluiceHBaseClient
import SluiceTableStore

/// Look-ups by row key in a cluster.
struct ClusterLookupProvider: LookupProvider {
    let layout: RowLayout
    let match: LookupRequest.Match
    let cluster: ClusterOptions
    let pool: ClusterPool

    func open(_ context: ConnectorContext) throws(JobError) -> any LookupSource {
        let table = try ClusterTable(layout.options, cluster, pool)
        try Preflight(table, layout.schema, for: .reading).check()
        let layout = self.layout
        let report = RegionReport(table.name)
        context.publish(report)
        let meter = report.meter
        if match != .equal {
            return RangeLookup(layout, match, context) {
                ClusterScan(table, layout, $0, filter: nil, meter: meter, context)
            }
        }
        if case .full(let options) = layout.options.lookup.cache {
            let ranges = RowKeyRange.ranges(layout, [])
            return FullCacheLookup(layout, options, context) {
                () throws(JobError) -> [any CellScan] in
                ranges.map { ClusterScan(table, layout, $0, filter: nil, meter: meter, context) }
            }
        }
        return KeyLookup(ClusterFetcher(table, layout, meter, context), layout, context)
    }
}

/// Gets rows through the client, which groups keys by region and server and bounds what is under way. Answers come on
/// the client's thread and wait in a mailbox until the subtask, woken, takes them.
final class ClusterFetcher: RowFetcher {
    private struct Request {
        var block: CellBlock
        var attempts: Int
        /// Of all attempts, on the monotonic clock.
        var deadlineNanos: Int64
    }

    private let table: ClusterTable
    private let read: ReadSpec
    private let meter: RegionMeter
    private let options: LookupOptions
    private let context: ConnectorContext
    private let answers = Lock<[Int: RowResults]>([:])
    private var requests: [Int: Request] = [:]
    private var finder: LeafFinder

    init(_ table: ClusterTable, _ layout: RowLayout, _ meter: RegionMeter, _ context: ConnectorContext) {
        self.table = table
        self.meter = meter
        self.context = context
        options = layout.options.lookup
        read = layout.clusterRead
        finder = LeafFinder(layout)
    }

    func begin(_ block: CellBlock, _ ticket: Int) throws(JobError) {
        let deadline = context.clock.monotonicNanos() &+ options.timeoutMillis &* 1_000_000
        requests[ticket] = Request(block: block, attempts: 0, deadlineNanos: deadline)
        send(ticket)
    }

    private func send(_ ticket: Int) {
        guard let block = requests[ticket]?.block else { return }
        requests[ticket]?.attempts += 1
        var keys = RowKeys()
        keys.reserveCapacity(keys: block.rowCount, bytes: block.byteCount)
        for row in 0..<block.rowCount { keys.append(block.key(row)) }
        var batch = GetBatch(table: table.name, keys: keys, read: read)
        batch.meter = meter
        let (answers, waker) = (answers, context.waker)
        let rest = (requests[ticket]?.deadlineNanos ?? 0) &- context.clock.monotonicNanos()
        table.client.get(batch, timeoutNanos: max(1_000_000, rest)) { results in
            answers.withLock { $0[ticket] = results }
            waker.wake()
        }
    }

    func isDone(_ ticket: Int) throws(JobError) -> Bool {
        guard let request = requests[ticket] else { return true }
        guard let results = answers.withLock({ $0.removeValue(forKey: ticket) }) else { return false }
        if let error = results.firstError {
            let failure = table.failure(error)
            // The client has waited between its own attempts.
            let hasTime = context.clock.monotonicNanos() < request.deadlineNanos
            guard failure.retry == .backoff, hasTime, request.attempts <= options.maxRetries else {
                throw failure
            }
            send(ticket)
            return false
        }
        fill(request.block, results)
        requests[ticket] = nil
        return true
    }

    private func fill(_ block: CellBlock, _ results: RowResults) {
        for row in 0..<block.rowCount where results.cellCount(ofKey: row) > 0 {
            block.markFound(row)
            finder.beginRow()
            results.forEachCell(ofKey: row) { (cell: CellView) in
                if let leaf = finder.leaf(cell.family, cell.qualifier) { block.set(row, leaf, cell.value) }
            }
        }
    }

    func close() { requests.removeAll() }
}
