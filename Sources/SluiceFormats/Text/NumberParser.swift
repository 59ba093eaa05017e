import Glibc

/// Numbers from text, with the grammar and rounding of Java's parsers.
enum NumberParser {
    /// `Long.parseLong`: a sign and digits only.
    static func integer(_ text: TextRange) -> Int64? {
        var index = 0
        var negative = false
        if text.count > 0, text[0] == 0x2D || text[0] == 0x2B {
            negative = text[0] == 0x2D
            index = 1
        }
        if index == text.count { return nil }
        var value: Int64 = 0
        while index < text.count {
            let digit = text[index] &- 0x30
            if digit > 9 { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, overflow2) = product.subtractingReportingOverflow(Int64(digit))
            if overflow || overflow2 { return nil }
            value = next
            index += 1
        }
        // Summed up below zero, where there is one value more.
        if negative { return value }
        return value == .min ? nil : -value
    }

    /// `Double.parseDouble` of trimmed text, without hexadecimal numbers.
    static func double(_ text: TextRange) -> Double? {
        if let special = special(text) { return special }
        guard let number = DecimalNumber(numeric(text)) else { return nil }
        if let exact = number.exactDouble { return exact }
        return withCString(numeric(text)) { strtod($0, nil) }
    }

    /// `Float.parseFloat` of trimmed text: rounded once.
    static func float(_ text: TextRange) -> Float? {
        if let special = special(text) { return Float(special) }
        guard let number = DecimalNumber(numeric(text)) else { return nil }
        if number.mantissa < 1 << 24, number.exponent == 0, number.nextDigit < 0 {
            let value = Float(UInt64(number.mantissa))
            return number.isNegative ? -value : value
        }
        return withCString(numeric(text)) { strtof($0, nil) }
    }

    /// `new BigDecimal(text)` rounded half up; `.null` where the precision is exceeded.
    static func decimal(_ text: TextRange, precision: Int, scale: Int) -> ParsedDecimal {
        guard let number = DecimalNumber(text) else { return .invalid }
        return number.scaled(precision: precision, scale: scale)
    }

    /// Java takes a type suffix.
    private static func numeric(_ text: TextRange) -> TextRange {
        guard text.count > 1 else { return text }
        switch text[text.count - 1] {
        case UInt8(ascii: "d"), UInt8(ascii: "D"), UInt8(ascii: "f"), UInt8(ascii: "F"):
            return TextRange(text.start, text.count - 1)
        default: return text
        }
    }

    private static func special(_ text: TextRange) -> Double? {
        guard text.count >= 3 else { return nil }
        var body = text
        var negative = false
        if body[0] == 0x2D || body[0] == 0x2B {
            negative = body[0] == 0x2D
            body = TextRange(body.start + 1, body.count - 1)
        }
        if body.equals("NaN") { return .nan }
        if body.equals("Infinity") { return negative ? -.infinity : .infinity }
        return nil
    }

    /// A terminated copy: the byte after the text may be a digit.
    private static func withCString<Result>(
        _ text: TextRange, _ body: (UnsafePointer<CChar>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(byteCount: text.count + 1, alignment: 1) { copy in
            copy.copyMemory(from: text.raw)
            copy[text.count] = 0
            return copy.withMemoryRebound(to: CChar.self) { rebound in
                rebound.baseAddress.map { body($0) } ?? body("0")
            }
        }
    }
}

enum ParsedDecimal {
    case value(Int128)
    case null
    case invalid
}
