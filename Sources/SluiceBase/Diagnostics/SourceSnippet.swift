/// The source lines of an error with carets under the places at fault.
///
///     14 |   SELECT SUM(amout) AS revenue FROM orders
///        |              ^^^^^ did you mean "amount"?
struct SourceSnippet {
    /// A place with the text to write to the right of its carets.
    struct Mark {
        var span: SourceSpan
        var label: String
    }

    let source: SourceText
    let gutter: Int
    /// Longer lines are cut around the carets.
    let maximumWidth: Int

    private struct LineMark {
        var line: Int
        var range: Range<Int>
        var label: String
    }

    init(source: SourceText, marks: [Mark], maximumWidth: Int) {
        self.source = source
        self.maximumWidth = maximumWidth
        var lastLine = 0
        for mark in marks {
            let offset = Swift.max(mark.span.lower, mark.span.upper - 1)
            lastLine = Swift.max(lastLine, source.position(of: offset).line)
        }
        gutter = Swift.max(2, String(lastLine).count)
    }

    func lines(_ marks: [Mark]) -> [String] {
        var perLine: [LineMark] = []
        for mark in marks { perLine += split(mark) }
        perLine.sort { ($0.line, $0.range.lowerBound) < ($1.line, $1.range.lowerBound) }
        var output = [blankGutter()]
        var previous: Int?
        var index = 0
        while index < perLine.count {
            let line = perLine[index].line
            var group: [LineMark] = []
            while index < perLine.count, perLine[index].line == line {
                group.append(perLine[index])
                index += 1
            }
            if let previous, line > previous + 1 { output.append(blankGutter() + " ...") }
            output += render(line, group)
            previous = line
        }
        return output
    }

    private func blankGutter() -> String { String(repeating: " ", count: gutter) + " |" }

    /// A span of several lines becomes a mark on its first and one on its last line, which has the label.
    private func split(_ mark: Mark) -> [LineMark] {
        let lower = min(Swift.max(0, mark.span.lower), source.bytes.count)
        let upper = min(Swift.max(lower, mark.span.upper), source.bytes.count)
        let first = source.lineIndex(of: lower)
        let last = source.lineIndex(of: Swift.max(lower, upper - 1))
        if first == last { return [LineMark(line: first, range: lower..<upper, label: mark.label)] }
        let firstRange = source.range(ofLine: first)
        let lastRange = source.range(ofLine: last)
        var start = lastRange.lowerBound
        while start < upper, source.bytes[start] == 0x20 || source.bytes[start] == 0x09 { start += 1 }
        return [
            LineMark(line: first, range: lower..<Swift.max(lower, firstRange.upperBound), label: ""),
            LineMark(line: last, range: start..<Swift.max(start, upper), label: mark.label),
        ]
    }

    // MARK: One line

    /// One character cell: what is printed for a source character, and the byte it stands for.
    private struct Cell {
        var text: String
        var width: Int
        var offset: Int
    }

    private func cells(of line: Int) -> [Cell] {
        let range = source.range(ofLine: line)
        var cells: [Cell] = []
        var offset = range.lowerBound
        for scalar in String(decoding: source.bytes[range], as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x09: cells.append(Cell(text: "    ", width: 4, offset: offset))
            case 0..<0x20, 0x7f..<0xa0: cells.append(Cell(text: "\u{fffd}", width: 1, offset: offset))
            default: cells.append(Cell(text: String(scalar), width: DisplayWidth.of(scalar), offset: offset))
            }
            offset += String(scalar).utf8.count
        }
        return cells
    }

    private func render(_ line: Int, _ marks: [LineMark]) -> [String] {
        let number = String(line + 1)
        let padding = String(repeating: " ", count: Swift.max(0, gutter - number.count))
        let window = self.window(cells(of: line), marks)
        var output = [trimmed(padding + number + " | " + window.text)]
        for row in caretRows(marks) {
            output.append(trimmed(blankGutter() + " " + carets(row, window)))
        }
        return output
    }

    /// Marks that can share a row of carets: only the last one of a row has a label.
    private func caretRows(_ marks: [LineMark]) -> [[LineMark]] {
        var rows: [[LineMark]] = []
        var row: [LineMark] = []
        for mark in marks {
            row.append(mark)
            if !mark.label.isEmpty {
                rows.append(row)
                row = []
            }
        }
        if !row.isEmpty { rows.append(row) }
        return rows
    }

    private struct Window {
        var cells: [Cell]
        var text: String
        /// Columns in front of the first cell.
        var lead: Int
        /// The offset behind the last cell.
        var end: Int
    }

    /// The whole line, or the part of it around the first mark.
    private func window(_ cells: [Cell], _ marks: [LineMark]) -> Window {
        var total = 0
        for cell in cells { total += cell.width }
        let room = Swift.max(20, maximumWidth - gutter - 3)
        let last = cells.last.map { $0.offset + 1 } ?? 0
        if total <= room {
            return Window(cells: cells, text: cells.map(\.text).joined(), lead: 0, end: last)
        }
        let anchor = marks.first?.range.lowerBound ?? 0
        let anchorIndex = cells.firstIndex { $0.offset >= anchor } ?? cells.count
        var start = anchorIndex
        var before = 0
        while start > 0, before + cells[start - 1].width <= room / 3 {
            start -= 1
            before += cells[start].width
        }
        var end = start
        var width = 2
        while end < cells.count, width + cells[end].width <= room {
            width += cells[end].width
            end += 1
        }
        let part = Array(cells[start..<end])
        let head = start > 0 ? "…" : ""
        let tail = end < cells.count ? "…" : ""
        let endOffset = end < cells.count ? cells[end].offset : last
        return Window(
            cells: part, text: head + part.map(\.text).joined() + tail, lead: head.isEmpty ? 0 : 1,
            end: endOffset)
    }

    private func carets(_ marks: [LineMark], _ window: Window) -> String {
        var output = ""
        var column = 0
        for mark in marks {
            let (start, width) = columns(mark.range, window)
            if start > column { output += String(repeating: " ", count: start - column) }
            let count = Swift.max(1, start + width - Swift.max(start, column))
            output += String(repeating: "^", count: count)
            column = Swift.max(column, start) + count
            if !mark.label.isEmpty { output += " " + mark.label }
        }
        return output
    }

    private func columns(_ range: Range<Int>, _ window: Window) -> (start: Int, width: Int) {
        var start = window.lead
        var width = 0
        for cell in window.cells {
            if cell.offset < range.lowerBound {
                start += cell.width
            } else if cell.offset < range.upperBound {
                width += cell.width
            }
        }
        return (start, width)
    }

    private func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
