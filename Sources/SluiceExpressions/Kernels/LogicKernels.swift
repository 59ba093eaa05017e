import SluiceColumns

/// Three-valued logic over columns of booleans (A11).
enum LogicKernels {
    /// AND or OR of two columns.
    static func combine(_ a: Column, _ b: Column, _ count: Int, isAnd: Bool) -> Column {
        if let constant = a.constantValue { return withConstant(constant, b, count, isAnd) }
        if let constant = b.constantValue { return withConstant(constant, a, count, isAnd) }
        let left = a.bools
        let right = b.bools
        let x = left.base
        let y = right.base
        if left.validity == nil && right.validity == nil {
            let out = FixedColumn<Bool>(count: count) { to in
                if isAnd {
                    for index in 0..<count { to[index] = x[index] && y[index] }
                } else {
                    for index in 0..<count { to[index] = x[index] || y[index] }
                }
            }
            withExtendedLifetime((left.buffer, right.buffer)) {}
            return .bool(out)
        }
        // The value that decides the result alone: FALSE for AND, TRUE for OR.
        let decisive = !isAnd
        let builder = FixedBuilder<Bool>(capacity: count)
        for index in 0..<count {
            let leftNull = left.isNull(index)
            let rightNull = right.isNull(index)
            if (!leftNull && x[index] == decisive) || (!rightNull && y[index] == decisive) {
                builder.append(decisive)
            } else if leftNull || rightNull {
                builder.appendNull(false)
            } else {
                builder.append(!decisive)
            }
        }
        return .bool(builder.finish())
    }

    private static func withConstant(_ value: Datum, _ other: Column, _ count: Int, _ isAnd: Bool) -> Column {
        let decisive = !isAnd
        if case .bool(let known) = value {
            return known == decisive ? .constant(.bool(decisive), type: .boolean, count: count) : other
        }
        let values = other.bools
        let builder = FixedBuilder<Bool>(capacity: count)
        for index in 0..<count {
            if !values.isNull(index) && values[index] == decisive {
                builder.append(decisive)
            } else {
                builder.appendNull(false)
            }
        }
        return .bool(builder.finish())
    }

    static func nullTest(_ column: Column, _ count: Int, isNull: Bool) -> Column {
        if let constant = column.constantValue {
            return .constant(.bool(constant.isNull == isNull), type: .boolean, count: count)
        }
        guard let validity = column.validity else {
            return .constant(.bool(!isNull), type: .boolean, count: count)
        }
        return .bool(
            FixedColumn<Bool>(count: count) { to in
                for index in 0..<count { to[index] = validity[index] != isNull }
            })
    }

    static func truthTest(_ column: Column, _ count: Int, value: Bool, negated: Bool) -> Column {
        if let constant = column.constantValue {
            return .constant(.bool((constant == .bool(value)) != negated), type: .boolean, count: count)
        }
        let values = column.bools
        return .bool(
            FixedColumn<Bool>(count: count) { to in
                for index in 0..<count {
                    to[index] = (!values.isNull(index) && values[index] == value) != negated
                }
            })
    }
}
