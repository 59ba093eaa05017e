import SluiceBase
import SluiceColumns

/// A unit of time as EXTRACT, FLOOR, CEIL, TIMESTAMPADD and TIMESTAMPDIFF take it.
enum TimeUnit: String, Sendable {
    case millennium = "MILLENNIUM"
    case century = "CENTURY"
    case decade = "DECADE"
    case year = "YEAR"
    case isoYear = "ISOYEAR"
    case quarter = "QUARTER"
    case month = "MONTH"
    case week = "WEEK"
    case day = "DAY"
    case dayOfYear = "DOY"
    case dayOfWeek = "DOW"
    case isoDayOfWeek = "ISODOW"
    case hour = "HOUR"
    case minute = "MINUTE"
    case second = "SECOND"
    case millisecond = "MILLISECOND"
    case microsecond = "MICROSECOND"
    case nanosecond = "NANOSECOND"
    case epoch = "EPOCH"

    static let millisPerDay: Int64 = 86_400_000

    /// The unit that a literal first argument names.
    static func literal(_ expr: BoundExpr, of function: String) throws(SQLError) -> TimeUnit {
        var name = (expr.literalValue?.asString ?? "").uppercased()
        if name.hasPrefix("SQL_TSI_") { name.removeFirst(8) }
        if let unit = TimeUnit(rawValue: name) { return unit }
        if name.hasSuffix("S"), let unit = TimeUnit(rawValue: String(name.dropLast())) { return unit }
        if name == "FRAC_SECOND" { return .microsecond }
        throw SQLError(
            .typeMismatch, "function \"\(function)\" does not know the unit \"\(name)\"", span: expr.span,
            hint: "use YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND")
    }

    /// Months of a unit that is counted in months.
    var months: Int64? {
        switch self {
        case .millennium: return 12_000
        case .century: return 1200
        case .decade: return 120
        case .year: return 12
        case .quarter: return 3
        case .month: return 1
        default: return nil
        }
    }

    /// Milliseconds of a unit of fixed length.
    var millis: Int64? {
        switch self {
        case .week: return 7 * TimeUnit.millisPerDay
        case .day: return TimeUnit.millisPerDay
        case .hour: return 3_600_000
        case .minute: return 60_000
        case .second: return 1000
        case .millisecond: return 1
        default: return nil
        }
    }

    /// Smaller than a day.
    var isTimeOfDay: Bool {
        switch self {
        case .hour, .minute, .second, .millisecond, .microsecond, .nanosecond: return true
        default: return false
        }
    }
}
