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
        var last = TimeWindow(start: 0, end: .min)
        var lastRowtime: Int64 = 0
        columns.append(
            WindowColumns.micros(windows) { window in
                if window.end != last.end {
                    last = window
                    lastRowtime = clock.rowtimeMicros(end: window.end)
                }
                return lastRowtime
            })
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
}

/// SESSION as a table function: rows wait until their session closes, then leave with its bounds, in arrival order.
final class SessionTableOperator: StreamOperator {
    private let node: WindowTableNode
    private let gap: Int64
    private var context: OperatorContext?
    private var clock = WindowClock(WindowTime(column: 0, isLTZ: false, isProctime: false), .utc)
    private var sessions = SessionIndex(types: [])
    /// The rows of each session: batch number and row.
    private var held: [[HeldRow]] = []
    private var scan: WindowScan?
    private var keyNumbers: [UInt32] = []
    private var target: Int64?
    private var watermark = Int64.min
    private var sentWatermark = Int64.min
    private var heldBytes = 0

    private struct HeldRow {
        var values: [Datum]
        var kind: RowKind
    }

    init(_ node: WindowTableNode, gap: Int64) {
        self.node = node
        self.gap = gap
    }

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        clock = WindowClock(node.time, context.zone)
        do { try node.window.check() } catch { throw context.failure(error) }
        sessions = SessionIndex(types: node.partition.map { context.inputSchemas[0][$0].type })
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context else { return }
        sessions.releaseIdleKeys()
        scan = WindowScan(
            batch, clock, node.window, nowMicros: node.time.isProctime ? context.clock.nowMicros() : 0)
        keyNumbers = sessions.locate(node.partition.map { batch.columns[$0] }, batch.rowCount)
    }

    func advance(to watermark: Int64, _ out: any Output) throws(JobError) {
        if node.time.isProctime { return try out.emit(watermark: watermark) }
        target = watermark
    }

    func onTimer(_ micros: Int64, _ out: any Output) throws(JobError) { target = micros }

    func finish(_ out: any Output) throws(JobError) {
        if context?.isBatchMode == true { target = Watermark.max }
    }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let context else { return false }
        while true {
            if let watermark = target {
                if try !close(watermark, context, out) { return true }
                self.watermark = Swift.max(self.watermark, watermark)
                target = nil
            }
            guard let scan else { break }
            target = assign(scan, context)
            if target == nil { self.scan = nil }
        }
        if watermark > sentWatermark && !node.time.isProctime && !context.isBatchMode {
            sentWatermark = watermark
            try out.emit(watermark: watermark)
        }
        try context.memory.set(sessions.byteCount + heldBytes)
        return false
    }

    private func assign(_ scan: WindowScan, _ context: OperatorContext) -> Int64? {
        while true {
            let end = scan.segmentEnd
            for row in scan.position..<end where !scan.isNull(row) { assign(row, scan, context) }
            scan.position = end
            guard let mark = scan.takeMark() else { return nil }
            if sessions.mayClose(mark) { return mark }
            watermark = Swift.max(watermark, mark)
        }
    }

    private func assign(_ row: Int, _ scan: WindowScan, _ context: OperatorContext) {
        let time = scan.time(row)
        let key = Int(keyNumbers[row])
        let found = sessions.touching(key, start: time, end: time &+ gap)
        let session: Int
        if let first = found.first {
            session = first
            for other in found.dropFirst() {
                held[session] += held[other]
                held[other] = []
                sessions.absorb(other, into: session)
            }
            if sessions.extend(session, start: time, end: time &+ gap) {
                let micros = clock.fireMicros(end: sessions.entries[session].end)
                sessions.entries[session].micros = micros
                if node.time.isProctime { context.timers.register(atMicros: micros) }
            }
        } else {
            let micros = clock.fireMicros(end: time &+ gap)
            if !node.time.isProctime && watermark != .min && micros <= watermark {
                context.metrics.countLate(scan.batch, row: row, watermark: watermark)
                sessions.releaseIfUnused(key)
                return
            }
            session = sessions.open(key, start: time, end: time &+ gap, micros: micros)
            if node.time.isProctime { context.timers.register(atMicros: micros) }
            while held.count < sessions.capacity { held.append([]) }
        }
        held[session].append(HeldRow(values: scan.batch.row(row), kind: scan.batch.kind(row)))
        heldBytes += 64 + scan.batch.columns.count * 32
    }

    private func close(_ watermark: Int64, _ context: OperatorContext, _ out: any Output) throws(JobError)
        -> Bool
    {
        if !sessions.mayClose(watermark) { return true }
        if self.watermark > sentWatermark && !node.time.isProctime && !context.isBatchMode {
            sentWatermark = self.watermark
            try out.emit(watermark: self.watermark)
        }
        while sessions.mayClose(watermark) {
            if out.isFull { return false }
            let builder = BatchBuilder(context.schema, capacity: 256)
            while builder.rowCount < context.config.batchRows, let session = sessions.take(watermark) {
                give(session, builder)
                heldBytes -= held[session].count * (64 + (context.schema.count - 3) * 32)
                held[session] = []
                sessions.close(session)
            }
            if !builder.isEmpty { try out.emit(builder.finish()) }
        }
        return true
    }

    private func give(_ session: Int, _ builder: BatchBuilder) {
        let entry = sessions.entries[session]
        let bounds: [Datum] = [
            .int64(entry.start &* 1000), .int64(entry.end &* 1000),
            .int64(clock.rowtimeMicros(end: entry.end)),
        ]
        for row in held[session] { builder.appendRow(row.values + bounds, kind: row.kind) }
    }

    func close() {
        held = []
        context = nil
    }
}
