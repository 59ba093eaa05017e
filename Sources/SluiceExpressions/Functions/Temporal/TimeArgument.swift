import SluiceBase
import SluiceColumns

/// A date or time argument, read as milliseconds and the nanoseconds below them.
///
/// DATE counts from midnight of its day, TIME from midnight of 1970-01-01, TIMESTAMP_LTZ in the session zone if asked.
struct TimeArgument {
    private enum Unit { case days, millis, micros, nanos }

    /// Keeps `base` alive.
    private let column: Column
    private let base: UnsafeRawPointer
    private let stride: Int
    private let unit: Unit
    /// For an instant that is read as local time.
    private let zone: TimeZoneRules?

    init(_ arguments: Arguments, _ index: Int, local: Bool) {
        var isInstant = false
        var wide = false
        switch arguments.types[index].kind {
        case .date: unit = .days
        case .timestamp(let precision):
            wide = precision > 6
            unit = wide ? .nanos : .micros
        case .timestampLTZ(let precision):
            wide = precision > 6
            unit = wide ? .nanos : .micros
            isInstant = true
        default: unit = .millis
        }
        switch unit {
        case .days, .millis:
            let values = arguments.int32(index)
            column = .int32(values.column)
            base = UnsafeRawPointer(values.column.base)
            stride = values.stride
        case .micros:
            let values = arguments.int(index)
            column = .int64(values.column)
            base = UnsafeRawPointer(values.column.base)
            stride = values.stride
        case .nanos:
            let values = arguments.int128(index)
            column = .int128(values.column)
            base = UnsafeRawPointer(values.column.base)
            stride = values.stride
        }
        zone = local && isInstant ? arguments.context.zone : nil
    }

    @inline(__always)
    private func load<Value: BitwiseCopyable>(_ type: Value.Type, _ row: Int) -> Value {
        base.load(fromByteOffset: row &* stride &* MemoryLayout<Value>.stride, as: type)
    }

    /// Milliseconds since 1970-01-01 00:00, rounded down, and nanoseconds in 0..<1_000_000.
    @inline(__always)
    func reading(_ row: Int) -> (millis: Int64, nanos: Int) {
        switch unit {
        case .days, .millis: return (millis(row), 0)
        case .micros:
            let micros = load(Int64.self, row)
            let millis = floorDivide(micros, 1000)
            return (shifted(millis), Int(micros &- millis &* 1000) &* 1000)
        case .nanos:
            let nanos = load(Int128.self, row)
            let millis = floorDivide(nanos, 1_000_000)
            return (
                shifted(Int64(truncatingIfNeeded: millis)),
                Int(truncatingIfNeeded: nanos &- millis &* 1_000_000)
            )
        }
    }

    @inline(__always)
    func millis(_ row: Int) -> Int64 {
        switch unit {
        case .days: return Int64(load(Int32.self, row)) &* TimeUnit.millisPerDay
        case .millis: return Int64(load(Int32.self, row))
        case .micros: return shifted(floorDivide(load(Int64.self, row), 1000))
        case .nanos: return shifted(Int64(truncatingIfNeeded: floorDivide(load(Int128.self, row), 1_000_000)))
        }
    }

    @inline(__always)
    private func shifted(_ millis: Int64) -> Int64 {
        guard let zone else { return millis }
        return millis &+ Int64(zone.offset(atUTC: floorDivide(millis, 1000))) &* 1000
    }
}

/// Writes milliseconds and nanoseconds back in the layout of a date or time type.
struct TimeResult: Sendable {
    let kind: TypeKind

    /// The unscaled value of the result type: days, milliseconds of the day, microseconds or nanoseconds.
    func value(_ millis: Int64, _ nanos: Int = 0) -> Int128 {
        switch kind {
        case .date: return Int128(floorDivide(millis, TimeUnit.millisPerDay))
        case .time: return Int128(millis)
        case .timestamp(let precision), .timestampLTZ(let precision):
            if precision > 6 { return Int128(millis) * 1_000_000 + Int128(nanos) }
            let micros = Int128(millis) * 1000 + Int128(nanos / 1000)
            let unit: Int128 = DecimalMath.signedPower(6 - precision)
            return floorDivide(micros, unit) * unit
        default: return Int128(millis)
        }
    }
}

/// A day and the months around it, on milliseconds.
enum CalendarMath {
    /// Days `months` later, clipped to the end of the month.
    static func addMonths(days: Int, _ months: Int64) -> Int {
        CivilDate(days: days).adding(months: Int(clamping: months)).days
    }

    static func addMonths(millis: Int64, _ months: Int64) -> Int64 {
        let day = floorDivide(millis, TimeUnit.millisPerDay)
        let rest = millis &- day &* TimeUnit.millisPerDay
        return Int64(addMonths(days: Int(day), months)) &* TimeUnit.millisPerDay &+ rest
    }

    /// Full months from `b` to `a`, in days.
    static func monthsBetween(days a: Int, _ b: Int) -> Int {
        if a < b { return -monthsBetween(days: b, a) }
        var months = (a - b) / 31
        while true {
            if addMonths(days: b, Int64(months)) >= a { return months }
            if addMonths(days: b, Int64(months + 1)) > a { return months }
            months += 1
        }
    }

    /// Full months from `b` to `a`. The time of day counts only if it is the same day of the month.
    static func monthsBetween(millis a: Int64, _ b: Int64) -> Int {
        let dayA = floorDivide(a, TimeUnit.millisPerDay)
        let dayB = floorDivide(b, TimeUnit.millisPerDay)
        let months = monthsBetween(days: Int(dayA), Int(dayB))
        let isSameDay = addMonths(days: Int(dayB), Int64(months)) == Int(dayA)
        let timeA = a &- dayA &* TimeUnit.millisPerDay
        let timeB = b &- dayB &* TimeUnit.millisPerDay
        return isSameDay && timeA < timeB ? months - 1 : months
    }

    /// ISO week of the year and the year that the week belongs to.
    static func isoWeek(days: Int) -> (year: Int, week: Int) {
        // The Thursday of the week decides.
        let thursday = days &- CivilDate.isoDayOfWeek(days: days) &+ 4
        let date = CivilDate(days: thursday)
        return (date.year, (date.dayOfYear &- 1) / 7 &+ 1)
    }

    /// Week of the year as in the US: weeks start on Sunday, the first one has 1 January.
    static func usWeek(days: Int) -> (year: Int, week: Int) {
        // The Saturday of the week decides.
        let sunday = days &- floorModulo(days &+ 4, 7)
        let saturday = CivilDate(days: sunday &+ 6)
        return (saturday.year, (saturday.dayOfYear &- 1) / 7 &+ 1)
    }
}
