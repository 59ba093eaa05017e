import SluiceBase
import SluiceColumns

/// Casts among DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ (K9). Timestamps before 1970 are cut toward 1970 by the
/// casts to DATE and to lower precisions; the cast to TIME gives a negative time.
enum TemporalCasts {
    static let microsPerDay: Int64 = 86_400_000_000

    static func kernel(_ from: DataType, _ to: DataType) -> CastKernel {
        switch from.kind {
        case .date:
            return { column, count, context, _ in
                let micros = Loops.map(column, count, .timestamp(6)) { (x: Int32) in Int64(x) &* microsPerDay
                }
                return fromWallClock(micros, count, to, context)
            }
        case .time:
            if case .time(let precision) = to.kind {
                return { column, count, _, _ in
                    Loops.map(column, count, to) { (x: Int32) in cutMillis(x, precision) }
                }
            }
            return { column, count, context, _ in
                let micros = Loops.map(column, count, .timestamp(6)) { (x: Int32) in Int64(x) &* 1000 }
                return fromWallClock(micros, count, to, context)
            }
        default: return fromTimestamp(from, to)
        }
    }

    /// TIME keeps milliseconds of the day.
    static func cutMillis(_ millis: Int32, _ precision: Int) -> Int32 {
        switch precision {
        case 0: return millis / 1000 * 1000
        case 1: return millis / 100 * 100
        case 2: return millis / 10 * 10
        default: return millis
        }
    }

    /// A wall clock reading in microseconds (TIMESTAMP up to precision 6) as a timestamp type.
    private static func fromWallClock(
        _ micros: Column, _ count: Int, _ to: DataType, _ context: EvalContext
    ) -> Column {
        let zone = context.zone
        switch (to.kind, to.physical) {
        case (.timestamp, .int64): return micros
        case (.timestamp, _): return Loops.map(micros, count, to) { (x: Int64) in Int128(x) &* 1000 }
        case (_, .int64): return Loops.map(micros, count, to) { (x: Int64) in zone.utcMicros(x) }
        default: return Loops.map(micros, count, to) { (x: Int64) in Int128(zone.utcMicros(x)) &* 1000 }
        }
    }

    static func toUTC(nanos: Int128, _ zone: TimeZoneRules) -> Int128 {
        let micros = Int64(truncatingIfNeeded: floorDivide(nanos, 1000))
        return nanos + Int128(zone.utcMicros(micros) &- micros) * 1000
    }

    static func toLocal(nanos: Int128, _ zone: TimeZoneRules) -> Int128 {
        let micros = Int64(truncatingIfNeeded: floorDivide(nanos, 1000))
        return nanos + Int128(zone.localMicros(micros) &- micros) * 1000
    }

    private static func fromTimestamp(_ from: DataType, _ to: DataType) -> CastKernel {
        let sourceIsLocal = isLTZ(from.kind)
        let targetIsLocal = isLTZ(to.kind)
        let isWide = from.physical == .int128
        return { column, count, context, _ in
            let zone = context.zone
            var values = column
            // First onto the axis of the target.
            if sourceIsLocal && !targetIsLocal {
                values =
                    isWide
                    ? Loops.map(values, count, .timestamp(9)) { (x: Int128) in toLocal(nanos: x, zone) }
                    : Loops.map(values, count, .timestamp(6)) { (x: Int64) in zone.localMicros(x) }
            } else if !sourceIsLocal && targetIsLocal {
                values =
                    isWide
                    ? Loops.map(values, count, .timestampLTZ(9)) { (x: Int128) in toUTC(nanos: x, zone) }
                    : Loops.map(values, count, .timestampLTZ(6)) { (x: Int64) in zone.utcMicros(x) }
            }
            return isWide ? narrowNanos(values, count, from, to) : narrowMicros(values, count, from, to)
        }
    }

    private static func isLTZ(_ kind: TypeKind) -> Bool {
        if case .timestampLTZ = kind { return true }
        return false
    }

    private static func narrowMicros(_ values: Column, _ count: Int, _ from: DataType, _ to: DataType)
        -> Column
    {
        switch to.kind {
        case .date:
            if isLTZ(from.kind) {
                return Loops.map(values, count, to) { (x: Int64) in
                    Int32(truncatingIfNeeded: floorDivide(x, microsPerDay))
                }
            }
            return Loops.map(values, count, to) { (x: Int64) in
                Int32(truncatingIfNeeded: floorDivide(x, 1000) / 86_400_000)
            }
        case .time(let precision):
            let isLocal = isLTZ(from.kind)
            return Loops.map(values, count, to) { (x: Int64) in timeOfDay(micros: x, precision, isLocal) }
        case .timestamp(let precision), .timestampLTZ(let precision):
            if precision > 6 { return Loops.map(values, count, to) { (x: Int64) in Int128(x) &* 1000 } }
            if precision >= timestampPrecision(from.kind) { return values }
            return Loops.map(values, count, to) { (x: Int64) in cut(micros: x, precision) }
        default: return values
        }
    }

    private static func narrowNanos(_ values: Column, _ count: Int, _ from: DataType, _ to: DataType)
        -> Column
    {
        switch to.kind {
        case .timestamp(let precision) where precision > 6, .timestampLTZ(let precision) where precision > 6:
            if precision >= timestampPrecision(from.kind) { return values }
            let unit: Int128 = precision == 7 ? 100 : 10
            return Loops.map(values, count, to) { (x: Int128) in floorDivide(x, unit) &* unit }
        default:
            let micros = Loops.map(values, count, .timestamp(6)) { (x: Int128) in
                Int64(truncatingIfNeeded: floorDivide(x, 1000))
            }
            return narrowMicros(micros, count, from, to)
        }
    }

    static func timestampPrecision(_ kind: TypeKind) -> Int {
        switch kind {
        case .timestamp(let precision), .timestampLTZ(let precision), .time(let precision): return precision
        default: return 0
        }
    }

    /// Before 1970 a TIMESTAMP gives a negative time, which is ordered as such and written as the time that it means.
    private static func timeOfDay(micros: Int64, _ precision: Int, _ isLocal: Bool) -> Int32 {
        let millis = floorDivide(micros, 1000)
        let rest = isLocal ? floorModulo(millis, 86_400_000) : millis % 86_400_000
        return cutMillis(Int32(truncatingIfNeeded: rest), precision)
    }

    /// Cut to fewer digits: up to milliseconds toward zero, finer ones downward.
    private static func cut(micros: Int64, _ precision: Int) -> Int64 {
        switch precision {
        case 0, 1, 2, 3:
            let unit: Int64 = precision == 0 ? 1000 : (precision == 1 ? 100 : (precision == 2 ? 10 : 1))
            return floorDivide(micros, 1000) / unit &* unit &* 1000
        case 4: return floorDivide(micros, 100) &* 100
        case 5: return floorDivide(micros, 10) &* 10
        default: return micros
        }
    }
}
