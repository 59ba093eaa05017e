import SluiceBase

/// Dates, times, timestamps and intervals as CAST to STRING writes them.
public enum TemporalText {
    public static let microsPerDay: Int64 = 86_400_000_000

    /// `yyyy-MM-dd`.
    @inline(__always)
    public static func append(date days: Int, to out: inout ByteScratch) {
        let date = CivilDate(days: days)
        if date.year >= 0 && date.year <= 9999 {
            append(date, to: &out)
        } else {
            append(distantDate: days, to: &out)
        }
    }

    /// A date outside the years 0 to 9999, for which there is no right text: the same characters that Flink writes,
    /// whose division of negative numbers rounds toward zero and whose digits leave the range of digits.
    private static func append(distantDate days: Int, to out: inout ByteScratch) {
        let shifted = days &+ 2_440_588 &+ 32_044
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let century = (dayOfEra / 36_524 + 1) * 3 / 4
        let dayOfCentury = dayOfEra - century * 36_524
        let cycle = dayOfCentury / 1461
        let dayOfCycle = dayOfCentury % 1461
        let yearOfCycle = (dayOfCycle / 365 + 1) * 3 / 4
        let dayOfYear = dayOfCycle - yearOfCycle * 365
        let years = era * 400 + century * 100 + cycle * 4 + yearOfCycle
        let months = (dayOfYear * 5 + 308) / 153 - 2
        let day = dayOfYear - (months + 4) * 153 / 5 + 123
        let year = years - 4800 + (months + 2) / 12
        let month = (months + 2) % 12 + 1
        func digit(_ value: Int) -> UInt8 { UInt8(truncatingIfNeeded: 0x30 + value % 10) }
        for part in [year / 1000, year / 100, year / 10, year] { out.append(digit(part)) }
        out.append(0x2D)
        for part in [month / 10, month] { out.append(digit(part)) }
        out.append(0x2D)
        for part in [day / 10, day] { out.append(digit(part)) }
    }

    @inline(__always)
    private static func append(_ date: CivilDate, to out: inout ByteScratch) {
        appendYear(date.year, to: &out)
        out.append(0x2D)
        appendPair(date.month, to: &out)
        out.append(0x2D)
        appendPair(date.day, to: &out)
    }

    /// `HH:mm:ss`, with as many fraction digits as the precision.
    public static func append(timeMillis: Int, precision: Int, to out: inout ByteScratch) {
        // CEIL makes 24:00:00, which stays.
        let seconds = timeMillis / 1000
        appendClock(seconds == 86_400 ? seconds : floorModulo(seconds, 86_400), to: &out)
        if precision > 0 { appendFraction(abs(timeMillis % 1000) * 1_000_000, precision, to: &out) }
    }

    /// `yyyy-MM-dd HH:mm:ss[.fff]` of microseconds since 1970-01-01.
    @inline(__always)
    public static func append(timestampMicros micros: Int64, precision: Int, to out: inout ByteScratch) {
        let days = floorDivide(micros, microsPerDay)
        let rest = micros &- days &* microsPerDay
        let seconds = rest / 1_000_000
        let date = CivilDate(days: Int(days))
        if date.year >= 0 && date.year <= 9999 {
            out.reserve(20)
            let at = out.base + out.count
            storePair(at, date.year / 100)
            storePair(at + 2, date.year % 100)
            at[4] = 0x2D
            storePair(at + 5, date.month)
            at[7] = 0x2D
            storePair(at + 8, date.day)
            at[10] = 0x20
            let minutes = Int(seconds) / 60
            storePair(at + 11, minutes / 60)
            at[13] = 0x3A
            storePair(at + 14, minutes % 60)
            at[16] = 0x3A
            storePair(at + 17, Int(seconds) &- minutes &* 60)
            out.count &+= 19
        } else {
            append(date, to: &out)
            out.append(0x20)
            appendClock(Int(seconds), to: &out)
        }
        let fraction = Int(rest &- seconds &* 1_000_000)
        if precision == 3 && fraction % 1000 == 0 {
            out.reserve(4)
            let at = out.base + out.count
            let millis = fraction / 1000
            at[0] = 0x2E
            at[1] = 0x30 &+ UInt8(truncatingIfNeeded: millis / 100)
            storePair(at + 2, millis % 100)
            out.count &+= 4
        } else {
            appendFraction(fraction &* 1000, precision, to: &out)
        }
    }

