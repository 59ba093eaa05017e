/// The watermark that holds from row `offset` on: rows before it made it (T2).
public struct WatermarkMark: Sendable, Hashable {
    public var offset: Int
    /// Microseconds since 1970-01-01 on the axis of the time attribute.
    public var watermark: Int64

    public init(offset: Int, watermark: Int64) {
        self.offset = offset
        self.watermark = watermark
    }
}

/// Rows, column by column; always dense. Immutable and shared freely.
public final class RecordBatch: Sendable {
    public let columns: [Column]
    public let rowCount: Int
    /// nil: every row is an insert.
    public let rowKinds: FixedColumn<RowKind>?
    /// Ascending offsets in 0...rowCount and ascending watermarks; empty where time does not matter.
    /// A mark at `rowCount` follows the last row.
    public let marks: [WatermarkMark]

    public init(
        columns: [Column], rowCount: Int, rowKinds: FixedColumn<RowKind>? = nil, marks: [WatermarkMark] = []
    ) {
        self.columns = columns
        self.rowCount = rowCount
        self.rowKinds = rowKinds
        self.marks = marks
    }

    @inlinable @inline(__always)
    public func kind(_ row: Int) -> RowKind { rowKinds?[row] ?? .insert }

    public func row(_ index: Int) -> [Datum] { columns.map { $0.datum(index) } }

    public func slice(_ start: Int, _ count: Int) -> RecordBatch {
        if start == 0 && count == rowCount { return self }
        var kept: [WatermarkMark] = []
        for mark in marks where mark.offset >= start && mark.offset <= start + count {
            // A mark on the boundary belongs to the part that follows it, except after the last row.
            if mark.offset == start + count && start + count != rowCount { continue }
            kept.append(WatermarkMark(offset: mark.offset - start, watermark: mark.watermark))
        }
        return RecordBatch(
            columns: columns.map { $0.slice(start, count) }, rowCount: count,
            rowKinds: rowKinds?.slice(start, count), marks: kept)
    }

    /// The rows at ascending `indices`; marks move to the next row that is kept.
    public func selecting(_ indices: UnsafeBufferPointer<Int32>) -> RecordBatch {
        RecordBatch(
            columns: columns.map { $0.gather(indices) }, rowCount: indices.count,
            rowKinds: rowKinds?.gather(indices), marks: remappedMarks(indices))
    }

    /// Marks after keeping the rows at ascending `indices`; of several at one place the last wins.
    public func remappedMarks(_ indices: UnsafeBufferPointer<Int32>) -> [WatermarkMark] {
        guard !marks.isEmpty else { return [] }
        var out: [WatermarkMark] = []
        var position = 0
        for mark in marks {
            while position < indices.count && Int(indices[position]) < mark.offset { position += 1 }
            if let last = out.last, last.offset == position { out.removeLast() }
            out.append(WatermarkMark(offset: position, watermark: mark.watermark))
        }
        return out
    }

    public func with(columns: [Column]) -> RecordBatch {
        RecordBatch(columns: columns, rowCount: rowCount, rowKinds: rowKinds, marks: marks)
    }

    public func with(marks: [WatermarkMark]) -> RecordBatch {
        RecordBatch(columns: columns, rowCount: rowCount, rowKinds: rowKinds, marks: marks)
    }
}
