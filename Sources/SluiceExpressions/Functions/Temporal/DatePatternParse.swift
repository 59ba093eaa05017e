import SluiceBase

/// Reading of text by a pattern of the formatter style: strict text, days clipped to their month.
extension DatePattern {
    /// A wall clock reading.
    struct Reading {
        var millis: Int64
        var nanos: Int
    }

    /// nil for text that does not fit.
    func parse(_ text: UTF8Text.Bytes) -> Reading? {
        var state = ParseState(text: text)
        guard parseItems(0, &state) == items.count, state.position == text.count else { return nil }
        return state.resolve()
    }

    /// The index behind the items that were read; nil if the text does not fit.
    private func parseItems(_ start: Int, _ state: inout ParseState) -> Int? {
        var index = start
        while index < items.count {
            switch items[index] {
            case .literal(let start, let count):
                let fits = literals[start..<(start + count)].withUnsafeBytes {
                    UTF8Text.equal(state.text, state.position, $0)
                }
                guard fits else { return nil }
                state.position += count
                index += 1
            case .field(let letter, let count):
                let reserved = adjacentWidth(index)
                guard state.field(letter, count, reserved: reserved.width, isFixed: isPartOfRun(index)) else {
                    return nil
                }
                index += 1
            case .optionalStart:
                var attempt = state
                let end = matchingEnd(index)
                if let stop = parseItems(index + 1, &attempt), stop == end { state = attempt }
                index = end + 1
            case .optionalEnd: return index
            }
        }
        return index
    }

