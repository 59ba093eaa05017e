/// Grows an ARRAY column: append children to `values`, then `endRow` or `appendNull`.
public final class ListBuilder {
    public let values: ColumnBuilder
    private let offsets: FixedBuilder<Int32>
    private let nulls: FixedBuilder<Bool>

    public init(element: DataType, capacity: Int) {
        values = ColumnBuilder(element, capacity: capacity)
        offsets = FixedBuilder(capacity: capacity + 1)
        nulls = FixedBuilder(capacity: capacity)
        offsets.append(0)
    }

    public var count: Int { nulls.count }

    public func endRow() {
        offsets.append(Int32(truncatingIfNeeded: values.count))
        nulls.append(true)
    }

    public func appendNull() {
        offsets.append(Int32(truncatingIfNeeded: values.count))
        nulls.appendNull(false)
    }

    /// Takes rows from `length` on away again, and children of a row that was begun.
    public func truncate(to length: Int) {
        values.truncate(to: Int(offsets.pointer[length]))
        offsets.truncate(to: length + 1)
        nulls.truncate(to: length)
    }

    public func finish() -> ListColumn {
        let rows = nulls.finish()
        let column = ListColumn(
            offsets: offsets.finish(), values: values.finish(), count: rows.count, validity: rows.validity)
        offsets.append(0)
        return column
    }
}

/// Grows a MAP or MULTISET column: append entries to `keys` and `values`, then `endRow` or `appendNull`.
public final class MapBuilder {
    public let keys: ColumnBuilder
    public let values: ColumnBuilder
    private let offsets: FixedBuilder<Int32>
    private let nulls: FixedBuilder<Bool>

    public init(key: DataType, value: DataType, capacity: Int) {
        keys = ColumnBuilder(key, capacity: capacity)
        values = ColumnBuilder(value, capacity: capacity)
        offsets = FixedBuilder(capacity: capacity + 1)
        nulls = FixedBuilder(capacity: capacity)
        offsets.append(0)
    }

    public var count: Int { nulls.count }

    public func endRow() {
        offsets.append(Int32(truncatingIfNeeded: keys.count))
        nulls.append(true)
    }

    public func appendNull() {
        offsets.append(Int32(truncatingIfNeeded: keys.count))
        nulls.appendNull(false)
    }

    /// Takes rows from `length` on away again, and entries of a row that was begun.
    public func truncate(to length: Int) {
        keys.truncate(to: Int(offsets.pointer[length]))
        values.truncate(to: Int(offsets.pointer[length]))
        offsets.truncate(to: length + 1)
        nulls.truncate(to: length)
    }

    public func finish() -> MapColumn {
        let rows = nulls.finish()
        let column = MapColumn(
            offsets: offsets.finish(), keys: keys.finish(), values: values.finish(), count: rows.count,
            validity: rows.validity)
        offsets.append(0)
        return column
    }
}

/// Grows a ROW column: append one value to each of `fields`, then `endRow`; or `appendNull` alone.
public final class RowBuilder {
    public let fields: [ColumnBuilder]
    private let nulls: FixedBuilder<Bool>

    public init(fields types: [DataType], capacity: Int) {
        fields = types.map { ColumnBuilder($0, capacity: capacity) }
        nulls = FixedBuilder(capacity: capacity)
    }

    public var count: Int { nulls.count }

    public func endRow() { nulls.append(true) }

    public func appendNull() {
        for field in fields { field.appendNull() }
        nulls.appendNull(false)
    }

    /// Takes rows from `length` on away again, and fields of a row that was begun.
    public func truncate(to length: Int) {
        for field in fields { field.truncate(to: length) }
        nulls.truncate(to: length)
    }

    public func finish() -> RowColumn {
        let rows = nulls.finish()
        return RowColumn(fields: fields.map { $0.finish() }, count: rows.count, validity: rows.validity)
    }
}
