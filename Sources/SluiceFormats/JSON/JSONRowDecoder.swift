import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect

/// Decodes newline-delimited JSON. A line is first tried against the form of the lines before it (`JSONFastPath`);
/// one that differs is read with full semantics, and becomes the new form when that happens twice running.
final class JSONRowDecoder: LineRowDecoder {
    private let plan: ValuePlan
    private let reader: JSONValueReader
    private let trace = JSONShapeTrace()
    private let separator: UInt8
    /// False in tests that compare both paths.
    var usesFastPath = true

    private var shape: JSONShape?
    private var misses = 1
    private var days = DayCache()
    private var slots: [ValueSlot] = []
    private var boundTo: BatchBuilder?

    init(fields: Schema, options: JSONOptions) throws(SQLError) {
        plan = try ValuePlan(DataType(.row(fields)))
        reader = JSONValueReader(options)
        separator = options.timestamps == .sql ? 0x20 : UInt8(ascii: "T")
    }

    func decodeRows(
        _ text: RowText, _ out: BatchBuilder, _ maxRows: Int, _ progress: inout DecodeProgress
    ) throws(MalformedRow) {
        bind(out)
        let from = text.from
        let end = text.end
        var p = from
        var lines = 0
        while p < end && out.rowCount < maxRows {
            if usesFastPath, let shape {
                prepare(shape, text.piece, out, maxRows)
                let first = out.rowCount
                var row = first
                p = JSONFastPath.run(
                    shape, slots, reader, &days, base: text.base, start: p, end: end, row: &row,
                    limit: maxRows,
                    separator: separator)
                close(shape, out, first, row)
                lines += row - first
                if row > first { misses = 0 }
                if p >= end || row >= maxRows { break }
            }
            let line = p
            do throws(MalformedRow) {
                p = try slowLine(line, end, from, out, &progress)
            } catch {
                progress.lines += lines
                throw error
            }
            lines += 1
        }
        progress.bytes += p - from
        progress.lines += lines
    }

    private func bind(_ out: BatchBuilder) {
        if boundTo === out { return }
        slots = zip(plan.children, out.columns).map { ValueSlot($0, $1) }
        shape = nil
        misses = 1
        boundTo = out
    }

    /// Room for all rows, so that the columns' memory stays where it is.
    private func prepare(_ shape: JSONShape, _ piece: Buffer, _ out: BatchBuilder, _ maxRows: Int) {
        let room = maxRows - out.rowCount
        for slot in slots {
            switch slot.builder.storage {
            case .int32(let builder): builder.reserve(room)
            case .int64(let builder): builder.reserve(room)
            case .float64(let builder): builder.reserve(room)
            case .bytes(let builder): builder.views.reserve(room)
            default: break
            }
        }
        for index in 0..<shape.count where shape.steps[index].slot >= 0 {
            let step = shape.steps + index
            switch slots[step.pointee.slot].builder.storage {
            case .int32(let builder): step.pointee.out = UnsafeMutableRawPointer(builder.pointer)
            case .int64(let builder): step.pointee.out = UnsafeMutableRawPointer(builder.pointer)
            case .float64(let builder): step.pointee.out = UnsafeMutableRawPointer(builder.pointer)
            case .bytes(let builder):
                step.pointee.out = UnsafeMutableRawPointer(builder.views.pointer)
                if step.pointee.op == .string { step.pointee.bufferIndex = builder.register(piece) }
            default: break
            }
        }
    }

    /// Tells the columns of the rows that the fast path wrote, and takes a line that it gave up away.
    private func close(_ shape: JSONShape, _ out: BatchBuilder, _ first: Int, _ row: Int) {
        for slot in slots {
            switch slot.builder.storage {
            case .int32(let builder): builder.finishRows(row)
            case .int64(let builder): builder.finishRows(row)
            case .float64(let builder): builder.finishRows(row)
            case .bytes(let builder): builder.views.finishRows(row)
            default: if slot.count > row { slot.builder.truncate(to: row) }
            }
        }
        for index in shape.missing {
            let builder = slots[index].builder
            builder.truncate(to: first)
            for _ in first..<row { builder.appendNull() }
        }
        out.endRows(row - first)
    }

    /// Reads one line with full semantics; the byte after its newline.
    private func slowLine(
        _ line: BytePointer, _ end: BytePointer, _ from: BytePointer, _ out: BatchBuilder,
        _ progress: inout DecodeProgress
    ) throws(MalformedRow) -> BytePointer {
        guard let newline = memchr(line, 0x0A, end - line) else { return end }
        let lineEnd = BytePointer(newline.assumingMemoryBound(to: UInt8.self)) + 1
        if lineEnd - line == 1 || (lineEnd - line == 2 && line[0] == 0x0D) { return lineEnd }
        reader.fault = nil
        trace.reset()
        let start = JSONText.skipSpace(hasMark(line) ? line + 3 : line)
        var object = start
        repeat {
            let after = object[0] == 0x7B ? readRow(object) : reader.fail(object, .noObject)
            guard let after else {
                out.dropRow()
                try report(line, from, lineEnd, &progress)
                return lineEnd
            }
            out.endRow()
            object = JSONText.skipSpace(after)
            // What follows the object on its line is passed over, unless it is another one.
        } while object[0] == 0x7B
        if start == line, object + 1 == lineEnd { learn(line, lineEnd) }
        return lineEnd
    }

    private func readRow(_ object: BytePointer) -> BytePointer? {
        reader.readFields(object, plan, slots, start: boundTo?.rowCount ?? 0, trace: trace)
    }

    private func hasMark(_ line: BytePointer) -> Bool {
        line[0] == 0xEF && line[1] == 0xBB && line[2] == 0xBF
    }

    /// Takes the line's form over after two lines that did not fit, or at once when there is none.
    private func learn(_ line: BytePointer, _ lineEnd: BytePointer) {
        misses += 1
        if misses < 2 || !usesFastPath { return }
        shape = JSONShape(
            trace, line: line, lineEnd: lineEnd, slots: slots, iso: separator != 0x20)
    }

    private func report(
        _ line: BytePointer, _ from: BytePointer, _ lineEnd: BytePointer, _ progress: inout DecodeProgress
    ) throws(MalformedRow) {
        let fault = reader.fault ?? JSONFault(at: line, reason: .unexpected)
        // Later skips of this call are only counted.
        if reader.options.ignoreParseErrors && progress.skipSample != nil {
            progress.skipped += 1
            return
        }
        let malformed = MalformedRow(
            rowOffset: line - from, faultOffset: Swift.min(Swift.max(0, fault.at - line), lineEnd - line),
            column: fault.column, reason: fault.text,
            sample: fault.value?.sample ?? TextRange(line, lineEnd - line - 1).sample)
        guard reader.options.ignoreParseErrors else { throw malformed }
        progress.skipped += 1
        progress.skipSample = malformed
    }
}
