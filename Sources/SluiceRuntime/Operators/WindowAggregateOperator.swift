import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// Aggregation per key and window (W1 to W16), all window kinds but sessions.
///
/// Watermarks come as marks inside batches. Rows are sorted into panes under the watermark that rows before them made;
/// only where a mark fires a window are the panes filled, the window given out, and the scan goes on behind it.
final class WindowAggregateOperator: StreamOperator {
    private let node: WindowAggregateNode
    private let scheme: PaneScheme
    private var context: OperatorContext?
    private var clock = WindowClock(WindowTime(column: 0, isLTZ: false, isProctime: false), .utc)
    private var panes: [TimeWindow: Pane] = [:]
    /// CUMULATE: the rows of all steps of a window that have ended, by the window's start.
    private var bases: [Int64: Pane] = [:]
    private var schedule = WindowSchedule()
    private var groups: (any GroupState)?
    /// Empty states of windows that went, to be used again.
    private var pool: [AggregateStates] = []
    private var touched: [Pane] = []
    private var watermark = Int64.min
    private var sentWatermark = Int64.min
    private var scan: WindowScan?
    private var target: Int64?
    private var firing: WindowFiring?

    init(_ node: WindowAggregateNode) {
        self.node = node
        scheme = PaneScheme(node.window)
    }

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        clock = WindowClock(node.time, context.zone)
        do { try node.window.check() } catch { throw context.failure(error) }
        let schema = context.inputSchemas[0]
        groups = try context.state().openGroups(
            context.stateID("windows"), keys: node.keys.map { schema[$0].type })
        pool.append(try makeStates(context))
    }

    private func makeStates(_ context: OperatorContext) throws(JobError) -> AggregateStates {
        if let states = pool.popLast() { return states }
        do {
            return try AggregateStates(
                calls: node.aggregates, registry: context.aggregates, retractable: node.consumesRetractions)
        } catch { throw context.failure(error) }
    }

    private func makeTable(
        _ window: TimeWindow, _ context: OperatorContext
    ) throws(JobError) -> AggregateTable {
        guard let groups else {
            throw context.failure(
                SQLError(.internalError, "the operator is not open"), domain: .internal)
        }
        return try AggregateTable(
            keys: node.keys, groups: groups,
            namespace: StateNamespace(start: window.start, end: window.end),
            states: try makeStates(context), context)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context else { return }
        scan = WindowScan(
            batch, clock, node.window, nowMicros: node.time.isProctime ? context.clock.nowMicros() : 0)
    }

    func advance(to watermark: Int64, _ out: any Output) throws(JobError) {
        if node.time.isProctime { return try out.emit(watermark: watermark) }
        target = watermark
    }

    func onTimer(_ micros: Int64, _ out: any Output) throws(JobError) { target = micros }

    func finish(_ out: any Output) throws(JobError) {
        // In batch mode there was no watermark. Windows of processing time that are open at the end are lost.
        if context?.isBatchMode == true { target = Watermark.max }
    }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let context else { return false }
        while true {
            if firing != nil, try !give(out, context) { return true }
            if let watermark = target {
                if try startFiring(watermark, context, out) { continue }
                self.watermark = Swift.max(self.watermark, watermark)
                target = nil
            }
            guard let scan else { break }
            if let mark = try sort(scan, context) {
                target = mark
            } else {
                try fill(scan.batch, context)
                self.scan = nil
            }
        }
        if watermark > sentWatermark && !node.time.isProctime && !context.isBatchMode {
            sentWatermark = watermark
            try out.emit(watermark: watermark)
        }
        try charge(context)
        return false
    }

    private func charge(_ context: OperatorContext) throws(JobError) {
        try context.memory.set(pool.reduce(context.stateBytes) { $0 + $1.byteCount })
    }

    func close() {
        panes.removeAll()
        bases.removeAll()
        pool.removeAll()
        groups = nil
        context = nil
    }
}

// MARK: Rows to panes

extension WindowAggregateOperator {
    /// Sorts rows into panes up to the end or to a mark that fires a window; that mark.
    private func sort(_ scan: WindowScan, _ context: OperatorContext) throws(JobError) -> Int64? {
        while true {
            let end = scan.segmentEnd
            try sort(scan, from: scan.position, to: end, context)
            scan.position = end
            guard let mark = scan.takeMark() else { return nil }
            if mark >= schedule.nextMicros { return mark }
            watermark = Swift.max(watermark, mark)
        }
    }

    private func sort(
        _ scan: WindowScan, from: Int, to: Int, _ context: OperatorContext
    ) throws(JobError) {
        var row = from
        while row < to {
            if scan.isNull(row) {
                row += 1
                continue
            }
            if case .each = scheme {
                try sortIntoEach(scan, row, context)
                row += 1
                continue
            }
            let slice = scan.slice(row)
            guard let pane = try pane(slice, scan.batch, row, context) else {
                row += 1
                continue
            }
            let end = Swift.max(row + 1, scan.runEnd(row, to, slice))
            if pane.rows.isEmpty { touched.append(pane) }
            pane.rows.append(contentsOf: Int32(truncatingIfNeeded: row)..<Int32(truncatingIfNeeded: end))
            row = end
        }
    }

