import SluiceBase
import SluiceColumns

/// EXTRACT and its short forms.
let extractFunctions: [FunctionDefinition] =
    [
        FunctionDefinition(
            "EXTRACT", .temporal, signature: "EXTRACT(unit FROM time)",
            resolve: { (site) throws(SQLError) in try resolveExtract(site) },
            kernel: { (call) throws(SQLError) in try extractKernel(call) })
    ]
    + [
        shortExtract("YEAR", .year), shortExtract("QUARTER", .quarter), shortExtract("MONTH", .month),
        shortExtract("WEEK", .week), shortExtract("DAYOFYEAR", .dayOfYear),
        shortExtract("DAYOFMONTH", .day), shortExtract("DAYOFWEEK", .dayOfWeek), shortExtract("HOUR", .hour),
        shortExtract("MINUTE", .minute), shortExtract("SECOND", .second),
    ]

private func shortExtract(_ name: String, _ unit: TimeUnit) -> FunctionDefinition {
    FunctionDefinition(
        name, .temporal, signature: "\(name)(time)",
        resolve: { (site) throws(SQLError) in
            guard site.arguments.count == 1 else {
                throw SQLError(
                    .argumentCount, "function \"\(name)\" takes one argument", span: site.span,
                    hint: "use \(name)(time)")
            }
            var full = site
            full.name = "EXTRACT"
            full.arguments.insert(literalText(unit.rawValue), at: 0)
            return try resolveExtract(full)
        },
        kernel: { (call) throws(SQLError) in try extractKernel(call) })
}

private func resolveExtract(_ site: CallSite) throws(SQLError) -> BoundExpr {
    let signature = "EXTRACT(unit FROM time)"
    try ArgumentForms([.character, .datetime], [.character, .interval]).check(site, signature: signature)
    let unit = try TimeUnit.literal(site.arguments[0], of: "EXTRACT")
    let source = site.arguments[1]
    let isRefused: Bool
    switch source.type.kind {
    case .intervalYearMonth: isRefused = unit.months == nil
    case .intervalDayTime: isRefused = unit.millis == nil && unit != .epoch
    case .time: isRefused = !unit.isTimeOfDay && unit != .epoch
    default: isRefused = false
    }
    if isRefused {
        throw SQLError(
            .typeMismatch, "cannot extract \(unit.rawValue) from \(source.type.kind)",
            span: source.span ?? site.span)
    }
    let type = DataType(.bigint, nullable: source.type.isNullable)
    return BoundExpr(.call("EXTRACT", site.arguments), type, span: site.span)
}

private func extractKernel(_ call: BoundExpr) throws(SQLError) -> Kernel {
    let unit = try TimeUnit.literal(call.children[0], of: "EXTRACT")
    let kind = call.children[1].type.kind
    return KernelFactory(call).int64 { (arguments) throws(SQLError) in
        if kind.isInterval {
            let value = arguments.int(1)
            let isMonths = kind == .intervalYearMonth
            return { (row) throws(SQLError) in intervalPart(value[row], unit, isMonths: isMonths) }
        }
        let time = TimeArgument(arguments, 1, local: unit != .epoch)
        let isDate = kind == .date
        switch unit {
        case .microsecond, .nanosecond:
            let scale: Int64 = unit == .nanosecond ? 1 : 1000
            return { (row) throws(SQLError) in
                let (millis, nanos) = time.reading(row)
                return (millis % 1000 * 1_000_000 + Int64(nanos)) / scale
            }
        default:
            return { (row) throws(SQLError) in datePart(time.millis(row), unit, isDate: isDate) }
        }
    }
}

private func intervalPart(_ value: Int64, _ unit: TimeUnit, isMonths: Bool) -> Int64 {
    if isMonths {
        switch unit {
        case .month: return value % 12
        case .quarter: return value % 12 / 3 + 1
        default: return value / (unit.months ?? 12)
        }
    }
    switch unit {
    case .hour: return value % TimeUnit.millisPerDay / 3_600_000
    case .minute: return value % 3_600_000 / 60_000
    case .second: return value % 60_000 / 1000
    case .millisecond: return value % 60_000
    case .epoch: return value / 1000
    default: return value / (unit.millis ?? TimeUnit.millisPerDay)
    }
}

/// A part of a reading. Before 1970 a timestamp's parts are those of a division toward zero (see the tests).
@inline(__always)
private func datePart(_ millis: Int64, _ unit: TimeUnit, isDate: Bool) -> Int64 {
    switch unit {
    case .hour: return millis % TimeUnit.millisPerDay / 3_600_000
    case .minute: return millis % 3_600_000 / 60_000
    case .second: return millis % 60_000 / 1000
    case .millisecond: return millis % 1000
    case .epoch: return millis / 1000
    default: return Int64(dayPart(Int(millis / TimeUnit.millisPerDay), unit))
    }
}

private func dayPart(_ days: Int, _ unit: TimeUnit) -> Int {
    switch unit {
    case .dayOfWeek: return floorModulo(days &+ 4, 7) &+ 1
    case .isoDayOfWeek: return CivilDate.isoDayOfWeek(days: days)
    case .week: return CalendarMath.isoWeek(days: days).week
    case .isoYear: return CalendarMath.isoWeek(days: days).year
    default: break
    }
    let date = CivilDate(days: days)
    switch unit {
    case .year: return date.year
    case .quarter: return (date.month &- 1) / 3 &+ 1
    case .month: return date.month
    case .day: return date.day
    case .dayOfYear: return date.dayOfYear
    case .decade: return date.year / 10
    case .century: return date.year > 0 ? (date.year &+ 99) / 100 : (date.year &- 99) / 100
    case .millennium: return date.year > 0 ? (date.year &+ 999) / 1000 : (date.year &- 999) / 1000
    default: return 0
    }
}
