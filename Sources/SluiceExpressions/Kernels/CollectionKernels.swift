import SluiceBase
import SluiceColumns

/// Building and reading arrays and maps.
enum CollectionKernels {
    static func array(_ type: DataType) -> Kernel {
        { arguments, count, _ throws(SQLError) in
            try Loops.rows(arguments, count, type) { (columns, count, out) throws(SQLError) in
                guard case .list(let builder) = out.storage else { return }
                for row in 0..<count {
                    for column in columns { builder.values.append(column, row) }
                    builder.endRow()
                }
            }
        }
    }

    /// Of equal keys the last value stays, at the place of the first.
    static func map(_ type: DataType) -> Kernel {
        { arguments, count, _ throws(SQLError) in
            try Loops.rows(arguments, count, type) { (columns, count, out) throws(SQLError) in
                guard case .map(let builder) = out.storage else { return }
                let pairs = columns.count / 2
                for row in 0..<count {
                    var isTaken = [Bool](repeating: false, count: pairs)
                    for pair in 0..<pairs where !isTaken[pair] {
                        var last = pair
                        for later in (pair + 1)..<max(pairs, pair + 1) {
                            let order = Comparison.values(columns[pair * 2], row, columns[later * 2], row)
                            if order == 0 {
                                isTaken[later] = true
                                last = later
                            }
                        }
                        builder.keys.append(columns[pair * 2], row)
                        builder.values.append(columns[last * 2 + 1], row)
                    }
                    builder.endRow()
                }
            }
        }
    }

    static func item(_ call: BoundExpr) throws(SQLError) -> Kernel {
        guard case .call(_, let arguments) = call.kind, arguments.count == 2 else {
            throw SQLError(.internalError, "a subscript without operands", span: call.span)
        }
        let isArray: Bool
        if case .array = arguments[0].type.kind { isArray = true } else { isArray = false }
        return { arguments, count, _ throws(SQLError) in
            isArray
                ? arrayItem(arguments[0], arguments[1], count)
                : mapItem(arguments[0], arguments[1], count)
        }
    }

    /// Positions start at 1; outside the array the result is NULL.
    private static func arrayItem(_ array: Column, _ position: Column, _ count: Int) -> Column {
        guard case .list(let list) = array.flattened else { return array }
        let positions = position.int64s
        var indices: [Int32] = []
        indices.reserveCapacity(count)
        for row in 0..<count {
            if array.isNull(row) || positions.isNull(row) {
                indices.append(-1)
                continue
            }
            let wanted = positions[row]
            let range = list.range(row)
            indices.append(
                wanted >= 1 && wanted <= Int64(range.count) ? Int32(range.lowerBound + Int(wanted) - 1) : -1)
        }
        return list.values.column.gather(indices)
    }

    private static func mapItem(_ column: Column, _ key: Column, _ count: Int) -> Column {
        guard case .map(let map) = column.flattened else { return column }
        let keys = map.keys.column
        let wanted = key.flattened
        var indices: [Int32] = []
        indices.reserveCapacity(count)
        for row in 0..<count {
            var found: Int32 = -1
            if !column.isNull(row) && !wanted.isNull(row) {
                for index in map.range(row) where Comparison.values(keys, index, wanted, row) == 0 {
                    found = Int32(index)
                }
            }
            indices.append(found)
        }
        return map.values.column.gather(indices)
    }

    static func cardinality(_ column: Column, _ count: Int) -> Column {
        switch column.flattened {
        case .list(let list): return lengths(list.offsets, list.validity, count)
        case .map(let map): return lengths(map.offsets, map.validity, count)
        default: return .constant(.null, type: .int, count: count)
        }
    }

    private static func lengths(_ offsets: FixedColumn<Int32>, _ validity: Bitmap?, _ count: Int) -> Column {
        .int32(
            FixedColumn<Int32>(count: count, validity: validity) { to in
                for row in 0..<count { to[row] = offsets[row + 1] &- offsets[row] }
            })
    }

    /// The only element; NULL for an empty array, an error for more than one.
    static func element(_ type: DataType) -> Kernel {
        { arguments, count, _ throws(SQLError) in
            guard case .list(let list) = arguments[0].flattened else {
                return .constant(.null, type: type, count: count)
            }
            var indices: [Int32] = []
            for row in 0..<count {
                let range = list.range(row)
                let isNull = arguments[0].isNull(row)
                if !isNull && range.count > 1 {
                    throw SQLError(.evaluation, "ELEMENT of an array with \(range.count) elements")
                }
                indices.append(isNull || range.isEmpty ? -1 : Int32(range.lowerBound))
            }
            return list.values.column.gather(indices)
        }
    }
}
