import SluiceBase

/// A moment taken apart.
struct ParsedTime {
    /// Days since 1970-01-01.
    var day: Int
    var nanosOfDay: Int64

    /// nil where 64 bits do not hold it. `precision`: digits of a second that are kept.
    func micros(precision: Int) -> Int64? {
        let (base, overflow) = Int64(day).multipliedReportingOverflow(by: 86_400_000_000)
        let unit = Int64(tens[9 - Swift.min(Swift.max(precision, 0), 6)])
        let kept = nanosOfDay / unit * unit / 1000
        let (sum, overflow2) = base.addingReportingOverflow(kept)
        return overflow || overflow2 ? nil : sum
    }

    func nanos(precision: Int) -> Int128 {
        let unit = Int64(tens[9 - Swift.min(Swift.max(precision, 0), 9)])
        return Int128(day) * 86_400_000_000_000 + Int128(nanosOfDay / unit * unit)
    }
}

/// Dates and times from text, with the grammar of the formats' Java parsers.
struct TimeParser {
    private var p: BytePointer
    private let end: BytePointer

    private init(_ text: TextRange) {
        p = text.start
        end = text.start + text.count
    }

    /// ISO_LOCAL_DATE: `2024-02-29`; a day that the month has not is no date.
    static func isoDate(_ text: TextRange) -> Int? {
        var parser = TimeParser(text)
        guard let day = parser.date(clips: false), parser.atEnd else { return nil }
        return day
    }

    /// `HH:mm:ss[.fraction]`; nanoseconds of the day.
    static func sqlTime(_ text: TextRange) -> Int64? {
        var parser = TimeParser(text)
        guard let time = parser.time(secondsOptional: false, allows24: true), parser.atEnd else { return nil }
        return time == nanosPerDay ? 0 : time
    }

    /// ISO_LOCAL_TIME: seconds may be left out.
    static func isoTime(_ text: TextRange) -> Int64? {
        var parser = TimeParser(text)
        guard let time = parser.time(secondsOptional: true, allows24: false), parser.atEnd else { return nil }
        return time
    }

    /// `yyyy-MM-dd HH:mm:ss[.fraction]`, `Z` behind it if wanted. A day beyond the month's end is the last one.
    static func sqlTimestamp(_ text: TextRange, zulu: Bool) -> ParsedTime? {
        var parser = TimeParser(text)
        guard let day = parser.date(clips: true), parser.take(0x20) else { return nil }
        guard let time = parser.time(secondsOptional: false, allows24: true) else { return nil }
        if zulu && !parser.take(UInt8(ascii: "Z")) { return nil }
        guard parser.atEnd else { return nil }
        return time == nanosPerDay
            ? ParsedTime(day: day + 1, nanosOfDay: 0) : ParsedTime(day: day, nanosOfDay: time)
    }

    /// `yyyy-MM-ddTHH:mm[:ss[.fraction]]`, `Z` behind it if wanted.
    static func isoTimestamp(_ text: TextRange, zulu: Bool) -> ParsedTime? {
        var parser = TimeParser(text)
        // Without a zone the standard formatter is used, which is strict about days and takes a small t.
        guard let day = parser.date(clips: zulu) else { return nil }
        guard parser.take(UInt8(ascii: "T")) || (!zulu && parser.take(UInt8(ascii: "t"))) else { return nil }
        guard let time = parser.time(secondsOptional: true, allows24: zulu) else { return nil }
        if zulu && !parser.take(UInt8(ascii: "Z")) { return nil }
        guard parser.atEnd else { return nil }
        return time == nanosPerDay
            ? ParsedTime(day: day + 1, nanosOfDay: 0) : ParsedTime(day: day, nanosOfDay: time)
    }

    /// `java.sql.Date.valueOf`: one or two digits for month and day; 31 February counts on into March.
    static func jdbcDate(_ text: TextRange) -> Int? {
        var parser = TimeParser(text)
        guard let day = parser.looseDate(), parser.atEnd else { return nil }
        return day
    }

