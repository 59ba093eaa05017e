/// The values of one column of a batch. A closed set: switch once a batch, then run a typed loop.
///
/// `constant` is the one encoding besides flat; the typed accessors (`int64s`, `bytes`, …) flatten it, so code that
/// does not care need not know it.
public enum Column: Sendable {
    case bool(FixedColumn<Bool>)
    case int32(FixedColumn<Int32>)
    case int64(FixedColumn<Int64>)
    case float32(FixedColumn<Float>)
    case float64(FixedColumn<Double>)
    case int128(FixedColumn<Int128>)
    case bytes(BytesColumn)
    case list(ListColumn)
    case map(MapColumn)
    case row(RowColumn)
    /// `type` tells the layout when the value is flattened or NULL.
    case constant(Datum, type: DataType, count: Int)

    public var count: Int {
        switch self {
        case .bool(let column): return column.count
        case .int32(let column): return column.count
        case .int64(let column): return column.count
        case .float32(let column): return column.count
        case .float64(let column): return column.count
        case .int128(let column): return column.count
        case .bytes(let column): return column.count
        case .list(let column): return column.count
        case .map(let column): return column.count
        case .row(let column): return column.count
        case .constant(_, _, let count): return count
        }
    }

    /// nil: every value is valid.
    public var validity: Bitmap? {
        switch self {
        case .bool(let column): return column.validity
        case .int32(let column): return column.validity
        case .int64(let column): return column.validity
        case .float32(let column): return column.validity
        case .float64(let column): return column.validity
        case .int128(let column): return column.validity
        case .bytes(let column): return column.validity
        case .list(let column): return column.validity
        case .map(let column): return column.validity
        case .row(let column): return column.validity
        case .constant(let value, _, let count): return value.isNull ? .allNull(count) : nil
        }
    }

    public func isNull(_ index: Int) -> Bool {
        if case .constant(let value, _, _) = self { return value.isNull }
        guard let validity else { return false }
        return !validity[index]
    }

    public var constantValue: Datum? {
        if case .constant(let value, _, _) = self { return value }
        return nil
    }

    /// The same values without the constant encoding.
    public var flattened: Column {
        guard case .constant(let value, let type, let count) = self else { return self }
        let builder = ColumnBuilder(type, capacity: count)
        for _ in 0..<count { builder.append(value) }
        return builder.finish()
    }
}

extension Column {
    // Typed access, constants flattened. A layout that does not fit gives a column of NULLs: types are checked by
    // the planner, so this is never reached by a well-formed plan.
    public var bools: FixedColumn<Bool> {
        if case .bool(let column) = flattened { return column }
        return FixedColumn(repeating: false, count: count, validity: .allNull(count))
    }
    public var int32s: FixedColumn<Int32> {
        if case .int32(let column) = flattened { return column }
        return FixedColumn(repeating: 0, count: count, validity: .allNull(count))
    }
    public var int64s: FixedColumn<Int64> {
        if case .int64(let column) = flattened { return column }
        return FixedColumn(repeating: 0, count: count, validity: .allNull(count))
    }
    public var float32s: FixedColumn<Float> {
        if case .float32(let column) = flattened { return column }
        return FixedColumn(repeating: 0, count: count, validity: .allNull(count))
    }
    public var float64s: FixedColumn<Double> {
        if case .float64(let column) = flattened { return column }
        return FixedColumn(repeating: 0, count: count, validity: .allNull(count))
    }
    public var int128s: FixedColumn<Int128> {
        if case .int128(let column) = flattened { return column }
        return FixedColumn(repeating: 0, count: count, validity: .allNull(count))
    }
    public var bytes: BytesColumn {
        if case .bytes(let column) = flattened { return column }
        let builder = BytesBuilder(capacity: count)
        for _ in 0..<count { builder.appendNull() }
        return builder.finish()
    }

