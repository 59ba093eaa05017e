import SluiceBase
import SluiceColumns

/// Writes a result as a table of characters: box, Flink's tableau or Markdown.
///
/// Rows are held back until the widths can be fixed: at the first flush of a live result, after 10 000 rows, or at
/// the end. A wider value that comes later is cut on a terminal and sticks out elsewhere.
final class GridWriter: ResultWriter {
    private let output: OutputStream
    private let options: RenderOptions
    private let style: GridStyle
    private var cells: CellTexts?
    private var headers: [[String]] = []
    private var isNumeric: [Bool] = []
    private var widths: [Int] = []
    private var showsKind = false
    private var held = HeldRows(limit: nil)
    private var hasHeader = false
    private var buffer = ""

    private static let heldRows = 10_000

    init(_ output: OutputStream, _ options: RenderOptions, style: GridStyle) {
        self.output = output
        self.options = options
        self.style = style
    }

    func begin(_ columns: Schema, showsKind: Bool) {
        self.showsKind = showsKind
        held = HeldRows(limit: options.isLive ? nil : options.maxRows)
        cells = CellTexts(columns, options)
        headers = []
        if options.header { headers.append((showsKind ? ["op"] : []) + columns.map { clean($0.name) }) }
        if options.header && options.showsTypes {
            let types = columns.map { clean($0.type.kind.description.lowercased()) }
            headers.append(
                (showsKind ? [""] : []) + types.map { PrintableText.cut($0, to: 24, mark: style.cutMark) })
        }
        isNumeric = (showsKind ? [false] : []) + columns.map { CellTexts.isNumeric($0.type) }
        let usual = (showsKind ? [2] : []) + columns.map { CellTexts.usualWidth($0.type) }
        widths = options.isLive ? usual : [Int](repeating: 1, count: usual.count)
        if style.marksAlignment { widths = widths.map { max($0, 3) } }
        for header in headers { widen(header) }
    }

    func write(_ batch: RecordBatch) {
        guard let cells else { return }
        let columns = batch.columns.map(\.flattened)
        for row in 0..<batch.rowCount {
            var texts = showsKind ? [batch.kind(row).symbol] : []
            texts += cells.row(columns, row).map { clean($0) }
            if hasHeader {
                emit(texts)
            } else {
                widen(texts)
                held.add(texts)
                if held.count >= Self.heldRows && options.maxRows == nil { start() }
            }
        }
        if buffer.utf8.count > 96 * 1024 { push() }
    }

    func flush() {
        guard options.isLive else { return }
        if !hasHeader && held.count > 0 { start() }
        push()
    }

    func end() {
        if !hasHeader { start() }
        rule(style.bottom)
        push()
    }

    // MARK: Widths

    private func clean(_ text: String) -> String {
        guard style.marksAlignment else { return PrintableText.of(text) }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "|": out += "\\|"
            case "\n": out += "<br>"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return PrintableText.of(out)
    }

    private func widen(_ texts: [String]) {
        for (index, text) in texts.enumerated() where index < widths.count {
            widths[index] = max(widths[index], DisplayWidth.of(text))
        }
    }

    /// Narrows the widest columns until the table fits the terminal, but none below 8.
    private func fit() {
        guard let room = options.width, !style.marksAlignment else { return }
        var excess = widths.reduce(1) { $0 + $1 + 3 } - room
        while excess > 0 {
            guard let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 8 else {
                return
            }
            let second = widths.filter { $0 < widths[widest] }.max() ?? 8
            let step = min(excess, max(1, widths[widest] - max(8, second)))
            widths[widest] -= step
            excess -= step
        }
    }

    // MARK: Lines

    private func start() {
        hasHeader = true
        fit()
        rule(style.top)
        for header in headers { line(header) }
        if !headers.isEmpty { rule(style.belowHeader) }
        let gap = [String](repeating: style.gapMark, count: widths.count)
        for row in held.rows(gap: gap) { emit(row) }
        held = HeldRows(limit: nil)
    }

    private func emit(_ texts: [String]) {
        line(texts)
        if buffer.utf8.count > 96 * 1024 { push() }
    }

    private func line(_ texts: [String]) {
        buffer += style.edge
        for (index, text) in texts.enumerated() {
            let shown =
                options.width == nil ? text : PrintableText.cut(text, to: widths[index], mark: style.cutMark)
            let padding = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(shown)))
            let isRight = style.alignsRight || isNumeric[index]
            buffer += isRight ? " \(padding)\(shown) " : " \(shown)\(padding) "
            buffer += style.edge
        }
        buffer += "\n"
    }

    private func rule(_ rule: GridStyle.Rule?) {
        guard let rule else { return }
        buffer += rule.left
        for (index, width) in widths.enumerated() {
            if index > 0 { buffer += rule.middle }
            var fill = String(repeating: rule.fill, count: width + 2)
            if style.marksAlignment {
                fill =
                    " " + String(repeating: "-", count: width - (isNumeric[index] ? 1 : 0))
                    + (isNumeric[index] ? ": " : " ")
            }
            buffer += fill
        }
        buffer += rule.right + "\n"
    }

    private func push() {
        if !buffer.isEmpty { output.write(buffer) }
        buffer = ""
    }
}

/// Rows kept until widths are known: all of them, or the first and last ones.
struct HeldRows {
    private let headLimit: Int?
    private let tailLimit: Int
    private var head: [[String]] = []
    private var tail: [[String]] = []
    private var tailStart = 0
    private(set) var count = 0

    /// `limit`: rows to show at most; nil: no limit.
    init(limit: Int?) {
        headLimit = limit.map { ($0 + 1) / 2 }
        tailLimit = limit.map { max(1, $0 / 2) } ?? 0
    }

    mutating func add(_ row: [String]) {
        count += 1
        guard let headLimit, head.count >= headLimit else { return head.append(row) }
        if tail.count < tailLimit {
            tail.append(row)
        } else {
            tail[tailStart] = row
            tailStart = (tailStart + 1) % tailLimit
        }
    }

    /// The kept rows in order; a row of `gap` where some are missing.
    func rows(gap: [String]) -> [[String]] {
        let isCut = count > head.count + tail.count
        return head + (isCut ? [gap] : []) + tail[tailStart...] + tail[..<tailStart]
    }
}
