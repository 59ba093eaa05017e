import SluiceBase
import SluiceColumns

/// FLOOR(time TO unit) and CEIL(time TO unit).
func resolveTimeRounding(_ site: CallSite, up: Bool) throws(SQLError) -> BoundExpr {
    let name = up ? "CEIL" : "FLOOR"
    try ArgumentForms([.datetime, .character]).check(site, signature: "\(name)(time TO unit)")
    let unit = try TimeUnit.literal(site.arguments[1], of: name)
    let source = site.arguments[0]
    var isRefused = unit.months == nil && unit.millis == nil
    if case .time = source.type.kind { isRefused = !unit.isTimeOfDay || unit.millis == nil }
    if isRefused {
        throw SQLError(
            .typeMismatch, "cannot round \(source.type.kind) to \(unit.rawValue)", span: source.span ?? site.span)
    }
    return BoundExpr(.call(name, site.arguments), source.type, span: site.span)
}

func timeRoundingKernel(_ call: BoundExpr, up: Bool) throws(SQLError) -> Kernel {
    let unit = try TimeUnit.literal(call.children[1], of: up ? "CEIL" : "FLOOR")
    let kind = call.type.kind
    let result = TimeResult(kind: kind)
    return KernelFactory(call).integer { (arguments) throws(SQLError) in
        let local = TimeArgument(arguments, 0, local: true)
        let plain = TimeArgument(arguments, 0, local: false)
        if kind == .date && unit.isTimeOfDay {
            return { (row) throws(SQLError) in result.value(plain.millis(row)) }
        }
        return { (row) throws(SQLError) in
            let reading = local.millis(row)
            // The offset at the time itself holds for the result too, even across a change of the clocks.
            let offset = reading &- plain.millis(row)
            return result.value(rounded(reading, unit, up: up) &- offset)
        }
    }
}

@inline(__always)
private func rounded(_ millis: Int64, _ unit: TimeUnit, up: Bool) -> Int64 {
    if unit == .week {
        // Weeks start on Sunday; 1970-01-04 was one.
        let shift: Int64 = 3 * TimeUnit.millisPerDay
        return roundedFixed(millis &- shift, 7 * TimeUnit.millisPerDay, up: up) &+ shift
    }
    if let size = unit.millis { return roundedFixed(millis, size, up: up) }
    let date = CivilDate(days: Int(floorDivide(millis, TimeUnit.millisPerDay)))
    let start = periodStart(date, unit)
    let floor = Int64(start.days) &* TimeUnit.millisPerDay
    if !up || floor == millis { return floor }
    return CalendarMath.addMonths(millis: floor, unit.months ?? 1)
}

@inline(__always)
private func roundedFixed(_ millis: Int64, _ size: Int64, up: Bool) -> Int64 {
    let rest = floorModulo(millis, size)
    if rest == 0 { return millis }
    return up ? millis &- rest &+ size : millis &- rest
}

private func periodStart(_ date: CivilDate, _ unit: TimeUnit) -> CivilDate {
    switch unit {
    case .month: return CivilDate(year: date.year, month: date.month, day: 1)
    case .quarter: return CivilDate(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1)
    case .decade: return CivilDate(year: floorDivide(date.year, 10) * 10, month: 1, day: 1)
    case .century: return CivilDate(year: floorDivide(date.year - 1, 100) * 100 + 1, month: 1, day: 1)
    case .millennium: return CivilDate(year: floorDivide(date.year - 1, 1000) * 1000 + 1, month: 1, day: 1)
    default: return CivilDate(year: date.year, month: 1, day: 1)
    }
}
