import SluiceColumns

/// Arithmetic of decimals as unscaled numbers with a scale (A5). Results that do not fit the precision are nil.
public enum DecimalMath {
    private static let powers: [UInt128] = {
        var list: [UInt128] = [1]
        for _ in 0..<38 { list.append((list.last ?? 1) &* 10) }
        return list
    }()

    /// 10^digits for 0...38.
    public static func power(_ digits: Int) -> UInt128 {
        powers[Swift.max(0, Swift.min(38, digits))]
    }

    public static func signedPower(_ digits: Int) -> Int128 { Int128(power(digits)) }

    public static func fits(_ value: Int128, precision: Int) -> Bool { value.magnitude < power(precision) }

    static func signed(_ magnitude: WideInteger, negative: Bool, precision: Int) -> Int128? {
        guard magnitude.high == 0, magnitude.low < power(precision) else { return nil }
        let value = Int128(magnitude.low)
        return negative ? -value : value
    }

    /// A value at another scale, rounded half away from zero.
    public static func rescale(_ value: Int128, from: Int, to: Int, precision: Int) -> Int128? {
        if from == to { return fits(value, precision: precision) ? value : nil }
        if to > from {
            if value == 0 { return 0 }
            let digits = to - from
            if digits > 38 { return nil }
            let (result, overflow) = value.multipliedReportingOverflow(by: signedPower(digits))
            return overflow || !fits(result, precision: precision) ? nil : result
        }
        let result = roundDividing(value, digits: from - to)
        return fits(result, precision: precision) ? result : nil
    }

    /// Quotient and remainder by a non-zero divisor; two machine divisions where the divisor fits 64 bits.
    @inline(__always)
    static func divide(_ value: UInt128, by divisor: UInt128) -> (quotient: UInt128, remainder: UInt128) {
        guard let small = UInt64(exactly: divisor) else {
            return value.quotientAndRemainder(dividingBy: divisor)
        }
        let high = UInt64(truncatingIfNeeded: value >> 64)
        let low = UInt64(truncatingIfNeeded: value)
        if high == 0 {
            let (quotient, remainder) = low.quotientAndRemainder(dividingBy: small)
            return (UInt128(quotient), UInt128(remainder))
        }
        let (top, rest) = high.quotientAndRemainder(dividingBy: small)
        let (bottom, remainder) = small.dividingFullWidth((rest, low))
        return (UInt128(top) << 64 | UInt128(bottom), UInt128(remainder))
    }

    /// value / 10^digits, half away from zero.
    public static func roundDividing(_ value: Int128, digits: Int) -> Int128 {
        if digits > 38 { return 0 }
        let divisor = power(digits)
        let (quotient, remainder) = divide(value.magnitude, by: divisor)
        let rounded = Int128(quotient) + (remainder >= divisor - remainder ? 1 : 0)
        return value < 0 ? -rounded : rounded
    }

    /// a + b, or a - b with `negated`, at `scale`.
    static func add(
        _ a: Int128, _ s1: Int, _ b: Int128, _ s2: Int, precision: Int, scale: Int
    ) -> Int128? {
        let common = Swift.max(s1, s2)
        let (x, overflowX) = a.multipliedReportingOverflow(by: signedPower(common - s1))
        let (y, overflowY) = b.multipliedReportingOverflow(by: signedPower(common - s2))
        let (sum, overflow) = x.addingReportingOverflow(y)
        if !overflowX && !overflowY && !overflow {
            let result = common == scale ? sum : roundDividing(sum, digits: common - scale)
            return fits(result, precision: precision) ? result : nil
        }
        let left = WideInteger(a.magnitude, times: power(common - s1))
        let right = WideInteger(b.magnitude, times: power(common - s2))
        var magnitude: WideInteger
        var negative = a < 0
        if (a < 0) == (b < 0) {
            magnitude = left + right
        } else if left < right {
            magnitude = right - left
            negative = b < 0
        } else {
            magnitude = left - right
        }
        magnitude = magnitude.roundedDividing(byPowerOfTen: common - scale)
        return signed(magnitude, negative: negative, precision: precision)
    }

    static func multiply(_ a: Int128, _ b: Int128, digitsToDrop: Int, precision: Int) -> Int128? {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        if !overflow {
            let result = digitsToDrop > 0 ? roundDividing(product, digits: digitsToDrop) : product
            return fits(result, precision: precision) ? result : nil
        }
        let wide = WideInteger(a.magnitude, times: b.magnitude)
        return signed(
            wide.roundedDividing(byPowerOfTen: digitsToDrop), negative: (a < 0) != (b < 0),
            precision: precision)
    }

