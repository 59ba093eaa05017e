import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph

/// Writes rows to a table: checks NOT NULL columns (A9), waits for a writer that is full, pushes buffered output out
/// shortly after the input falls silent, and prepares a commit at its end.
final class SinkOperator: StreamOperator {
    private static let lingerMicros: Int64 = 20_000

    private let sink: SinkNode
    private var context: OperatorContext?
    private var target: (any Sink)?
    private var writer: (any SinkWriter)?
    private var held = FIFO<RecordBatch>()
    private var isDirty = false
    private var hasFlushTimer = false
    private var isEnding = false
    private var isDraining = false
    private var enforcer: NotNullEnforcer?

    init(_ sink: SinkNode) { self.sink = sink }

    var markHandling: MarkHandling { .inBatch }
    var isAsync: Bool { true }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        enforcer = NotNullEnforcer(sink.notNull, table: sink.table.name, context)
        guard let connector = context.connectors.find(sink.connector) else {
            throw context.failure(
                SQLError(.connectorOption, "connector \"\(sink.connector)\" does not exist"))
        }
        let target: any Sink
        do { target = try connector.makeSink(sink.table, sink.request) } catch {
            throw context.failure(error)
        }
        self.target = target
        writer = try target.open(
            subtask: context.subtask, of: context.node.parallelism, context.connectorContext)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        let rows = try enforcer?.enforce(batch) ?? batch
        guard rows.rowCount > 0 else { return }
        held.append(rows)
    }

    func advance(to watermark: Int64, _ out: any Output) throws(JobError) {}

    func finish(_ out: any Output) throws(JobError) { isEnding = true }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let writer else { return false }
        while let batch = held.first {
            if let wakeUp = try writer.write(batch) {
                if case .at(let nanos) = wakeUp { context?.retryAtNanos = nanos }
                try charge(writer, held: batch.byteCount)
                return true
            }
            _ = held.popFirst()
            isDirty = true
        }
        if isEnding && !isDraining {
            isDraining = true
            try writer.endOfRows()
            try writer.flush()
        }
        try charge(writer, held: 0)
        if let wakeUp = try writer.poll() {
            if case .at(let nanos) = wakeUp { context?.retryAtNanos = nanos }
            return isEnding
        }
        if isEnding {
            isEnding = false
            isDirty = false
            try writer.finish()
            try prepare(writer)
        }
        return false
    }

    /// What the writer prepared is committed when the whole job has ended; at once where there is no job.
    private func prepare(_ writer: any SinkWriter) throws(JobError) {
        let token = try writer.prepareCommit()
        guard !token.isEmpty, let context, let target else { return }
        guard let control = context.control else {
            return try target.commit([token], context.connectorContext)
        }
        control.atEnd(.prepared(node: context.node.id, target, token: token, context.connectorContext))
    }

    /// What the writer holds, and the batch that it does not take.
    private func charge(_ writer: any SinkWriter, held bytes: Int) throws(JobError) {
        try context?.memory.set(bytes + writer.bufferedBytes)
    }

    func onPause(_ out: any Output) throws(JobError) {
        guard let context, isDirty, !hasFlushTimer else { return }
        hasFlushTimer = true
        context.timers.register(atMicros: context.clock.nowMicros() &+ SinkOperator.lingerMicros)
    }

    func onTimer(_ micros: Int64, _ out: any Output) throws(JobError) {
        hasFlushTimer = false
        guard isDirty else { return }
        isDirty = false
        try writer?.flush()
    }

    func close() {
        writer?.close()
        writer = nil
    }
}
