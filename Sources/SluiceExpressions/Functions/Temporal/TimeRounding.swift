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
            .typeMismatch, "cannot round \(source.type.kind) to \(unit.rawValue)",
            span: source.span ?? site.span)
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
    if unit != .week, let size = unit.millis { return roundedFixed(millis, size, up: up) }
    // Longer units look at the day alone, counted toward zero.
    let day = Int(millis / TimeUnit.millisPerDay)
    return Int64(roundedDay(day, unit, up: up)) &* TimeUnit.millisPerDay
}

@inline(__always)
private func roundedFixed(_ millis: Int64, _ size: Int64, up: Bool) -> Int64 {
    let rest = floorModulo(millis, size)
    if rest == 0 { return millis }
    return up ? millis &- rest &+ size : millis &- rest
}

/// The first day of a period, as a date of the new calendar. Days before 15 October 1582 are read in the old one, and
/// CEIL TO QUARTER leaves only the first of January where it is.
private func roundedDay(_ days: Int, _ unit: TimeUnit, up: Bool) -> Int {
    let date = days < HybridCalendar.cutover ? HybridCalendar.julian(days: days) : CivilDate(days: days)
    let isNewYear = date.month == 1 && date.day == 1
    var year = date.year
    switch unit {
    case .week:
        // 0 for Sunday.
        let weekday = floorModulo(days &+ 4, 7)
        return date.days &- (up && weekday > 0 ? weekday &- 7 : weekday)
    case .month:
        let month = up && date.day > 1 ? date.month + 1 : date.month
        return CivilDate(year: year, month: 1, day: 1).adding(months: month - 1).days
    case .quarter:
        let quarter = (date.month + 2) / 3 + (up && !isNewYear ? 1 : 0)
        return CivilDate(year: year, month: 1, day: 1).adding(months: quarter * 3 - 3).days
    case .decade: year = 10 * (year / 10 + (up ? 1 : 0))
    case .century: year = 100 * ((year + 99) / 100) + (up ? 1 : -99)
    case .millennium: year = 1000 * ((year + 999) / 1000) + (up ? 1 : -999)
    default: if up && !isNewYear { year += 1 }
    }
    return CivilDate(year: year, month: 1, day: 1).days
}
