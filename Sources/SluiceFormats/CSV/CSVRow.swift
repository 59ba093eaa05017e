import SluiceColumns

/// Takes one row apart with full semantics: the slow path.
struct CSVRow: ~Copyable {
    struct Cell {
        /// In the piece, or from `scratchStart` of the scratch where quotes or escapes were taken out.
        var start: BytePointer
        var count: Int
        var scratchStart: Int
        var isQuoted: Bool
    }

    enum Outcome {
        /// The byte after the row's end.
        case row(BytePointer)
        /// The row goes on after the end of the text.
        case incomplete
        case fault(BytePointer)
    }

    private(set) var cells: [Cell] = []
    private var scratch = ByteScratch(capacity: 1024)
    private let delimiter: UInt8
    private let quote: UInt8?
    private let escape: UInt8?

    init(_ options: CSVOptions) {
        delimiter = options.delimiter
        quote = options.quote
        escape = options.escape
    }

    /// The text of a cell; valid until the next row.
    func text(_ index: Int) -> TextRange {
        let cell = cells[index]
        if cell.scratchStart < 0 { return TextRange(cell.start, cell.count) }
        return TextRange(UnsafePointer(scratch.base) + cell.scratchStart, cell.count)
    }

    /// `end` follows a line end.
    mutating func read(_ start: BytePointer, end: BytePointer) -> Outcome {
        cells.removeAll(keepingCapacity: true)
        scratch.removeAll()
        var p = start
        while true {
            let outcome = p[0] == quote && p < end ? readQuoted(p, end) : readPlain(p, end)
            guard case .row(let after) = outcome else { return outcome }
            if after >= end { return .incomplete }
            if after[0] == delimiter {
                p = after + 1
                continue
            }
            if after[0] == 0x0D && after + 1 < end && after[1] == 0x0A { return .row(after + 2) }
            return .row(after + 1)
        }
    }

    @inline(__always)
    private func endsField(_ byte: UInt8) -> Bool { byte == delimiter || byte == 0x0A || byte == 0x0D }

    private mutating func readPlain(_ start: BytePointer, _ end: BytePointer) -> Outcome {
        var p = start
        while p < end && !endsField(p[0]) && p[0] != escape { p += 1 }
        if p >= end { return .incomplete }
        if p[0] != escape {
            cells.append(Cell(start: start, count: p - start, scratchStart: -1, isQuoted: false))
            return .row(p)
        }
        let first = scratch.count
        scratch.append(UnsafeRawBufferPointer(start: start, count: p - start))
        while p < end && !endsField(p[0]) {
            if p[0] == escape {
                if p + 1 >= end { return .incomplete }
                scratch.append(CSVRow.unescaped(p[1]))
                p += 2
            } else {
                scratch.append(p[0])
                p += 1
            }
        }
        if p >= end { return .incomplete }
        cells.append(Cell(start: start, count: scratch.count - first, scratchStart: first, isQuoted: false))
        return .row(p)
    }

    private mutating func readQuoted(_ open: BytePointer, _ end: BytePointer) -> Outcome {
        let start = open + 1
        var p = start
        while p < end && p[0] != quote && p[0] != escape { p += 1 }
        if p + 1 >= end { return .incomplete }
        if p[0] == quote && p[1] != quote {
            cells.append(Cell(start: start, count: p - start, scratchStart: -1, isQuoted: true))
            return afterQuote(p + 1, end)
        }
        let first = scratch.count
        scratch.append(UnsafeRawBufferPointer(start: start, count: p - start))
        while true {
            if p + 1 >= end { return .incomplete }
            if p[0] == quote {
                if p[1] != quote { break }
                scratch.append(p[0])
                p += 2
            } else if p[0] == escape {
                scratch.append(CSVRow.unescaped(p[1]))
                p += 2
            } else {
                scratch.append(p[0])
                p += 1
            }
        }
        cells.append(Cell(start: start, count: scratch.count - first, scratchStart: first, isQuoted: true))
        return afterQuote(p + 1, end)
    }

    /// Blanks may follow the closing quote, nothing else.
    private func afterQuote(_ start: BytePointer, _ end: BytePointer) -> Outcome {
        var p = start
        while p < end && !endsField(p[0]) {
            if p[0] > 0x20 { return .fault(p) }
            p += 1
        }
        return p >= end ? .incomplete : .row(p)
    }

    private static func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "0"): return 0
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        default: return byte
        }
    }
}
