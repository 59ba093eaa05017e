import SluiceBase
import SluiceColumns

/// Reads values from text as CAST does. nil means that the text is no such value.
public enum TextParsing {
    typealias Bytes = UnsafeRawBufferPointer

    /// Without blanks at both ends.
    static func trimmed(_ bytes: Bytes) -> Bytes {
        var start = 0
        var end = bytes.count
        while start < end && bytes[start] == 0x20 { start += 1 }
        while end > start && bytes[end - 1] == 0x20 { end -= 1 }
        return Bytes(rebasing: bytes[start..<end])
    }

    static func trimmedWhitespace(_ bytes: Bytes) -> Bytes {
        var start = 0
        var end = bytes.count
        while start < end && bytes[start] <= 0x20 { start += 1 }
        while end > start && bytes[end - 1] <= 0x20 { end -= 1 }
        return Bytes(rebasing: bytes[start..<end])
    }

    /// A whole number; a fraction is checked and dropped.
    static func integer(_ raw: Bytes, min: Int64, max: Int64) -> Int64? {
        let bytes = trimmed(raw)
        guard bytes.count > 0 else { return nil }
        var index = 0
        let isNegative = bytes[0] == 0x2D
        if isNegative || bytes[0] == 0x2B {
            index = 1
            if bytes.count == 1 { return nil }
        }
        var value: Int64 = 0
        while index < bytes.count, bytes[index] != 0x2E {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, overflowNext) = scaled.subtractingReportingOverflow(Int64(digit))
            if overflow || overflowNext { return nil }
            value = next
            index += 1
        }
        // The point, then digits only.
        index += 1
        while index < bytes.count {
            guard bytes[index] &- 0x30 <= 9 else { return nil }
            index += 1
        }
        if !isNegative {
            if value == .min { return nil }
            value = -value
        }
        return value >= min && value <= max ? value : nil
    }

    /// A decimal with an optional exponent, rounded half away from zero to `scale`; nil too if it does not fit.
    public static func decimal(_ raw: UnsafeRawBufferPointer, precision: Int, scale: Int) -> Int128? {
        let bytes = trimmedWhitespace(raw)
        if precision <= 18 && bytes.count <= 18 { return shortDecimal(bytes, precision, scale) }
        return longDecimal(bytes, precision, scale)
    }

    /// The reader of up to 18 bytes into up to 18 digits has its own ways, kept for the same results: leading zeros count
    /// as digits, and one character that does not belong is passed over at the end of the digits.
    private static func shortDecimal(_ bytes: Bytes, _ precision: Int, _ scale: Int) -> Int128? {
        guard bytes.count > 0 else { return nil }
        var index = 0
        let isNegative = bytes[0] == 0x2D
        if isNegative || bytes[0] == 0x2B {
            index = 1
            if bytes.count == 1 { return nil }
        }
        var significand: Int64 = 0
        var length = 0
        var point = -1
        var byte: UInt8 = 0
        while index < bytes.count {
            byte = bytes[index]
            index += 1
            if byte >= 0x30 && byte <= 0x39 {
                significand = significand &* 10 &+ Int64(byte - 0x30)
                length += 1
            } else if byte == 0x2E {
                if point >= 0 { return nil }
                point = length
            } else {
                break
            }
        }
        if point < 0 { point = length }
        var exponent = 0
        if (byte == 0x65 || byte == 0x45) && index < bytes.count {
            guard let read = shortExponent(bytes, &index) else { return nil }
            exponent = read
        }
        exponent -= length - point
        while index < bytes.count {
            guard bytes[index] <= 0x20 else { return nil }
            index += 1
        }
        let change = exponent + scale
        if length + change > precision { return nil }
        var result = Int128(significand)
        if change >= 0 {
            result *= DecimalMath.signedPower(change)
        } else {
            result = DecimalMath.roundDividing(result, digits: -change)
        }
        return isNegative ? -result : result
    }

    private static func shortExponent(_ bytes: Bytes, _ index: inout Int) -> Int? {
        let isNegative = bytes[index] == 0x2D
        if isNegative || bytes[index] == 0x2B {
            index += 1
            if index == bytes.count { return nil }
        }
        var value = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte >= 0x30 && byte <= 0x39 else { break }
            if value < 40 { value = value * 10 + Int(byte - 0x30) }
        }
        return isNegative ? -value : value
    }

    /// The exact reading.
    static func longDecimal(_ bytes: Bytes, _ precision: Int, _ scale: Int) -> Int128? {
        var index = 0
        var isNegative = false
        if index < bytes.count, bytes[index] == 0x2D || bytes[index] == 0x2B {
            isNegative = bytes[index] == 0x2D
            index += 1
        }
        var digits: [UInt8] = []
        var point: Int?
        var sawDigit = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x30 && byte <= 0x39 {
                sawDigit = true
                if !(digits.isEmpty && byte == 0x30 && point == nil) { digits.append(byte &- 0x30) }
            } else if byte == 0x2E && point == nil {
                point = digits.count
            } else {
                break
            }
            index += 1
        }
        guard sawDigit else { return nil }
        var exponent = 0
        if index < bytes.count {
            guard bytes[index] == 0x65 || bytes[index] == 0x45,
                let parsed = integer(Bytes(rebasing: bytes[(index + 1)...]), min: -1_000_000, max: 1_000_000),
                !bytes[(index + 1)...].contains(0x2E), !bytes[(index + 1)...].contains(0x20)
            else { return nil }
            exponent = Int(parsed)
        }
        // value = digits × 10^shift, shift counted to the target's scale.
        let shift = exponent + scale - (point.map { digits.count - $0 } ?? 0)
        return scaled(digits, shift: shift, isNegative: isNegative, precision: precision)
    }

    private static func scaled(
        _ digits: [UInt8], shift: Int, isNegative: Bool, precision: Int
    ) -> Int128? {
        let kept = shift < 0 ? max(0, digits.count + shift) : digits.count
        var value: Int128 = 0
        for digit in digits.prefix(kept) {
            if value >= DecimalMath.signedPower(38) / 10 + 1 { return nil }
            value = value * 10 + Int128(digit)
        }
        if shift < 0 {
            if digits.count + shift >= 0, kept < digits.count, digits[kept] >= 5 { value += 1 }
        } else if value != 0 {
            if shift > 38 { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: DecimalMath.signedPower(shift))
            if overflow { return nil }
            value = product
        }
        guard DecimalMath.fits(value, precision: precision) else { return nil }
        return isNegative ? -value : value
    }

    /// A floating-point number as `java.lang.Double` reads it, with an optional type letter.
    static func double(_ raw: Bytes) -> Double? {
        let bytes = withoutTypeLetter(trimmedWhitespace(raw))
        return DoubleParser.parse(bytes)
    }

    static func float(_ raw: Bytes) -> Float? {
        let bytes = withoutTypeLetter(trimmedWhitespace(raw))
        return DoubleParser.parseFloat(bytes)
    }

    private static func withoutTypeLetter(_ bytes: Bytes) -> Bytes {
        guard bytes.count > 1, let last = bytes.last else { return bytes }
        let isLetter = last == 0x64 || last == 0x44 || last == 0x66 || last == 0x46
        let before = bytes[bytes.count - 2]
        guard isLetter, before == 0x2E || (before >= 0x30 && before <= 0x39) else { return bytes }
        return Bytes(rebasing: bytes[..<(bytes.count - 1)])
    }

    static func boolean(_ raw: Bytes) -> Bool? {
        // Blanks are not trimmed: the padding of a CHAR makes the text none.
        guard raw.count <= 5 else { return nil }
        var folded: UInt64 = 0
        for byte in raw {
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            folded = folded << 8 | UInt64(lower)
        }
        switch folded {
        case 0x74, 0x7472_7565, 0x79, 0x79_6573, 0x31: return true
        case 0x66, 0x66_616C_7365, 0x6E, 0x6E6F, 0x30: return false
        default: return nil
        }
    }
}
