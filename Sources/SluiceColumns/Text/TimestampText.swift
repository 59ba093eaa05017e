import SluiceBase

/// How many digits of a second are written.
public enum FractionStyle: Sendable, Hashable {
    /// Exactly so many, none for 0: `CAST(ts AS STRING)`.
    case fixed(Int)
    /// Without trailing zeros; no point if nothing is left.
    case trimmed
}

/// Writes dates, times and timestamps. Keeps the text of the last day: rows of one day share it.
public struct TimestampWriter: Sendable {
    /// Between date and time.
    public var separator: UInt8
    /// Years after 9999 get a plus sign, as in ISO 8601.
    public var signsLongYears: Bool

    private var cachedDay = Int.min
    private var cachedText: (UInt64, UInt64) = (0, 0)
    private var cachedLength = 0

    public init(separator: UInt8 = 0x20, signsLongYears: Bool = false) {
        self.separator = separator
        self.signsLongYears = signsLongYears
    }

    public mutating func appendDate(days: Int, to out: inout ByteScratch) {
        out.reserve(32)
        if days != cachedDay { cache(days) }
        let at = UnsafeMutableRawPointer(out.base + out.count)
        at.storeBytes(of: cachedText.0, as: UInt64.self)
        (at + 8).storeBytes(of: cachedText.1, as: UInt64.self)
        out.count &+= cachedLength
    }

    /// `HH:mm:ss` and a fraction.
    public func appendTime(millis: Int, _ fraction: FractionStyle, to out: inout ByteScratch) {
        let (seconds, rest) = millis.quotientAndRemainder(dividingBy: 1000)
        appendTime(seconds: seconds, nanos: rest &* 1_000_000, fraction, to: &out)
    }

    public mutating func appendTimestamp(
        micros: Int64, _ fraction: FractionStyle, to out: inout ByteScratch
    ) {
        let day = floorDivide(micros, 86_400_000_000)
        let rest = Int(micros &- day &* 86_400_000_000)
        appendDate(days: Int(day), to: &out)
        out.base[out.count] = separator
        out.count &+= 1
        let (seconds, micro) = rest.quotientAndRemainder(dividingBy: 1_000_000)
        appendTime(seconds: seconds, nanos: micro &* 1000, fraction, to: &out)
    }

    public mutating func appendTimestamp(
        nanos: Int128, _ fraction: FractionStyle, to out: inout ByteScratch
    ) {
        let day = floorDivide(nanos, 86_400_000_000_000)
        let rest = Int(truncatingIfNeeded: nanos &- day &* 86_400_000_000_000)
        appendDate(days: Int(truncatingIfNeeded: day), to: &out)
        out.base[out.count] = separator
        out.count &+= 1
        let (seconds, nano) = rest.quotientAndRemainder(dividingBy: 1_000_000_000)
        appendTime(seconds: seconds, nanos: nano, fraction, to: &out)
    }

    private func appendTime(
        seconds: Int, nanos: Int, _ fraction: FractionStyle, to out: inout ByteScratch
    ) {
        out.reserve(24)
        let at = out.count
        let inDay = floorModulo(seconds, 86_400)
        out.storePair(inDay / 3600, at: at)
        out.base[at &+ 2] = UInt8(ascii: ":")
        out.storePair(inDay / 60 % 60, at: at &+ 3)
        out.base[at &+ 5] = UInt8(ascii: ":")
        out.storePair(inDay % 60, at: at &+ 6)
        out.count = at &+ 8
        appendFraction(nanos, fraction, to: &out)
    }

    private func appendFraction(_ nanos: Int, _ fraction: FractionStyle, to out: inout ByteScratch) {
        var digits: Int
        switch fraction {
        case .fixed(let wanted):
            digits = Swift.min(Swift.max(wanted, 0), 9)
            if digits == 0 { return }
        case .trimmed:
            if nanos == 0 { return }
            digits = 9
        }
        let at = out.count
        out.base[at] = UInt8(ascii: ".")
        if digits == 3 {
            let millis = nanos / 1_000_000
            out.base[at &+ 1] = 0x30 &+ UInt8(truncatingIfNeeded: millis / 100)
            out.storePair(millis % 100, at: at &+ 2)
            out.count = at &+ 4
            return
        }
        out.count = at &+ 1
        out.appendPadded(UInt64(nanos), width: 9)
        if fraction == .trimmed {
            while out.base[at &+ digits] == 0x30 { digits &-= 1 }
        }
        out.count = at &+ 1 &+ digits
    }

    /// A day's text fits 16 bytes: years of a TIMESTAMP have at most six digits and a sign.
    private mutating func cache(_ days: Int) {
        let date = CivilDate(days: days)
        var text = ByteScratch(capacity: 64)
        if date.year < 0 { text.append(UInt8(ascii: "-")) }
        if date.year > 9999 && signsLongYears { text.append(UInt8(ascii: "+")) }
        let magnitude = date.year.magnitude
        text.appendPadded(UInt64(magnitude), width: Swift.max(4, decimalDigitCount(UInt64(magnitude))))
        text.append(UInt8(ascii: "-"))
        text.appendPadded(UInt64(date.month), width: 2)
        text.append(UInt8(ascii: "-"))
        text.appendPadded(UInt64(date.day), width: 2)
        let from = UnsafeRawPointer(text.base)
        cachedText = (from.loadUnaligned(as: UInt64.self), (from + 8).loadUnaligned(as: UInt64.self))
        cachedLength = Swift.min(text.count, 16)
        cachedDay = days
    }
}
