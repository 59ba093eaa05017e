import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// SESSION as a table function: rows wait until their session closes, then leave with its bounds, in arrival order.
final class SessionTableOperator: StreamOperator {
    private let node: WindowTableNode
    private let gap: Int64
    private var context: OperatorContext?
    private var clock = WindowClock(WindowTime(column: 0, isLTZ: false, isProctime: false), .utc)
    private let sessions = SessionIndex()
    private var state: (any RowState)?
    /// The rows of each session, with their kinds.
    private var held: StoredRows?
    /// Of the batch at hand in `held`.
    private var segment: Int32 = 0
    private var scan: WindowScan?
    private var keyNumbers: [UInt32] = []
    private var target: Int64?
    private var watermark = Int64.min
    private var sentWatermark = Int64.min

    init(_ node: WindowTableNode, gap: Int64) {
        self.node = node
        self.gap = gap
    }

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        clock = WindowClock(node.time, context.zone)
        do { try node.window.check() } catch { throw context.failure(error) }
        try sessions.open(keys: node.partition, context)
        let state = try context.state().openRows(context.stateID("rows"), context.inputSchemas[0])
        self.state = state
        held = state.rows
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context else { return }
        try sessions.releaseIdleKeys()
        scan = WindowScan(
            batch, clock, node.window, nowMicros: node.time.isProctime ? context.clock.nowMicros() : 0)
        segment = held?.beginSegment(batch) ?? 0
        keyNumbers = try sessions.locate(node.partition.map { batch.columns[$0] }, batch.rowCount)
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
            if target == nil {
                self.scan = nil
                held?.endSegment(segment)
            }
        }
        if watermark > sentWatermark && !node.time.isProctime && !context.isBatchMode {
            sentWatermark = watermark
            try out.emit(watermark: watermark)
        }
        try context.memory.set(context.stateBytes)
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
        guard let held else { return }
        let time = scan.time(row)
        let key = Int(keyNumbers[row])
        let found = sessions.touching(key, start: time, end: time &+ gap)
        let session: Int
        if let first = found.first {
            session = first
            for other in found.dropFirst() {
                held.move(other, to: session)
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
            held.makeRoom(sessions.capacity)
        }
        held.add(
            group: session, segment: segment, row: row, matches: Int(scan.batch.kind(row).rawValue), hash: 0)
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
            if let batch = give(watermark, context) { try out.emit(batch) }
        }
        return true
    }

    /// The rows of some sessions that end at a watermark.
    private func give(_ watermark: Int64, _ context: OperatorContext) -> RecordBatch? {
        guard let held else { return nil }
        var rows: [Int32] = []
        var windows: [TimeWindow] = []
        var closed: [Int] = []
        while rows.count < context.config.batchRows, let session = sessions.take(watermark) {
            held.append(rowsOf: session, to: &rows)
            let entry = sessions.entries[session]
            let window = TimeWindow(start: entry.start, end: entry.end)
            for _ in windows.count..<rows.count { windows.append(window) }
            closed.append(session)
            sessions.close(session)
        }
        defer { for session in closed { held.removeAll(session) } }
        if rows.isEmpty { return nil }
        var columns = held.gather(rows)
        columns.append(WindowColumns.micros(windows) { $0.start &* 1000 })
        columns.append(WindowColumns.micros(windows) { $0.end &* 1000 })
        columns.append(WindowColumns.rowtimes(windows, clock))
        return RecordBatch(columns: columns, rowCount: rows.count, rowKinds: held.kinds(rows))
    }

    func close() {
        held = nil
        state = nil
        sessions.close()
        context = nil
    }
}
