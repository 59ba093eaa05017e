/// Digits where `java.lang.Double` before release 19 does not write the shortest ones: whole numbers beyond the precision
/// of the type, powers of two, subnormal numbers. The value is 0.d1d2… × 10^exponent.
struct JavaDigits {
    var bytes: [UInt8]
    var exponent: Int

    /// nil where the shortest digits are right.
    static func digits(_ value: Double) -> JavaDigits? {
        let magnitude = value.magnitude
        let exponent = Int(magnitude.exponent)
        if exponent >= 53 && exponent <= 62 { return longDigits(UInt64(magnitude), exponent, bits: 53) }
        let significand = magnitude.significandBitPattern
        let isSubnormal = magnitude < Double.leastNormalMagnitude
        guard isSubnormal || (significand == 0 && (exponent < -16 || exponent > 62)) else { return nil }
        let bits = isSubnormal ? significand : significand | (1 << 52)
        return SteeleWhite.digits(
            bits: bits, scale: isSubnormal ? -1074 : exponent - 52,
            precision: isSubnormal ? 64 - bits.leadingZeroBitCount : 53)
    }

    static func digits(_ value: Float) -> JavaDigits? {
        let magnitude = value.magnitude
        let exponent = Int(magnitude.exponent)
        if exponent >= 24 && exponent <= 62 { return longDigits(UInt64(magnitude), exponent, bits: 24) }
        let significand = UInt64(magnitude.significandBitPattern)
        let isSubnormal = magnitude < Float.leastNormalMagnitude
        guard isSubnormal || (significand == 0 && (exponent < -16 || exponent > 62)) else { return nil }
        let bits = isSubnormal ? significand : significand | (1 << 23)
        return SteeleWhite.digits(
            bits: bits, scale: isSubnormal ? -149 : exponent - 23,
            precision: isSubnormal ? 64 - bits.leadingZeroBitCount : 24)
    }

    /// A whole number below 2^63: low digits beyond the precision of the type are rounded away.
    private static func longDigits(_ value: UInt64, _ exponent: Int, bits: Int) -> JavaDigits {
        var rest = value
        var dropped = 0
        let excess = exponent - bits - 1
        if exponent > bits && excess > 1 { dropped = excess * 30103 / 100_000 }
        if dropped > 0 {
            var power: UInt64 = 1
            for _ in 0..<dropped { power &*= 10 }
            let residue = rest % power
            rest /= power
            if residue >= power / 2 { rest += 1 }
        }
        var bytes: [UInt8] = []
        while rest > 0 {
            bytes.append(0x30 + UInt8(rest % 10))
            rest /= 10
        }
        bytes.reverse()
        let count = bytes.count + dropped
        while bytes.count > 1 && bytes.last == 0x30 { bytes.removeLast() }
        return JavaDigits(bytes: bytes, exponent: count)
    }
}
