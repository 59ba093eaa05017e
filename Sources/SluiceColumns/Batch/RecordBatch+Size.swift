extension RecordBatch {
    /// Bytes of the values, texts included; buffers that several batches share count in each for its own rows.
    public var byteCount: Int {
        var sum = 128 + marks.count * 16 + (rowKinds == nil ? 0 : rowCount)
        for column in columns { sum &+= column.byteCount }
        return sum
    }
}

extension Column {
    /// Bytes of the values: one pass over the lengths of texts, nothing per row else.
    public var byteCount: Int {
        let nulls = validity == nil ? 0 : count / 8
        switch self {
        case .bool(let column): return column.count &+ nulls
        case .int32(let column): return column.count &* 4 &+ nulls
        case .float32(let column): return column.count &* 4 &+ nulls
        case .int64(let column): return column.count &* 8 &+ nulls
        case .float64(let column): return column.count &* 8 &+ nulls
        case .int128(let column): return column.count &* 16 &+ nulls
        case .bytes(let column):
            return column.count &* MemoryLayout<StringView>.stride &+ column.textBytes &+ nulls
        case .list(let column): return column.values.column.byteCount &+ column.count &* 4 &+ nulls
        case .map(let column):
            return column.keys.column.byteCount &+ column.values.column.byteCount &+ column.count &* 4
                &+ nulls
        case .row(let column): return column.fields.reduce(nulls) { $0 &+ $1.byteCount }
        case .constant(let value, _, _): return value.byteCount
        }
    }
}

extension Datum {
    /// Bytes of the value and of what it points to.
    public var byteCount: Int {
        // A value other than NULL is a reference to a block of its own.
        let own = 40
        switch self {
        case .null: return 8
        case .bool, .int32, .int64, .float32, .float64, .int128: return own
        case .bytes(let bytes): return own &+ 32 &+ bytes.count
        case .list(let values), .row(let values): return values.reduce(own &+ 32) { $0 &+ $1.byteCount }
        case .map(let entries):
            return entries.reduce(own &+ 32) { $0 &+ $1.key.byteCount &+ $1.value.byteCount }
        }
    }
}
