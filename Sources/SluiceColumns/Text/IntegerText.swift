/// Decimal digits of integers and exact numbers, two at a time.
extension ByteScratch {
    /// `00 01 … 99` without blanks.
    @inline(__always)
    static var digitPairs: UnsafePointer<UInt8> {
        let text: StaticString = """
            0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
            5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
            """
        return text.utf8Start
    }

    public mutating func appendInteger(_ value: Int32) { appendInteger(Int64(value)) }

    public mutating func appendInteger(_ value: Int64) {
        reserve(24)
        if value < 0 {
            base[count] = UInt8(ascii: "-")
            count &+= 1
        }
        appendDigits(value.magnitude)
    }

    public mutating func appendInteger(_ value: Int128) {
        if let small = Int64(exactly: value) { return appendInteger(small) }
        if value < 0 { append(UInt8(ascii: "-")) }
        appendDigits(value.magnitude)
    }

    /// `123.45` for 12345 of scale 2; every digit of the scale is written.
    public mutating func appendDecimal(_ unscaled: Int64, scale: Int) {
        if scale <= 0 || scale > 18 { return appendDecimal(Int128(unscaled), scale: scale) }
        reserve(24)
        if unscaled < 0 {
            base[count] = UInt8(ascii: "-")
            count &+= 1
        }
        let power = powerOfTen(scale)
        let (whole, fraction) = unscaled.magnitude.quotientAndRemainder(dividingBy: power)
        appendDigits(whole)
        base[count] = UInt8(ascii: ".")
        count &+= 1
        appendPadded(fraction, width: scale)
    }

    public mutating func appendDecimal(_ unscaled: Int128, scale: Int) {
        if scale <= 0 { return appendInteger(unscaled) }
        let start = count
        appendInteger(unscaled)
        let first = unscaled < 0 ? start &+ 1 : start
        let digits = count &- first
        // At least one digit stands before the point.
        let missing = Swift.max(0, scale &+ 1 &- digits)
        reserve(missing &+ 1)
        var index = count &- 1
        while index >= first {
            base[index &+ missing] = base[index]
            index &-= 1
        }
        for offset in 0..<missing { base[first &+ offset] = UInt8(ascii: "0") }
        count &+= missing
        let point = count &- scale
        index = count
        while index > point {
            base[index] = base[index &- 1]
            index &-= 1
        }
        base[point] = UInt8(ascii: ".")
        count &+= 1
    }

    /// The last `width` digits, zeros in front.
    public mutating func appendPadded(_ value: UInt64, width: Int) {
        reserve(width)
        var rest = value
        var index = width
        while index > 0 {
            index &-= 1
            base[count &+ index] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count &+= width
    }

    /// Two digits of a value below 100.
    @inline(__always)
    mutating func storePair(_ value: Int, at offset: Int) {
        let from = ByteScratch.digitPairs + value &* 2
        base[offset] = from[0]
        base[offset &+ 1] = from[1]
    }

    /// Room for 20 digits must be there.
    mutating func appendDigits(_ value: UInt64) {
        if value < 10 {
            base[count] = 0x30 &+ UInt8(truncatingIfNeeded: value)
            count &+= 1
            return
        }
        var end = count &+ decimalDigitCount(value)
        count = end
        var rest = value
        while rest >= 100 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            rest = quotient
            end &-= 2
            storePair(Int(truncatingIfNeeded: pair), at: end)
        }
        if rest >= 10 {
            storePair(Int(truncatingIfNeeded: rest), at: end &- 2)
        } else {
            base[end &- 1] = 0x30 &+ UInt8(truncatingIfNeeded: rest)
        }
    }

    private mutating func appendDigits(_ value: UInt128) {
        let chunk: UInt128 = 1_000_000_000_000_000_000
        reserve(48)
        if value < chunk { return appendDigits(UInt64(truncatingIfNeeded: value)) }
        let (high, low) = value.quotientAndRemainder(dividingBy: chunk)
        appendDigits(high)
        appendPadded(UInt64(truncatingIfNeeded: low), width: 18)
    }
}

/// The number of decimal digits of a value; 1 for zero.
@inline(__always)
func decimalDigitCount(_ value: UInt64) -> Int {
    if value < 10 { return 1 }
    if value < 100 { return 2 }
    if value < 1000 { return 3 }
    if value < 10_000 { return 4 }
    if value < 100_000 { return 5 }
    if value < 1_000_000 { return 6 }
    if value < 10_000_000 { return 7 }
    if value < 100_000_000 { return 8 }
    var digits = 8
    var rest = value / 100_000_000
    while rest > 0 {
        digits &+= 1
        rest /= 10
    }
    return digits
}

/// 10 to the power of 0...19.
public func powerOfTen(_ exponent: Int) -> UInt64 {
    var power: UInt64 = 1
    for _ in 0..<Swift.min(Swift.max(exponent, 0), 19) { power &*= 10 }
    return power
}
