public import SluiceBase
import SluiceColumns

/// The units of interval literals, largest first.
public enum IntervalUnit: Int, Sendable, CaseIterable {
    case year, quarter, month, week, day, hour, minute, second

    /// By keyword: `DAY`.
    public init?(keyword: String) {
        switch keyword.uppercased() {
        case "YEAR", "YEARS": self = .year
        case "QUARTER", "QUARTERS": self = .quarter
        case "MONTH", "MONTHS": self = .month
        case "WEEK", "WEEKS": self = .week
        case "DAY", "DAYS": self = .day
        case "HOUR", "HOURS": self = .hour
        case "MINUTE", "MINUTES": self = .minute
        case "SECOND", "SECONDS": self = .second
        default: return nil
        }
    }

    /// True for units that count months; the others count milliseconds.
    public var isYearMonth: Bool { rawValue <= IntervalUnit.month.rawValue }

    var keyword: String { "\(self)".uppercased() }

    /// Months or milliseconds.
    var size: Int64 {
        switch self {
        case .year: return 12
        case .quarter: return 3
        case .month: return 1
        case .week: return 604_800_000
        case .day: return 86_400_000
        case .hour: return 3_600_000
        case .minute: return 60_000
        case .second: return 1000
        }
    }

    /// How many make one of the next larger unit, for all but the leading unit.
    var limit: Int {
        switch self {
        case .month: return 12
        case .hour: return 24
        default: return 60
        }
    }
}

extension Literals {
    /// `INTERVAL [-]'1 12:30:15.5' DAY TO SECOND`. The leading number has at most `leadingPrecision` digits, 2 if not given.
    public static func interval(
        _ text: String, isNegative: Bool = false, from start: IntervalUnit, to end: IntervalUnit? = nil,
        leadingPrecision: Int? = nil, span: SourceSpan?
    ) throws(SQLError) -> BoundExpr {
        let last = end ?? start
        guard last.isYearMonth == start.isYearMonth, last.rawValue >= start.rawValue else {
            throw SQLError(
                .literal, "INTERVAL \(start.keyword) TO \(last.keyword) is not an interval", span: span)
        }
        var negative = isNegative
        var body = text
        if let sign = body.first, sign == "-" || sign == "+" {
            if sign == "-" { negative.toggle() }
            body.removeFirst()
        }
        let total = try magnitude(body, start, last, leadingPrecision ?? 2, text, span)
        let signed = negative ? -total : total
        if start.isYearMonth {
            guard let months = Int32(exactly: signed) else {
                throw malformedInterval(text, start, last, span)
            }
            return .literal(.int32(months), DataType(.intervalYearMonth, nullable: false), span: span)
        }
        return .literal(.int64(signed), DataType(.intervalDayTime, nullable: false), span: span)
    }

    private static func magnitude(
        _ body: String, _ start: IntervalUnit, _ last: IntervalUnit, _ precision: Int, _ text: String,
        _ span: SourceSpan?
    ) throws(SQLError) -> Int64 {
        var scanner = DigitScanner(body)
        guard let leading = scanner.number(10) else { throw malformedInterval(text, start, last, span) }
        guard leading.digits <= precision else {
            throw SQLError(
                .literalOutOfRange,
                "the interval '\(text)' has more than \(precision) digits in its \(start.keyword) field",
                span: span, hint: "write \(start.keyword)(\(leading.digits))")
        }
        var total = Int64(leading.value) * start.size
        for unit in IntervalUnit.allCases
        where unit.rawValue > start.rawValue && unit.rawValue <= last.rawValue
            && unit != .quarter && unit != .week
        {
            let separator: UInt8 = unit == .month ? 0x2D : (unit == .hour ? 0x20 : 0x3A)
            guard scanner.skip(separator), let part = scanner.number(2), part.value < unit.limit else {
                throw malformedInterval(text, start, last, span)
            }
            total += Int64(part.value) * unit.size
        }
        if last == .second && scanner.skip(0x2E) {
            guard let fraction = scanner.number(9) else { throw malformedInterval(text, start, last, span) }
            var nanos = fraction.value
            for _ in fraction.digits..<9 { nanos *= 10 }
            total += Int64(nanos / 1_000_000)
        }
        guard scanner.isAtEnd else { throw malformedInterval(text, start, last, span) }
        return total
    }

    private static func malformedInterval(
        _ text: String, _ start: IntervalUnit, _ last: IntervalUnit, _ span: SourceSpan?
    ) -> SQLError {
        let qualifier = start == last ? start.keyword : "\(start.keyword) TO \(last.keyword)"
        return SQLError(.literal, "'\(text)' is not an interval of \(qualifier)", span: span)
    }
}
