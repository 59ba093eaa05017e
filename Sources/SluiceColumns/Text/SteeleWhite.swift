/// Digit generation with exact arithmetic after Steele and White, as `java.lang.Double` did it before release 19.
/// Slow; for the rare numbers where it gives other digits than the shortest ones.
enum SteeleWhite {
    /// Digits of bits × 2^scale for a type of `precision` bits.
    static func digits(bits: UInt64, scale: Int, precision: Int) -> JavaDigits {
        let trailing = bits.trailingZeroBitCount
        let odd = bits >> UInt64(trailing)
        let oddScale = scale + trailing
        let width = 64 - odd.leadingZeroBitCount
        let exponent = oddScale + width - 1
        // value = numerator / denominator; half = half a unit in the last place over the same denominator.
        let halfShift = exponent - precision - (width == 1 ? 1 : 0)
        let lowest = min(oddScale, halfShift, 0)
        var numerator = BigNatural(odd)
        numerator.shiftLeft(oddScale - lowest)
        var half = BigNatural(1)
        half.shiftLeft(halfShift - lowest)
        var denominator = BigNatural(1)
        denominator.shiftLeft(-lowest)

        var decimal = decimalExponent(odd, oddScale)
        if decimal > 0 {
            for _ in 0..<decimal { denominator.multiply(by: 10) }
        } else if decimal < 0 {
            for _ in 0..<(-decimal) {
                numerator.multiply(by: 10)
                half.multiply(by: 10)
            }
        }
        return generate(&numerator, &half, denominator, &decimal)
    }

    private static func generate(
        _ numerator: inout BigNatural, _ half: inout BigNatural, _ denominator: BigNatural,
        _ decimal: inout Int
    ) -> JavaDigits {
        var tens = denominator
        tens.multiply(by: 10)
        var bytes: [UInt8] = []
        var isLow = false
        var isHigh = false
        var isFirst = true
        while bytes.count < 800 {
            let digit = numerator.divideSmall(by: denominator)
            numerator.multiply(by: 10)
            half.multiply(by: 10)
            isLow = numerator < half
            isHigh = !(numerator + half < tens)
            if isFirst && digit == 0 && !isHigh {
                decimal -= 1
            } else {
                bytes.append(0x30 + digit)
            }
            // There is always a digit after the point of the exponent form.
            let isForced = isFirst && (decimal < -3 || decimal >= 8)
            isFirst = false
            if (isLow || isHigh) && !isForced { break }
        }
        var roundsUp = isHigh && !isLow
        if isHigh && isLow {
            var doubled = numerator
            doubled.shiftLeft(1)
            if tens < doubled {
                roundsUp = true
            } else if !(doubled < tens) {
                roundsUp = (bytes.last ?? 0) & 1 == 1
            }
        }
        var exponent = decimal + 1
        if roundsUp { exponent += roundUp(&bytes) }
        while bytes.count > 1 && bytes.last == 0x30 { bytes.removeLast() }
        return JavaDigits(bytes: bytes, exponent: exponent)
    }

    /// Adds one to the last digit; 1 if the number grew by a digit.
    private static func roundUp(_ bytes: inout [UInt8]) -> Int {
        var index = bytes.count - 1
        while index >= 0 {
            if bytes[index] < 0x39 {
                bytes[index] += 1
                return 0
            }
            bytes[index] = 0x30
            index -= 1
        }
        bytes.insert(0x31, at: 0)
        return 1
    }

    /// floor(log10(odd × 2^scale)), or one more.
    private static func decimalExponent(_ odd: UInt64, _ scale: Int) -> Int {
        let width = 64 - odd.leadingZeroBitCount
        let mantissa = Double(odd) / Double(sign: .plus, exponent: width - 1, significand: 1)
        let binary = scale + width - 1
        let estimate = (mantissa - 1.5) * 0.289529654 + 0.176091259 + Double(binary) * 0.301029995663981
        return Int(estimate.rounded(.down))
    }
}

/// A natural number of any size, for exact digit generation.
struct BigNatural {
    /// Least significant word first, no leading zero words.
    private var words: [UInt32]

    init(_ value: UInt64) {
        words = [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
        trim()
    }

    private mutating func trim() { while words.last == 0 { words.removeLast() } }

    mutating func multiply(by factor: UInt32) {
        var carry: UInt64 = 0
        for index in words.indices {
            let product = UInt64(words[index]) * UInt64(factor) + carry
            words[index] = UInt32(truncatingIfNeeded: product)
            carry = product >> 32
        }
        if carry > 0 { words.append(UInt32(carry)) }
    }

    mutating func shiftLeft(_ bits: Int) {
        guard bits > 0, !words.isEmpty else { return }
        let small = UInt64(bits & 31)
        var carry: UInt64 = 0
        for index in words.indices {
            let shifted = UInt64(words[index]) << small | carry
            words[index] = UInt32(truncatingIfNeeded: shifted)
            carry = shifted >> 32
        }
        if carry > 0 { words.append(UInt32(carry)) }
        words.insert(contentsOf: [UInt32](repeating: 0, count: bits >> 5), at: 0)
    }

    static func < (a: BigNatural, b: BigNatural) -> Bool {
        if a.words.count != b.words.count { return a.words.count < b.words.count }
        for index in a.words.indices.reversed() where a.words[index] != b.words[index] {
            return a.words[index] < b.words[index]
        }
        return false
    }

    static func + (a: BigNatural, b: BigNatural) -> BigNatural {
        var out = a
        var carry: UInt64 = 0
        for index in 0..<max(a.words.count, b.words.count) {
            let left = index < a.words.count ? UInt64(a.words[index]) : 0
            let right = index < b.words.count ? UInt64(b.words[index]) : 0
            let sum = left + right + carry
            if index < out.words.count {
                out.words[index] = UInt32(truncatingIfNeeded: sum)
            } else {
                out.words.append(UInt32(truncatingIfNeeded: sum))
            }
            carry = sum >> 32
        }
        if carry > 0 { out.words.append(UInt32(carry)) }
        return out
    }

    private mutating func subtract(_ other: BigNatural) {
        var borrow: Int64 = 0
        for index in words.indices {
            let right = index < other.words.count ? Int64(other.words[index]) : 0
            var difference = Int64(words[index]) - right - borrow
            borrow = difference < 0 ? 1 : 0
            if difference < 0 { difference += 1 << 32 }
            words[index] = UInt32(truncatingIfNeeded: difference)
        }
        trim()
    }

    /// The quotient (below ten) by `divisor`; keeps the remainder.
    mutating func divideSmall(by divisor: BigNatural) -> UInt8 {
        var quotient: UInt8 = 0
        while !(self < divisor) && quotient < 10 {
            subtract(divisor)
            quotient += 1
        }
        return quotient
    }
}
