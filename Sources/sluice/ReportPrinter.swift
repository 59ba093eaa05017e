import SluiceBase
import SluiceEngine

/// Prints the report of a command as a table, as JSON lines, or only its names.
struct ReportPrinter {
    enum Form { case table, json, quiet }

    let form: Form
    let output: Output

    /// `nameColumn` is what `quiet` prints.
    func print(_ report: CatalogReport, nameColumn: String = "name") {
        switch form {
        case .json: output.write(json(report))
        case .quiet: output.write(names(report, nameColumn))
        case .table: output.write(report.text ?? table(report))
        }
    }

    private func json(_ report: CatalogReport) -> String {
        var out = ""
        for row in report.rows {
            let pairs = zip(report.columns, row).map { column, value in
                JSONText.quoted(column) + ":" + (value.map(JSONText.quoted) ?? "null")
            }
            out += "{" + pairs.joined(separator: ",") + "}\n"
        }
        return out
    }

    private func names(_ report: CatalogReport, _ column: String) -> String {
        guard let index = report.columns.firstIndex(of: column) else { return "" }
        return report.rows.reduce("") { $0 + (($1[index]).map { Self.printable($0) + "\n" } ?? "") }
    }

    /// Columns side by side; the last one is not padded, and cut to its first line.
    private func table(_ report: CatalogReport) -> String {
        guard !report.rows.isEmpty else { return "" }
        let header = report.columns.map { Optional($0) }
        let cells = ([header] + report.rows).map { row in row.map { Self.oneLine($0 ?? "") } }
        var widths = [Int](repeating: 0, count: report.columns.count)
        for row in cells {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) }
        }
        var out = ""
        for row in cells {
            var line = ""
            for (index, cell) in row.enumerated() {
                line += cell
                if index < row.count - 1 {
                    line += String(repeating: " ", count: widths[index] - cell.count + 2)
                }
            }
            while line.last == " " { line.removeLast() }
            out += line + "\n"
        }
        return out
    }

    private static func oneLine(_ text: String) -> String {
        let words = text.split { $0 == "\n" || $0 == "\t" || $0 == "\r" }.map(String.init)
        return printable(words.joined(separator: " "))
    }

    /// Control characters never reach a terminal.
    private static func printable(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            out += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return out
    }
}
