import SluiceBase

/// Printing of a reading by a pattern.
extension DatePattern {
    func append(_ fields: DateTimeFields, zone: ZoneText?, to out: inout [UInt8]) {
        for item in items {
            switch item {
            case .literal(let start, let count):
                if count == 1 {
                    out.append(literals[start])
                } else {
                    out.append(contentsOf: literals[start..<(start + count)])
                }
            case .field(let letter, let count):
                if style == .formatter {
                    appendFormatter(letter, count, fields, &out)
                } else {
                    appendCalendar(letter, count, fields, zone, &out)
                }
            case .optionalStart, .optionalEnd: break
            }
        }
    }

    /// Zone text of the calendar style: name and offset in seconds.
    struct ZoneText {
        var name: String
        var offset: Int
    }

    private func appendFormatter(
        _ letter: UInt8, _ count: Int, _ fields: DateTimeFields, _ out: inout [UInt8]
    ) {
        switch letter {
        case UInt8(ascii: "y"):
            DatePattern.appendYear(
                fields.date.year > 0 ? fields.date.year : 1 - fields.date.year, count, &out)
        case UInt8(ascii: "u"): DatePattern.appendYear(fields.date.year, count, &out)
        case UInt8(ascii: "Y"):
            DatePattern.appendYear(CalendarMath.usWeek(days: fields.day).year, count, &out)
        case UInt8(ascii: "M"), UInt8(ascii: "L"): DatePattern.appendMonth(fields.date.month, count, &out)
        case UInt8(ascii: "E"): DatePattern.appendWeekday(fields.day, Swift.max(count, 3), &out)
        case UInt8(ascii: "e"), UInt8(ascii: "c"):
            if count <= 2 {
                ISOText.append(floorModulo(fields.day + 4, 7) + 1, count, to: &out)
            } else {
                DatePattern.appendWeekday(fields.day, count, &out)
            }
        case UInt8(ascii: "S"):
            var digits: [UInt8] = []
            ISOText.append(fields.nanos, 9, to: &digits)
            for index in 0..<count { out.append(index < 9 ? digits[index] : 0x30) }
        case UInt8(ascii: "Q"), UInt8(ascii: "q"):
            let quarter = (fields.date.month - 1) / 3 + 1
            if count == 3 { out.append(UInt8(ascii: "Q")) }
            ISOText.append(quarter, count <= 2 ? count : 1, to: &out)
            if count == 4 {
                let ordinals = ["st quarter", "nd quarter", "rd quarter", "th quarter"]
                out.append(contentsOf: ordinals[quarter - 1].utf8)
            }
        default: appendCommon(letter, count, fields, &out)
        }
    }

    private func appendCalendar(
        _ letter: UInt8, _ count: Int, _ fields: DateTimeFields, _ zone: ZoneText?, _ out: inout [UInt8]
    ) {
        switch letter {
        case UInt8(ascii: "y"), UInt8(ascii: "Y"):
            var year = fields.date.year
            if letter == UInt8(ascii: "Y") { year = CalendarMath.usWeek(days: fields.day).year }
            if year <= 0 { year = 1 - year }
            ISOText.append(count == 2 ? year % 100 : year, count, to: &out)
        case UInt8(ascii: "M"), UInt8(ascii: "L"):
            DatePattern.appendMonth(fields.date.month, Swift.min(count, 4), &out)
        case UInt8(ascii: "E"): DatePattern.appendWeekday(fields.day, count >= 4 ? 4 : 3, &out)
        case UInt8(ascii: "u"): ISOText.append(CivilDate.isoDayOfWeek(days: fields.day), count, to: &out)
        case UInt8(ascii: "S"): ISOText.append(fields.nanos / 1_000_000, count, to: &out)
        case UInt8(ascii: "z"): out.append(contentsOf: (zone?.name ?? "UTC").utf8)
        case UInt8(ascii: "Z"): appendOffset(zone?.offset ?? 0, colon: false, minutes: true, &out)
        case UInt8(ascii: "X"):
            if (zone?.offset ?? 0) == 0 {
                out.append(UInt8(ascii: "Z"))
            } else {
                appendOffset(zone?.offset ?? 0, colon: count == 3, minutes: count > 1, &out)
            }
        default: appendCommon(letter, count, fields, &out)
        }
    }

