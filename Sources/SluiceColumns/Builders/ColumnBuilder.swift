/// Grows a column of any type. Switch on `storage` once a batch and use the typed builder in loops.
public final class ColumnBuilder {
    public enum Storage {
        case bool(FixedBuilder<Bool>)
        case int32(FixedBuilder<Int32>)
        case int64(FixedBuilder<Int64>)
        case float32(FixedBuilder<Float>)
        case float64(FixedBuilder<Double>)
        case int128(FixedBuilder<Int128>)
        case bytes(BytesBuilder)
        case list(ListBuilder)
        case map(MapBuilder)
        case row(RowBuilder)
    }

    public let type: DataType
    public let storage: Storage

    public init(_ type: DataType, capacity: Int) {
        self.type = type
        switch type.physical {
        case .bool: storage = .bool(FixedBuilder(capacity: capacity))
        case .int32: storage = .int32(FixedBuilder(capacity: capacity))
        case .int64: storage = .int64(FixedBuilder(capacity: capacity))
        case .float32: storage = .float32(FixedBuilder(capacity: capacity))
        case .float64: storage = .float64(FixedBuilder(capacity: capacity))
        case .int128: storage = .int128(FixedBuilder(capacity: capacity))
        case .bytes: storage = .bytes(BytesBuilder(capacity: capacity))
        case .list, .map, .row: storage = ColumnBuilder.nested(type.kind, capacity: capacity)
        }
    }

    private static func nested(_ kind: TypeKind, capacity: Int) -> Storage {
        switch kind {
        case .array(let element): return .list(ListBuilder(element: element, capacity: capacity))
        case .map(let key, let value): return .map(MapBuilder(key: key, value: value, capacity: capacity))
        case .multiset(let element):
            return .map(MapBuilder(key: element, value: .int, capacity: capacity))
        case .row(let fields): return .row(RowBuilder(fields: fields.map(\.type), capacity: capacity))
        default: return .int32(FixedBuilder(capacity: capacity))
        }
    }

    public var count: Int {
        switch storage {
        case .bool(let builder): return builder.count
        case .int32(let builder): return builder.count
        case .int64(let builder): return builder.count
        case .float32(let builder): return builder.count
        case .float64(let builder): return builder.count
        case .int128(let builder): return builder.count
        case .bytes(let builder): return builder.count
        case .list(let builder): return builder.count
        case .map(let builder): return builder.count
        case .row(let builder): return builder.count
        }
    }

    public func appendNull() {
        switch storage {
        case .bool(let builder): builder.appendNull(false)
        case .int32(let builder): builder.appendNull(0)
        case .int64(let builder): builder.appendNull(0)
        case .float32(let builder): builder.appendNull(0)
        case .float64(let builder): builder.appendNull(0)
        case .int128(let builder): builder.appendNull(0)
        case .bytes(let builder): builder.appendNull()
        case .list(let builder): builder.appendNull()
        case .map(let builder): builder.appendNull()
        case .row(let builder): builder.appendNull()
        }
    }

    /// Takes values from `length` on away again.
    public func truncate(to length: Int) {
        switch storage {
        case .bool(let builder): builder.truncate(to: length)
        case .int32(let builder): builder.truncate(to: length)
        case .int64(let builder): builder.truncate(to: length)
        case .float32(let builder): builder.truncate(to: length)
        case .float64(let builder): builder.truncate(to: length)
        case .int128(let builder): builder.truncate(to: length)
        case .bytes(let builder): builder.truncate(to: length)
        case .list(let builder): builder.truncate(to: length)
        case .map(let builder): builder.truncate(to: length)
        case .row(let builder): builder.truncate(to: length)
        }
    }

    /// Appends a value; one whose layout does not fit becomes NULL.
    public func append(_ value: Datum) {
        switch (storage, value) {
        case (.bool(let builder), .bool(let value)): builder.append(value)
        case (.int32(let builder), .int32(let value)): builder.append(value)
        case (.int64(let builder), .int64(let value)): builder.append(value)
        case (.int64(let builder), .int32(let value)): builder.append(Int64(value))
        case (.float32(let builder), .float32(let value)): builder.append(value)
        case (.float64(let builder), .float64(let value)): builder.append(value)
        case (.int128(let builder), .int128(let value)): builder.append(value)
        case (.int128(let builder), .int64(let value)): builder.append(Int128(value))
        case (.bytes(let builder), .bytes(let value)): builder.append(value)
        case (.list(let builder), .list(let values)):
            for value in values { builder.values.append(value) }
            builder.endRow()
        case (.map(let builder), .map(let entries)):
            for entry in entries {
                builder.keys.append(entry.key)
                builder.values.append(entry.value)
            }
            builder.endRow()
        case (.row(let builder), .row(let values)):
            for (field, value) in zip(builder.fields, values) { field.append(value) }
            builder.endRow()
        default: appendNull()
        }
    }

    /// The value of `column` at `index`, of the same layout.
    public func append(_ column: Column, _ index: Int) {
        switch (storage, column) {
        case (.bool(let builder), .bool(let column)):
            if column.isNull(index) { builder.appendNull(false) } else { builder.append(column[index]) }
        case (.int32(let builder), .int32(let column)):
            if column.isNull(index) { builder.appendNull(0) } else { builder.append(column[index]) }
        case (.int64(let builder), .int64(let column)):
            if column.isNull(index) { builder.appendNull(0) } else { builder.append(column[index]) }
        case (.float32(let builder), .float32(let column)):
            if column.isNull(index) { builder.appendNull(0) } else { builder.append(column[index]) }
        case (.float64(let builder), .float64(let column)):
            if column.isNull(index) { builder.appendNull(0) } else { builder.append(column[index]) }
        case (.int128(let builder), .int128(let column)):
            if column.isNull(index) { builder.appendNull(0) } else { builder.append(column[index]) }
        case (.bytes(let builder), .bytes(let column)):
            if column.isNull(index) { builder.appendNull() } else { builder.append(column.bytes(at: index)) }
        default: append(column.datum(index))
        }
    }

    public func append(contentsOf column: Column) {
        for index in 0..<column.count { append(column, index) }
    }

    public func finish() -> Column {
        switch storage {
        case .bool(let builder): return .bool(builder.finish())
        case .int32(let builder): return .int32(builder.finish())
        case .int64(let builder): return .int64(builder.finish())
        case .float32(let builder): return .float32(builder.finish())
        case .float64(let builder): return .float64(builder.finish())
        case .int128(let builder): return .int128(builder.finish())
        case .bytes(let builder): return .bytes(builder.finish())
        case .list(let builder): return .list(builder.finish())
        case .map(let builder): return .map(builder.finish())
        case .row(let builder): return .row(builder.finish())
        }
    }
}
