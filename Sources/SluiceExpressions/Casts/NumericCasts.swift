import SluiceBase
import SluiceColumns

/// Casts from numbers and booleans (K3, K7).
enum NumericCasts {
    static func fromBoolean(_ to: DataType) -> CastKernel {
        let one: Datum
        switch to.kind {
        case .float: one = .float32(1)
        case .double: one = .float64(1)
        case .decimal(let precision, let scale):
            guard let unit = DecimalMath.rescale(1, from: 0, to: scale, precision: precision) else {
                return overflowing(to)
            }
            one = to.physical == .int64 ? .int64(Int64(truncatingIfNeeded: unit)) : .int128(unit)
        case .bigint: one = .int64(1)
        default: one = .int32(1)
        }
        switch one {
        case .float32(let unit): return select(unit, to)
        case .float64(let unit): return select(unit, to)
        case .int64(let unit): return select(unit, to)
        case .int128(let unit): return select(unit, to)
        default: return select(Int32(1), to)
        }
    }

    private static func select<T: FixedValue>(_ unit: T, _ to: DataType) -> CastKernel {
        { column, count, _, _ in
            Loops.map(column, count, to) { (x: Bool) in x ? unit : T.placeholder }
        }
    }

    /// DECIMAL(p, p): TRUE does not fit and is NULL.
    private static func overflowing(_ to: DataType) -> CastKernel {
        { column, count, _, _ throws(SQLError) in
            let values = column.bools
            if to.physical == .int64 {
                return try Loops.mapChecked(.bool(values), count, to) {
                    (x: Bool) throws(SQLError) -> Int64? in x ? nil : 0
                }
            }
            return try Loops.mapChecked(.bool(values), count, to) {
                (x: Bool) throws(SQLError) -> Int128? in x ? nil : 0
            }
        }
    }

    static func fromNumber(_ from: DataType, _ to: DataType) -> CastKernel {
        switch from.kind {
        case .decimal(_, let scale): return fromDecimal(from, scale, to)
        case .float: return fromFloating(Float.self, to)
        case .double: return fromFloating(Double.self, to)
        case .bigint: return fromInteger(Int64.self, from, to)
        default: return fromInteger(Int32.self, from, to)
        }
    }

    private static func fromInteger<T: FixedValue & FixedWidthInteger>(
        _: T.Type, _ from: DataType, _ to: DataType
    ) -> CastKernel {
        switch to.kind {
        case .boolean:
            return { column, count, _, _ in Loops.map(column, count, to) { (x: T) in x != 0 } }
        case .tinyint:
            return { column, count, _, _ in
                Loops.map(column, count, to) { (x: T) in Int32(Int8(truncatingIfNeeded: x)) }
            }
        case .smallint:
            return { column, count, _, _ in
                Loops.map(column, count, to) { (x: T) in Int32(Int16(truncatingIfNeeded: x)) }
            }
        case .int, .intervalYearMonth:
            return { column, count, _, _ in
                Loops.map(column, count, to) { (x: T) in Int32(truncatingIfNeeded: x) }
            }
        case .bigint, .intervalDayTime:
            return { column, count, _, _ in
                Loops.map(column, count, to) { (x: T) in Int64(truncatingIfNeeded: x) }
            }
        case .float:
            return { column, count, _, _ in Loops.map(column, count, to) { (x: T) in Float(x) } }
        case .double:
            return { column, count, _, _ in Loops.map(column, count, to) { (x: T) in Double(x) } }
        default: return integerToDecimal(T.self, from, to)
        }
    }

    /// Into a decimal with room for every value of the type there is nothing to check.
    private static func integerToDecimal<T: FixedValue & FixedWidthInteger>(
        _: T.Type, _ from: DataType, _ to: DataType
    ) -> CastKernel {
        let (precision, scale) = TypeRules.decimalShape(to.kind)
        guard TypeRules.decimalShape(from.kind).precision + scale <= precision else {
            return toDecimal(T.self, 0, to) { Int128($0) }
        }
        let factor = DecimalMath.signedPower(scale)
        if to.physical == .int64 {
            let small = Int64(truncatingIfNeeded: factor)
            return { column, count, _, _ in
                Loops.map(column, count, to) { (x: T) in Int64(truncatingIfNeeded: x) &* small }
            }
        }
        return { column, count, _, _ in
            Loops.map(column, count, to) { (x: T) in Int128(truncatingIfNeeded: x) &* factor }
        }
    }

