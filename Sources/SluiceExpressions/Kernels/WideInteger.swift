/// An unsigned number of 256 bits, for decimals whose intermediate results pass 38 digits.
struct WideInteger {
    var high: UInt128
    var low: UInt128

    init(high: UInt128, low: UInt128) {
        self.high = high
        self.low = low
    }

    init(_ value: UInt128) {
        high = 0
        low = value
    }

    init(_ a: UInt128, times b: UInt128) {
        let product = a.multipliedFullWidth(by: b)
        high = product.high
        low = product.low
    }

    static func + (a: WideInteger, b: WideInteger) -> WideInteger {
        let (low, carry) = a.low.addingReportingOverflow(b.low)
        return WideInteger(high: a.high &+ b.high &+ (carry ? 1 : 0), low: low)
    }

    static func - (a: WideInteger, b: WideInteger) -> WideInteger {
        let (low, borrow) = a.low.subtractingReportingOverflow(b.low)
        return WideInteger(high: a.high &- b.high &- (borrow ? 1 : 0), low: low)
    }

    static func < (a: WideInteger, b: WideInteger) -> Bool {
        a.high == b.high ? a.low < b.low : a.high < b.high
    }

    static func == (a: WideInteger, b: WideInteger) -> Bool { a.high == b.high && a.low == b.low }

    /// Quotient and remainder by a non-zero divisor.
    func divided(by divisor: UInt128) -> (quotient: WideInteger, remainder: UInt128) {
        if high == 0 {
            let (q, r) = DecimalMath.divide(low, by: divisor)
            return (WideInteger(q), r)
        }
        let (top, rest) = high.quotientAndRemainder(dividingBy: divisor)
        let (bottom, remainder) = divisor.dividingFullWidth((rest, low))
        return (WideInteger(high: top, low: bottom), remainder)
    }

    /// Divided by 10^digits, half away from zero.
    func roundedDividing(byPowerOfTen digits: Int) -> WideInteger {
        if digits <= 0 { return self }
        if digits > 77 { return WideInteger(0) }
        if digits > 38 {
            // Truncate first: what is cut off cannot turn less than a half into a half.
            let (first, _) = divided(by: DecimalMath.power(38))
            return first.roundedDividing(byPowerOfTen: digits - 38)
        }
        let divisor = DecimalMath.power(digits)
        let (quotient, remainder) = divided(by: divisor)
        return remainder >= divisor - remainder ? quotient + WideInteger(1) : quotient
    }
}
