import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect

/// Lines as values.
final class RawDecoder: RowDecoder {
    private let type: DataType
    private let isProjected: Bool
    private let isBig: Bool
    private let framing: FormatOptions.Framing

    init(_ type: DataType, isProjected: Bool, _ isBig: Bool, _ framing: FormatOptions.Framing) {
        self.framing = framing
        self.type = type
        self.isProjected = isProjected
        self.isBig = isBig
    }

    func decode(
        _ piece: Buffer, start: Int, count: Int, last: Bool, into out: BatchBuilder, maxRows: Int
    ) throws(MalformedRow) -> DecodeProgress {
        var progress = DecodeProgress()
        let base = UnsafePointer(piece.base.assumingMemoryBound(to: UInt8.self))
        if framing == .messages {
            try add(TextRange(base + start, count), 0, piece, start, out)
            progress.bytes = count
            withExtendedLifetime(piece) {}
            return progress
        }
        while progress.bytes < count && out.rowCount < maxRows {
            let line = base + start + progress.bytes
            let left = count - progress.bytes
            var length = left
            var used = left
            if let newline = memchr(line, 0x0A, left) {
                length = BytePointer(newline.assumingMemoryBound(to: UInt8.self)) - line
                used = length + 1
            } else if !last {
                break
            }
            if length > 0 && line[length - 1] == 0x0D { length -= 1 }
            try add(TextRange(line, length), progress.bytes, piece, line - base, out)
            progress.bytes += used
            progress.lines += 1
        }
        withExtendedLifetime(piece) {}
        return progress
    }

    private func add(
        _ text: TextRange, _ rowOffset: Int, _ piece: Buffer, _ offset: Int, _ out: BatchBuilder
    ) throws(MalformedRow) {
        if isProjected, let slot = out.columns.first, !append(text, slot, piece, offset) {
            let width = RawFormat.width(type.kind)
            let what = framing == .lines ? "line" : "message"
            throw MalformedRow(
                rowOffset: rowOffset, faultOffset: 0, column: nil,
                reason: width > 0
                    ? "a \(what) of \(text.count) bytes is no \(type), which has \(width)"
                    : "the \(what) is not UTF-8",
                sample: text.sample)
        }
        out.endRow()
    }

    private func append(_ text: TextRange, _ column: ColumnBuilder, _ piece: Buffer, _ offset: Int) -> Bool {
        switch column.storage {
        case .bytes(let builder):
            if type.kind.isCharacter && !isValidUTF8(text) { return false }
            builder.appendView(text.start, text.count, bufferIndex: builder.register(piece), offset: offset)
            return true
        default: break
        }
        let width = RawFormat.width(type.kind)
        guard text.count == width else { return false }
        var bits: UInt64 = 0
        for index in 0..<width { bits = bits << 8 | UInt64(text[isBig ? index : width - 1 - index]) }
        switch (column.storage, type.kind) {
        case (.bool(let builder), _): builder.append(bits != 0)
        case (.int32(let builder), .tinyint): builder.append(Int32(Int8(truncatingIfNeeded: bits)))
        case (.int32(let builder), .smallint): builder.append(Int32(Int16(truncatingIfNeeded: bits)))
        case (.int32(let builder), _): builder.append(Int32(truncatingIfNeeded: bits))
        case (.int64(let builder), _): builder.append(Int64(bitPattern: bits))
        case (.float32(let builder), _): builder.append(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case (.float64(let builder), _): builder.append(Double(bitPattern: bits))
        default: return false
        }
        return true
    }
}

/// Values as lines; NULL is an empty one.
final class RawEncoder: BatchEncoder {
    private let type: DataType
    private let isBig: Bool

    init(_ type: DataType, _ isBig: Bool) {
        self.type = type
        self.isBig = isBig
    }

    func encode(_ batch: RecordBatch, into out: inout ByteScratch) throws(SQLError) {
        guard let column = batch.columns.first else { return }
        let cursor = ColumnCursor(column, type)
        for row in 0..<batch.rowCount {
            if !cursor.isNull(row) { append(cursor, row, to: &out) }
            out.append(0x0A)
        }
        withExtendedLifetime(batch) {}
    }

    /// A message may hold line ends.
    func encodeMessages(
        _ batch: RecordBatch, into out: inout ByteScratch, messages: inout [Range<Int>]
    ) throws(SQLError) {
        guard let column = batch.columns.first else { return }
        let cursor = ColumnCursor(column, type)
        for row in 0..<batch.rowCount {
            let start = out.count
            if !cursor.isNull(row) { append(cursor, row, to: &out) }
            messages.append(start..<out.count)
        }
        withExtendedLifetime(batch) {}
    }

    private func append(_ cursor: ColumnCursor, _ row: Int, to out: inout ByteScratch) {
        let bits: UInt64
        switch cursor.physical {
        case .bytes: return out.append(cursor.bytes(row))
        case .bool: bits = cursor.value(row, Bool.self) ? 1 : 0
        case .float32: bits = UInt64(cursor.value(row, Float.self).bitPattern)
        case .float64: bits = cursor.value(row, Double.self).bitPattern
        default: bits = UInt64(bitPattern: cursor.integer(row))
        }
        let width = RawFormat.width(type.kind)
        for index in 0..<width {
            let shift = UInt64(8 * (isBig ? width - 1 - index : index))
            out.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
    }
}
