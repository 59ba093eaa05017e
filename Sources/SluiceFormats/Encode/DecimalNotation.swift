import SluiceColumns

extension ByteScratch {
    /// As `BigDecimal.toString` writes it: with an exponent where more than six zeros would follow the point.
    mutating func appendJavaDecimal(_ unscaled: Int128, scale: Int) {
        let digits = ByteScratch.digitCount(unscaled.magnitude)
        if scale == 0 { return appendInteger(unscaled) }
        let adjusted = digits - 1 - scale
        if scale > 0 && adjusted >= -6 { return appendDecimal(unscaled, scale: scale) }
        let start = count
        appendInteger(unscaled)
        let first = unscaled < 0 ? start + 1 : start
        if digits > 1 {
            append(0x30)
            var index = count - 1
            while index > first + 1 {
                base[index] = base[index - 1]
                index -= 1
            }
            base[first + 1] = UInt8(ascii: ".")
        }
        append(UInt8(ascii: "E"))
        if adjusted >= 0 { append(UInt8(ascii: "+")) }
        appendInteger(Int64(adjusted))
    }

    private static func digitCount(_ value: UInt128) -> Int {
        var digits = 1
        var rest = value / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        return digits
    }
}
