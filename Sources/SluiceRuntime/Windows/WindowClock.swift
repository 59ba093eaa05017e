import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// A window `[start, end)` in milliseconds of local time (W1).
struct TimeWindow: Hashable {
    var start: Int64
    var end: Int64
}

/// The time of rows and of windows: local milliseconds for alignment, micros of the time attribute for watermarks.
struct WindowClock {
    let time: WindowTime
    let zone: TimeZoneRules
    private let isShifted: Bool
    private static let hour: Int64 = 3_600_000

    init(_ time: WindowTime, _ zone: TimeZoneRules) {
        self.time = time
        self.zone = zone
        isShifted = time.isLTZ || time.isProctime
    }

    /// Local milliseconds of each row, and where there are NULLs. Rows of processing time all get `nowMicros`.
    func times(_ batch: RecordBatch, type: DataType?, nowMicros: Int64) -> FixedColumn<Int64> {
        if time.isProctime {
            return FixedColumn(repeating: local(nowMicros), count: batch.rowCount)
        }
        let column = batch.columns[time.column].flattened
        switch column {
        case .int64(let values):
            let zone = isShifted ? self.zone : nil
            return FixedColumn(count: values.count, validity: values.validity) { out in
                for row in 0..<values.count {
                    let micros = zone.map { $0.localMicros(values[row]) } ?? values[row]
                    out[row] = floorDivide(micros, 1000)
                }
            }
        case .int128(let values):
            let zone = isShifted ? self.zone : nil
            return FixedColumn(count: values.count, validity: values.validity) { out in
                for row in 0..<values.count {
                    let micros = Int64(truncatingIfNeeded: floorDivide(values[row], 1000))
                    out[row] = floorDivide(zone.map { $0.localMicros(micros) } ?? micros, 1000)
                }
            }
        default: return FixedColumn(repeating: 0, count: batch.rowCount, validity: .allNull(batch.rowCount))
        }
    }

    /// Local milliseconds of an instant in micros.
    func local(_ micros: Int64) -> Int64 {
        floorDivide(isShifted ? zone.localMicros(micros) : micros, 1000)
    }

    /// The watermark or clock, in micros, at which a window with this end fires: the end less 1 ms (W7). In a gap of
    /// the zone it is the first instant after it, in an overlap its second pass (W13).
    func fireMicros(end: Int64) -> Int64 {
        let last = end &- 1
        guard isShifted else { return last &* 1000 }
        let first = instant(last)
        let later = instant(last &+ WindowClock.hour)
        if first == later { return (first &- first % WindowClock.hour) &* 1000 }
        if later &- first > WindowClock.hour { return (first &+ WindowClock.hour) &* 1000 }
        return first &* 1000
    }

    /// Milliseconds since 1970 UTC of a local reading in milliseconds.
    private func instant(_ local: Int64) -> Int64 { floorDivide(zone.utcMicros(local &* 1000), 1000) }

    /// The value of `window_time`, in micros.
    func rowtimeMicros(end: Int64) -> Int64 {
        isShifted ? (instant(end) &- 1) &* 1000 : (end &- 1) &* 1000
    }
}

/// Aligned windows: which ones a row belongs to.
enum WindowAlignment {
    /// The start of the window of `size` that holds `time` (W1).
    @inline(__always)
    static func start(_ time: Int64, offset: Int64, size: Int64) -> Int64 {
        time &- floorModulo(time &- offset, size)
    }

    /// All windows of a row, in Flink's order: hops from the latest to the earliest, cumulating ends ascending.
    static func windows(_ spec: WindowSpec, _ time: Int64, _ body: (TimeWindow) -> Void) {
        switch spec {
        case .tumble(let size, let offset):
            let start = WindowAlignment.start(time, offset: offset, size: size)
            body(TimeWindow(start: start, end: start &+ size))
        case .hop(let slide, let size, let offset):
            var start = WindowAlignment.start(time, offset: offset, size: slide)
            while start > time &- size {
                body(TimeWindow(start: start, end: start &+ size))
                start &-= slide
            }
        case .cumulate(let step, let size, let offset, _):
            let start = WindowAlignment.start(time, offset: offset, size: size)
            var end = WindowAlignment.start(time &- start, offset: 0, size: step) &+ start &+ step
            while end <= start &+ size {
                body(TimeWindow(start: start, end: end))
                end &+= step
            }
        case .session, .attached: break
        }
    }
}

extension WindowSpec {
    /// Lengths that no window can have are refused before they divide anything.
    func check() throws(SQLError) {
        let lengths: [Int64]
        switch self {
        case .tumble(let size, _): lengths = [size]
        case .hop(let slide, let size, _): lengths = [slide, size]
        case .cumulate(let step, let size, _, _): lengths = [step, size]
        case .session(let gap): lengths = [gap]
        case .attached: lengths = []
        }
        for length in lengths where length <= 0 {
            throw SQLError(.invalidWindow, "the length of a window must be positive, not \(length) ms")
        }
    }
}
