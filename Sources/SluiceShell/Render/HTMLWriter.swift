import SluiceBase
import SluiceColumns

/// Writes a result as one HTML table.
final class HTMLWriter: ResultWriter {
    private let output: OutputStream
    private let options: RenderOptions
    private var cells: CellTexts?
    private var isNumeric: [Bool] = []
    private var showsKind = false
    private var buffer = ""

    init(_ output: OutputStream, _ options: RenderOptions) {
        self.output = output
        self.options = options
    }

    func begin(_ columns: Schema, showsKind: Bool) {
        self.showsKind = showsKind
        cells = CellTexts(columns, options)
        isNumeric = columns.map { CellTexts.isNumeric($0.type) }
        buffer += "<table>\n"
        if options.header {
            buffer += "<thead>\n<tr>"
            if showsKind { buffer += "<th>op</th>" }
            for column in columns { buffer += "<th>\(Self.escaped(column.name))</th>" }
            buffer += "</tr>\n</thead>\n"
        }
        buffer += "<tbody>\n"
    }

    func write(_ batch: RecordBatch) {
        guard let cells else { return }
        let columns = batch.columns.map(\.flattened)
        for row in 0..<batch.rowCount {
            buffer += "<tr>"
            if showsKind { buffer += "<td>\(batch.kind(row).symbol)</td>" }
            for (index, text) in cells.row(columns, row).enumerated() {
                buffer += isNumeric[index] ? "<td align=\"right\">" : "<td>"
                buffer += Self.escaped(text) + "</td>"
            }
            buffer += "</tr>\n"
            if buffer.utf8.count > 96 * 1024 { flush() }
        }
    }

    func flush() {
        if !buffer.isEmpty { output.write(buffer) }
        buffer = ""
    }

    func end() {
        buffer += "</tbody>\n</table>\n"
        flush()
    }

    /// Text between tags; control characters that HTML does not allow become escapes.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\n", "\t": out.unicodeScalars.append(scalar)
            default: out += PrintableText.of(String(scalar))
            }
        }
        return out
    }
}