    /// Numbers that are exact at a scale, into a decimal type; NULL where they do not fit.
    private static func toDecimal<T: FixedValue>(
        _: T.Type, _ from: Int, _ to: DataType, _ widen: @escaping @Sendable (T) -> Int128
    ) -> CastKernel {
        let (precision, scale) = TypeRules.decimalShape(to.kind)
        if to.physical == .int64 {
            return { column, count, _, _ throws(SQLError) in
                try Loops.mapChecked(column, count, to) { (x: T) throws(SQLError) -> Int64? in
                    DecimalMath.rescale(widen(x), from: from, to: scale, precision: precision)
                        .map { Int64(truncatingIfNeeded: $0) }
                }
            }
        }
        return { column, count, _, _ throws(SQLError) in
            try Loops.mapChecked(column, count, to) { (x: T) throws(SQLError) -> Int128? in
                DecimalMath.rescale(widen(x), from: from, to: scale, precision: precision)
            }
        }
    }

    private static func fromDecimal(_ from: DataType, _ scale: Int, _ to: DataType) -> CastKernel {
        if to.kind.isDecimal {
            return from.physical == .int64
                ? toDecimal(Int64.self, scale, to) { Int128($0) } : toDecimal(Int128.self, scale, to) { $0 }
        }
        let divisor = DecimalMath.signedPower(scale)
        switch to.kind {
        case .boolean:
            return { column, count, _, _ in
                Loops.map(DecimalKernels.widened(column), count, to) { (x: Int128) in x != 0 }
            }
        case .float:
            return { column, count, _, _ in
                Loops.map(DecimalKernels.widened(column), count, to) { (x: Int128) in
                    Float(DecimalMath.toDouble(x, scale: scale))
                }
            }
        case .double:
            return { column, count, _, _ in
                Loops.map(DecimalKernels.widened(column), count, to) { (x: Int128) in
                    DecimalMath.toDouble(x, scale: scale)
                }
            }
        default:
            // The fraction goes, the low 64 bits stay.
            let narrow = fromInteger(Int64.self, .bigint, to)
            return { column, count, context, mode throws(SQLError) in
                let whole = Loops.map(DecimalKernels.widened(column), count, .bigint) { (x: Int128) in
                    Int64(truncatingIfNeeded: x / divisor)
                }
                if to.kind == .bigint { return whole }
                return try narrow(whole, count, context, mode)
            }
        }
    }

    private static func fromFloating<T: FixedValue & BinaryFloatingPoint>(
        _: T.Type, _ to: DataType
    ) -> CastKernel {
        switch to.kind {
        case .boolean:
            return { column, count, _, _ in Loops.map(column, count, to) { (x: T) in x != 0 } }
        case .tinyint:
            return { column, count, _, _ in
                Loops.map(column, count, to) { (x: T) in
                    Int32(Int8(truncatingIfNeeded: NumberConversion.int32(Double(x))))
                }
            }
        case .smallint:
            return { column, count, _, _ in
                Loops.map(column, count, to) { (x: T) in
                    Int32(Int16(truncatingIfNeeded: NumberConversion.int32(Double(x))))
                }
            }
        case .int:
            return { column, count, _, _ in
                Loops.map(column, count, to) { (x: T) in NumberConversion.int32(Double(x)) }
            }
        case .bigint:
            return { column, count, _, _ in
                Loops.map(column, count, to) { (x: T) in NumberConversion.int64(Double(x)) }
            }
        case .float:
            return { column, count, _, _ in Loops.map(column, count, to) { (x: T) in Float(x) } }
        case .double:
            return { column, count, _, _ in Loops.map(column, count, to) { (x: T) in Double(x) } }
        default: return floatingToDecimal(T.self, to)
        }
    }

    /// Through the decimal text of the number, as Java's BigDecimal.valueOf goes. NaN and infinities fail.
    private static func floatingToDecimal<T: FixedValue & BinaryFloatingPoint>(
        _: T.Type, _ to: DataType
    ) -> CastKernel {
        let (precision, scale) = TypeRules.decimalShape(to.kind)
        @Sendable func convert(_ value: T, _ mode: CastMode) throws(SQLError) -> Int128? {
            guard value.isFinite else {
                if mode.isNullOnFailure { return nil }
                throw SQLError(.castFailed, "cannot cast \(value) to \(to.kind)")
            }
            var scratch = ByteScratch(capacity: 256)
            scratch.appendJavaDouble(Double(value))
            return TextParsing.longDecimal(scratch.bytes, precision, scale)
        }
        if to.physical == .int64 {
            return { column, count, _, mode throws(SQLError) in
                try Loops.mapChecked(column, count, to) { (x: T) throws(SQLError) -> Int64? in
                    try convert(x, mode).map { Int64(truncatingIfNeeded: $0) }
                }
            }
        }
        return { column, count, _, mode throws(SQLError) in
            try Loops.mapChecked(column, count, to) { (x: T) throws(SQLError) -> Int128? in
                try convert(x, mode)
            }
        }
    }
}
