import SluiceBase
import SluiceColumns

/// Decimal arithmetic (A5). Operands and result are 64-bit or 128-bit by their precision.
enum DecimalKernels {
    /// Scales of the operands, shape of the result.
    struct Shape: Sendable {
        var s1: Int
        var s2: Int
        var precision: Int
        var scale: Int
    }

    static func kernel(
        _ name: String, _ left: DataType, _ right: DataType, _ result: DataType
    ) throws(SQLError) -> Kernel {
        let (p1, s1) = TypeRules.decimalShape(left.kind)
        let (p2, s2) = TypeRules.decimalShape(right.kind)
        let (precision, scale) = TypeRules.decimalShape(result.kind)
        let shape = Shape(s1: s1, s2: s2, precision: precision, scale: scale)
        if isExact(name, p1, p2, shape) {
            switch (left.physical, right.physical, result.physical) {
            case (.int64, .int64, .int64): return narrow(name, shape, result)
            case (.int64, .int64, _): return exact(name, shape, result, Int64.self, Int64.self)
            case (.int64, _, _): return exact(name, shape, result, Int64.self, Int128.self)
            case (_, .int64, _): return exact(name, shape, result, Int128.self, Int64.self)
            default: return exact(name, shape, result, Int128.self, Int128.self)
            }
        }
        return wide(name, shape, result)
    }

    /// True if every sum or product fits the result type: no digit is lost, nothing overflows.
    private static func isExact(_ name: String, _ p1: Int, _ p2: Int, _ shape: Shape) -> Bool {
        switch name {
        case "+", "-":
            let common = max(shape.s1, shape.s2)
            return shape.scale == common
                && max(p1 - shape.s1, p2 - shape.s2) + common + 1 <= shape.precision
        case "*": return shape.scale == shape.s1 + shape.s2 && p1 + p2 + 1 <= shape.precision
        default: return false
        }
    }

    private static func narrow(_ name: String, _ shape: Shape, _ type: DataType) -> Kernel {
        let common = max(shape.s1, shape.s2)
        let f1 = Int64(truncatingIfNeeded: DecimalMath.signedPower(common - shape.s1))
        let f2 = Int64(truncatingIfNeeded: DecimalMath.signedPower(common - shape.s2))
        switch name {
        case "+":
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: Int64, y: Int64) in
                    x &* f1 &+ y &* f2
                }
            }
        case "-":
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: Int64, y: Int64) in
                    x &* f1 &- y &* f2
                }
            }
        default:
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: Int64, y: Int64) in x &* y }
            }
        }
    }

    private static func exact<A: FixedValue & FixedWidthInteger, B: FixedValue & FixedWidthInteger>(
        _ name: String, _ shape: Shape, _ type: DataType, _: A.Type, _: B.Type
    ) -> Kernel {
        let common = max(shape.s1, shape.s2)
        let f1 = DecimalMath.signedPower(common - shape.s1)
        let f2 = DecimalMath.signedPower(common - shape.s2)
        switch name {
        case "+":
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: A, y: B) in
                    Int128(truncatingIfNeeded: x) &* f1 &+ Int128(truncatingIfNeeded: y) &* f2
                }
            }
        case "-":
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: A, y: B) in
                    Int128(truncatingIfNeeded: x) &* f1 &- Int128(truncatingIfNeeded: y) &* f2
                }
            }
        default:
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: A, y: B) in
                    Int128(truncatingIfNeeded: x) &* Int128(truncatingIfNeeded: y)
                }
            }
        }
    }

    private static func wide(_ name: String, _ shape: Shape, _ type: DataType) -> Kernel {
        let s1 = shape.s1
        let s2 = shape.s2
        let precision = shape.precision
        let scale = shape.scale
        switch name {
        case "+":
            return each(type) { (x, y) throws(SQLError) in
                DecimalMath.add(x, s1, y, s2, precision: precision, scale: scale)
            }
        case "-":
            return each(type) { (x, y) throws(SQLError) in
                DecimalMath.add(x, s1, -y, s2, precision: precision, scale: scale)
            }
        case "*":
            let dropped = s1 + s2 - scale
            return each(type) { (x, y) throws(SQLError) in
                DecimalMath.multiply(x, y, digitsToDrop: dropped, precision: precision)
            }
        case "/":
            return each(type) { (x, y) throws(SQLError) in
                if y == 0 { throw ArithmeticKernels.divisionByZero() }
                return DecimalMath.divide(x, s1, y, s2, precision: precision, scale: scale)
            }
        default:
            return each(type) { (x, y) throws(SQLError) in
                if y == 0 { throw ArithmeticKernels.divisionByZero() }
                return DecimalMath.remainder(x, s1, y, s2, precision: precision, scale: scale)
            }
        }
    }

    private static func each(
        _ type: DataType, _ op: @escaping @Sendable (Int128, Int128) throws(SQLError) -> Int128?
    ) -> Kernel {
        let narrow = type.physical == .int64
        return { arguments, count, _ throws(SQLError) in
            let left = widened(arguments[0])
            let right = widened(arguments[1])
            if narrow {
                return try Loops.map2Checked(left, right, count, type) {
                    (x: Int128, y: Int128) throws(SQLError) -> Int64? in
                    try op(x, y).map { Int64(truncatingIfNeeded: $0) }
                }
            }
            return try Loops.map2Checked(left, right, count, type) {
                (x: Int128, y: Int128) throws(SQLError) -> Int128? in try op(x, y)
            }
        }
    }

    /// The values as 128-bit numbers.
    static func widened(_ column: Column) -> Column {
        if case .constant(let value, _, let count) = column {
            let wide: Datum = value.asInt128.map { .int128($0) } ?? .null
            return .constant(wide, type: .decimal(TypeRules.maxPrecision, 0), count: count)
        }
        guard case .int64(let values) = column else { return column }
        let from = values.base
        let out = FixedColumn<Int128>(count: values.count, validity: values.validity) { to in
            for index in 0..<values.count { to[index] = Int128(from[index]) }
        }
        withExtendedLifetime(values.buffer) {}
        return .int128(out)
    }
}
