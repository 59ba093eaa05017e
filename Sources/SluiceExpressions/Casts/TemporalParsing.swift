import SluiceBase
import SluiceColumns

/// Reads dates, times and timestamps as CAST does.
public enum TemporalParsing {
    typealias Bytes = UnsafeRawBufferPointer

    /// Days since 1970-01-01: `y`, `y-m` or `y-m-d`; what follows a blank is ignored.
    public static func date(_ raw: UnsafeRawBufferPointer) -> Int32? {
        var bytes = TextParsing.trimmed(raw)
        if let blank = bytes.firstIndex(of: 0x20), blank > 0 { bytes = Bytes(rebasing: bytes[..<blank]) }
        var parts: [Int] = []
        var start = 0
        for index in 0...bytes.count {
            // The third part takes all the rest.
            guard index == bytes.count || (bytes[index] == 0x2D && parts.count < 2) else { continue }
            guard let number = digits(Bytes(rebasing: bytes[start..<index])) else { return nil }
            parts.append(number)
            start = index + 1
        }
        let year = parts[0]
        let month = parts.count > 1 ? parts[1] : 1
        let day = parts.count > 2 ? parts[2] : 1
        guard year <= 9999, (1...12).contains(month), day >= 1, day <= CivilDate.daysInMonth(year, month)
        else { return nil }
        return Int32(truncatingIfNeeded: CivilDate.days(year: year, month: month, day: day))
    }

    private static func digits(_ raw: Bytes) -> Int? {
        let bytes = TextParsing.trimmed(raw)
        guard bytes.count > 0, bytes.count <= 10 else { return nil }
        var value = 0
        for byte in bytes {
            guard byte >= 0x30 && byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    /// Milliseconds of the day: `H[H]:m[m]:s[s][.fff]`; parts from the right may be missing.
    public static func time(_ raw: UnsafeRawBufferPointer) -> Int32? {
        let bytes = TextParsing.trimmed(raw)
        var parts: [Int] = []
        var start = 0
        var millis = 0
        var end = bytes.count
        if let point = bytes.firstIndex(of: 0x2E) {
            guard let fraction = fractionNanos(Bytes(rebasing: bytes[(point + 1)...])) else { return nil }
            millis = fraction / 1_000_000
            end = point
        }
        for index in 0...end where index == end || bytes[index] == 0x3A {
            guard parts.count < 3, let number = digits(Bytes(rebasing: bytes[start..<index])) else {
                return nil
            }
            parts.append(number)
            start = index + 1
        }
        guard !parts.isEmpty, end == bytes.count || parts.count == 3 else { return nil }
        let hour = parts[0]
        let minute = parts.count > 1 ? parts[1] : 0
        let second = parts.count > 2 ? parts[2] : 0
        guard hour < 24, minute < 60, second < 60 else { return nil }
        return Int32(((hour * 60 + minute) * 60 + second) * 1000 + millis)
    }

    /// Nanoseconds of up to nine digits.
    private static func fractionNanos(_ bytes: Bytes) -> Int? {
        guard bytes.count <= 9 else { return nil }
        var value = 0
        for byte in bytes {
            guard byte >= 0x30 && byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        for _ in bytes.count..<9 { value *= 10 }
        return value
    }

    /// A timestamp as days, and nanoseconds of the day: `yyyy-M[M]-d[d]`, then ` H[H]:m[m]:s[s][.f…]`. Day 29 to 31 of a
    /// shorter month is its last day; 24:00:00 is the next midnight.
    public static func timestamp(_ raw: UnsafeRawBufferPointer) -> (days: Int64, nanos: Int64)? {
        var cursor = Cursor(bytes: TextParsing.trimmed(raw))
        guard let year = cursor.number(4, 4), year >= 1, cursor.skip(0x2D),
            let month = cursor.number(1, 2), (1...12).contains(month), cursor.skip(0x2D),
            let day = cursor.number(1, 2), (1...31).contains(day)
        else { return nil }
        let kept = min(day, CivilDate.daysInMonth(year, month))
        let days = Int64(CivilDate.days(year: year, month: month, day: kept))
        if cursor.isAtEnd { return (days, 0) }
        guard cursor.skip(0x20), let hour = cursor.number(1, 2), cursor.skip(0x3A),
            let minute = cursor.number(1, 2), cursor.skip(0x3A), let second = cursor.number(1, 2)
        else { return nil }
        var fraction = 0
        if cursor.skip(0x2E) {
            guard let nanos = fractionNanos(cursor.rest) else { return nil }
            fraction = nanos
        } else if !cursor.isAtEnd {
            return nil
        }
        if hour == 24 && minute == 0 && second == 0 && fraction == 0 { return (days + 1, 0) }
        guard hour < 24, minute < 60, second < 60 else { return nil }
        let seconds = Int64((hour * 60 + minute) * 60 + second)
        return (days, seconds * 1_000_000_000 + Int64(fraction))
    }

    /// A timestamp in the layout of `precision`, digits beyond it cut off.
    static func timestamp(_ raw: Bytes, precision: Int) -> Int128? {
        guard let (days, nanos) = timestamp(raw) else { return nil }
        var unit: Int64 = 1
        for _ in 0..<max(0, 9 - precision) { unit *= 10 }
        let cut = nanos / unit * unit
        if precision <= 6 { return Int128(days) * 86_400_000_000 + Int128(cut / 1000) }
        return Int128(days) * 86_400_000_000_000 + Int128(cut)
    }

    /// Walks over digits and separators.
    private struct Cursor {
        let bytes: Bytes
        var index = 0

        init(bytes: Bytes) { self.bytes = bytes }

        var isAtEnd: Bool { index == bytes.count }
        var rest: Bytes { Bytes(rebasing: bytes[index...]) }

        mutating func skip(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        mutating func number(_ least: Int, _ most: Int) -> Int? {
            var value = 0
            var count = 0
            while count < most, index < bytes.count, bytes[index] &- 0x30 <= 9 {
                value = value * 10 + Int(bytes[index] &- 0x30)
                index += 1
                count += 1
            }
            return count >= least ? value : nil
        }
    }
}
