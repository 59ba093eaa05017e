import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// Computes watermarks from rows and adds them to batches as marks (T1 to T5).
///
/// The running maximum starts at the epoch, so that times at or before it never advance it. A mark follows each row
/// that takes the maximum further than the interval beyond the last one; what is left is said when the source has
/// been silent for the interval. A bounded input that never waits thus gives the same rows every time.
final class WatermarkOperator: StreamOperator {
    private let node: WatermarkNode
    private var context: OperatorContext?
    private var expression: BatchExpression?
    private var interval: Int64 = 0
    private var idleTimeout: Int64 = 0
    private var maximum: Int64 = 0
    private var emitted: Int64 = 0
    /// When the silence is long enough; nil: rows came since, or nothing is left to say.
    private var emitAt: Int64?
    private var idleAt: Int64?

    init(_ node: WatermarkNode) { self.node = node }

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        interval = Swift.max(0, context.config.autoWatermarkMillis) &* 1000
        idleTimeout = Swift.max(0, context.config.idleTimeoutMillis) &* 1000
        expression = try BatchExpression(node.expression, context)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, let expression, batch.rowCount > 0 else { return }
        emitAt = nil
        idleAt = nil
        try checkTime(batch, context)
        let plain = batch.marks.isEmpty ? batch : batch.with(marks: [])
        let values = try expression.evaluate(plain, context.evalContext(plain))
        let marks = advance(WatermarkOperator.micros(values))
        try out.emit(marks.isEmpty ? plain : plain.with(marks: marks))
    }

    /// Watermarks from further up are ignored, except the one at the end of the input.
    func advance(to watermark: Int64, _ out: any Output) throws(JobError) {
        if watermark == Watermark.max { try out.emit(watermark: watermark) }
    }

    func onPause(_ out: any Output) throws(JobError) {
        guard let context else { return }
        let now = context.clock.nowMicros()
        if maximum > emitted, emitAt == nil, interval > 0 {
            emitAt = now &+ interval
            context.timers.register(atMicros: now &+ interval)
        }
        if idleTimeout > 0, idleAt == nil {
            idleAt = now &+ idleTimeout
            context.timers.register(atMicros: now &+ idleTimeout)
        }
    }

    func onTimer(_ micros: Int64, _ out: any Output) throws(JobError) {
        if let at = emitAt, at <= micros {
            emitAt = nil
            if maximum > emitted {
                emitted = maximum
                try out.emit(watermark: maximum)
            }
        }
        if let at = idleAt, at <= micros {
            idleAt = Int64.max
            try out.emitIdle()
        }
    }

    private func checkTime(_ batch: RecordBatch, _ context: OperatorContext) throws(JobError) {
        let times = batch.columns[node.timeColumn]
        guard times.validity != nil else { return }
        for row in 0..<batch.rowCount where times.isNull(row) {
            let schema = context.inputSchemas.first ?? []
            let name = schema.indices.contains(node.timeColumn) ? schema[node.timeColumn].name : ""
            throw context.failure(
                SQLError(
                    .notNull, "the time attribute \"\(name)\" is NULL in a row",
                    hint:
                        "leave such rows out with WHERE \(name) IS NOT NULL below the watermark, or replace NULL"
                ))
        }
    }

    /// Marks for rows that raise the watermark.
    private func advance(_ values: FixedColumn<Int64>) -> [WatermarkMark] {
        var marks: [WatermarkMark] = []
        var highest = maximum
        var threshold = WatermarkOperator.sum(emitted, interval)
        let base = values.base
        let validity = values.validity
        for row in 0..<values.count {
            let value = base[row]
            guard value > highest else { continue }
            if let validity, !validity[row] { continue }
            highest = value
            if value > threshold {
                marks.append(WatermarkMark(offset: row + 1, watermark: value))
                emitted = value
                threshold = WatermarkOperator.sum(value, interval)
            }
        }
        maximum = highest
        withExtendedLifetime(values) {}
        return marks
    }

    private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? Int64.max : sum
    }

    /// The values in microseconds, whatever the precision of their type.
    private static func micros(_ column: Column) -> FixedColumn<Int64> {
        guard case .int128(let wide) = column.flattened else { return column.int64s }
        return FixedColumn(count: wide.count, validity: wide.validity) { out in
            for row in 0..<wide.count { out[row] = Int64(clamping: wide[row] / 1000) }
        }
    }
}
