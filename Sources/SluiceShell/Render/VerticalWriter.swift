import SluiceBase
import SluiceColumns

/// Writes each row as a block with one line a column.
final class VerticalWriter: ResultWriter {
    private let output: OutputStream
    private let options: RenderOptions
    private var cells: CellTexts?
    private var titles: [String] = []
    private var titleWidth = 0
    private var showsKind = false
    private var rows = 0
    private var buffer = ""

    init(_ output: OutputStream, _ options: RenderOptions) {
        self.output = output
        self.options = options
    }

    func begin(_ columns: Schema, showsKind: Bool) {
        self.showsKind = showsKind
        cells = CellTexts(columns, options)
        titles = columns.map { PrintableText.of($0.name) }
        titleWidth = titles.reduce(0) { max($0, DisplayWidth.of($1)) }
    }

    func write(_ batch: RecordBatch) {
        guard let cells else { return }
        let columns = batch.columns.map(\.flattened)
        for row in 0..<batch.rowCount {
            rows += 1
            let kind = showsKind ? " \(batch.kind(row).symbol)" : ""
            buffer += "-[ row \(rows)\(kind) ]-\n"
            for (title, text) in zip(titles, cells.row(columns, row)) {
                let padding = String(repeating: " ", count: titleWidth - DisplayWidth.of(title))
                buffer += "\(title)\(padding) | \(PrintableText.of(text))\n"
            }
            if buffer.utf8.count > 96 * 1024 { flush() }
        }
    }

    func flush() {
        if !buffer.isEmpty { output.write(buffer) }
        buffer = ""
    }

    func end() { flush() }
}
