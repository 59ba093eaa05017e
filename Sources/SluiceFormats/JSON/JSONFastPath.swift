import Glibc
import SluiceBase
import SluiceColumns

/// The day of the last timestamp: its ten bytes, and the microseconds of its midnight.
struct DayCache {
    // 1970-01-01
    var word0: UInt64 = 0x2D31_302D_3037_3931
    var word1: UInt64 = 0x3130
    var micros: Int64 = 0
}

/// Reads lines of the predicted form straight into the columns. Whatever is not plain is left to the slow path:
/// every function returns nil there and has changed nothing that the slow path does not set again.
enum JSONFastPath {
    /// Lines from `start` on, all before `end` terminated by a newline, into rows `row..<limit` of the columns.
    /// Stops before the first line that does not fit; `row` is then the number of rows in the columns.
    @inline(never)
    static func run(
        _ shape: JSONShape, _ slots: [ValueSlot], _ reader: JSONValueReader, _ cache: inout DayCache,
        base: BytePointer, start: BytePointer, end: BytePointer, row: inout Int, limit: Int,
        separator: UInt8
    ) -> BytePointer {
        let steps = shape.steps
        var days = cache
        var p = start
        var r = row
        lines: while p < end && r < limit {
            let lineStart = p
            var step = steps
            while true {
                let differs =
                    ((load8(p) ^ step.pointee.word0) & step.pointee.mask0)
                    | ((load8(p + 8) ^ step.pointee.word1) & step.pointee.mask1)
                if _slowPath(differs != 0) || (step.pointee.rest != nil && !restMatches(p, step)) {
                    p = lineStart
                    break lines
                }
                p += step.pointee.length
                if step.pointee.op == .end { break }
                guard let next = value(p, step, slots, reader, &days, base, r, separator) else {
                    p = lineStart
                    break lines
                }
                p = next
                step += 1
            }
            r &+= 1
        }
        cache = days
        row = r
        return p
    }

    @inline(never)
    private static func restMatches(_ p: BytePointer, _ step: UnsafeMutablePointer<JSONStep>) -> Bool {
        guard let rest = step.pointee.rest else { return true }
        // Byte by byte: the line may end before the literal does, and 64 bytes after it are readable.
        let bytes = rest.assumingMemoryBound(to: UInt8.self)
        var index = 16
        while index < step.pointee.length {
            if p[index] != bytes[index - 16] { return false }
            index += 1
        }
        return true
    }

    @inline(__always)
    private static func value(
        _ p: BytePointer, _ step: UnsafeMutablePointer<JSONStep>, _ slots: [ValueSlot],
        _ reader: JSONValueReader, _ days: inout DayCache, _ base: BytePointer, _ row: Int,
        _ separator: UInt8
    ) -> BytePointer? {
        switch step.pointee.op {
        case .skip:
            if _fastPath(p[0] == 0x22) {
                var seen: UInt64 = 0
                let stop = JSONText.scanString(p + 1, &seen)
                if _fastPath(stop[0] == 0x22) { return stop + 1 }
            }
            return JSONText.skipValue(p)
        case .int64:
            var number: Int64 = 0
            guard let next = integer(p, &number) else { return other(p, step, slots, reader, row) }
            out(step, Int64.self)[row] = number
            return next
        case .int32:
            var number: Int64 = 0
            guard let next = integer(p, &number), number >= step.pointee.low, number <= step.pointee.high
            else {
                return other(p, step, slots, reader, row)
            }
            out(step, Int32.self)[row] = Int32(truncatingIfNeeded: number)
            return next
        case .string:
            if let next = string(p, step, base, row) { return next }
            return other(p, step, slots, reader, row)
        case .timestamp:
            if let next = timestamp(p, step, &days, row, separator) { return next }
            return other(p, step, slots, reader, row)
        case .double:
            if let next = double(p, step, row) { return next }
            return other(p, step, slots, reader, row)
        case .decimal64:
            if let next = decimal(p, step, row) { return next }
            return other(p, step, slots, reader, row)
        case .date:
            if p[0] == 0x22, p[11] == 0x22, day(p + 1, &days, mask: 0xFFFF) {
                out(step, Int32.self)[row] = Int32(truncatingIfNeeded: days.micros / 86_400_000_000)
                return p + 12
            }
            return other(p, step, slots, reader, row)
        case .general, .end: return other(p, step, slots, reader, row)
        }
    }

