import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// TUMBLE, HOP and CUMULATE as table functions: each row once per window it belongs to, with the window's columns.
/// Nothing is late here.
final class WindowTableOperator: StreamOperator {
    private let node: WindowTableNode
    private var context: OperatorContext?
    private var clock = WindowClock(WindowTime(column: 0, isLTZ: false, isProctime: false), .utc)

    init(_ node: WindowTableNode) { self.node = node }

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        clock = WindowClock(node.time, context.zone)
        do { try node.window.check() } catch { throw context.failure(error) }
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context else { return }
        let times = clock.times(
            batch, type: nil, nowMicros: node.time.isProctime ? context.clock.nowMicros() : 0)
        var rows: [Int32] = []
        /// Where the rows of each input row begin in the output.
        var firsts: [Int] = []
        var windows: [TimeWindow] = []
        rows.reserveCapacity(batch.rowCount)
        for row in 0..<batch.rowCount {
            firsts.append(rows.count)
            if times.isNull(row) { continue }
            WindowAlignment.windows(node.window, times[row]) { window in
                rows.append(Int32(truncatingIfNeeded: row))
                windows.append(window)
            }
        }
        firsts.append(rows.count)
        var marks: [WatermarkMark] = []
        for mark in batch.marks {
            let offset = firsts[mark.offset]
            if let last = marks.last, last.offset == offset { marks.removeLast() }
            marks.append(WatermarkMark(offset: offset, watermark: mark.watermark))
        }
        if rows.isEmpty {
            if let last = marks.last { try out.emit(watermark: last.watermark) }
            return
        }
        let isPlain = rows.count == batch.rowCount
        var columns = isPlain ? batch.columns : batch.columns.map { $0.gather(rows) }
        columns.append(WindowColumns.micros(windows) { $0.start &* 1000 })
        columns.append(WindowColumns.micros(windows) { $0.end &* 1000 })
        columns.append(WindowColumns.rowtimes(windows, clock))
        let kinds = isPlain ? batch.rowKinds : rows.withUnsafeBufferPointer { batch.rowKinds?.gather($0) }
        try out.emit(RecordBatch(columns: columns, rowCount: rows.count, rowKinds: kinds, marks: marks))
    }
}

/// Columns of window bounds.
enum WindowColumns {
    static func micros(_ windows: [TimeWindow], _ value: (TimeWindow) -> Int64) -> Column {
        .int64(
            FixedColumn(count: windows.count) { out in
                for at in 0..<windows.count { out[at] = value(windows[at]) }
            })
    }

    /// The values of `window_time`.
    static func rowtimes(_ windows: [TimeWindow], _ clock: WindowClock) -> Column {
        var lastEnd = Int64.min
        var lastRowtime: Int64 = 0
        return micros(windows) { window in
            if window.end != lastEnd {
                lastEnd = window.end
                lastRowtime = clock.rowtimeMicros(end: window.end)
            }
            return lastRowtime
        }
    }
}
