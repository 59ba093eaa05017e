import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph

/// Writes rows to a table: checks NOT NULL columns (A9), waits for a writer that is full, and pushes buffered output
/// out shortly after the input falls silent.
final class SinkOperator: StreamOperator {
    private static let lingerMicros: Int64 = 20_000

    private let sink: SinkNode
    private var context: OperatorContext?
    private var writer: (any SinkWriter)?
    private var held = FIFO<RecordBatch>()
    private var isDirty = false
    private var hasFlushTimer = false
    private var isEnding = false
    private var kept: [Int32] = []

    init(_ sink: SinkNode) { self.sink = sink }

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        guard let connector = context.connectors.find(sink.connector) else {
            throw context.failure(SQLError(.connectorOption, "connector \"\(sink.connector)\" does not exist"))
        }
        let target: any Sink
        do { target = try connector.makeSink(sink.table, sink.request) } catch { throw context.failure(error) }
        writer = try target.open(
            subtask: context.subtask, of: context.node.parallelism, context.connectorContext)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        let rows = try enforceNotNull(batch)
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
                return true
            }
            _ = held.popFirst()
            isDirty = true
        }
        if isEnding {
            isEnding = false
            isDirty = false
            try writer.finish()
        }
        return false
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

    private func enforceNotNull(_ batch: RecordBatch) throws(JobError) -> RecordBatch {
        guard let context else { return batch }
        var drops = false
        for column in sink.notNull {
            let values = batch.columns[column.index]
            guard values.validity != nil else { continue }
            for row in 0..<batch.rowCount where values.isNull(row) {
                guard context.config.dropsNullInNotNull else { throw nullFailure(column, context) }
                drops = true
            }
        }
        return drops ? withoutNulls(batch, context) : batch
    }

    private func withoutNulls(_ batch: RecordBatch, _ context: OperatorContext) -> RecordBatch {
        kept.removeAll(keepingCapacity: true)
        for row in 0..<batch.rowCount {
            let hasNull = sink.notNull.contains { batch.columns[$0.index].isNull(row) }
            if !hasNull { kept.append(Int32(truncatingIfNeeded: row)) }
        }
        context.metrics.countDropped(batch.rowCount - kept.count)
        return kept.withUnsafeBufferPointer { batch.selecting($0) }
    }

    private func nullFailure(_ column: SinkNode.NotNullColumn, _ context: OperatorContext) -> JobError {
        context.failure(
            SQLError(
                .notNull, "column \"\(column.name)\" of \"\(sink.table.name)\" is NOT NULL, but a NULL was to be written",
                hint: "SET 'table.exec.sink.not-null-enforcer' = 'DROP' leaves such rows out"))
    }
}
