import SluiceBase
import SluiceColumns

/// The typed loops that kernels are made of. Constants stay constants: a loop over one constant operand runs over
/// the other column only, and over constants alone it runs once.
enum Loops {
    /// `op` of every value; NULL gives NULL.
    @inline(__always)
    static func map<A: FixedValue, R: FixedValue>(
        _ a: Column, _ count: Int, _ type: DataType, _ op: (A) -> R
    ) -> Column {
        if let constant = a.constantValue {
            guard let value = A.value(constant) else { return .constant(.null, type: type, count: count) }
            return .constant(R.datum(op(value)), type: type, count: count)
        }
        let input = A.fixed(a)
        let from = input.base
        let out = FixedColumn<R>(count: count, validity: input.validity) { to in
            for index in 0..<count { to[index] = op(from[index]) }
        }
        withExtendedLifetime(input.buffer) {}
        return R.wrap(out)
    }

    /// `op` of every valid value, which may be NULL or an error.
    @inline(__always)
    static func mapChecked<A: FixedValue, R: FixedValue>(
        _ a: Column, _ count: Int, _ type: DataType, _ op: (A) throws(SQLError) -> R?
    ) throws(SQLError) -> Column {
        if let constant = a.constantValue {
            guard let value = A.value(constant), let result = try op(value) else {
                return .constant(.null, type: type, count: count)
            }
            return .constant(R.datum(result), type: type, count: count)
        }
        let input = A.fixed(a)
        let builder = FixedBuilder<R>(capacity: count)
        for index in 0..<count {
            if input.isNull(index) {
                builder.appendNull(R.placeholder)
            } else if let result = try op(input[index]) {
                builder.append(result)
            } else {
                builder.appendNull(R.placeholder)
            }
        }
        return R.wrap(builder.finish())
    }

    /// `op` of every pair; NULL in either gives NULL. `op` sees undefined values under NULLs and must not trap.
    @inline(__always)
    static func map2<A: FixedValue, B: FixedValue, R: FixedValue>(
        _ a: Column, _ b: Column, _ count: Int, _ type: DataType, _ op: (A, B) -> R
    ) -> Column {
        switch (a.constantValue, b.constantValue) {
        case (let left?, let right?):
            guard let x = A.value(left), let y = B.value(right) else {
                return .constant(.null, type: type, count: count)
            }
            return .constant(R.datum(op(x, y)), type: type, count: count)
        case (let left?, nil):
            guard let x = A.value(left) else { return .constant(.null, type: type, count: count) }
            let right = B.fixed(b)
            let from = right.base
            let out = FixedColumn<R>(count: count, validity: right.validity) { to in
                for index in 0..<count { to[index] = op(x, from[index]) }
            }
            withExtendedLifetime(right.buffer) {}
            return R.wrap(out)
        case (nil, let right?):
            guard let y = B.value(right) else { return .constant(.null, type: type, count: count) }
            let left = A.fixed(a)
            let from = left.base
            let out = FixedColumn<R>(count: count, validity: left.validity) { to in
                for index in 0..<count { to[index] = op(from[index], y) }
            }
            withExtendedLifetime(left.buffer) {}
            return R.wrap(out)
        case (nil, nil):
            let left = A.fixed(a)
            let right = B.fixed(b)
            let validity = Bitmap.and(left.validity, right.validity)
            let x = left.base
            let y = right.base
            let out = FixedColumn<R>(count: count, validity: validity) { to in
                for index in 0..<count { to[index] = op(x[index], y[index]) }
            }
            withExtendedLifetime(left.buffer) {}
            withExtendedLifetime(right.buffer) {}
            return R.wrap(out)
        }
    }

    /// `op` of every pair of valid values, which may be NULL or an error.
    @inline(__always)
    static func map2Checked<A: FixedValue, B: FixedValue, R: FixedValue>(
        _ a: Column, _ b: Column, _ count: Int, _ type: DataType,
        _ op: (A, B) throws(SQLError) -> R?
    ) throws(SQLError) -> Column {
        if let left = a.constantValue, let right = b.constantValue {
            guard let x = A.value(left), let y = B.value(right), let result = try op(x, y) else {
                return .constant(.null, type: type, count: count)
            }
            return .constant(R.datum(result), type: type, count: count)
        }
        if let left = a.constantValue, left.isNull { return .constant(.null, type: type, count: count) }
        if let right = b.constantValue, right.isNull { return .constant(.null, type: type, count: count) }
        let left = A.fixed(a)
        let right = B.fixed(b)
        let validity = Bitmap.and(left.validity, right.validity)
        let builder = FixedBuilder<R>(capacity: count)
        for index in 0..<count {
            if let validity, !validity[index] {
                builder.appendNull(R.placeholder)
            } else if let result = try op(left[index], right[index]) {
                builder.append(result)
            } else {
                builder.appendNull(R.placeholder)
            }
        }
        return R.wrap(builder.finish())
    }

    /// Runs `body` over `count` rows of `columns`, or once if all are constants, keeping the constant encoding.
    static func rows(
        _ columns: [Column], _ count: Int, _ type: DataType,
        _ body: (_ columns: [Column], _ count: Int, _ out: ColumnBuilder) throws(SQLError) -> Void
    ) throws(SQLError) -> Column {
        let allConstant = columns.allSatisfy { $0.constantValue != nil }
        if allConstant && count > 0 {
            let builder = ColumnBuilder(type, capacity: 1)
            try body(columns.map { $0.slice(0, 1).flattened }, 1, builder)
            return .constant(builder.finish().datum(0), type: type, count: count)
        }
        let builder = ColumnBuilder(type, capacity: count)
        try body(columns.map(\.flattened), count, builder)
        return builder.finish()
    }
}