    private func appendOffset(_ offset: Int, colon: Bool, minutes: Bool, _ out: inout [UInt8]) {
        out.append(offset < 0 ? 0x2D : 0x2B)
        ISOText.append(abs(offset) / 3600, 2, to: &out)
        if colon { out.append(0x3A) }
        if minutes { ISOText.append(abs(offset) / 60 % 60, 2, to: &out) }
    }

    /// Letters that mean the same in both styles.
    private func appendCommon(_ letter: UInt8, _ count: Int, _ fields: DateTimeFields, _ out: inout [UInt8]) {
        let hour = fields.secondOfDay / 3600
        let value: Int
        switch letter {
        case UInt8(ascii: "d"): value = fields.date.day
        case UInt8(ascii: "D"): value = fields.dayOfYear
        case UInt8(ascii: "H"): value = hour
        case UInt8(ascii: "k"): value = hour == 0 ? 24 : hour
        case UInt8(ascii: "K"): value = hour % 12
        case UInt8(ascii: "h"): value = hour % 12 == 0 ? 12 : hour % 12
        case UInt8(ascii: "m"): value = fields.secondOfDay / 60 % 60
        case UInt8(ascii: "s"): value = fields.secondOfDay % 60
        case UInt8(ascii: "n"): value = fields.nanos
        case UInt8(ascii: "A"): value = fields.secondOfDay * 1000 + fields.nanos / 1_000_000
        case UInt8(ascii: "N"): value = fields.secondOfDay * 1_000_000_000 + fields.nanos
        case UInt8(ascii: "w"): value = CalendarMath.usWeek(days: fields.day).week
        case UInt8(ascii: "W"):
            let firstOfMonth = fields.day - fields.date.day + 1
            value = (fields.date.day - 1 + floorModulo(firstOfMonth + 4, 7)) / 7 + 1
        case UInt8(ascii: "F"):
            value = style == .formatter ? (fields.date.day - 1) % 7 + 1 : (fields.date.day - 1) / 7 + 1
        case UInt8(ascii: "a"):
            out.append(contentsOf: CalendarNames.halves[hour < 12 ? 0 : 1])
            return
        case UInt8(ascii: "G"):
            let isLong = style == .formatter && count == 4
            let names = isLong ? ["Before Christ", "Anno Domini"] : ["BC", "AD"]
            out.append(contentsOf: names[fields.date.year > 0 ? 1 : 0].utf8)
            return
        default: return
        }
        ISOText.append(value, count, to: &out)
    }

    private static func appendYear(_ year: Int, _ count: Int, _ out: inout [UInt8]) {
        if count == 2 { return ISOText.append(floorModulo(year, 100), 2, to: &out) }
        if year < 0 { out.append(0x2D) } else if count >= 4 && year > 9999 { out.append(0x2B) }
        ISOText.append(abs(year), count, to: &out)
    }

    private static func appendMonth(_ month: Int, _ count: Int, _ out: inout [UInt8]) {
        let name = CalendarNames.months[month - 1]
        switch count {
        case 1, 2: ISOText.append(month, count, to: &out)
        case 3: out.append(contentsOf: name.prefix(3))
        case 4: out.append(contentsOf: name)
        default: out.append(name[0])
        }
    }

    private static func appendWeekday(_ day: Int, _ count: Int, _ out: inout [UInt8]) {
        let name = CalendarNames.days[floorModulo(day + 4, 7)]
        switch count {
        case 4: out.append(contentsOf: name)
        case 5: out.append(name[0])
        default: out.append(contentsOf: name.prefix(3))
        }
    }
}
