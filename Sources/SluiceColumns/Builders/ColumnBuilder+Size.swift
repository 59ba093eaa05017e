extension ColumnBuilder {
    /// Bytes held, in steps: what growing has reserved counts whole.
    public var byteCount: Int {
        switch storage {
        case .bool(let builder): return builder.byteCount
        case .int32(let builder): return builder.byteCount
        case .int64(let builder): return builder.byteCount
        case .float32(let builder): return builder.byteCount
        case .float64(let builder): return builder.byteCount
        case .int128(let builder): return builder.byteCount
        case .bytes(let builder): return builder.byteCount
        case .list(let builder): return builder.values.byteCount + builder.count * 5
        case .map(let builder): return builder.keys.byteCount + builder.values.byteCount + builder.count * 5
        case .row(let builder): return builder.fields.reduce(builder.count) { $0 + $1.byteCount }
        }
    }
}
