import Glibc

/// Exact conversions between unscaled decimals and binary floating point.
enum DecimalText {
    static let powers: [Int128] = {
        var out: [Int128] = [1]
        for _ in 0..<38 { out.append(out[out.count - 1] &* 10) }
        return out
    }()

    private static let exactDoubles: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
        1e19, 1e20, 1e21, 1e22,
    ]

    /// The nearest double of `unscaled / 10^scale`.
    static func double(_ unscaled: Int128, scale: Int) -> Double {
        if scale == 0 { return Double(unscaled) }
        if scale <= 22, unscaled.magnitude < 1 << 53 { return Double(unscaled) / exactDoubles[scale] }
        return strtod("\(unscaled)e-\(scale)", nil)
    }

    /// The digits of a decimal, with `scale` of them after the point.
    static func append(_ unscaled: Int128, scale: Int, to out: inout [UInt8]) {
        var digits = Array(String(unscaled.magnitude).utf8)
        if unscaled < 0 { out.append(0x2D) }
        if scale <= 0 {
            out.append(contentsOf: digits)
            return
        }
        while digits.count <= scale { digits.insert(0x30, at: 0) }
        out.append(contentsOf: digits[0..<(digits.count - scale)])
        out.append(0x2E)
        out.append(contentsOf: digits[(digits.count - scale)...])
    }

    /// `value / 10^places`, halves away from zero.
    static func roundedHalfUp(_ value: Int128, _ places: Int) -> Int128 {
        guard places > 0 else { return value }
        guard places < powers.count else { return 0 }
        let divisor = powers[places]
        let quotient = value / divisor
        let remainder = (value % divisor).magnitude
        if remainder >= divisor.magnitude - remainder { return value < 0 ? quotient - 1 : quotient + 1 }
        return quotient
    }
}
