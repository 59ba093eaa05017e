import SluiceColumns

/// The watermark over several inputs: the minimum over those that are active (T6).
///
/// Idle inputs are left out; when all are idle, the largest among them wins. Inputs that ended do not hold it back.
struct WatermarkMerger {
    private enum Status { case active, idle, ended }
    private static let none = Int64.min

    private var values: [Int64]
    private var status: [Status]
    private var combined = WatermarkMerger.none

    init(inputs: Int) {
        values = Array(repeating: WatermarkMerger.none, count: inputs)
        status = Array(repeating: .active, count: inputs)
    }

    /// Rows arrived: the input counts again.
    mutating func activate(_ input: Int) {
        if status[input] == .idle { status[input] = .active }
    }

    /// The new watermark over all inputs, if it rises.
    mutating func update(_ input: Int, _ watermark: Int64) -> Int64? {
        activate(input)
        guard watermark > values[input] else { return nil }
        values[input] = watermark
        return raised()
    }

    mutating func setIdle(_ input: Int) -> Int64? {
        guard status[input] == .active else { return nil }
        status[input] = .idle
        return raised()
    }

    mutating func end(_ input: Int) -> Int64? {
        status[input] = .ended
        return raised()
    }

    /// No input is active, but some may come back.
    var isIdle: Bool { !status.contains(.active) && status.contains(.idle) }

    /// The marks of a batch of one input as marks of the watermark over all.
    mutating func rewrite(_ marks: [WatermarkMark], _ input: Int) -> [WatermarkMark] {
        activate(input)
        if marks.isEmpty { return marks }
        var out: [WatermarkMark] = []
        for mark in marks {
            guard let watermark = update(input, mark.watermark) else { continue }
            out.append(WatermarkMark(offset: mark.offset, watermark: watermark))
        }
        return out
    }

    private mutating func raised() -> Int64? {
        var lowest = Int64.max
        var highestIdle = WatermarkMerger.none
        var anyActive = false
        var anyIdle = false
        for index in values.indices {
            switch status[index] {
            case .active:
                anyActive = true
                lowest = Swift.min(lowest, values[index])
            case .idle:
                anyIdle = true
                highestIdle = Swift.max(highestIdle, values[index])
            case .ended: break
            }
        }
        // All ended: each sent its last watermark before, so the highest value is what is left to say.
        let allEnded = values.max() ?? WatermarkMerger.none
        let now = anyActive ? lowest : (anyIdle ? highestIdle : allEnded)
        guard now > combined else { return nil }
        combined = now
        return now
    }
}