    static func digitCount(_ value: UInt128) -> Int {
        var count = 0
        while count < 38 && value >= power(count) { count += 1 }
        return value >= power(38) ? 39 : Swift.max(1, count)
    }

    /// a / b for b != 0: rounded to 38 significant digits, then to the scale, both half away from zero.
    static func divide(
        _ a: Int128, _ s1: Int, _ b: Int128, _ s2: Int, precision: Int, scale: Int
    ) -> Int128? {
        if a == 0 { return 0 }
        let shift = scale - s1 + s2
        if shift >= 0 && shift <= 38 && b.magnitude < power(18) {
            let (numerator, overflow) = a.magnitude.multipliedReportingOverflow(by: power(shift))
            if !overflow {
                let (q, r) = divide(numerator, by: b.magnitude)
                let rounded = q &+ (r >= b.magnitude - r ? 1 : 0)
                return signed(WideInteger(rounded), negative: (a < 0) != (b < 0), precision: precision)
            }
        }
        let shiftDigits = Swift.max(0, 38 - (digitCount(a.magnitude) - digitCount(b.magnitude)))
        var numerator = WideInteger(a.magnitude, times: power(Swift.min(38, shiftDigits)))
        if shiftDigits > 38 { numerator = scaled(numerator, shiftDigits - 38) }
        var (quotient, remainder) = numerator.divided(by: b.magnitude)
        var exponent = shiftDigits + s1 - s2
        if quotient.high == 0 && quotient.low < power(38) {
            if remainder >= b.magnitude - remainder { quotient = quotient + WideInteger(1) }
        } else {
            // 39 digits: drop one; the remainder cannot change a digit other than 4.9… or 5.
            quotient = quotient.roundedDividing(byPowerOfTen: 1)
            exponent -= 1
        }
        if exponent >= scale {
            quotient = quotient.roundedDividing(byPowerOfTen: exponent - scale)
        } else {
            guard quotient.high == 0, scale - exponent <= 38 else { return nil }
            quotient = WideInteger(quotient.low, times: power(scale - exponent))
        }
        return signed(quotient, negative: (a < 0) != (b < 0), precision: precision)
    }

    private static func scaled(_ value: WideInteger, _ digits: Int) -> WideInteger {
        let low = WideInteger(value.low, times: power(digits))
        return WideInteger(high: low.high &+ value.high &* power(digits), low: low.low)
    }

    /// a % b for b != 0, with the sign of a.
    static func remainder(
        _ a: Int128, _ s1: Int, _ b: Int128, _ s2: Int, precision: Int, scale: Int
    ) -> Int128? {
        let common = Swift.max(s1, s2)
        let left = WideInteger(a.magnitude, times: power(common - s1))
        let right = WideInteger(b.magnitude, times: power(common - s2))
        let rest: UInt128
        if right.high != 0 {
            // |b| at the common scale is beyond 128 bits: subtract at most a few times.
            var value = left
            while !(value < right) { value = value - right }
            guard value.high == 0 else { return nil }
            rest = value.low
        } else {
            rest = left.divided(by: right.low).remainder
        }
        let result = rescale(
            Int128(clamping: rest), from: common, to: scale, precision: precision)
        return result.map { a < 0 ? -$0 : $0 }
    }

    /// Orders two decimals of any scales.
    public static func compare(_ a: Int128, _ s1: Int, _ b: Int128, _ s2: Int) -> Int {
        if s1 == s2 { return a < b ? -1 : (a == b ? 0 : 1) }
        if (a < 0) != (b < 0) || a == 0 || b == 0 { return a < b ? -1 : (a == b ? 0 : 1) }
        let common = Swift.max(s1, s2)
        let left = WideInteger(a.magnitude, times: power(common - s1))
        let right = WideInteger(b.magnitude, times: power(common - s2))
        if left == right { return 0 }
        return (left < right) != (a < 0) ? -1 : 1
    }

    /// The nearest double, as text conversion would give.
    public static func toDouble(_ value: Int128, scale: Int) -> Double {
        if scale == 0 { return Double(value) }
        if value.magnitude < 1 << 53 && scale <= 22 {
            return Double(value) / Double(power(scale))
        }
        return DoubleParser.parseDecimal(value, scale: scale)
    }
}
