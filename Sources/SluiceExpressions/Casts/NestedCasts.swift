import SluiceBase
import SluiceColumns

/// Casts of arrays, maps, multisets and rows, member by member. Under TRY_CAST a member that fails makes the whole NULL.
enum NestedCasts {
    static func kernel(_ from: DataType, _ to: DataType) throws(SQLError) -> CastKernel {
        switch (from.kind, to.kind) {
        case (.array(let a), .array(let b)): return try array(a, b)
        case (.map(let k, let v), .map(let otherKey, let otherValue)):
            return try map(k, v, otherKey, otherValue)
        case (.multiset(let a), .multiset(let b)): return try map(a, .int, b, .int)
        case (.row(let a), .row(let b)): return try row(a, b)
        default: throw Coercion.refusal(from: from, to: to, span: nil)
        }
    }

    private static func array(_ from: DataType, _ to: DataType) throws(SQLError) -> CastKernel {
        let element = try CastKernels.kernel(from: from, to: to)
        let canFail = CastRules.canFail(from: from, to: to)
        return { column, count, context, mode throws(SQLError) in
            guard case .list(let list) = column.flattened else { return column }
            let (child, offsets) = compacted(list.values.column, list.offsets, list.validity, count)
            let values = try element(child, child.count, context, mode).flattened
            var validity = list.validity
            if mode.isNullOnFailure && canFail {
                validity = withoutFailures(validity, count, offsets, child, values)
            }
            return .list(ListColumn(offsets: offsets, values: values, count: count, validity: validity))
        }
    }

    private static func map(
        _ key: DataType, _ value: DataType, _ newKey: DataType, _ newValue: DataType
    ) throws(SQLError) -> CastKernel {
        let keyKernel = try CastKernels.kernel(from: key, to: newKey)
        let valueKernel = try CastKernels.kernel(from: value, to: newValue)
        return { column, count, context, mode throws(SQLError) in
            guard case .map(let map) = column.flattened else { return column }
            let (keys, offsets) = compacted(map.keys.column, map.offsets, map.validity, count)
            let (values, _) = compacted(map.values.column, map.offsets, map.validity, count)
            let castKeys = try keyKernel(keys, keys.count, context, mode).flattened
            let castValues = try valueKernel(values, values.count, context, mode).flattened
            var validity = map.validity
            if mode.isNullOnFailure {
                validity = withoutFailures(validity, count, offsets, keys, castKeys)
                validity = withoutFailures(validity, count, offsets, values, castValues)
            }
            return .map(
                MapColumn(
                    offsets: offsets, keys: castKeys, values: castValues, count: count, validity: validity))
        }
    }

    private static func row(_ from: [Field], _ to: [Field]) throws(SQLError) -> CastKernel {
        var made: [CastKernel] = []
        for (a, b) in zip(from, to) { made.append(try CastKernels.kernel(from: a.type, to: b.type)) }
        let kernels = made
        let canFail = zip(from, to).map { CastRules.canFail(from: $0.type, to: $1.type) }
        return { column, count, context, mode throws(SQLError) in
            guard case .row(let row) = column.flattened else { return column }
            var fields: [Column] = []
            var validity = row.validity
            for (index, kernel) in kernels.enumerated() where index < row.fields.count {
                let source = hidingNulls(row.fields[index], row.validity, count)
                let field = try kernel(source, count, context, mode).flattened
                if mode.isNullOnFailure && canFail[index] {
                    validity = Bitmap.and(
                        validity, Bitmap(count) { source.isNull($0) || !field.isNull($0) })
                }
                fields.append(field)
            }
            return .row(RowColumn(fields: fields, count: count, validity: validity))
        }
    }

    /// Fields of NULL rows hold undefined values: make them NULL so that no cast looks at them.
    private static func hidingNulls(_ field: Column, _ validity: Bitmap?, _ count: Int) -> Column {
        guard let validity else { return field }
        let indices = (0..<count).map { validity[$0] ? Int32($0) : -1 }
        return field.gather(indices)
    }

    /// The children of the rows at hand only, and offsets that start at zero.
    private static func compacted(
        _ child: Column, _ offsets: FixedColumn<Int32>, _ validity: Bitmap?, _ count: Int
    ) -> (Column, FixedColumn<Int32>) {
        var indices: [Int32] = []
        var fresh: [Int32] = [0]
        fresh.reserveCapacity(count + 1)
        for row in 0..<count {
            if validity.map({ $0[row] }) ?? true {
                indices.append(contentsOf: offsets[row]..<offsets[row + 1])
            }
            fresh.append(Int32(truncatingIfNeeded: indices.count))
        }
        return (child.gather(indices), FixedColumn(fresh))
    }

    /// Rows where a child became NULL are NULL.
    private static func withoutFailures(
        _ validity: Bitmap?, _ count: Int, _ offsets: FixedColumn<Int32>, _ before: Column, _ after: Column
    ) -> Bitmap? {
        let sound = Bitmap(count) { row in
            for index in Int(offsets[row])..<Int(offsets[row + 1]) where after.isNull(index) {
                if !before.isNull(index) { return false }
            }
            return true
        }
        return Bitmap.and(validity, sound)
    }
}