    private func matchingEnd(_ start: Int) -> Int {
        var depth = 0
        for index in start..<items.count {
            if case .optionalStart = items[index] { depth += 1 }
            if case .optionalEnd = items[index] {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return items.count
    }

    private static func isNumeric(_ letter: UInt8, _ count: Int) -> Bool {
        switch letter {
        case UInt8(ascii: "y"), UInt8(ascii: "u"): return count != 2
        case UInt8(ascii: "M"), UInt8(ascii: "L"): return count <= 2
        case UInt8(ascii: "d"), UInt8(ascii: "H"), UInt8(ascii: "h"), UInt8(ascii: "K"), UInt8(ascii: "k"),
            UInt8(ascii: "m"), UInt8(ascii: "s"), UInt8(ascii: "D"):
            return true
        default: return false
        }
    }

    /// Digits that the fixed-width fields right behind a variable one need.
    private func adjacentWidth(_ index: Int) -> (width: Int, count: Int) {
        guard case .field(let letter, let count) = items[index], DatePattern.isNumeric(letter, count) else {
            return (0, 0)
        }
        let isVariable = count == 1 || letter == UInt8(ascii: "y") || letter == UInt8(ascii: "u")
        guard isVariable else { return (0, 0) }
        var width = 0
        var fields = 0
        var at = index + 1
        while at < items.count, case .field(let letter, let count) = items[at] {
            guard DatePattern.isNumeric(letter, count),
                count == 2 || letter == UInt8(ascii: "D") && count == 3
            else {
                break
            }
            width += count
            fields += 1
            at += 1
        }
        return (width, fields)
    }

    /// A two-digit field has its width anyway.
    private func isPartOfRun(_ index: Int) -> Bool {
        if case .field(_, let count) = items[index] { return count >= 2 }
        return false
    }
}

/// What was read so far.
private struct ParseState {
    let text: UTF8Text.Bytes
    var position = 0
    var year: Int?
    var month: Int?
    var day: Int?
    var dayOfYear: Int?
    var hour: Int?
    var halfHour: Int?
    var half: Int?
    var minute: Int?
    var second: Int?
    var nanos: Int?

    mutating func field(_ letter: UInt8, _ count: Int, reserved: Int, isFixed: Bool) -> Bool {
        switch letter {
        case UInt8(ascii: "y"), UInt8(ascii: "u"): return yearField(letter, count, reserved)
        case UInt8(ascii: "M"), UInt8(ascii: "L"):
            if count <= 2 { return number(count, reserved, 1...12, \.month) }
            guard let index = name(CalendarNames.months, isShort: count == 3) else { return false }
            month = index + 1
            return true
        case UInt8(ascii: "d"): return number(count, reserved, 1...31, \.day)
        case UInt8(ascii: "D"): return number(count, reserved, 1...366, \.dayOfYear)
        case UInt8(ascii: "H"): return number(count, reserved, 0...24, \.hour)
        case UInt8(ascii: "k"):
            guard number(count, reserved, 1...24, \.hour) else { return false }
            if hour == 24 { hour = 0 }
            return true
        case UInt8(ascii: "K"): return number(count, reserved, 0...11, \.halfHour)
        case UInt8(ascii: "h"):
            guard number(count, reserved, 1...12, \.halfHour) else { return false }
            if halfHour == 12 { halfHour = 0 }
            return true
        case UInt8(ascii: "m"): return number(count, reserved, 0...59, \.minute)
        case UInt8(ascii: "s"): return number(count, reserved, 0...59, \.second)
        case UInt8(ascii: "a"):
            guard let index = name(CalendarNames.halves, isShort: false) else { return false }
            half = index
            return true
        case UInt8(ascii: "E"): return name(CalendarNames.days, isShort: count <= 3) != nil
        case UInt8(ascii: "S"): return fraction(count)
        default: return false
        }
    }

    private mutating func fraction(_ count: Int) -> Bool {
        guard count <= 9, let digits = digits(count, count) else { return false }
        var value = digits
        for _ in count..<9 { value *= 10 }
        nanos = value
        return true
    }

    private mutating func yearField(_ letter: UInt8, _ count: Int, _ reserved: Int) -> Bool {
        if count == 2 {
            guard let value = digits(2, 2) else { return false }
            year = 2000 + value
            return true
        }
        var isNegative = false
        var isPositive = false
        if position < text.count, text[position] == 0x2D || text[position] == 0x2B {
            isNegative = text[position] == 0x2D
            isPositive = !isNegative
            position += 1
        }
        let start = position
        guard let value = digits(count, 19, reserved: reserved) else { return false }
        let length = position - start
        if count >= 4 {
            if isPositive && length <= count { return false }
            if !isPositive && !isNegative && length > count { return false }
        } else if isPositive {
            return false
        }
        if isNegative && letter == UInt8(ascii: "y") { return false }
        guard value <= 999_999_999, letter == UInt8(ascii: "u") || value > 0 else { return false }
        year = isNegative ? -value : value
        return true
    }

    private mutating func number(
        _ count: Int, _ reserved: Int, _ range: ClosedRange<Int>, _ field: WritableKeyPath<ParseState, Int?>
    ) -> Bool {
        let most = count == 1 ? 19 : count
        guard let value = digits(count, most, reserved: reserved), range.contains(value) else { return false }
        self[keyPath: field] = value
        return true
    }

    /// Between `least` and `most` digits, less those that following fields need.
    private mutating func digits(_ least: Int, _ most: Int, reserved: Int = 0) -> Int? {
        var end = position
        let limit = Swift.min(text.count, position + most + reserved)
        while end < limit, text[end] >= 0x30, text[end] <= 0x39 { end += 1 }
        var length = end - position
        if reserved > 0 { length = Swift.max(least, length - reserved) }
        guard length >= least, position + length <= text.count, length <= 18 else { return nil }
        var value = 0
        for index in position..<(position + length) {
            guard text[index] >= 0x30, text[index] <= 0x39 else { return nil }
            value = value * 10 + Int(text[index] - 0x30)
        }
        position += length
        return value
    }

    private mutating func name(_ names: [[UInt8]], isShort: Bool) -> Int? {
        for (index, name) in names.enumerated() {
            let wanted = isShort ? Array(name.prefix(3)) : name
            if wanted.withUnsafeBytes({ UTF8Text.equal(text, position, $0) }) {
                position += wanted.count
                return index
            }
        }
        return nil
    }

    /// Missing parts are those of 1970-01-01 00:00.
    func resolve() -> DatePattern.Reading? {
        let fullYear = year ?? 1970
        var days: Int
        if let dayOfYear, month == nil, day == nil {
            guard dayOfYear <= (CivilDate.isLeap(fullYear) ? 366 : 365) else { return nil }
            days = CivilDate.days(year: fullYear, month: 1, day: 1) + dayOfYear - 1
        } else {
            var dayOfMonth = day ?? 1
            if year != nil && month != nil {
                dayOfMonth = Swift.min(dayOfMonth, CivilDate.daysInMonth(fullYear, month ?? 1))
            }
            guard dayOfMonth <= CivilDate.daysInMonth(fullYear, month ?? 1) else { return nil }
            days = CivilDate.days(year: fullYear, month: month ?? 1, day: dayOfMonth)
        }
        var fullHour = hour ?? 0
        if hour == nil, let half, let halfHour { fullHour = half * 12 + halfHour }
        if fullHour == 24 {
            guard (minute ?? 0) == 0, (second ?? 0) == 0, (nanos ?? 0) == 0 else { return nil }
            fullHour = 0
            days += 1
        }
        let seconds = fullHour * 3600 + (minute ?? 0) * 60 + (second ?? 0)
        let fraction = nanos ?? 0
        let millis = Int64(days) &* TimeUnit.millisPerDay &+ Int64(seconds * 1000 + fraction / 1_000_000)
        return DatePattern.Reading(millis: millis, nanos: fraction % 1_000_000)
    }
}