    /// `java.sql.Timestamp.valueOf`: hours, minutes and seconds may be any numbers.
    static func jdbcTimestamp(_ text: TextRange) -> ParsedTime? {
        var parser = TimeParser(text.trimmed)
        guard let day = parser.looseDate(), parser.take(0x20) else { return nil }
        guard let hour = parser.number(1...6), parser.take(UInt8(ascii: ":")) else { return nil }
        guard let minute = parser.number(1...6), parser.take(UInt8(ascii: ":")) else { return nil }
        guard let second = parser.number(1...6) else { return nil }
        var nanos: Int64 = 0
        if parser.take(UInt8(ascii: ".")) {
            guard let fraction = parser.fraction(), parser.fractionDigits > 0 else { return nil }
            nanos = fraction
        }
        guard parser.atEnd else { return nil }
        let seconds = Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second)
        let extra = seconds / 86_400
        return ParsedTime(
            day: day + Int(extra), nanosOfDay: (seconds - extra * 86_400) * 1_000_000_000 + nanos)
    }

    private static let nanosPerDay: Int64 = 86_400_000_000_000

    private var atEnd: Bool { p == end }
    private var fractionDigits = 0

    private mutating func take(_ byte: UInt8) -> Bool {
        guard p < end, p[0] == byte else { return false }
        p += 1
        return true
    }

    /// Digits, as many as the range says.
    private mutating func number(_ width: ClosedRange<Int>) -> Int? {
        var value = 0
        var count = 0
        while p < end, p[0] &- 0x30 <= 9, count < width.upperBound {
            value = value * 10 + Int(p[0] &- 0x30)
            p += 1
            count += 1
        }
        return count < width.lowerBound ? nil : value
    }

    /// Four digits of a year, or more behind a sign.
    private mutating func date(clips: Bool) -> Int? {
        var year: Int
        if take(UInt8(ascii: "-")) {
            guard let value = number(4...9) else { return nil }
            year = -value
        } else if take(UInt8(ascii: "+")) {
            guard let value = number(5...9) else { return nil }
            year = value
        } else {
            guard let value = number(4...4) else { return nil }
            year = value
        }
        guard take(0x2D), let month = number(2...2), take(0x2D), let day = number(2...2) else { return nil }
        guard month >= 1, month <= 12, day >= 1, day <= 31 else { return nil }
        let last = CivilDate.daysInMonth(year, month)
        if day > last && !clips { return nil }
        return CivilDate.days(year: year, month: month, day: Swift.min(day, last))
    }

    private mutating func looseDate() -> Int? {
        guard let year = number(4...4), take(0x2D), let month = number(1...2), take(0x2D),
            let day = number(1...2)
        else { return nil }
        guard month >= 1, month <= 12, day >= 1, day <= 31 else { return nil }
        return CivilDate.days(year: year, month: month, day: day)
    }

    private mutating func time(secondsOptional: Bool, allows24: Bool) -> Int64? {
        guard let hour = number(2...2), take(0x3A), let minute = number(2...2) else { return nil }
        var second = 0
        var nanos: Int64 = 0
        if take(0x3A) {
            guard let value = number(2...2) else { return nil }
            second = value
            if take(0x2E) {
                guard let value = fraction() else { return nil }
                nanos = value
            }
        } else if !secondsOptional {
            return nil
        }
        guard minute <= 59, second <= 59 else { return nil }
        let total = Int64(hour * 3600 + minute * 60 + second) * 1_000_000_000 + nanos
        if hour <= 23 { return total }
        return allows24 && total == TimeParser.nanosPerDay ? total : nil
    }

    /// Up to nine digits; none is zero.
    private mutating func fraction() -> Int64? {
        let start = p
        guard let value = number(0...9) else { return nil }
        fractionDigits = p - start
        return Int64(value) * Int64(tens[9 - fractionDigits])
    }
}
