import SluiceBase
import SluiceJobGraph
import SluiceRuntime

/// Shows on stderr how far a job is. A line is drawn on a terminal until rows appear there; `plain` and `json` write a
/// line from time to time.
public final class ProgressMeter: Sendable {
    public enum Mode: String, Sendable, CaseIterable { case auto, plain, json, none }

    private struct State {
        var isDrawn = false
        var isQuiet = false
        var lastNanos: Int64 = 0
        var startNanos: Int64 = 0
    }

    private let mode: Mode
    private let errors: OutputStreamBox
    private let isTerminal: Bool
    private let sharesTerminal: Bool
    private let state = Lock(State())

    /// A stream that several threads use under the meter's lock.
    private struct OutputStreamBox: @unchecked Sendable {
        let stream: OutputStream
    }

    private static let delayNanos: Int64 = 500_000_000
    private static let redrawNanos: Int64 = 100_000_000
    private static let plainNanos: Int64 = 30_000_000_000
    private static let jsonNanos: Int64 = 1_000_000_000

    init(_ mode: Mode, errors: OutputStream, output: OutputStream) {
        self.errors = OutputStreamBox(stream: errors)
        isTerminal = errors.isTerminal
        sharesTerminal = isTerminal && output.isTerminal
        self.mode = mode
    }

    /// Whether a line may appear at all.
    var isOn: Bool {
        switch mode {
        case .none: return false
        case .auto: return isTerminal
        case .plain, .json: return true
        }
    }

    func begin(now: Int64) { state.withLock { $0 = State(lastNanos: 0, startNanos: now) } }

    /// Takes the line off the screen; where rows go to the same terminal, for good.
    func clear() {
        state.withLock { state in
            if state.isDrawn { errors.stream.write("\r\u{1b}[K") }
            state.isDrawn = false
            state.isQuiet = state.isQuiet || sharesTerminal
        }
    }

    /// Draws if it is time to.
    func tick(_ job: JobRunner, now: Int64) {
        guard isOn else { return }
        state.withLock { state in
            guard now - state.startNanos >= Self.delayNanos, !state.isQuiet else { return }
            let step: Int64
            switch mode {
            case .plain: step = Self.plainNanos
            case .json: step = Self.jsonNanos
            default: step = Self.redrawNanos
            }
            guard state.lastNanos == 0 || now - state.lastNanos >= step else { return }
            state.lastNanos = now
            let snapshot = Snapshot(job.metrics, job.graph, elapsedNanos: now - state.startNanos)
            switch mode {
            case .json: errors.stream.write(snapshot.json + "\n")
            case .plain: errors.stream.write(snapshot.text(isBar: false) + "\n")
            default:
                let width = errors.stream.terminalWidth ?? 80
                let line = PrintableText.cut(snapshot.text(isBar: true), to: max(8, width - 1), mark: "…")
                errors.stream.write("\r" + line + "\u{1b}[K")
                state.isDrawn = true
            }
        }
    }

    /// What is shown of a job at one moment.
    struct Snapshot {
        var rows: Int64 = 0
        var bytesDone: Int64
        /// nil: not known.
        var bytesTotal: Int64?
        var state: Int64
        var elapsedNanos: Int64

        init(_ metrics: JobMetrics, _ graph: JobGraph, elapsedNanos: Int64) {
            for (node, counters) in zip(graph.nodes, metrics.nodes) where node.inputs.isEmpty {
                rows += counters.rowsOut
            }
            bytesDone = metrics.bytesDone
            bytesTotal = metrics.sources.isEmpty ? nil : metrics.bytesTotal
            state = metrics.memoryUsed
            self.elapsedNanos = elapsedNanos
        }

        init(rows: Int64, bytesDone: Int64, bytesTotal: Int64?, state: Int64, elapsedNanos: Int64) {
            self.rows = rows
            self.bytesDone = bytesDone
            self.bytesTotal = bytesTotal
            self.state = state
            self.elapsedNanos = elapsedNanos
        }

        private var fraction: Double? {
            guard let bytesTotal, bytesTotal > 0 else { return nil }
            return min(1, Double(bytesDone) / Double(bytesTotal))
        }

        private var rate: Int64 {
            let seconds = Double(elapsedNanos) / 1e9
            return seconds > 0 ? Int64(Double(rows) / seconds) : 0
        }

        func text(isBar: Bool) -> String {
            var parts: [String] = []
            if let fraction {
                let filled = Int(fraction * 10)
                let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 10 - filled)
                parts.append((isBar ? "[\(bar)] " : "") + "\(Int(fraction * 100)) %")
            }
            parts.append("\(Amounts.short(rows)) rows")
            parts.append("\(Amounts.short(rate))/s")
            if let fraction, fraction > 0.01, fraction < 1 {
                let left = Double(elapsedNanos) * (1 - fraction) / fraction
                parts.append(Amounts.time(nanos: Int64(min(left, 1e18))) + " left")
            }
            if state > 0 { parts.append("state \(Amounts.bytes(state))") }
            return parts.joined(separator: " · ")
        }

        var json: String {
            var text = "{\"rows\":\(rows),\"rows_per_second\":\(rate),\"bytes\":\(bytesDone)"
            if let bytesTotal { text += ",\"bytes_total\":\(bytesTotal)" }
            return text + ",\"state_bytes\":\(state),\"elapsed_ms\":\(elapsedNanos / 1_000_000)}"
        }
    }
}
