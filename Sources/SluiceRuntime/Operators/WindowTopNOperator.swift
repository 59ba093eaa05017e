import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph
import SluiceState

/// The rows of rank `start ... end` per window and partition, given out when the watermark passes the window's end, or
/// the clock does (U8 over the windows of W7). Rows of a window that was given out are late and dropped (W8).
final class WindowTopNOperator: StreamOperator {
    private let node: TopNNode
    private let time: WindowTime
    private var clock: WindowClock
    private var context: OperatorContext?
    private var rows: RankedRows?
    /// Partitions that hold rows, by the end of their window in local milliseconds.
    private var partitions: [Int64: [UInt32]] = [:]
    /// Keys of `partitions`, ascending.
    private var ends: [Int64] = []
    /// Up to which all windows were given out.
    private var watermark = Int64.min
    private var target: Int64?

    init(_ node: TopNNode, _ time: WindowTime) {
        self.node = node
        self.time = time
        clock = WindowClock(time, .utc)
    }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        clock = WindowClock(time, context.config.zone)
        rows = try RankedRows(node, findsRows: false, context)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, let rows else { return }
        let batch = onTime(batch, context)
        let times = batch.columns[time.column].flattened.int64s
        try rows.forEach(batch) { (row, partition) in
            if rows.entries.count(partition) == 0 { note(partition, floorDivide(times[row], 1000), context) }
            rows.keep(row, partition, node)
        }
        try context.memory.set(context.stateBytes)
    }

    /// The batch without rows of windows that were given out, which are counted.
    private func onTime(_ batch: RecordBatch, _ context: OperatorContext) -> RecordBatch {
        let ends = batch.columns[time.column].flattened.int64s
        var kept: [Int32] = []
        for row in 0..<batch.rowCount {
            if ends.isNull(row) || clock.fireMicros(end: floorDivide(ends[row], 1000)) <= watermark {
                context.metrics.countLate(batch, row: row, watermark: watermark)
            } else {
                kept.append(Int32(truncatingIfNeeded: row))
            }
        }
        if kept.count == batch.rowCount { return batch }
        return kept.withUnsafeBufferPointer { batch.selecting($0) }
    }

    /// A partition got its first row.
    private func note(_ partition: Int, _ end: Int64, _ context: OperatorContext) {
        if partitions[end] == nil {
            ends.insert(end, at: ends.firstIndex { $0 > end } ?? ends.count)
            if time.isProctime { context.timers.register(atMicros: clock.fireMicros(end: end)) }
        }
        partitions[end, default: []].append(UInt32(truncatingIfNeeded: partition))
    }

    func advance(to watermark: Int64, _ out: any Output) throws(JobError) {
        if time.isProctime { return try out.emit(watermark: watermark) }
        target = watermark
    }

    func onTimer(_ micros: Int64, _ out: any Output) throws(JobError) { target = micros }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let target, let context, let rows else { return false }
        while let end = ends.first, clock.fireMicros(end: end) <= target {
            guard try give(end, rows, out, context) else { return true }
            ends.removeFirst()
            partitions[end] = nil
        }
        watermark = Swift.max(watermark, target)
        self.target = nil
        if !time.isProctime { try out.emit(watermark: target) }
        try context.memory.set(context.stateBytes)
        return false
    }

    /// Gives out what is left of a window; false: the output is full.
    private func give(
        _ end: Int64, _ rows: RankedRows, _ out: any Output, _ context: OperatorContext
    ) throws(JobError) -> Bool {
        var next = 0
        let waiting = partitions[end] ?? []
        while next < waiting.count {
            if out.isFull {
                partitions[end] = Array(waiting[next...])
                return false
            }
            let first = next
            let builder = BatchBuilder(context.schema, capacity: 256)
            while next < waiting.count && builder.rowCount < context.config.batchRows {
                rows.give(Int(waiting[next]), node, to: builder)
                next += 1
            }
            try rows.forget(waiting[first..<next])
            if !builder.isEmpty { try out.emit(builder.finish()) }
        }
        return true
    }

    func close() {
        rows = nil
        context = nil
        partitions = [:]
        ends = []
    }
}