    /// The pane of a slice; nil: the row is late and dropped (W8).
    private func pane(
        _ slice: TimeWindow, _ batch: RecordBatch, _ row: Int, _ context: OperatorContext
    ) throws(JobError) -> Pane? {
        if isFired(slice.end) {
            guard let next = nextOpenWindow(slice) else {
                context.metrics.countLate(batch, row: row, watermark: watermark)
                return nil
            }
            schedule.add(next, clock.fireMicros(end: next.end))
            if case .cumulating = scheme { return try base(next.start, context) }
            return try openPane(slice, context)
        }
        if panes[slice] == nil { open(slice, context) }
        return try openPane(slice, context)
    }

    private func openPane(_ slice: TimeWindow, _ context: OperatorContext) throws(JobError) -> Pane {
        if let pane = panes[slice] { return pane }
        let pane = Pane(slice, try makeTable(slice, context))
        panes[slice] = pane
        return pane
    }

    /// A slice gets its first row: its first window will fire.
    private func open(_ slice: TimeWindow, _ context: OperatorContext) {
        let window: TimeWindow
        switch scheme {
        case .whole, .each: window = slice
        case .sliced(_, let size): window = TimeWindow(start: slice.end &- size, end: slice.end)
        case .cumulating(_, let size, let offset, _):
            window = TimeWindow(
                start: WindowAlignment.start(slice.start, offset: offset, size: size), end: slice.end)
        }
        let micros = clock.fireMicros(end: window.end)
        schedule.add(window, micros)
        if node.time.isProctime { context.timers.register(atMicros: micros) }
    }

    private func base(_ start: Int64, _ context: OperatorContext) throws(JobError) -> Pane {
        if let pane = bases[start] { return pane }
        let namespace = TimeWindow(start: start, end: start)
        let pane = Pane(namespace, try makeTable(namespace, context))
        bases[start] = pane
        return pane
    }

    /// In batch mode nothing fires before the end.
    private func isFired(_ end: Int64) -> Bool {
        watermark != .min && clock.fireMicros(end: end) <= watermark && !node.time.isProctime
    }

    /// The first window of a fired slice that has not fired; nil if all have.
    private func nextOpenWindow(_ slice: TimeWindow) -> TimeWindow? {
        switch scheme {
        case .whole, .each: return nil
        case .sliced(let slide, let size):
            var end = slice.end
            while end < slice.start &+ size && isFired(end) { end &+= slide }
            return isFired(end) ? nil : TimeWindow(start: end &- size, end: end)
        case .cumulating(let step, let size, let offset, _):
            let start = WindowAlignment.start(slice.start, offset: offset, size: size)
            var end = slice.end
            while end < start &+ size && isFired(end) { end &+= step }
            return isFired(end) ? nil : TimeWindow(start: start, end: end)
        }
    }

    /// HOP whose size is no multiple of the slide: the row goes to each of its open windows.
    private func sortIntoEach(_ scan: WindowScan, _ row: Int, _ context: OperatorContext) throws(JobError) {
        var windows: [TimeWindow] = []
        WindowAlignment.windows(node.window, scan.time(row)) { windows.append($0) }
        var isLate = !windows.isEmpty
        for window in windows where !isFired(window.end) {
            isLate = false
            if panes[window] == nil { open(window, context) }
            let pane = try openPane(window, context)
            if pane.rows.isEmpty { touched.append(pane) }
            pane.rows.append(Int32(truncatingIfNeeded: row))
        }
        if isLate { context.metrics.countLate(scan.batch, row: row, watermark: watermark) }
    }

    /// Adds the sorted rows to the tables of their panes.
    private func fill(_ batch: RecordBatch, _ context: OperatorContext) throws(JobError) {
        let kinds = node.consumesRetractions ? batch.rowKinds : nil
        for pane in touched {
            let weights = kinds.map { kinds in pane.rows.map { kinds[Int($0)].weight } }
            try pane.rows.withUnsafeBufferPointer { (rows) throws(JobError) in
                try add(batch, rows, weights, pane)
            }
            pane.rows.removeAll(keepingCapacity: true)
        }
        touched.removeAll(keepingCapacity: true)
    }

    private func add(
        _ batch: RecordBatch, _ rows: UnsafeBufferPointer<Int32>, _ weights: [Int8]?, _ pane: Pane
    ) throws(JobError) {
        let tracksChanges = isOnlyOnUpdate && bases[pane.window.start] === pane
        try pane.table.locate(batch, rows) { (groups) throws(SQLError) in
            if tracksChanges { pane.changed.formUnion(groups.map { Int($0) }) }
            guard let weights else {
                return try pane.table.states.update(batch, rows: rows, states: groups, weights: nil)
            }
            try weights.withUnsafeBufferPointer { (weights) throws(SQLError) in
                try pane.table.states.update(batch, rows: rows, states: groups, weights: weights)
            }
        }
    }

