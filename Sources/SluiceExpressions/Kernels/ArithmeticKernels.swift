import SluiceBase
import SluiceColumns

/// The loops of `+ - * / %` and the minus sign, chosen by the types that resolution left.
enum ArithmeticKernels {
    static func kernel(_ call: BoundExpr) throws(SQLError) -> Kernel {
        guard case .call(let name, let arguments) = call.kind, let first = arguments.first else {
            throw SQLError(.internalError, "arithmetic without operands", span: call.span)
        }
        if name == "NEGATE" { return negate(call.type) }
        let second = arguments[arguments.count - 1]
        let left = first.type.kind
        if left.isDecimal { return try DecimalKernels.kernel(name, first.type, second.type, call.type) }
        if left.isDateTime || left.isInterval {
            return TemporalKernels.kernel(name, first.type, second.type, call.type)
        }
        switch left {
        case .tinyint: return int32(name, call.type, bits: 24)
        case .smallint: return int32(name, call.type, bits: 16)
        case .bigint: return integer(name, call.type, Int64.self)
        case .float: return floating(name, call.type, Float.self)
        case .double: return floating(name, call.type, Double.self)
        default: return integer(name, call.type, Int32.self)
        }
    }

    static func divisionByZero() -> SQLError { SQLError(.evaluation, "division by zero") }

    private static func negate(_ type: DataType) -> Kernel {
        switch type.kind {
        case .tinyint:
            return { arguments, count, _ in
                Loops.map(arguments[0], count, type) { (x: Int32) in Int32(Int8(truncatingIfNeeded: 0 &- x)) }
            }
        case .smallint:
            return { arguments, count, _ in
                Loops.map(arguments[0], count, type) { (x: Int32) in Int32(Int16(truncatingIfNeeded: 0 &- x))
                }
            }
        case .float:
            return { arguments, count, _ in Loops.map(arguments[0], count, type) { (x: Float) in -x } }
        case .double:
            return { arguments, count, _ in Loops.map(arguments[0], count, type) { (x: Double) in -x } }
        default: break
        }
        switch type.physical {
        case .int64:
            return { arguments, count, _ in Loops.map(arguments[0], count, type) { (x: Int64) in 0 &- x } }
        case .int128:
            return { arguments, count, _ in Loops.map(arguments[0], count, type) { (x: Int128) in 0 &- x } }
        default:
            return { arguments, count, _ in Loops.map(arguments[0], count, type) { (x: Int32) in 0 &- x } }
        }
    }

    private static func integer<T: FixedValue & FixedWidthInteger & SignedInteger>(
        _ name: String, _ type: DataType, _: T.Type
    ) -> Kernel {
        switch name {
        case "+":
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: T, y: T) in x &+ y }
            }
        case "-":
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: T, y: T) in x &- y }
            }
        case "*":
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: T, y: T) in x &* y }
            }
        case "/":
            return { arguments, count, _ throws(SQLError) in
                try divide(arguments, count, type) { (x: T, y: T) in y == -1 ? 0 &- x : x / y }
            }
        default:
            return { arguments, count, _ throws(SQLError) in
                try divide(arguments, count, type) { (x: T, y: T) in y == -1 ? 0 : x % y }
            }
        }
    }

    /// A divisor that is a constant other than zero needs no check in the loop.
    @inline(__always)
    private static func divide<T: FixedValue & FixedWidthInteger>(
        _ arguments: [Column], _ count: Int, _ type: DataType, _ op: (T, T) -> T
    ) throws(SQLError) -> Column {
        if let constant = arguments[1].constantValue, let divisor = T.value(constant), divisor != 0 {
            return Loops.map(arguments[0], count, type) { (x: T) in op(x, divisor) }
        }
        return try Loops.map2Checked(arguments[0], arguments[1], count, type) {
            (x: T, y: T) throws(SQLError) -> T? in
            if y == 0 { throw divisionByZero() }
            return op(x, y)
        }
    }

    /// TINYINT and SMALLINT: computed in 32 bits, then cut to the low bits. `bits` is 32 minus the width.
    private static func int32(_ name: String, _ type: DataType, bits: Int32) -> Kernel {
        let wide = integer(name, type, Int32.self)
        return { arguments, count, context throws(SQLError) in
            let result = try wide(arguments, count, context)
            return Loops.map(result, count, type) { (x: Int32) in (x &<< bits) &>> bits }
        }
    }

    private static func floating<T: FixedValue & BinaryFloatingPoint>(
        _ name: String, _ type: DataType, _: T.Type
    ) -> Kernel {
        switch name {
        case "+":
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: T, y: T) in x + y }
            }
        case "-":
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: T, y: T) in x - y }
            }
        case "*":
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: T, y: T) in x * y }
            }
        default:
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, type) { (x: T, y: T) in x / y }
            }
        }
    }
}
