/// A decimal number taken apart: mantissa × 10^exponent.
struct DecimalNumber {
    var isNegative = false
    /// The first 38 significant digits.
    var mantissa: UInt128 = 0
    var exponent = 0
    /// The first digit that did not fit; -1 if all did.
    var nextDigit = -1

    /// `[+-]digits[.digits][e[+-]digits]`, a digit at least before the exponent.
    init?(_ text: TextRange) {
        var index = 0
        if text.count > 0, text[0] == 0x2D || text[0] == 0x2B {
            isNegative = text[0] == 0x2D
            index = 1
        }
        var digits = 0
        var significant = 0
        var seenPoint = false
        // 18 digits at a time fit a machine word.
        var word: UInt64 = 0
        var wordDigits = 0
        while index < text.count {
            let byte = text[index]
            let digit = byte &- 0x30
            if digit <= 9 {
                digits += 1
                if seenPoint { exponent -= 1 }
                if significant > 0 || digit > 0 {
                    if significant < 38 {
                        significant += 1
                        word = word &* 10 &+ UInt64(digit)
                        wordDigits += 1
                        if wordDigits == 18 { flush(&word, &wordDigits) }
                    } else {
                        if nextDigit < 0 { nextDigit = Int(digit) }
                        exponent += 1
                    }
                }
            } else if byte == 0x2E && !seenPoint {
                seenPoint = true
            } else {
                break
            }
            index += 1
        }
        if digits == 0 { return nil }
        flush(&word, &wordDigits)
        if index < text.count {
            guard let written = DecimalNumber.exponent(text, from: index) else { return nil }
            exponent += written
        }
    }

    private mutating func flush(_ word: inout UInt64, _ wordDigits: inout Int) {
        if wordDigits == 0 { return }
        mantissa = mantissa == 0 ? UInt128(word) : mantissa &* UInt128(tens[wordDigits]) &+ UInt128(word)
        word = 0
        wordDigits = 0
    }

    private static func exponent(_ text: TextRange, from start: Int) -> Int? {
        guard text[start] | 0x20 == UInt8(ascii: "e") else { return nil }
        var index = start + 1
        var negative = false
        if index < text.count, text[index] == 0x2D || text[index] == 0x2B {
            negative = text[index] == 0x2D
            index += 1
        }
        if index == text.count { return nil }
        var value = 0
        while index < text.count {
            let digit = text[index] &- 0x30
            if digit > 9 { return nil }
            if value < 1_000_000 { value = value * 10 + Int(digit) }
            index += 1
        }
        return negative ? -value : value
    }

    /// Where mantissa and power of ten are both exact doubles, one operation rounds correctly (W. D. Clinger, 1990).
    var exactDouble: Double? {
        guard nextDigit < 0, mantissa <= 1 << 53 else { return nil }
        var value = Double(UInt64(truncatingIfNeeded: mantissa))
        if mantissa == 0 || exponent == 0 {
            return isNegative ? -value : value
        }
        guard exponent >= -22, exponent <= 22 else { return nil }
        if exponent < 0 {
            value /= doublePower(-exponent)
        } else {
            value *= doublePower(exponent)
        }
        return isNegative ? -value : value
    }

    /// The unscaled value for DECIMAL(precision, scale), rounded half up.
    func scaled(precision: Int, scale: Int) -> ParsedDecimal {
        let limit = DecimalNumber.power(precision)
        let shift = scale + exponent
        var value = mantissa
        if mantissa == 0 {
            return .value(0)
        } else if shift > 0 {
            if shift > 38 || nextDigit >= 0 { return .null }
            let (product, overflow) = value.multipliedReportingOverflow(by: DecimalNumber.power(shift))
            if overflow { return .null }
            value = product
        } else if shift == 0 {
            if nextDigit >= 5 { value += 1 }
        } else if shift < -38 {
            value = 0
        } else {
            let divisor = DecimalNumber.power(-shift)
            let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
            value = rest >= divisor - rest ? quotient + 1 : quotient
        }
        if value >= limit { return .null }
        let signed = Int128(value)
        return .value(isNegative ? -signed : signed)
    }

    /// 10 to the power of 0...38.
    static func power(_ exponent: Int) -> UInt128 {
        if exponent <= 18 { return UInt128(tens[exponent]) }
        if exponent <= 36 { return UInt128(tens[18]) * UInt128(tens[exponent - 18]) }
        return UInt128(tens[18]) * UInt128(tens[18]) * UInt128(tens[Swift.min(exponent, 38) - 36])
    }
}

/// 10 to the power of 0...22, each an exact double.
@inline(__always)
func doublePower(_ exponent: Int) -> Double {
    if exponent <= 15 { return Double(tens[exponent]) }
    return 1e15 * Double(tens[Swift.min(exponent, 22) &- 15])
}