    @inline(__always)
    private static func out<T>(_ step: UnsafeMutablePointer<JSONStep>, _: T.Type) -> UnsafeMutablePointer<T> {
        step.pointee.out.unsafelyUnwrapped.assumingMemoryBound(to: T.self)
    }

    /// Anything else goes through the slow reader, one value only. A failure makes the whole line slow.
    @inline(never)
    private static func other(
        _ p: BytePointer, _ step: UnsafeMutablePointer<JSONStep>, _ slots: [ValueSlot],
        _ reader: JSONValueReader, _ row: Int
    ) -> BytePointer? {
        let slot = slots[step.pointee.slot]
        slot.builder.truncate(to: row)
        return reader.read(p, slot)
    }

    /// An integer of at most 18 digits.
    @inline(__always)
    private static func integer(_ start: BytePointer, _ number: inout Int64) -> BytePointer? {
        let negative = start[0] == 0x2D
        let p = negative ? start + 1 : start
        var value: UInt64 = 0
        let count = scanDigits(p, &value)
        // A leading zero is no JSON number; a fraction or an exponent does not match the literal that follows.
        if count == 0 || (p[0] == 0x30 && count > 1) { return nil }
        let next = p[count]
        if next == 0x2E || next | 0x20 == 0x65 { return nil }
        number = negative ? 0 &- Int64(value) : Int64(value)
        return p + count
    }

    @inline(__always)
    private static func string(
        _ p: BytePointer, _ step: UnsafeMutablePointer<JSONStep>, _ base: BytePointer, _ row: Int
    ) -> BytePointer? {
        guard p[0] == 0x22 else { return nil }
        let start = p + 1
        var seen: UInt64 = 0
        let stop = JSONText.scanString(start, &seen)
        guard stop[0] == 0x22 else { return nil }
        let length = stop - start
        if seen & splat(0x80) != 0 && !isValidUTF8(TextRange(start, length)) { return nil }
        out(step, StringView.self)[row] = view(start, length, step.pointee.bufferIndex, start - base)
        return stop + 1
    }

    /// The view of a text in the piece; up to 12 bytes lie in the view itself.
    @inline(__always)
    static func view(_ start: BytePointer, _ length: Int, _ bufferIndex: UInt32, _ offset: Int) -> StringView
    {
        if length > StringView.inlineCapacity {
            return StringView(
                length: UInt32(truncatingIfNeeded: length), prefix: load4(start), bufferIndex: bufferIndex,
                offset: UInt32(truncatingIfNeeded: offset))
        }
        var low = load8(start)
        var high = load4(start + 8)
        if length < 8 {
            low &= (1 << UInt64(length &* 8)) &- 1
            high = 0
        } else {
            high &= UInt32(truncatingIfNeeded: (UInt64(1) << UInt64((length &- 8) &* 8)) &- 1)
        }
        return StringView(
            length: UInt32(truncatingIfNeeded: length), prefix: UInt32(truncatingIfNeeded: low),
            bufferIndex: UInt32(truncatingIfNeeded: low >> 32), offset: high)
    }

    /// `yyyy-MM-dd` at `p` and the bytes after it that `mask` takes; false if it is no plain date.
    @inline(__always)
    static func day(_ p: BytePointer, _ days: inout DayCache, mask: UInt64) -> Bool {
        if _fastPath(load8(p) == days.word0 && load8(p + 8) & mask == days.word1 & mask) { return true }
        return newDay(p, &days)
    }

    @inline(never)
    private static func newDay(_ p: BytePointer, _ days: inout DayCache) -> Bool {
        guard let day = TimeParser.isoDate(TextRange(p, 10)), p[4] == 0x2D, p[0] != 0x2D, p[0] != 0x2B else {
            return false
        }
        days.word0 = load8(p)
        days.word1 = load8(p + 8) & 0xFFFF
        days.micros = Int64(day) &* 86_400_000_000
        return true
    }

