import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// A batch on its way into windows: the place reached, the marks not yet seen, and the local time of each row.
final class WindowScan {
    let batch: RecordBatch
    var position = 0
    private var nextMark = 0
    private let spec: WindowSpec
    private let times: FixedColumn<Int64>
    private let ends: FixedColumn<Int64>?

    init(_ batch: RecordBatch, _ clock: WindowClock, _ spec: WindowSpec, nowMicros: Int64) {
        self.batch = batch
        self.spec = spec
        if case .attached(let start, let end) = spec {
            times = WindowScan.millis(batch.columns[start])
            ends = WindowScan.millis(batch.columns[end])
        } else {
            times = clock.times(batch, type: nil, nowMicros: nowMicros)
            ends = nil
        }
    }

    private static func millis(_ column: Column) -> FixedColumn<Int64> {
        let values = column.int64s
        return FixedColumn(count: values.count, validity: values.validity) { out in
            for row in 0..<values.count { out[row] = floorDivide(values[row], 1000) }
        }
    }

    /// Rows before it see the present watermark.
    var segmentEnd: Int { nextMark < batch.marks.count ? batch.marks[nextMark].offset : batch.rowCount }

    /// The mark at the place reached; nil after the last one.
    func takeMark() -> Int64? {
        guard nextMark < batch.marks.count else { return nil }
        nextMark += 1
        return batch.marks[nextMark - 1].watermark
    }

    func isNull(_ row: Int) -> Bool { times.isNull(row) || ends?.isNull(row) == true }
    func time(_ row: Int) -> Int64 { times[row] }

    @inline(__always)
    func isInside(_ row: Int, _ slice: TimeWindow) -> Bool {
        if let ends { return times[row] == slice.start && ends[row] == slice.end }
        return times[row] >= slice.start && times[row] < slice.end
    }

    /// The end of the run of rows from `row` on that lie in the slice; NULLs end it.
    func runEnd(_ row: Int, _ limit: Int, _ slice: TimeWindow) -> Int {
        guard ends == nil, times.validity == nil else {
            var at = row
            while at < limit, !isNull(at), isInside(at, slice) { at += 1 }
            return at
        }
        let base = times.base
        let start = slice.start
        let end = slice.end
        var at = row
        while at < limit, base[at] >= start, base[at] < end { at &+= 1 }
        withExtendedLifetime(times) {}
        return at
    }

    /// The smallest part of time that no window cuts, around the time of a row.
    func slice(_ row: Int) -> TimeWindow {
        let time = times[row]
        if let ends { return TimeWindow(start: time, end: ends[row]) }
        switch spec {
        case .tumble(let size, let offset): return aligned(time, offset, size)
        case .hop(let slide, _, let offset): return aligned(time, offset, slide)
        case .cumulate(let step, _, let offset, _): return aligned(time, offset, step)
        case .session, .attached: return TimeWindow(start: time, end: time)
        }
    }

    private func aligned(_ time: Int64, _ offset: Int64, _ size: Int64) -> TimeWindow {
        let start = WindowAlignment.start(time, offset: offset, size: size)
        return TimeWindow(start: start, end: start &+ size)
    }
}

/// A window that is being given out.
final class WindowFiring {
    let window: TimeWindow
    let table: AggregateTable
    /// The table is of no more use afterwards.
    let isOwned: Bool
    var next = 0
    /// Groups to give; nil: all.
    var only: Set<Int>?

    init(_ window: TimeWindow, _ table: AggregateTable, isOwned: Bool) {
        self.window = window
        self.table = table
        self.isOwned = isOwned
    }
}

/// Writes result rows: key columns, aggregates, properties of the window.
final class WindowRowWriter {
    private let node: WindowAggregateNode
    private let builder: BatchBuilder
    private let clock: WindowClock
    private let nowMicros: Int64

    init(_ node: WindowAggregateNode, _ context: OperatorContext, _ clock: WindowClock, capacity: Int) {
        self.node = node
        self.clock = clock
        builder = BatchBuilder(context.schema, capacity: capacity)
        nowMicros = node.properties.contains(.proctime) ? context.clock.nowMicros() : 0
    }

    func append(_ table: AggregateTable, _ groups: UnsafeBufferPointer<UInt32>, _ window: TimeWindow) {
        let columns = builder.columns
        let keyCount = node.keys.count
        table.appendKeys(groups, to: columns)
        table.states.appendResults(groups, to: columns[keyCount...])
        for (at, property) in node.properties.enumerated() {
            let column = columns[keyCount + node.aggregates.count + at]
            guard case .int64(let out) = column.storage else {
                for _ in 0..<groups.count { column.appendNull() }
                continue
            }
            out.append(repeating: value(property, window), groups.count)
        }
        builder.endRows(groups.count)
    }

    func append(_ sessions: SessionIndex, _ states: AggregateStates, _ session: Int) {
        let entry = sessions.entries[session]
        sessions.appendKey(session, to: builder.columns)
        append(states, session, TimeWindow(start: entry.start, end: entry.end))
    }

    private func append(_ states: AggregateStates, _ state: Int, _ window: TimeWindow) {
        let columns = builder.columns
        let keyCount = node.keys.count
        states.appendResults(state, to: columns[keyCount...])
        for (at, property) in node.properties.enumerated() {
            let column = columns[keyCount + node.aggregates.count + at]
            guard case .int64(let out) = column.storage else {
                column.appendNull()
                continue
            }
            out.append(value(property, window))
        }
        builder.endRow()
    }

    private func value(_ property: WindowAggregateNode.Property, _ window: TimeWindow) -> Int64 {
        switch property {
        case .start: return window.start &* 1000
        case .end: return window.end &* 1000
        case .rowtime: return clock.rowtimeMicros(end: window.end)
        case .proctime: return floorDivide(nowMicros, 1000) &* 1000
        }
    }

    var rowCount: Int { builder.rowCount }
    func finish() -> RecordBatch? { builder.isEmpty ? nil : builder.finish() }
}
