extension Column {
    /// One value apart. For rendering, constants and rare paths.
    public func datum(_ index: Int) -> Datum {
        if isNull(index) { return .null }
        switch self {
        case .bool(let column): return .bool(column[index])
        case .int32(let column): return .int32(column[index])
        case .int64(let column): return .int64(column[index])
        case .float32(let column): return .float32(column[index])
        case .float64(let column): return .float64(column[index])
        case .int128(let column): return .int128(column[index])
        case .bytes(let column): return .bytes(Array(column.bytes(at: index)))
        case .list(let column):
            let values = column.values.column
            return .list(column.range(index).map { values.datum($0) })
        case .map(let column):
            let keys = column.keys.column
            let values = column.values.column
            return .map(column.range(index).map { Datum.MapEntry(keys.datum($0), values.datum($0)) })
        case .row(let column): return .row(column.fields.map { $0.datum(index) })
        case .constant(let value, _, _): return value
        }
    }

    /// A column from values; each must have the layout of `type`.
    public init(_ values: [Datum], type: DataType) {
        let builder = ColumnBuilder(type, capacity: values.count)
        for value in values { builder.append(value) }
        self = builder.finish()
    }

    /// Columns one after the other. All have the layout of `type`.
    public static func concat(_ parts: [Column], type: DataType) -> Column {
        if parts.count == 1 { return parts[0] }
        let builder = ColumnBuilder(type, capacity: parts.reduce(0) { $0 + $1.count })
        for part in parts { builder.append(contentsOf: part) }
        return builder.finish()
    }
}
