import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// How rows are kept until their windows fire: a table per window, or per slice that several windows share.
///
/// TUMBLE and attached windows: pane = window. HOP whose size is a multiple of the slide: pane = slide, merged when a
/// window fires. CUMULATE: pane = step, merged into the table of its window. Other HOPs: a row goes to each window.
enum PaneScheme {
    case whole
    case sliced(slide: Int64, size: Int64)
    case cumulating(step: Int64, size: Int64, offset: Int64, onlyOnUpdate: Bool)
    case each

    init(_ spec: WindowSpec) {
        switch spec {
        case .tumble, .attached, .session: self = .whole
        case .hop(let slide, let size, _):
            if size == slide {
                self = .whole
            } else if size > slide && size % slide == 0 {
                self = .sliced(slide: slide, size: size)
            } else {
                self = .each
            }
        case .cumulate(let step, let size, let offset, let onlyOnUpdate):
            self = .cumulating(step: step, size: size, offset: offset, onlyOnUpdate: onlyOnUpdate)
        }
    }
}

/// The rows of one window or slice.
final class Pane {
    let window: TimeWindow
    let table: AggregateTable
    /// Rows of the batch at hand that are still to be added.
    var rows: [Int32] = []
    /// Groups changed since the table was last given out; only for CUMULATE with emitOnlyOnUpdate.
    var changed: Set<Int> = []

    init(_ window: TimeWindow, _ table: AggregateTable) {
        self.window = window
        self.table = table
    }
}

/// Open windows in the order in which they fire.
struct WindowSchedule {
    private struct Entry {
        var micros: Int64
        var window: TimeWindow
    }

    /// Latest first, so that the next one is at the end.
    private var entries: [Entry] = []
    private var known: Set<TimeWindow> = []

    var isEmpty: Bool { entries.isEmpty }
    /// The watermark at which the next window fires.
    var nextMicros: Int64 { entries.last?.micros ?? .max }

    mutating func add(_ window: TimeWindow, _ micros: Int64) {
        guard known.insert(window).inserted else { return }
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            let entry = entries[middle]
            let isLater =
                entry.micros != micros
                ? entry.micros > micros
                : (entry.window.end, entry.window.start) > (window.end, window.start)
            if isLater { low = middle + 1 } else { high = middle }
        }
        entries.insert(Entry(micros: micros, window: window), at: low)
    }

    /// The next window that fires at a watermark; nil if none does.
    mutating func take(_ watermark: Int64) -> TimeWindow? {
        guard let last = entries.last, last.micros <= watermark else { return nil }
        entries.removeLast()
        known.remove(last.window)
        return last.window
    }
}
