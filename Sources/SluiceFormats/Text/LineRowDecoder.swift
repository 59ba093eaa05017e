import SluiceColumns
import SluiceConnect

/// Rows between two places of a piece of input.
struct RowText {
    let piece: Buffer
    let base: BytePointer
    let from: BytePointer
    let end: BytePointer
    /// The end of the file, or a copy of it: nothing follows, so the last row must be whole.
    let isTail: Bool
}

/// A decoder of formats whose rows end with newlines.
protocol LineRowDecoder: RowDecoder {
    /// Appends the whole rows of `text`, up to `maxRows` in all. The text ends behind a newline.
    func decodeRows(
        _ text: RowText, _ out: BatchBuilder, _ maxRows: Int, _ progress: inout DecodeProgress
    ) throws(MalformedRow)
}

extension LineRowDecoder {
    func decode(
        _ piece: Buffer, start: Int, count: Int, last: Bool, into out: BatchBuilder, maxRows: Int
    ) throws(MalformedRow) -> DecodeProgress {
        var progress = DecodeProgress()
        let base = UnsafePointer(piece.base.assumingMemoryBound(to: UInt8.self))
        let from = base + start
        // Every scanner stops at a newline: only text before the last one is looked at. A carriage return at the very
        // end may belong to a newline that is not read yet.
        var length = count
        while length > 0 && from[length - 1] != 0x0A { length -= 1 }
        if length > 0 {
            let text = RowText(piece: piece, base: base, from: from, end: from + length, isTail: false)
            try decodeRows(text, out, maxRows, &progress)
        }
        if last && progress.bytes < count && out.rowCount < maxRows {
            try decodeTail(TextRange(from + progress.bytes, count - progress.bytes), out, maxRows, &progress)
        }
        withExtendedLifetime(piece) {}
        return progress
    }

    /// What is left at the end of the file is read from a copy with a newline.
    private func decodeTail(
        _ rest: TextRange, _ out: BatchBuilder, _ maxRows: Int, _ progress: inout DecodeProgress
    ) throws(MalformedRow) {
        let copy = Buffer(byteCount: rest.count + 1)
        copy.base.copyMemory(from: rest.start, byteCount: rest.count)
        copy.base.storeBytes(of: 0x0A, toByteOffset: rest.count, as: UInt8.self)
        let base = UnsafePointer(copy.base.assumingMemoryBound(to: UInt8.self))
        var tail = DecodeProgress()
        let before = progress.bytes
        do throws(MalformedRow) {
            let text = RowText(piece: copy, base: base, from: base, end: base + rest.count + 1, isTail: true)
            try decodeRows(text, out, maxRows, &tail)
        } catch {
            var moved = error
            moved.rowOffset += before
            throw moved
        }
        progress.add(tail)
        progress.bytes = before + Swift.min(tail.bytes, rest.count)
    }
}