    @inline(__always)
    private static func timestamp(
        _ p: BytePointer, _ step: UnsafeMutablePointer<JSONStep>, _ days: inout DayCache, _ row: Int,
        _ separator: UInt8
    ) -> BytePointer? {
        guard p[0] == 0x22, day(p + 1, &days, mask: 0xFFFF), p[11] == separator else { return nil }
        var micros: Int64 = 0
        guard let next = timeOfDay(p + 12, &micros) else { return nil }
        var end = next
        if step.pointee.isZoned {
            if end[0] != 0x5A { return nil }
            end += 1
        }
        guard end[0] == 0x22 else { return nil }
        let unit = step.pointee.precisionUnit
        // Precision 3 is the common case, and so are texts with three digits.
        if unit != 1 && (unit != 1000 || end - p > 24) { micros = micros / unit &* unit }
        out(step, Int64.self)[row] = days.micros &+ micros
        return end + 1
    }

    /// `HH:mm:ss[.fraction]` at `p`, microseconds of the day; nil if it is not plain.
    @inline(__always)
    static func timeOfDay(_ p: BytePointer, _ micros: inout Int64) -> BytePointer? {
        let text = load8(p)
        let digits = text ^ 0x3030_3A30_303A_3030
        let bad = (digits &+ 0x0606_0006_0600_0606) & 0xF0F0_FFF0_F0FF_F0F0
        if bad | (text & splat(0x80)) != 0 { return nil }
        let pairs = (digits &* 10) &+ (digits >> 8)
        let hour = pairs & 0xFF
        let minute = (pairs >> 24) & 0xFF
        let second = (pairs >> 48) & 0xFF
        if hour > 23 || minute > 59 || second > 59 { return nil }
        let seconds = hour &* 3600 &+ minute &* 60 &+ second
        micros = Int64(truncatingIfNeeded: seconds) &* 1_000_000
        guard p[8] == 0x2E else { return p + 8 }
        let fraction = load8(p + 9) ^ splat(0x30)
        let stop = nonDigits(fraction)
        let count = stop == 0 ? 8 : stop.trailingZeroBitCount >> 3
        // Up to six digits; the bytes after them become zeros behind the point.
        if count == 0 || count > 6 { return nil }
        let kept = fraction & ((1 << UInt64(count &* 8)) &- 1)
        micros &+= Int64(truncatingIfNeeded: eightDigits(kept)) / 100
        return p + 9 + count
    }

    @inline(__always)
    private static func double(
        _ start: BytePointer, _ step: UnsafeMutablePointer<JSONStep>, _ row: Int
    ) -> BytePointer? {
        var negative = false
        var mantissa: UInt64 = 0
        var fractionDigits = 0
        guard let next = plainDecimal(start, &negative, &mantissa, &fractionDigits) else { return nil }
        // Both are exact, so the quotient is the nearest double.
        let magnitude = Double(mantissa) / doublePower(fractionDigits)
        out(step, Double.self)[row] = negative ? -magnitude : magnitude
        return next
    }

    @inline(__always)
    private static func decimal(
        _ start: BytePointer, _ step: UnsafeMutablePointer<JSONStep>, _ row: Int
    ) -> BytePointer? {
        var negative = false
        var mantissa: UInt64 = 0
        var fractionDigits = 0
        guard let next = plainDecimal(start, &negative, &mantissa, &fractionDigits) else { return nil }
        let shift = step.pointee.scale &- fractionDigits
        if shift < 0 { return nil }
        let (unscaled, overflow) = mantissa.multipliedReportingOverflow(by: tens[shift])
        if overflow || unscaled > UInt64(bitPattern: step.pointee.high) { return nil }
        out(step, Int64.self)[row] = negative ? 0 &- Int64(unscaled) : Int64(unscaled)
        return next
    }

    /// `[-]digits[.digits]` of at most 15 digits in all.
    @inline(__always)
    static func plainDecimal(
        _ start: BytePointer, _ negative: inout Bool, _ mantissa: inout UInt64, _ fractionDigits: inout Int
    ) -> BytePointer? {
        negative = start[0] == 0x2D
        var p = negative ? start + 1 : start
        let count = scanDigits(p, &mantissa)
        if count == 0 || (p[0] == 0x30 && count > 1) { return nil }
        p += count
        if p[0] == 0x2E {
            var fraction: UInt64 = 0
            fractionDigits = scanDigits(p + 1, &fraction)
            if fractionDigits == 0 || count &+ fractionDigits > 15 { return nil }
            mantissa = mantissa &* tens[fractionDigits] &+ fraction
            p += 1 &+ fractionDigits
        } else if count > 15 {
            return nil
        }
        if p[0] | 0x20 == 0x65 { return nil }
        return p
    }
}
