import SluiceBase
import SluiceColumns

/// Points in time plus or minus intervals; sums and multiples of intervals.
enum TemporalKernels {
    static let millisPerDay: Int64 = 86_400_000

    static func kernel(_ name: String, _ left: DataType, _ right: DataType, _ result: DataType) -> Kernel {
        if left.kind.isInterval && right.kind.isNumeric { return scaled(name, left.kind, right.kind, result) }
        let sign: Int64 = name == "-" ? -1 : 1
        switch (left.kind, right.kind) {
        case (.intervalDayTime, _):
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, result) { (x: Int64, y: Int64) in x &+ sign &* y
                }
            }
        case (.intervalYearMonth, _):
            let sign32 = Int32(truncatingIfNeeded: sign)
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, result) { (x: Int32, y: Int32) in
                    x &+ sign32 &* y
                }
            }
        case (.date, .intervalDayTime):
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, result) { (x: Int32, y: Int64) in
                    x &+ Int32(truncatingIfNeeded: sign &* (y / millisPerDay))
                }
            }
        case (.date, _):
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, result) { (x: Int32, y: Int32) in
                    Int32(truncatingIfNeeded: addMonths(Int64(x), Int64(y) &* sign))
                }
            }
        case (.time, _):
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, result) { (x: Int32, y: Int64) in
                    let shifted = Int64(x) &+ millisPerDay &+ sign &* (y % millisPerDay)
                    return Int32(truncatingIfNeeded: shifted % millisPerDay)
                }
            }
        default: return timestamp(left, right, result, sign)
        }
    }

    private static func timestamp(
        _ left: DataType, _ right: DataType, _ result: DataType, _ sign: Int64
    ) -> Kernel {
        let isWide = left.physical == .int128
        if right.kind == .intervalDayTime {
            if isWide {
                return { arguments, count, _ in
                    Loops.map2(arguments[0], arguments[1], count, result) { (x: Int128, y: Int64) in
                        x &+ Int128(sign &* y) &* 1_000_000
                    }
                }
            }
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, result) { (x: Int64, y: Int64) in
                    x &+ sign &* y &* 1000
                }
            }
        }
        if isWide {
            return { arguments, count, _ in
                Loops.map2(arguments[0], arguments[1], count, result) { (x: Int128, y: Int32) in
                    let day: Int128 = 86_400_000_000_000
                    let days = floorDivide(x, day)
                    let moved = addMonths(Int64(truncatingIfNeeded: days), Int64(y) &* sign)
                    return Int128(moved) &* day &+ (x &- days &* day)
                }
            }
        }
        return { arguments, count, _ in
            Loops.map2(arguments[0], arguments[1], count, result) { (x: Int64, y: Int32) in
                let day: Int64 = 86_400_000_000
                let days = floorDivide(x, day)
                return addMonths(days, Int64(y) &* sign) &* day &+ (x &- days &* day)
            }
        }
    }

    /// Days since 1970-01-01 after `months` months; the last day of the month at most.
    static func addMonths(_ days: Int64, _ months: Int64) -> Int64 {
        Int64(CivilDate(days: Int(days)).adding(months: Int(months)).days)
    }

    private static func scaled(
        _ name: String, _ interval: TypeKind, _ number: TypeKind, _ result: DataType
    ) -> Kernel {
        let divides = name == "/"
        if interval == .intervalDayTime {
            if number == .double {
                return { arguments, count, _ throws(SQLError) in
                    try Loops.map2Checked(arguments[0], arguments[1], count, result) {
                        (x: Int64, y: Double) throws(SQLError) -> Int64? in
                        NumberConversion.int64(divides ? Double(x) / y : Double(x) * y)
                    }
                }
            }
            return { arguments, count, _ throws(SQLError) in
                try Loops.map2Checked(arguments[0], arguments[1], count, result) {
                    (x: Int64, y: Int64) throws(SQLError) -> Int64? in try multiple(x, y, divides)
                }
            }
        }
        if number == .double {
            return { arguments, count, _ throws(SQLError) in
                try Loops.map2Checked(arguments[0], arguments[1], count, result) {
                    (x: Int32, y: Double) throws(SQLError) -> Int32? in
                    NumberConversion.int32(divides ? Double(x) / y : Double(x) * y)
                }
            }
        }
        return { arguments, count, _ throws(SQLError) in
            try Loops.map2Checked(arguments[0], arguments[1], count, result) {
                (x: Int32, y: Int64) throws(SQLError) -> Int32? in
                Int32(truncatingIfNeeded: try multiple(Int64(x), y, divides))
            }
        }
    }

    private static func multiple(_ x: Int64, _ y: Int64, _ divides: Bool) throws(SQLError) -> Int64 {
        guard divides else { return x &* y }
        if y == 0 { throw ArithmeticKernels.divisionByZero() }
        return y == -1 ? 0 &- x : x / y
    }
}
