import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph

/// Joins each row with the rows that a table has now under its key (J1 to J4).
///
/// The distinct keys of a batch that the cache does not know are one request. Several batches may be under way; their
/// results come out in order, and watermarks wait behind the rows before them.
final class LookupJoinOperator: StreamOperator {
    /// Small batches overlap in greater number than large ones.
    private static let maxBatchesInFlight = 64
    private static let maxKeysInFlight = 4096

    private enum Pending {
        case probe(LookupProbe)
        case watermark(Int64)
    }

    private let join: LookupJoinNode
    private let cache: LookupRowCache
    private var context: OperatorContext?
    private var source: (any LookupSource)?
    private var keys: [BatchExpression] = []
    private var condition: BatchPredicate?
    private var deduplicator: KeyDeduplicator
    private var assembler = LookupAssembler(rightSchema: [], isLeft: false)
    private var pending = FIFO<Pending>()
    private var keysInFlight = 0
    /// Of the batches in `pending`.
    private var pendingBytes = 0
    private var isEnding = false

    init(_ join: LookupJoinNode) {
        self.join = join
        cache = LookupRowCache(join.connectorCaches ? .none : join.cache)
        deduplicator = KeyDeduplicator(join.keys.map(\.type), keepsEncoded: cache.isEnabled)
    }

