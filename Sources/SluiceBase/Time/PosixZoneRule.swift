/// The rule at the end of a time zone file, for times after its last transition: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZoneRule {
    /// Seconds east of Greenwich.
    var standardOffset: Int32
    var daylight: Daylight?

    struct Daylight {
        var offset: Int32
        var start: Change
        var end: Change
    }

    /// A day of the year and a wall clock time, in seconds.
    struct Change {
        enum Day {
            /// `Mm.w.d`: week 5 is the last one, day 0 is Sunday.
            case weekday(month: Int, week: Int, day: Int)
            /// `Jn`: 1 to 365, 29 February is never counted.
            case julian(Int)
            /// `n`: 0 to 365.
            case zeroBased(Int)
        }
        var day: Day
        var seconds: Int64

        func local(in year: Int) -> Int64 {
            let newYear = CivilDate.days(year: year, month: 1, day: 1)
            switch day {
            case .julian(let number):
                let leapDay = CivilDate.isLeap(year) && number >= 60 ? 1 : 0
                return Int64(newYear + number - 1 + leapDay) * 86_400 + seconds
            case .zeroBased(let number):
                return Int64(newYear + number) * 86_400 + seconds
            case .weekday(let month, let week, let day):
                let first = CivilDate.days(year: year, month: month, day: 1)
                var offset = floorModulo(day - CivilDate.isoDayOfWeek(days: first), 7) + (week - 1) * 7
                if offset >= CivilDate.daysInMonth(year, month) { offset -= 7 }
                return Int64(first + offset) * 86_400 + seconds
            }
        }
    }

    /// nil when the text is no rule.
    init?(_ text: [UInt8]) {
        var reader = Reader(text)
        guard reader.name(), let west = reader.time() else { return nil }
        standardOffset = Int32(truncatingIfNeeded: -west)
        if reader.isAtEnd { return }
        guard reader.name() else { return nil }
        var offset = standardOffset &+ 3600
        if !reader.isNext(0x2C) {
            guard let west = reader.time() else { return nil }
            offset = Int32(truncatingIfNeeded: -west)
        }
        guard let start = reader.change(), let end = reader.change(), reader.isAtEnd else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    /// Both changes of a year in ascending order, with the offset that holds from there on.
    func transitions(in year: Int) -> [(Int64, Int32)] {
        guard let daylight else { return [] }
        let start = daylight.start.local(in: year) - Int64(standardOffset)
        let end = daylight.end.local(in: year) - Int64(daylight.offset)
        let changes = [(start, daylight.offset), (end, standardOffset)]
        return start <= end ? changes : changes.reversed()
    }

    private struct Reader {
        let text: [UInt8]
        var position = 0

        init(_ text: [UInt8]) { self.text = text }

        var isAtEnd: Bool { position >= text.count }
        func isNext(_ byte: UInt8) -> Bool { position < text.count && text[position] == byte }

        mutating func accept(_ byte: UInt8) -> Bool {
            guard isNext(byte) else { return false }
            position += 1
            return true
        }

        /// Letters, or anything between angle brackets.
        mutating func name() -> Bool {
            if accept(0x3C) {
                while !isAtEnd {
                    position += 1
                    if text[position - 1] == 0x3E { return true }
                }
                return false
            }
            let start = position
            while !isAtEnd {
                let byte = text[position] | 0x20
                guard byte >= 0x61, byte <= 0x7A else { break }
                position += 1
            }
            return position - start >= 3
        }

        mutating func number() -> Int? {
            var value = 0
            let start = position
            while !isAtEnd, text[position] >= 0x30, text[position] <= 0x39, position - start < 6 {
                value = value * 10 + Int(text[position] - 0x30)
                position += 1
            }
            return position > start ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time() -> Int64? {
            var sign: Int64 = 1
            if accept(0x2D) { sign = -1 } else { _ = accept(0x2B) }
            guard let hours = number(), hours <= 167 else { return nil }
            var seconds = Int64(hours) * 3600
            if accept(0x3A) {
                guard let minutes = number() else { return nil }
                seconds += Int64(minutes) * 60
                if accept(0x3A) {
                    guard let rest = number() else { return nil }
                    seconds += Int64(rest)
                }
            }
            return sign * seconds
        }

        mutating func change() -> Change? {
            guard accept(0x2C) else { return nil }
            let day: Change.Day
            if accept(0x4D) {
                guard let month = number(), accept(0x2E), let week = number(), accept(0x2E),
                    let weekday = number(),
                    (1...12).contains(month), (1...5).contains(week), weekday <= 6
                else { return nil }
                day = .weekday(month: month, week: week, day: weekday)
            } else if accept(0x4A) {
                guard let number = number(), (1...365).contains(number) else { return nil }
                day = .julian(number)
            } else {
                guard let number = number(), number <= 365 else { return nil }
                day = .zeroBased(number)
            }
            guard accept(0x2F) else { return Change(day: day, seconds: 7200) }
            guard let seconds = time() else { return nil }
            return Change(day: day, seconds: seconds)
        }
    }
}
