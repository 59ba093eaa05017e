import SluiceBase

/// Reading of text by a pattern of the calendar style: lenient, and what follows the pattern is ignored.
extension DatePattern {
    /// Milliseconds of the wall clock; nil for text that does not fit.
    func parseLenient(_ bytes: UTF8Text.Bytes) -> Int64? {
        var state = LenientState(text: UTF8Text.scalars(bytes))
        for (index, item) in items.enumerated() {
            switch item {
            case .literal(let start, let count):
                let literal = literals[start..<(start + count)]
                for scalar in String(decoding: literal, as: UTF8.self).unicodeScalars {
                    guard state.position < state.text.count, state.text[state.position] == scalar else {
                        return nil
                    }
                    state.position += 1
                }
            case .field(let letter, let count):
                var isFollowedByField = false
                if index + 1 < items.count, case .field = items[index + 1] { isFollowedByField = true }
                guard state.field(letter, count, limited: isFollowedByField) else { return nil }
            case .optionalStart, .optionalEnd: break
            }
        }
        return state.millis
    }
}

private struct LenientState {
    let text: [Unicode.Scalar]
    var position = 0
    var year = 1970
    var month = 1
    var day = 1
    var dayOfYear: Int?
    var hour: Int?
    var halfHour: Int?
    var half = 0
    var minute = 0
    var second = 0
    var milli = 0
    var isBeforeChrist = false

    init(text: [Unicode.Scalar]) { self.text = text }

    var millis: Int64 {
        let fullYear = isBeforeChrist ? 1 &- year : year
        var days = HybridCalendar.days(fullYear, month, day)
        if let dayOfYear { days = HybridCalendar.days(fullYear, 1, 1) &+ dayOfYear &- 1 }
        let fullHour = hour ?? (halfHour ?? 0) &+ half &* 12
        let seconds = Int64(fullHour) &* 3600 &+ Int64(minute) &* 60 &+ Int64(second)
        return Int64(days) &* TimeUnit.millisPerDay &+ seconds &* 1000 &+ Int64(milli)
    }

    mutating func field(_ letter: UInt8, _ count: Int, limited: Bool) -> Bool {
        while position < text.count, text[position] == " " || text[position] == "\t" { position += 1 }
        guard position < text.count else { return false }
        switch letter {
        case UInt8(ascii: "M"), UInt8(ascii: "L"):
            if count <= 2 { return number(count, limited) { $0.month = $1 } }
            guard let index = name(CalendarNames.months) else { return false }
            month = index + 1
            return true
        case UInt8(ascii: "E"): return name(CalendarNames.days) != nil
        case UInt8(ascii: "a"):
            guard let index = name(CalendarNames.halves) else { return false }
            half = index
            return true
        case UInt8(ascii: "G"):
            guard let index = name([Array("BC".utf8), Array("AD".utf8)]) else { return false }
            isBeforeChrist = index == 0
            return true
        case UInt8(ascii: "y"), UInt8(ascii: "Y"): return yearField(count, limited)
        case UInt8(ascii: "d"): return number(count, limited) { $0.day = $1 }
        case UInt8(ascii: "D"): return number(count, limited) { $0.dayOfYear = $1 }
        case UInt8(ascii: "H"): return number(count, limited) { $0.hour = $1 }
        case UInt8(ascii: "k"): return number(count, limited) { $0.hour = $1 == 24 ? 0 : $1 }
        case UInt8(ascii: "K"): return number(count, limited) { $0.halfHour = $1 }
        case UInt8(ascii: "h"): return number(count, limited) { $0.halfHour = $1 == 12 ? 0 : $1 }
        case UInt8(ascii: "m"): return number(count, limited) { $0.minute = $1 }
        case UInt8(ascii: "s"): return number(count, limited) { $0.second = $1 }
        case UInt8(ascii: "S"): return number(count, limited) { $0.milli = $1 }
        case UInt8(ascii: "u"), UInt8(ascii: "F"), UInt8(ascii: "w"), UInt8(ascii: "W"):
            return number(count, limited) { _, _ in }
        default: return false
        }
    }

    /// Two digits under `yy` are in the century around today.
    private mutating func yearField(_ count: Int, _ limited: Bool) -> Bool {
        let start = position
        guard number(count, limited, { $0.year = $1 }) else { return false }
        let isTwoDigits = position - start == 2 && text[start] != "-"
        if count <= 2 && isTwoDigits { year += year < LenientState.pivot ? 2000 : 1900 }
        return true
    }

    /// Two-digit years from here on belong to the last century: 80 years back, 20 ahead.
    private static let pivot = 46

    private mutating func number(
        _ count: Int, _ limited: Bool, _ set: (inout LenientState, Int) -> Void
    ) -> Bool {
        var at = position
        let end = limited ? position + count : text.count
        if end > text.count { return false }
        var isNegative = false
        if at < end, text[at] == "-" {
            isNegative = true
            at += 1
        }
        var value: Int64 = 0
        var digits = 0
        while at < end, let digit = LenientState.digit(text[at]) {
            value = value &* 10 &+ Int64(digit)
            digits += 1
            at += 1
        }
        guard digits > 0 else { return false }
        position = at
        // A number of Java's `int`.
        set(&self, Int(Int32(truncatingIfNeeded: isNegative ? -value : value)))
        return true
    }

    private static func digit(_ scalar: Unicode.Scalar) -> Int? {
        if scalar.value >= 0x30 && scalar.value <= 0x39 { return Int(scalar.value - 0x30) }
        guard scalar.value > 0x7F, scalar.properties.generalCategory == .decimalNumber else { return nil }
        return scalar.properties.numericValue.map { Int($0) }
    }

    /// A name in full or its first three letters, in any case; the longest wins.
    private mutating func name(_ names: [[UInt8]]) -> Int? {
        for isShort in [false, true] {
            for (index, name) in names.enumerated() {
                let wanted = isShort ? Array(name.prefix(3)) : name
                guard position + wanted.count <= text.count else { continue }
                let found = text[position..<(position + wanted.count)]
                let isSame = zip(found, wanted).allSatisfy { scalar, byte in
                    scalar.value < 0x80 && UInt8(scalar.value) | 0x20 == byte | 0x20
                }
                if isSame {
                    position += wanted.count
                    return index
                }
            }
        }
        return nil
    }
}
