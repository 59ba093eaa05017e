import SluiceBase
import SluiceColumns

/// A string or byte string argument. A constant is stored once and read with stride 0.
struct TextArgument {
    let column: BytesColumn
    let stride: Int

    @inline(__always)
    subscript(row: Int) -> UnsafeRawBufferPointer { column.bytes(at: row &* stride) }
}

/// A fixed-width argument. A constant is stored once and read with stride 0.
struct FixedArgument<Element: BitwiseCopyable & Sendable> {
    let column: FixedColumn<Element>
    let stride: Int

    @inline(__always)
    subscript(row: Int) -> Element { column[row &* stride] }
}

/// Any argument, value by value; for rare functions.
struct DatumArgument {
    let column: Column
    let constant: Datum?

    subscript(row: Int) -> Datum { constant ?? column.datum(row) }
}

/// The arguments of one call over one batch.
struct Arguments {
    let columns: [Column]
    let types: [DataType]
    let count: Int
    let context: EvalContext

    init(_ columns: [Column], _ types: [DataType], _ count: Int, _ context: EvalContext) {
        self.columns = columns
        self.types = types
        self.count = count
        self.context = context
    }

    /// The column without repetition, and the step from row to row.
    private func compact(_ index: Int) -> (Column, Int) {
        guard case .constant(let value, let type, _) = columns[index] else { return (columns[index], 1) }
        let builder = ColumnBuilder(type, capacity: 1)
        builder.append(value)
        return (builder.finish(), 0)
    }

    func text(_ index: Int) -> TextArgument {
        let (column, stride) = compact(index)
        return TextArgument(column: column.bytes, stride: stride)
    }

    func bool(_ index: Int) -> FixedArgument<Bool> {
        let (column, stride) = compact(index)
        return FixedArgument(column: column.bools, stride: stride)
    }

    func int32(_ index: Int) -> FixedArgument<Int32> {
        let (column, stride) = compact(index)
        return FixedArgument(column: column.int32s, stride: stride)
    }

    func int128(_ index: Int) -> FixedArgument<Int128> {
        let (column, stride) = compact(index)
        if case .int128(let wide) = column { return FixedArgument(column: wide, stride: stride) }
        let narrow = widened(column)
        let wide = FixedColumn<Int128>(count: narrow.count) { out in
            for row in 0..<narrow.count { out[row] = Int128(narrow[row]) }
        }
        return FixedArgument(column: wide, stride: stride)
    }

    /// Any integer type, widened.
    func int(_ index: Int) -> FixedArgument<Int64> {
        let (column, stride) = compact(index)
        return FixedArgument(column: widened(column), stride: stride)
    }

    private func widened(_ column: Column) -> FixedColumn<Int64> {
        switch column {
        case .int64(let values): return values
        case .int32(let values):
            return FixedColumn<Int64>(count: values.count) { out in
                for row in 0..<values.count { out[row] = Int64(values[row]) }
            }
        case .int128(let values):
            return FixedColumn<Int64>(count: values.count) { out in
                for row in 0..<values.count { out[row] = Int64(truncatingIfNeeded: values[row]) }
            }
        default: return FixedColumn(repeating: 0, count: column.count)
        }
    }

    /// Any numeric type as DOUBLE.
    func double(_ index: Int) -> FixedArgument<Double> {
        let (column, stride) = compact(index)
        let values: FixedColumn<Double>
        switch column {
        case .float64(let exact): values = exact
        case .float32(let floats):
            values = FixedColumn(count: floats.count) { out in
                for row in 0..<floats.count { out[row] = Double(floats[row]) }
            }
        default:
            let scale: Int
            if case .decimal(_, let digits) = types[index].kind { scale = digits } else { scale = 0 }
            let whole = int128(index).column
            values = FixedColumn(count: whole.count) { out in
                for row in 0..<whole.count { out[row] = DecimalMath.toDouble(whole[row], scale: scale) }
            }
        }
        return FixedArgument(column: values, stride: stride)
    }

    func datum(_ index: Int) -> DatumArgument {
        DatumArgument(column: columns[index], constant: columns[index].constantValue)
    }

    func isNull(_ index: Int, _ row: Int) -> Bool { columns[index].isNull(row) }

    /// Rows where no argument is NULL; nil: all rows.
    var validity: Bitmap? {
        var merged: Bitmap?
        for column in columns {
            if case .constant(let value, _, _) = column, !value.isNull { continue }
            merged = Bitmap.and(merged, column.validity)
        }
        return merged
    }
}
