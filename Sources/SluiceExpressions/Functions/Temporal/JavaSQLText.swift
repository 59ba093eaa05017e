import SluiceBase

/// Text as `java.sql.Timestamp.valueOf` and `java.sql.Date.valueOf` read it: lenient about days and times of day.
enum JavaSQLText {
    /// `yyyy-[m]m-[d]d hh:mm:ss[.f…]` or `yyyy-[m]m-[d]d`; milliseconds of the wall clock.
    static func millis(_ bytes: UTF8Text.Bytes) -> Int64? {
        var text = Array(bytes)[...]
        while let first = text.first, first <= 0x20 { text = text.dropFirst() }
        while let last = text.last, last <= 0x20 { text = text.dropLast() }
        guard let space = text.firstIndex(of: 0x20) else {
            return date(text).map { Int64($0) * TimeUnit.millisPerDay }
        }
        guard let day = date(text[..<space]) else { return nil }
        var clock = text[(space + 1)...]
        var millis = 0
        if let point = clock.firstIndex(of: 0x2E) {
            let fraction = clock[(point + 1)...]
            guard !fraction.isEmpty, fraction.count <= 9, fraction.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
            else {
                return nil
            }
            for index in 0..<3 {
                let digit = index < fraction.count ? Int(fraction[fraction.startIndex + index]) - 0x30 : 0
                millis = millis * 10 + digit
            }
            clock = clock[..<point]
        }
        let parts = clock.split(separator: 0x3A, omittingEmptySubsequences: false).map { number($0) }
        guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2] else {
            return nil
        }
        let seconds = Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second)
        return Int64(day) * TimeUnit.millisPerDay + seconds * 1000 + Int64(millis)
    }

    private static func date(_ text: ArraySlice<UInt8>) -> Int? {
        let parts = text.split(separator: 0x2D, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, (1...2).contains(parts[1].count),
            (1...2).contains(parts[2].count),
            let year = number(parts[0]), let month = number(parts[1]), let day = number(parts[2]),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        // The old calendar finds the day, its fields are read as a date of the new one.
        let days = HybridCalendar.days(year, month, day)
        let fields = days < HybridCalendar.cutover ? HybridCalendar.julian(days: days) : CivilDate(days: days)
        return fields.days
    }

    private static func number(_ text: ArraySlice<UInt8>) -> Int? {
        guard !text.isEmpty, text.count <= 9 else { return nil }
        var value = 0
        for byte in text {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }
}