    private var isOnlyOnUpdate: Bool {
        if case .cumulating(_, _, _, true) = scheme { return true }
        return false
    }
}

// MARK: Firing

extension WindowAggregateOperator {
    /// Takes the next window that fires at `watermark`; false if there is none.
    private func startFiring(
        _ watermark: Int64, _ context: OperatorContext, _ out: any Output
    ) throws(JobError) -> Bool {
        guard watermark >= schedule.nextMicros else { return false }
        if let scan { try fill(scan.batch, context) }
        if self.watermark > sentWatermark && !node.time.isProctime && !context.isBatchMode {
            sentWatermark = self.watermark
            try out.emit(watermark: self.watermark)
        }
        guard let window = schedule.take(watermark) else { return false }
        firing = try fire(window, context)
        return true
    }

    private func fire(_ window: TimeWindow, _ context: OperatorContext) throws(JobError) -> WindowFiring? {
        switch scheme {
        case .whole, .each:
            guard let pane = panes.removeValue(forKey: window) else { return nil }
            return WindowFiring(window, pane.table, isOwned: true)
        case .sliced(let slide, let size):
            return try fireSliced(window, slide: slide, size: size, context)
        case .cumulating(let step, let size, _, let onlyOnUpdate):
            return try fireCumulating(window, step: step, size: size, onlyOnUpdate, context)
        }
    }

    private func fireSliced(
        _ window: TimeWindow, slide: Int64, size: Int64, _ context: OperatorContext
    ) throws(JobError) -> WindowFiring? {
        var parts: [AggregateTable] = []
        var end = window.end
        while end > window.start {
            if let pane = panes[TimeWindow(start: end &- slide, end: end)] { parts.append(pane.table) }
            end &-= slide
        }
        let oldest = TimeWindow(start: window.start, end: window.start &+ slide)
        let expired = panes.removeValue(forKey: oldest)
        if parts.isEmpty { return nil }
        let next = TimeWindow(start: window.start &+ slide, end: window.end &+ slide)
        let micros = clock.fireMicros(end: next.end)
        if parts.count > 1 || expired == nil {
            schedule.add(next, micros)
            if node.time.isProctime { context.timers.register(atMicros: micros) }
        }
        if parts.count == 1 { return WindowFiring(window, parts[0], isOwned: expired != nil) }
        let merged = try makeTable(window, context)
        for part in parts { try merged.merge(part) }
        if let expired { try recycle(expired.table) }
        try charge(context)
        return WindowFiring(window, merged, isOwned: true)
    }

    private func fireCumulating(
        _ window: TimeWindow, step: Int64, size: Int64, _ onlyOnUpdate: Bool, _ context: OperatorContext
    ) throws(JobError) -> WindowFiring? {
        let base = try self.base(window.start, context)
        let slice = TimeWindow(start: window.end &- step, end: window.end)
        if let pane = panes.removeValue(forKey: slice) {
            try base.table.merge(pane.table) { if onlyOnUpdate { base.changed.insert($0) } }
            try recycle(pane.table)
        }
        let next = TimeWindow(start: window.start, end: window.end &+ step)
        let isLast = next.end > window.start &+ size
        if isLast {
            bases[window.start] = nil
        } else {
            let micros = clock.fireMicros(end: next.end)
            schedule.add(next, micros)
            if node.time.isProctime { context.timers.register(atMicros: micros) }
        }
        let firing = WindowFiring(window, base.table, isOwned: isLast)
        if onlyOnUpdate {
            firing.only = base.changed
            base.changed = []
        }
        return firing
    }

    private func recycle(_ table: AggregateTable) throws(JobError) {
        let states = try table.drop()
        if pool.count < 8 { pool.append(states) }
    }

    /// Gives the rows of the firing window; false: the edge is full.
    private func give(_ out: any Output, _ context: OperatorContext) throws(JobError) -> Bool {
        guard let firing else { return true }
        while firing.next < firing.table.capacity {
            if out.isFull { return false }
            let end = Swift.min(firing.next + context.config.batchRows, firing.table.capacity)
            let writer = WindowRowWriter(node, context, clock, capacity: end - firing.next)
            let counts = firing.table.counts
            var groups: [UInt32] = []
            groups.reserveCapacity(end - firing.next)
            for group in firing.next..<end where counts[group] != 0 {
                if let only = firing.only, !only.contains(group) { continue }
                groups.append(UInt32(truncatingIfNeeded: group))
            }
            groups.withUnsafeBufferPointer { writer.append(firing.table, $0, firing.window) }
            firing.next = end
            if let batch = writer.finish() { try out.emit(batch) }
        }
        if firing.isOwned { try recycle(firing.table) }
        self.firing = nil
        return true
    }
}
