public import SluiceBase

/// A literal. Numbers and times stay text: what they mean is for the binder, which knows the types.
public enum Literal: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// `UNKNOWN`, a NULL of type BOOLEAN.
    case unknown
    /// Digits with at most one point and no sign: `12`, `1.50`, `.5`.
    case exactNumber(String)
    /// With an exponent: `1.5E-3`.
    case approximateNumber(String)
    case string(String)
    case binary([UInt8])
    case date(String)
    case time(String)
    case timestamp(String)
    case timestampLTZ(String)
    case interval(IntervalLiteral)
}

/// `INTERVAL [-]'text' DAY TO SECOND(3)`.
public struct IntervalLiteral: Sendable, Equatable {
    public var isNegative: Bool
    public var text: String
    public var qualifier: IntervalQualifier

    public init(isNegative: Bool = false, text: String, qualifier: IntervalQualifier) {
        self.isNegative = isNegative
        self.text = text
        self.qualifier = qualifier
    }
}

/// `YEAR(4) TO MONTH`, `SECOND(3, 6)`. A missing precision is the default: 2 leading digits, 6 fractional.
public struct IntervalQualifier: Sendable, Equatable {
    public var start: TimeUnit
    public var startPrecision: Int?
    public var end: TimeUnit?
    /// Digits behind the point of SECOND.
    public var fractionalPrecision: Int?
    @NotCompared public var span: SourceSpan

    public init(
        start: TimeUnit, startPrecision: Int? = nil, end: TimeUnit? = nil, fractionalPrecision: Int? = nil,
        span: SourceSpan = SourceSpan(0, 0)
    ) {
        self.start = start
        self.startPrecision = startPrecision
        self.end = end
        self.fractionalPrecision = fractionalPrecision
        self.span = span
    }

    /// Whether it counts months; the other kind counts milliseconds.
    public var isYearMonth: Bool {
        switch start {
        case .year, .quarter, .month: return true
        default: return false
        }
    }
}

/// Units of EXTRACT, FLOOR, TIMESTAMPADD and of intervals (these take only some of them).
public enum TimeUnit: String, Sendable, Equatable, CaseIterable {
    case year = "YEAR"
    case quarter = "QUARTER"
    case month = "MONTH"
    case week = "WEEK"
    case day = "DAY"
    case hour = "HOUR"
    case minute = "MINUTE"
    case second = "SECOND"
    case millisecond = "MILLISECOND"
    case microsecond = "MICROSECOND"
    case nanosecond = "NANOSECOND"
    case dayOfWeek = "DOW"
    case dayOfYear = "DOY"
    case isoDayOfWeek = "ISODOW"
    case isoYear = "ISOYEAR"
    case epoch = "EPOCH"
    case decade = "DECADE"
    case century = "CENTURY"
    case millennium = "MILLENNIUM"
}
