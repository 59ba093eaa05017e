import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceHBaseClient
import SluiceTableStore

/// Puts, deletes and increments into a table of a cluster.
struct ClusterSink: Sink {
    let plan: SinkPlan
    let cluster: ClusterOptions
    let pool: ClusterPool

    func open(
        subtask: Int, of parallelism: Int, _ context: ConnectorContext
    ) throws(JobError) -> any SinkWriter {
        var cluster = cluster
        let sink = plan.options.sink
        // Without a limit of attempts time alone ends them.
        cluster.maxRetries = sink.maxAttempts > 0 ? sink.maxAttempts - 1 : Int(Int32.max)
        let table = try ClusterTable(plan.options, cluster, pool)
        let ledgerFamily = sink.increments.isEmpty ? nil : sink.ledgerFamily
        try Preflight(table, plan.schema, ledgerFamily: ledgerFamily, for: .writing).check()
        var seed = SystemRandomNumberGenerator()
        let ledger = LedgerIdentity(seed: seed.next(), subtask: subtask)
        return ClusterSinkWriter(plan, table, context, ledger)
    }
}

/// Buffers rows, sends them in batches and lets batches overlap. The client keeps the order of each row and sends
/// again only what failed.
final class ClusterSinkWriter: SinkWriter {
    /// Bytes in batches that wait or are under way at most.
    private static let maxBytesInFlight = 32 << 20
    /// The server's clock counts milliseconds: a put in the millisecond of a delete would be hidden by it.
    private static let pauseAfterDelete: Int64 = 2_000_000
    /// The end of a job waits so long for its ledger to go.
    private static let forgettingMillis: Int64 = 5000

    private struct Batch {
        var mutations: MutationBatch
        var deletes: Bool
        var bytes: Int
    }

    /// What the client's thread tells.
    private struct Mail {
        var doneBatches = 0
        var doneBytes = 0
        var doneDeletes = 0
        var failure: HBaseError?
        /// The key of the row that it concerns.
        var failedRow: [UInt8]?
    }

    private let plan: SinkPlan
    private let table: ClusterTable
    private let context: ConnectorContext
    private let encoder: MutationEncoder
    private let buffer: WriteBuffer
    private let mail = Lock(Mail())
    /// The seam for checkpoints: what a snapshot holds after a drain, and a restored writer begins with.
    private(set) var ledger: LedgerIdentity

    private let regions: RegionReport
    private let metrics: SinkMetrics

    private var waiting: [Batch] = []
    private var batchesInFlight = 0
    private var bytesInFlight = 0
    private var deletesInFlight = 0
    /// No put before this time.
    private var putsFromNanos = Int64.min
    private var oldestRowNanos: Int64?
    private var key: [UInt8] = []

    init(_ plan: SinkPlan, _ table: ClusterTable, _ context: ConnectorContext, _ ledger: LedgerIdentity) {
        self.plan = plan
        self.table = table
        self.context = context
        self.ledger = ledger
        regions = RegionReport(table.name)
        metrics = SinkMetrics(regions: regions)
        context.publish(metrics)
        encoder = MutationEncoder(plan)
        buffer = WriteBuffer(columnCount: plan.schema.families.reduce(0) { $0 + $1.qualifiers.count })
    }

    private var options: SinkOptions { plan.options.sink }

    // MARK: SinkWriter

    func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? {
        try settle()
        if let wakeUp = send(), !hasRoom { return wakeUp }
        guard hasRoom else { return .signal }
        do throws(SQLError) {
            try add(batch)
        } catch {
            throw JobError(error, domain: .user)
        }
        if options.writesThrough || isOld { cut() }
        _ = send()
        return nil
    }

    func flush() throws(JobError) {
        cut()
        _ = send()
        try settle()
    }

    func poll() throws(JobError) -> WakeUp? {
        try settle()
        if isOld { cut() }
        if let wakeUp = send() { return wakeUp }
        if batchesInFlight > 0 || !waiting.isEmpty { return .signal }
        guard let oldest = oldestRowNanos, options.batchMillis > 0 else { return nil }
        return buffer.isEmpty ? nil : .at(nanos: oldest &+ options.batchMillis &* 1_000_000)
    }

    func finish() throws(JobError) {
        try settle()
        forgetLedger()
    }

    /// All is applied and nothing will be sent again, so the ledger's cells are of no more use. They go unless some
    /// call failed: then a request that was given up may still be on its way, and without the cell it would count.
    /// What stays vanishes by its time to live.
    private func forgetLedger() {
        guard options.isExactlyOnce, regions.meter.loads.allSatisfy({ $0.failures == 0 }),
            let deletes = encoder.ledgerDeletes(ledger)
        else { return }
        let done = Promise<Bool>()
        table.client.mutate(deletes, timeoutNanos: Self.forgettingMillis &* 1_000_000) { _ in done.give(true)
        }
        _ = done.wait(milliseconds: Self.forgettingMillis)
    }

    func close() {
        waiting.removeAll()
        buffer.removeAll()
    }

    // MARK: Filling

