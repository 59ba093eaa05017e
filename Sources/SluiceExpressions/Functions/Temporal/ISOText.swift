import SluiceBase

/// Timestamps as ISO 8601 text.
enum ISOText {
    static let nanosPerDay: Int128 = 86_400_000_000_000

    /// `2024-02-29T12:34:56.789`: no seconds when they are zero, fractions in groups of three digits.
    static func iso(nanos: Int128) -> String {
        let day = floorDivide(nanos, nanosPerDay)
        let inDay = Int(nanos - day * nanosPerDay)
        let date = CivilDate(days: Int(day))
        var out: [UInt8] = []
        appendYear(date.year, to: &out)
        out.append(0x2D)
        append(date.month, 2, to: &out)
        out.append(0x2D)
        append(date.day, 2, to: &out)
        out.append(0x54)
        let seconds = inDay / 1_000_000_000
        var fraction = inDay % 1_000_000_000
        append(seconds / 3600, 2, to: &out)
        out.append(0x3A)
        append(seconds / 60 % 60, 2, to: &out)
        if seconds % 60 != 0 || fraction != 0 {
            out.append(0x3A)
            append(seconds % 60, 2, to: &out)
        }
        if fraction != 0 {
            var digits = 9
            while fraction % 1000 == 0 {
                fraction /= 1000
                digits -= 3
            }
            out.append(0x2E)
            append(fraction, digits, to: &out)
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// At least four digits, with a sign outside 0...9999.
    static func appendYear(_ year: Int, to out: inout [UInt8]) {
        if year < 0 { out.append(0x2D) } else if year > 9999 { out.append(0x2B) }
        append(abs(year), 4, to: &out)
    }

    /// A number that is not negative, with leading zeros.
    @inline(__always)
    static func append(_ value: Int, _ width: Int, to out: inout [UInt8]) {
        if width == 2 && value < 100 {
            out.append(UInt8(truncatingIfNeeded: 0x30 &+ value / 10))
            out.append(UInt8(truncatingIfNeeded: 0x30 &+ value % 10))
            return
        }
        let start = out.count
        var rest = value
        var digits = 0
        repeat {
            out.append(UInt8(truncatingIfNeeded: 0x30 &+ rest % 10))
            rest /= 10
            digits &+= 1
        } while rest > 0 || digits < width
        out[start...].reverse()
    }
}