    public func slice(_ start: Int, _ length: Int) -> Column {
        switch self {
        case .bool(let column): return .bool(column.slice(start, length))
        case .int32(let column): return .int32(column.slice(start, length))
        case .int64(let column): return .int64(column.slice(start, length))
        case .float32(let column): return .float32(column.slice(start, length))
        case .float64(let column): return .float64(column.slice(start, length))
        case .int128(let column): return .int128(column.slice(start, length))
        case .bytes(let column): return .bytes(column.slice(start, length))
        case .list(let column):
            return .list(
                ListColumn(
                    offsets: column.offsets.slice(start, length + 1), values: column.values.column,
                    count: length, validity: column.validity?.slice(start, length)))
        case .map(let column):
            return .map(
                MapColumn(
                    offsets: column.offsets.slice(start, length + 1), keys: column.keys.column,
                    values: column.values.column, count: length,
                    validity: column.validity?.slice(start, length)))
        case .row(let column):
            return .row(
                RowColumn(
                    fields: column.fields.map { $0.slice(start, length) }, count: length,
                    validity: column.validity?.slice(start, length)))
        case .constant(let value, let type, _): return .constant(value, type: type, count: length)
        }
    }

    /// Values at `indices`; a negative index gives NULL.
    public func gather(_ indices: UnsafeBufferPointer<Int32>) -> Column {
        switch self {
        case .bool(let column): return .bool(column.gather(indices))
        case .int32(let column): return .int32(column.gather(indices))
        case .int64(let column): return .int64(column.gather(indices))
        case .float32(let column): return .float32(column.gather(indices))
        case .float64(let column): return .float64(column.gather(indices))
        case .int128(let column): return .int128(column.gather(indices))
        case .bytes(let column): return .bytes(column.gather(indices))
        case .list(let column): return .list(gatherList(column, indices))
        case .map(let column): return .map(gatherMap(column, indices))
        case .row(let column): return .row(gatherRow(column, indices))
        case .constant(let value, let type, _):
            if indices.contains(where: { $0 < 0 }) { return flattened.gather(indices) }
            return .constant(value, type: type, count: indices.count)
        }
    }

    public func gather(_ indices: [Int32]) -> Column {
        indices.withUnsafeBufferPointer { gather($0) }
    }

    private func gatherRow(_ column: RowColumn, _ indices: UnsafeBufferPointer<Int32>) -> RowColumn {
        let anyNegative = indices.contains { $0 < 0 }
        return RowColumn(
            fields: column.fields.map { $0.gather(indices) }, count: indices.count,
            validity: gatherValidity(column.validity, indices, anyNegative: anyNegative))
    }

    private func gatherList(_ column: ListColumn, _ indices: UnsafeBufferPointer<Int32>) -> ListColumn {
        let (offsets, children) = gatherRanges(column.offsets, indices)
        let anyNegative = indices.contains { $0 < 0 }
        return ListColumn(
            offsets: offsets, values: column.values.column.gather(children), count: indices.count,
            validity: gatherValidity(column.validity, indices, anyNegative: anyNegative))
    }

    private func gatherMap(_ column: MapColumn, _ indices: UnsafeBufferPointer<Int32>) -> MapColumn {
        let (offsets, children) = gatherRanges(column.offsets, indices)
        let anyNegative = indices.contains { $0 < 0 }
        return MapColumn(
            offsets: offsets, keys: column.keys.column.gather(children),
            values: column.values.column.gather(children), count: indices.count,
            validity: gatherValidity(column.validity, indices, anyNegative: anyNegative))
    }

    private func gatherRanges(
        _ offsets: FixedColumn<Int32>, _ indices: UnsafeBufferPointer<Int32>
    ) -> (FixedColumn<Int32>, [Int32]) {
        var children: [Int32] = []
        var out: [Int32] = [0]
        out.reserveCapacity(indices.count + 1)
        for at in indices {
            if at >= 0 { for child in offsets[Int(at)]..<offsets[Int(at) + 1] { children.append(child) } }
            out.append(Int32(children.count))
        }
        return (FixedColumn(out), children)
    }
}