    private var hasRoom: Bool {
        batchesInFlight + waiting.count < options.maxBatchesInFlight
            && bytesInFlight < Self.maxBytesInFlight
    }

    private var isFull: Bool {
        (options.batchRows > 0 && buffer.rowCount >= options.batchRows)
            || buffer.byteCount >= (options.batchBytes > 0 ? options.batchBytes : Self.maxBytesInFlight)
    }

    private var isOld: Bool {
        guard let oldest = oldestRowNanos, options.batchMillis > 0 else { return false }
        return context.clock.monotonicNanos() &- oldest >= options.batchMillis &* 1_000_000
    }

    private func add(_ batch: RecordBatch) throws(SQLError) {
        let rows = SinkRows(plan, batch)
        for row in 0..<batch.rowCount {
            let kind = batch.kind(row)
            if kind == .updateBefore { continue }
            guard try rows.encodeKey(row, into: &key) else { continue }
            let time = try rows.timestamp(row) ?? WriteBuffer.none
            let timeToLive = try rows.timeToLive(row) ?? WriteBuffer.none
            // Columns that such a row leaves out keep the time to live that they have.
            if options.ignoresNullValue, rows.hasTimesToLive, kind != .delete,
                buffer.hasOtherTimeToLive(key, timestamp: time, timeToLive: timeToLive)
            {
                cut()
            }
            if oldestRowNanos == nil { oldestRowNanos = context.clock.monotonicNanos() }
            if kind == .delete {
                buffer.delete(key, timestamp: time)
            } else {
                let size = buffer.put(
                    key, rows, row, ignoresNull: options.ignoresNullValue, timestamp: time,
                    timeToLive: timeToLive)
                if size + key.count > options.maxRecordSize { throw tooLarge(size + key.count) }
            }
            if isFull { cut() }
        }
    }

    private func tooLarge(_ size: Int) -> SQLError {
        SQLError(
            .sinkFailed,
            "a row for \"\(plan.tableName)\" has \(size) bytes, more than 'sink.max-record-size' allows",
            hint: "its row key is \"\(String(decoding: key.prefix(80), as: UTF8.self))\"")
    }

    var bufferedBytes: Int { buffer.capacity + bytesInFlight }

    /// Makes a batch of what is buffered.
    private func cut() {
        oldestRowNanos = nil
        guard !buffer.isEmpty else { return }
        let hasDeletes = buffer.rows.contains { $0.isDelete }
        let (first, second) = encoder.encode(buffer, ledger: &ledger)
        buffer.removeAll()
        bytesInFlight += first.byteCount + second.byteCount
        if !first.isEmpty {
            waiting.append(Batch(mutations: first, deletes: hasDeletes, bytes: first.byteCount))
        }
        if !second.isEmpty {
            waiting.append(Batch(mutations: second, deletes: false, bytes: second.byteCount))
        }
    }

    // MARK: Sending

    /// Hands over what may go; says when more of it can.
    private func send() -> WakeUp? {
        while let batch = waiting.first {
            // What follows a delete waits for it, and for the next millisecond of the server.
            if deletesInFlight > 0 { return .signal }
            if putsFromNanos > context.clock.monotonicNanos() { return .at(nanos: putsFromNanos) }
            waiting.removeFirst()
            batchesInFlight += 1
            if batch.deletes { deletesInFlight += 1 }
            submit(batch)
        }
        return nil
    }

    private func submit(_ batch: Batch) {
        let (mail, waker) = (mail, context.waker)
        let (bytes, deletes) = (batch.bytes, batch.deletes)
        let (clock, metrics) = (context.clock, metrics)
        let start = clock.monotonicNanos()
        var mutations = batch.mutations
        mutations.meter = regions.meter
        let sent = mutations
        metrics.countOut(records: mutations.count, bytes: bytes)
        let millis =
            options.failsOnTimeout
            ? options.requestTimeoutMillis
            : max(options.requestTimeoutMillis, Int64(table.cluster.operationTimeoutMillis))
        table.client.mutate(mutations, timeoutNanos: millis &* 1_000_000) { results in
            metrics.batchEnded(nanos: clock.monotonicNanos() &- start)
            mail.withLock { mail in
                mail.doneBatches += 1
                mail.doneBytes += bytes
                if deletes { mail.doneDeletes += 1 }
                if mail.failure == nil, let error = results.firstError {
                    mail.failure = error
                    let failed = (0..<results.count).first { results.error(of: $0) != nil }
                    mail.failedRow = failed.map { sent.row(of: $0) }
                }
            }
            waker.wake()
        }
    }

    /// Takes in what was answered.
    private func settle() throws(JobError) {
        let news = mail.withLock { mail -> Mail in
            let taken = mail
            mail = Mail()
            return taken
        }
        batchesInFlight -= news.doneBatches
        bytesInFlight -= news.doneBytes
        if news.doneDeletes > 0 {
            deletesInFlight -= news.doneDeletes
            putsFromNanos = context.clock.monotonicNanos() &+ Self.pauseAfterDelete
        }
        if let failure = news.failure { throw table.failure(failure, row: news.failedRow) }
    }
}
