import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// Aggregation per key and session (W6, W9): sessions of a key that overlap or touch become one.
///
/// A session keeps the number of its aggregate state. Rows are added in runs; a run ends where a mark closes a session
/// or where sessions merge.
final class SessionAggregateOperator: StreamOperator {
    private let node: WindowAggregateNode
    private let gap: Int64
    private var context: OperatorContext?
    private var clock = WindowClock(WindowTime(column: 0, isLTZ: false, isProctime: false), .utc)
    private var states: AggregateStates?
    private let sessions = SessionIndex()
    private var keyNumbers: [UInt32] = []
    private var scan: WindowScan?
    private var target: Int64?
    private var watermark = Int64.min
    private var sentWatermark = Int64.min
    private var rows: [Int32] = []
    private var rowStates: [UInt32] = []

    init(_ node: WindowAggregateNode, gap: Int64) {
        self.node = node
        self.gap = gap
    }

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        clock = WindowClock(node.time, context.zone)
        do { try node.window.check() } catch { throw context.failure(error) }
        try sessions.open(keys: node.keys, context)
        do {
            states = try AggregateStates(
                calls: node.aggregates, registry: context.aggregates, retractable: node.consumesRetractions)
        } catch { throw context.failure(error) }
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context else { return }
        scan = WindowScan(
            batch, clock, node.window, nowMicros: node.time.isProctime ? context.clock.nowMicros() : 0)
        try sessions.releaseIdleKeys()
        keyNumbers = try sessions.locate(node.keys.map { batch.columns[$0] }, batch.rowCount)
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
        guard let context, let states else { return false }
        while true {
            if let watermark = target {
                if try !close(watermark, context, states, out) { return true }
                self.watermark = Swift.max(self.watermark, watermark)
                target = nil
            }
            guard let scan else { break }
            if let mark = try assign(scan, context, states) {
                target = mark
            } else {
                try flush(scan.batch, context, states)
                self.scan = nil
            }
        }
        if watermark > sentWatermark && !node.time.isProctime && !context.isBatchMode {
            sentWatermark = watermark
            try out.emit(watermark: watermark)
        }
        try context.memory.set(context.stateBytes + states.byteCount)
        return false
    }

    /// Gives rows their sessions up to the end or to a mark that may close one; that mark.
    private func assign(
        _ scan: WindowScan, _ context: OperatorContext, _ states: AggregateStates
    ) throws(JobError) -> Int64? {
        while true {
            let end = scan.segmentEnd
            for row in scan.position..<end where !scan.isNull(row) {
                try assign(row, scan, context, states)
            }
            scan.position = end
            guard let mark = scan.takeMark() else { return nil }
            if sessions.mayClose(mark) { return mark }
            watermark = Swift.max(watermark, mark)
        }
    }

    private func assign(
        _ row: Int, _ scan: WindowScan, _ context: OperatorContext, _ states: AggregateStates
    ) throws(JobError) {
        let time = scan.time(row)
        let key = Int(keyNumbers[row])
        let only = sessions.onlySession(key, start: time, end: time &+ gap)
        if only >= 0 {
            extend(only, time)
            rows.append(Int32(truncatingIfNeeded: row))
            rowStates.append(UInt32(truncatingIfNeeded: only))
            return
        }
        let found = sessions.touching(key, start: time, end: time &+ gap)
        let session: Int
        if found.isEmpty {
            let micros = clock.fireMicros(end: time &+ gap)
            if !node.time.isProctime && watermark != .min && micros <= watermark {
                context.metrics.countLate(scan.batch, row: row, watermark: watermark)
                sessions.releaseIfUnused(key)
                return
            }
            session = sessions.open(key, start: time, end: time &+ gap, micros: micros)
            states.makeRoom(sessions.capacity)
            if node.time.isProctime { context.timers.register(atMicros: micros) }
        } else {
            session = found[0]
            if found.count > 1 {
                try flush(scan.batch, context, states)
                for other in found.dropFirst() {
                    do { try states.merge(states, from: other, into: session) } catch {
                        throw context.failure(error)
                    }
                    states.clear(other)
                    sessions.absorb(other, into: session)
                }
            }
            extend(session, time)
        }
        rows.append(Int32(truncatingIfNeeded: row))
        rowStates.append(UInt32(truncatingIfNeeded: session))
    }

    private func extend(_ session: Int, _ time: Int64) {
        guard sessions.extend(session, start: time, end: time &+ gap) else { return }
        let micros = clock.fireMicros(end: sessions.entries[session].end)
        sessions.entries[session].micros = micros
        if node.time.isProctime { context?.timers.register(atMicros: micros) }
    }

    private func flush(
        _ batch: RecordBatch, _ context: OperatorContext, _ states: AggregateStates
    ) throws(JobError) {
        if rows.isEmpty { return }
        let kinds = node.consumesRetractions ? batch.rowKinds : nil
        let weights = kinds.map { kinds in rows.map { kinds[Int($0)].weight } }
        do {
            try rows.withUnsafeBufferPointer { (rows) throws(SQLError) in
                try rowStates.withUnsafeBufferPointer { (numbers) throws(SQLError) in
                    guard let weights else {
                        return try states.update(batch, rows: rows, states: numbers, weights: nil)
                    }
                    try weights.withUnsafeBufferPointer { (weights) throws(SQLError) in
                        try states.update(batch, rows: rows, states: numbers, weights: weights)
                    }
                }
            }
        } catch { throw context.failure(error) }
        rows.removeAll(keepingCapacity: true)
        rowStates.removeAll(keepingCapacity: true)
    }

    /// Gives out the sessions that end at a watermark; false: the edge is full.
    private func close(
        _ watermark: Int64, _ context: OperatorContext, _ states: AggregateStates, _ out: any Output
    ) throws(JobError) -> Bool {
        if !sessions.mayClose(watermark) { return true }
        if let scan { try flush(scan.batch, context, states) }
        if self.watermark > sentWatermark && !node.time.isProctime && !context.isBatchMode {
            sentWatermark = self.watermark
            try out.emit(watermark: self.watermark)
        }
        while sessions.mayClose(watermark) {
            if out.isFull { return false }
            let writer = WindowRowWriter(node, context, clock, capacity: 256)
            while writer.rowCount < context.config.batchRows, let session = sessions.take(watermark) {
                if states.counts.pointer[session] != 0 { writer.append(sessions, states, session) }
                states.clear(session)
                sessions.close(session)
            }
            if let batch = writer.finish() { try out.emit(batch) }
        }
        return true
    }

    func close() {
        states = nil
        sessions.close()
        context = nil
    }
}
