import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect

/// Decodes comma-separated values. A row is first tried by `CSVFastPath`; one with doubled quotes, escapes, odd
/// numbers or another number of fields is read with full semantics.
final class CSVRowDecoder: LineRowDecoder {
    private let options: CSVOptions
    private let plans: [ValuePlan]
    private let projection: [Int]
    private let names: [String]
    private let arity: Int
    private var row: CSVRow
    private var converter: CSVConverter
    private var slots: [ValueSlot] = []
    private var fast: CSVFastPath?
    private var boundTo: BatchBuilder?
    /// False in tests that compare both paths.
    var usesFastPath = true

    init(fields: Schema, projection: [Int], options: CSVOptions) throws(SQLError) {
        self.options = options
        self.projection = projection
        names = fields.map(\.name)
        arity = fields.count
        var plans: [ValuePlan] = []
        for index in projection {
            try CSVConverter.check(fields[index].type)
            plans.append(try ValuePlan(fields[index].type))
        }
        self.plans = plans
        row = CSVRow(options)
        converter = CSVConverter(options)
    }

    func decodeRows(
        _ text: RowText, _ out: BatchBuilder, _ maxRows: Int, _ progress: inout DecodeProgress
    ) throws(MalformedRow) {
        bind(out)
        let from = text.from
        let end = text.end
        var p = from
        while p < end && out.rowCount < maxRows {
            if usesFastPath, let fast {
                let first = out.rowCount
                fast.prepare(slots, text.piece, room: maxRows - first)
                var row = first
                p = fast.run(
                    slots, &converter, base: text.base, start: p, end: end, row: &row, limit: maxRows)
                fast.close(slots, row)
                out.endRows(row - first)
                progress.lines += row - first
                if p >= end || row >= maxRows { break }
            }
            guard let next = try slowRow(p, end, from, text.isTail, out, &progress) else { break }
            p = next
        }
        progress.bytes += p - from
    }

    private func bind(_ out: BatchBuilder) {
        if boundTo === out { return }
        slots = zip(plans, out.columns).map { ValueSlot($0, $1) }
        fast = CSVFastPath(options, arity: arity, projection: projection, slots: slots)
        boundTo = out
    }

    /// The byte after the row; nil where it is not complete.
    private func slowRow(
        _ start: BytePointer, _ end: BytePointer, _ from: BytePointer, _ isTail: Bool, _ out: BatchBuilder,
        _ progress: inout DecodeProgress
    ) throws(MalformedRow) -> BytePointer? {
        if options.allowComments && start[0] == UInt8(ascii: "#") {
            progress.lines += 1
            return lineEnd(start, end)
        }
        var next = end
        switch row.read(start, end: end) {
        case .incomplete:
            guard isTail else { return nil }
            try report(start, from, start, nil, "a quoted field is not closed", end, &progress)
            return end
        case .fault(let at):
            next = lineEnd(at, end)
            try report(start, from, at, nil, "text follows the closing quote of a field", next, &progress)
            return next
        case .row(let after): next = after
        }
        progress.lines += countLines(start, next)
        if isBlank { return next }
        guard cellsFit else {
            let reason = "\(arity) fields expected, but the row has \(row.cells.count)"
            try report(start, from, start, nil, reason, next, &progress)
            return next
        }
        for (slot, index) in zip(slots, projection) {
            guard index < row.cells.count else {
                slot.builder.appendNull()
                continue
            }
            let text = row.text(index)
            if converter.append(text, slot) { continue }
            out.dropRow()
            let type = slot.plan.type.kind.description
            let article = "AEIO".contains(type.prefix(1)) ? "an" : "a"
            let reason = "\"\(text.sample)\" is not \(article) \(type)"
            try report(start, from, row.cells[index].start, names[index], reason, next, &progress)
            return next
        }
        out.endRow()
        return next
    }

    /// An empty line is no row, except where a row is one text.
    private var isBlank: Bool {
        arity != 1 && row.cells.count == 1 && row.cells[0].count == 0 && !row.cells[0].isQuoted
    }

    /// As many fields as columns; by option fewer. A delimiter at the end of the row is passed over.
    private var cellsFit: Bool {
        let count = row.cells.count
        if count == arity { return true }
        if count == arity + 1 { return row.cells[arity].count == 0 && !row.cells[arity].isQuoted }
        return count < arity && options.ignoreParseErrors
    }

    private func lineEnd(_ start: BytePointer, _ end: BytePointer) -> BytePointer {
        var p = start
        while p < end {
            if p[0] == 0x0A { return p + 1 }
            if p[0] == 0x0D { return p + 1 < end && p[1] == 0x0A ? p + 2 : p + 1 }
            p += 1
        }
        return end
    }

    private func countLines(_ start: BytePointer, _ end: BytePointer) -> Int {
        var lines = 0
        var p = start
        while p < end {
            if p[0] == 0x0A || (p[0] == 0x0D && p + 1 == end) { lines += 1 }
            p += 1
        }
        return Swift.max(lines, 1)
    }

    private func report(
        _ start: BytePointer, _ from: BytePointer, _ at: BytePointer, _ column: String?, _ reason: String,
        _ next: BytePointer, _ progress: inout DecodeProgress
    ) throws(MalformedRow) {
        progress.skipped += 1
        if options.ignoreParseErrors && progress.skipSample != nil { return }
        let malformed = MalformedRow(
            rowOffset: start - from, faultOffset: at - start, column: column, reason: reason,
            sample: TextRange(start, next - start).trimmed.sample)
        guard options.ignoreParseErrors else { throw malformed }
        progress.skipSample = malformed
    }
}
