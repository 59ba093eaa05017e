/// Grows a batch row by row or column by column.
///
/// Decoders append to each of `columns` and then call `endRow`, or `dropRow` where a row turns out to be malformed.
public final class BatchBuilder {
    public let schema: Schema
    public let columns: [ColumnBuilder]
    public private(set) var rowCount = 0
    /// There from the first row that is no insert.
    private var kinds: FixedBuilder<RowKind>?

    public init(_ schema: Schema, capacity: Int) {
        self.schema = schema
        columns = schema.map { ColumnBuilder($0.type, capacity: capacity) }
    }

    /// Ends a row whose values were appended to `columns`.
    @inline(__always)
    public func endRow() {
        rowCount &+= 1
        kinds?.append(.insert)
    }

    /// Takes the values of a row that was begun away again.
    public func dropRow() {
        for column in columns where column.count != rowCount { column.truncate(to: rowCount) }
    }

    /// Ends `count` rows whose values were appended to `columns`, all inserts.
    public func endRows(_ count: Int) {
        rowCount += count
        if let kinds { for _ in 0..<count { kinds.append(.insert) } }
    }

    public func endRow(_ kind: RowKind) {
        if kind != .insert, kinds == nil {
            let fresh = FixedBuilder<RowKind>(capacity: rowCount + 64)
            for _ in 0..<rowCount { fresh.append(.insert) }
            kinds = fresh
        }
        rowCount &+= 1
        kinds?.append(kind)
    }

    public func appendRow(_ values: [Datum], kind: RowKind = .insert) {
        for (column, value) in zip(columns, values) { column.append(value) }
        endRow(kind)
    }

    /// Bytes held.
    public var byteCount: Int { columns.reduce(kinds?.byteCount ?? 0) { $0 + $1.byteCount } }

    public var isEmpty: Bool { rowCount == 0 }

    /// The batch so far; the builder is empty afterwards.
    public func finish(marks: [WatermarkMark] = []) -> RecordBatch {
        let batch = RecordBatch(
            columns: columns.map { $0.finish() }, rowCount: rowCount, rowKinds: kinds?.finish(), marks: marks)
        rowCount = 0
        kinds = nil
        return batch
    }
}
