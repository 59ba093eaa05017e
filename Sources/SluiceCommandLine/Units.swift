/// Durations as on Flink's side: a whole number and a unit, `10s`, `5 min`; without a unit milliseconds.
public enum DurationText {
    public static func micros(_ text: String) -> Int64? {
        guard let (number, unit) = splitUnit(text) else { return nil }
        let factor: Int64
        switch unit {
        case "": factor = 1000
        case "us", "µs", "micro", "micros", "microsecond", "microseconds": factor = 1
        case "ms", "milli", "millis", "millisecond", "milliseconds": factor = 1000
        case "s", "sec", "secs", "second", "seconds": factor = 1_000_000
        case "m", "min", "mins", "minute", "minutes": factor = 60_000_000
        case "h", "hour", "hours": factor = 3_600_000_000
        case "d", "day", "days": factor = 86_400_000_000
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}

/// Sizes as on Flink's side: a whole number and a unit, in powers of 1024; without a unit bytes.
public enum SizeText {
    public static func bytes(_ text: String) -> Int64? {
        guard let (number, unit) = splitUnit(text) else { return nil }
        let shift: Int64
        switch unit {
        case "", "b", "bytes": shift = 0
        case "k", "kb", "kib", "kibibytes": shift = 10
        case "m", "mb", "mib", "mebibytes": shift = 20
        case "g", "gb", "gib", "gibibytes": shift = 30
        case "t", "tb", "tib", "tebibytes": shift = 40
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
        return overflow ? nil : product
    }
}

/// The number in front and the unit in lower case, nil where there is no number.
private func splitUnit(_ text: String) -> (number: Int64, unit: String)? {
    let trimmed = text.drop { $0 == " " }
    let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int64(digits) else { return nil }
    var unit = trimmed.dropFirst(digits.count).drop { $0 == " " }
    while unit.last == " " { unit.removeLast() }
    return (number, unit.lowercased())
}