    /// Two digits of a value below 100.
    @inline(__always)
    private static func storePair(_ at: UnsafeMutablePointer<UInt8>, _ value: Int) {
        let small = UInt32(truncatingIfNeeded: value)
        let tens = (small &* 103) &>> 10
        at[0] = 0x30 &+ UInt8(truncatingIfNeeded: tens)
        at[1] = 0x30 &+ UInt8(truncatingIfNeeded: small &- tens &* 10)
    }

    /// The same of nanoseconds.
    public static func append(timestampNanos nanos: Int128, precision: Int, to out: inout ByteScratch) {
        let micros = floorDivide(nanos, 1000)
        let rest = Int(truncatingIfNeeded: nanos - micros * 1000)
        let whole = Int64(clamping: micros)
        let seconds = floorDivide(whole, 1_000_000)
        append(timestampMicros: seconds &* 1_000_000, precision: 0, to: &out)
        appendFraction(Int(whole &- seconds &* 1_000_000) &* 1000 &+ rest, precision, to: &out)
    }

    /// `+1-02`: years and months. The lowest number of months has no positive counterpart and keeps its signs.
    public static func append(months value: Int32, to out: inout ByteScratch) {
        let magnitude = value < 0 ? 0 &- value : value
        out.append(value < 0 ? 0x2D : 0x2B)
        out.appendInteger(Int64(magnitude / 12))
        out.append(0x2D)
        let months = magnitude % 12
        if months < 10 { out.append(0x30) }
        out.appendInteger(Int64(months))
    }

    /// `+1 12:00:00.000`: days and time of milliseconds.
    public static func append(intervalMillis value: Int64, to out: inout ByteScratch) {
        out.append(value < 0 ? 0x2D : 0x2B)
        let magnitude = value.magnitude
        let days = magnitude / 86_400_000
        let rest = Int(magnitude % 86_400_000)
        out.appendInteger(Int64(clamping: days))
        out.append(0x20)
        append(timeMillis: rest, precision: 3, to: &out)
    }

    @inline(__always)
    private static func appendYear(_ year: Int, to out: inout ByteScratch) {
        if year >= 0 && year <= 9999 {
            appendPair(year / 100, to: &out)
            appendPair(year % 100, to: &out)
        } else {
            if year < 0 { out.append(0x2D) }
            let magnitude = UInt64(year.magnitude)
            if magnitude < 1000 {
                out.appendPadded(magnitude, width: 4)
            } else {
                out.appendInteger(Int64(clamping: magnitude))
            }
        }
    }

    @inline(__always)
    private static func appendPair(_ value: Int, to out: inout ByteScratch) {
        out.reserve(2)
        storePair(out.base + out.count, value)
        out.count &+= 2
    }

    @inline(__always)
    private static func appendClock(_ seconds: Int, to out: inout ByteScratch) {
        let minutes = seconds / 60
        appendPair(minutes / 60, to: &out)
        out.append(0x3A)
        appendPair(minutes % 60, to: &out)
        out.append(0x3A)
        appendPair(seconds &- minutes &* 60, to: &out)
    }

    /// `.` and the first `precision` digits of nine, or more where a value holds more than its type shows.
    @inline(__always)
    private static func appendFraction(_ nanos: Int, _ precision: Int, to out: inout ByteScratch) {
        var unit = 1
        var digits = 9
        while digits > precision {
            unit &*= 10
            digits -= 1
        }
        var value = nanos / unit
        while value &* unit != nanos {
            unit /= 10
            digits += 1
            value = nanos / unit
        }
        guard digits > 0 else { return }
        out.append(0x2E)
        out.appendPadded(UInt64(truncatingIfNeeded: value), width: digits)
    }
}
