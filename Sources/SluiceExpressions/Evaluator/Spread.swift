import SluiceColumns

/// Moves values between all rows of a frame and some of them.
enum Spread {
    static func all(_ count: Int) -> [Int32] { (0..<Int32(truncatingIfNeeded: count)).map { $0 } }

    /// `part`, the values of `rows`, as a column of `count` rows; the others are NULL.
    static func whole(_ part: Column, _ rows: [Int32], _ count: Int) -> Column {
        var source = [Int32](repeating: -1, count: count)
        for (index, row) in rows.enumerated() { source[Int(row)] = Int32(truncatingIfNeeded: index) }
        return part.gather(source)
    }

    /// `rows` by the value of a condition over them: those where it is TRUE, and the others.
    static func split(_ condition: Column, _ rows: [Int32]) -> (taken: [Int32], rest: [Int32]) {
        if let constant = condition.constantValue {
            return constant == .bool(true) ? (rows, []) : ([], rows)
        }
        let flags = condition.bools
        var taken: [Int32] = []
        var rest: [Int32] = []
        for index in rows.indices {
            if !flags.isNull(index) && flags[index] {
                taken.append(rows[index])
            } else {
                rest.append(rows[index])
            }
        }
        return (taken, rest)
    }

    /// Row i is value `position[i]` of `parts[choice[i]]`.
    static func merge(
        _ parts: [Column], _ choice: [Int32], _ position: [Int32], _ type: DataType
    ) -> Column {
        if parts.count == 1 { return parts[0].gather(position) }
        let builder = ColumnBuilder(type, capacity: choice.count)
        for row in choice.indices {
            let part = Int(choice[row])
            if part < 0 { builder.appendNull() } else { builder.append(parts[part], Int(position[row])) }
        }
        return builder.finish()
    }

    /// The column with NULLs where `validity` is unset too.
    static func masking(_ column: Column, _ validity: Bitmap, _ count: Int) -> Column {
        let both = Bitmap.and(column.flattened.validity, validity)
        switch column.flattened {
        case .bool(let values): return .bool(values.with(validity: both))
        case .int32(let values): return .int32(values.with(validity: both))
        case .int64(let values): return .int64(values.with(validity: both))
        case .int128(let values): return .int128(values.with(validity: both))
        case .float32(let values): return .float32(values.with(validity: both))
        case .float64(let values): return .float64(values.with(validity: both))
        case .bytes(let values): return .bytes(values.with(validity: both))
        case .list(let values):
            return .list(
                ListColumn(
                    offsets: values.offsets, values: values.values.column, count: count, validity: both))
        case .map(let values):
            return .map(
                MapColumn(
                    offsets: values.offsets, keys: values.keys.column, values: values.values.column,
                    count: count, validity: both))
        case .row(let values):
            return .row(RowColumn(fields: values.fields, count: count, validity: both))
        case .constant: return column
        }
    }
}
