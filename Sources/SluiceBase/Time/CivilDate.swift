/// A day of the proleptic Gregorian calendar, and the arithmetic between it and days since 1970-01-01.
public struct CivilDate: Sendable, Hashable {
    public var year: Int
    /// 1...12
    public var month: Int
    /// 1...31
    public var day: Int

    @inlinable
    public init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day `days` after 1970-01-01. Years of 400-year eras that start on 1 March (Howard Hinnant's algorithm).
    @inlinable
    public init(days: Int) {
        let shifted = days &+ 719_468
        let era = (shifted >= 0 ? shifted : shifted &- 146_096) / 146_097
        let dayOfEra = shifted &- era &* 146_097
        let yearOfEra =
            (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let monthFromMarch = (5 &* dayOfYear &+ 2) / 153
        day = dayOfYear &- (153 &* monthFromMarch &+ 2) / 5 &+ 1
        month = monthFromMarch < 10 ? monthFromMarch &+ 3 : monthFromMarch &- 9
        year = yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01; month and day need not be in range of each other (31 February counts on).
    @inlinable
    public var days: Int { CivilDate.days(year: year, month: month, day: day) }

    @inlinable
    public static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year &- 1 : year
        let era = (shifted >= 0 ? shifted : shifted &- 399) / 400
        let yearOfEra = shifted &- era &* 400
        let monthFromMarch = month > 2 ? month &- 3 : month &+ 9
        let dayOfYear = (153 &* monthFromMarch &+ 2) / 5 &+ day &- 1
        let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
        return era &* 146_097 &+ dayOfEra &- 719_468
    }

    @inlinable
    public static func isLeap(_ year: Int) -> Bool {
        year & 3 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    @inlinable
    public static func daysInMonth(_ year: Int, _ month: Int) -> Int {
        switch month {
        case 2: return isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }

    /// The same day of the month `months` later, or the month's last day.
    @inlinable
    public func adding(months: Int) -> CivilDate {
        let total = year &* 12 &+ (month &- 1) &+ months
        let newYear = floorDivide(total, 12)
        let newMonth = total &- newYear &* 12 &+ 1
        return CivilDate(
            year: newYear, month: newMonth,
            day: Swift.min(day, CivilDate.daysInMonth(newYear, newMonth)))
    }

    /// 1...366
    @inlinable
    public var dayOfYear: Int { days &- CivilDate.days(year: year, month: 1, day: 1) &+ 1 }

    /// Monday = 1 ... Sunday = 7.
    @inlinable
    public static func isoDayOfWeek(days: Int) -> Int { floorModulo(days &+ 3, 7) &+ 1 }
}

/// Division that rounds toward negative infinity.
@inlinable @inline(__always)
public func floorDivide<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
    let quotient = a / b
    return (a % b != 0) && ((a < 0) != (b < 0)) ? quotient &- 1 : quotient
}

/// The remainder of `floorDivide`: it has the sign of `b`.
@inlinable @inline(__always)
public func floorModulo<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
    let remainder = a % b
    return remainder != 0 && ((remainder < 0) != (b < 0)) ? remainder &+ b : remainder
}

extension TimeZoneRules {
    /// The wall clock reading (microseconds since 1970-01-01 00:00) at an instant in microseconds.
    public func localMicros(_ utc: Int64) -> Int64 {
        utc &+ Int64(offset(atUTC: floorDivide(utc, 1_000_000))) &* 1_000_000
    }

    /// The instant of a wall clock reading, both in microseconds.
    public func utcMicros(_ local: Int64) -> Int64 {
        local &- Int64(offset(atLocal: floorDivide(local, 1_000_000))) &* 1_000_000
    }
}