    var markHandling: MarkHandling { .inBatch }
    var isAsync: Bool { true }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        guard let connector = context.connectors.find(join.connector) else {
            throw context.failure(
                SQLError(.connectorOption, "connector \"\(join.connector)\" does not exist"))
        }
        let provider: any LookupProvider
        do { provider = try connector.makeLookup(join.table, join.request) } catch {
            throw context.failure(error)
        }
        for key in join.keys { keys.append(try BatchExpression(key, context)) }
        if let expr = join.condition { condition = try BatchPredicate(expr, context) }
        let leftCount = context.inputSchemas.first?.count ?? 0
        assembler = LookupAssembler(
            rightSchema: Array(context.schema.dropFirst(leftCount)), isLeft: join.isLeft)
        source = try provider.open(context.connectorContext)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context else { return }
        var columns: [Column] = []
        let eval = context.evalContext(batch)
        for key in keys { columns.append(try key.evaluate(batch, eval)) }
        let distinct = deduplicator.deduplicate(columns, rowCount: batch.rowCount)
        let probe = LookupProbe(batch, keys: distinct, keyColumns: columns)
        if hasRoom { try start(probe, context) }
        pending.append(.probe(probe))
        pendingBytes += probe.byteCount
        try charge(context)
    }

    /// The batches that wait, and the caches.
    private func charge(_ context: OperatorContext) throws(JobError) {
        try context.memory.set(pendingBytes + cache.byteCount + (source?.bufferedBytes ?? 0))
    }

    func advance(to watermark: Int64, _ out: any Output) throws(JobError) {
        if pending.isEmpty {
            try out.emit(watermark: watermark)
        } else {
            pending.append(.watermark(watermark))
        }
    }

    func finish(_ out: any Output) throws(JobError) { isEnding = true }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let context else { return false }
        while let item = pending.first, !out.isFull {
            switch item {
            case .watermark(let watermark): try out.emit(watermark: watermark)
            case .probe(let probe):
                if !probe.isEmitted {
                    guard try complete(probe, context) else {
                        if mayReorder { try emitBehind(out, context) }
                        return mustWait
                    }
                    try emit(probe, out, context)
                }
                pendingBytes -= probe.byteCount
                try charge(context)
            }
            _ = pending.popFirst()
        }
        return pending.isEmpty ? false : (out.isFull || mustWait)
    }

    /// Updates of a key must keep their order.
    private var mayReorder: Bool {
        join.allowsUnordered && (context?.inputChangelogs.first?.isAppendOnly ?? false)
    }

    /// Emits what is complete behind the first batch, up to the next watermark. A batch with marks inside waits: they
    /// would overtake the rows before it.
    private func emitBehind(_ out: any Output, _ context: OperatorContext) throws(JobError) {
        for position in 1..<max(1, pending.count) {
            guard !out.isFull, case .probe(let probe)? = pending[position] else { return }
            if probe.isEmitted || !probe.batch.marks.isEmpty { continue }
            if !probe.hasStarted && !hasRoom { return }
            if try complete(probe, context) {
                try emit(probe, out, context)
                probe.isEmitted = true
            }
        }
    }

    func close() {
        source?.close()
        source = nil
    }

    private var hasRoom: Bool {
        keysInFlight == 0 || keysInFlight < min(join.capacity, LookupJoinOperator.maxKeysInFlight)
    }
    private var mustWait: Bool {
        isEnding || !hasRoom || pending.count >= LookupJoinOperator.maxBatchesInFlight
    }

    private func nowMillis(_ context: OperatorContext) -> Int64 { context.clock.monotonicNanos() / 1_000_000 }

    private func start(_ probe: LookupProbe, _ context: OperatorContext) throws(JobError) {
        probe.hasStarted = true
        probe.consult(cache, nowMillis: nowMillis(context))
        guard !probe.wanted.isEmpty else { return }
        if let timeout = join.timeoutMillis {
            probe.deadlineNanos = context.clock.monotonicNanos() &+ timeout &* 1_000_000
        }
        try ask(probe)
    }

    private func ask(_ probe: LookupProbe) throws(JobError) {
        probe.attempts += 1
        probe.retryAtNanos = nil
        probe.ticket = try source?.begin(probe.request())
        keysInFlight += probe.wanted.count
    }

    /// True when the rows of all keys are known.
    private func complete(_ probe: LookupProbe, _ context: OperatorContext) throws(JobError) -> Bool {
        if !probe.hasStarted { try start(probe, context) }
        if let at = probe.retryAtNanos {
            if context.clock.monotonicNanos() < at { return try wait(probe, until: at, context) }
            try ask(probe)
        }
        while let ticket = probe.ticket {
            guard let result = try source?.take(ticket) else { return try wait(probe, until: nil, context) }
            probe.ticket = nil
            keysInFlight -= probe.wanted.count
            probe.accept(result)
            guard let retry = join.retry, !probe.wanted.isEmpty, probe.attempts <= retry.maxAttempts else {
                break
            }
            if retry.delayMillis > 0 {
                let at = context.clock.monotonicNanos() &+ retry.delayMillis &* 1_000_000
                probe.retryAtNanos = at
                return try wait(probe, until: at, context)
            }
            try ask(probe)
        }
        probe.store(in: cache, nowMillis: nowMillis(context))
        return true
    }

    /// False: the rows are not there yet. Sees to it that the operator runs again at `nanos`, and at the deadline.
    private func wait(
        _ probe: LookupProbe, until nanos: Int64?, _ context: OperatorContext
    ) throws(JobError) -> Bool {
        var next = nanos ?? .max
        if let deadline = probe.deadlineNanos, let timeout = join.timeoutMillis {
            guard context.clock.monotonicNanos() < deadline else {
                throw context.failure(
                    SQLError(
                        .connectorIO,
                        "the look-up in \"\(join.table.name)\" has no answer for \(probe.wanted.count) key(s) after \(timeout) ms",
                        hint: "raise 'timeout' of the LOOKUP hint or table.exec.async-lookup.timeout"),
                    domain: .external)
            }
            next = min(next, deadline)
        }
        if next != .max { context.retryAtNanos = min(context.retryAtNanos ?? .max, next) }
        return false
    }

    private func emit(_ probe: LookupProbe, _ out: any Output, _ context: OperatorContext) throws(JobError) {
        let batch = probe.batch
        var pairs = assembler.pairs(probe, pads: condition == nil)
        var columns = assembler.columns(pairs, batch)
        if let condition {
            let candidates = RecordBatch(columns: columns, rowCount: pairs.left.count)
            let kept = try condition.select(candidates, context.evalContext(candidates))
            pairs = assembler.filter(pairs, kept, rowCount: batch.rowCount)
            columns = assembler.columns(pairs, batch)
        }
        try out.emit(assembler.assemble(pairs, columns: columns, batch))
    }
}
