import SluiceBase
import SluiceConnect

/// Which versions a scan sees (H29).
struct ScanOptions: Sendable {
    /// Cells written from `minTimestamp` to below `maxTimestamp`, in milliseconds.
    let minTimestamp: Int64
    let maxTimestamp: Int64

    init(_ options: TableOptions) throws(SQLError) {
        let asOf = try Self.time(options, "scan.timestamp")
        let start = try Self.time(options, "scan.time-range.start")
        let end = try Self.time(options, "scan.time-range.end")
        if asOf != nil && (start != nil || end != nil) {
            throw SQLError(
                .connectorOption, "'scan.timestamp' and 'scan.time-range' exclude each other",
                hint: "'scan.timestamp' reads each row as of a time")
        }
        minTimestamp = start ?? 0
        // As of a time means: what was written then counts.
        maxTimestamp = end ?? asOf.map { $0 == .max ? $0 : $0 + 1 } ?? .max
        guard minTimestamp <= maxTimestamp else {
            throw SQLError(.connectorOption, "'scan.time-range.end' lies before 'scan.time-range.start'")
        }
    }

    private static func time(_ options: TableOptions, _ key: String) throws(SQLError) -> Int64? {
        guard let text = options[key] else { return nil }
        if let millis = Int64(text), millis >= 0 { return millis }
        if let millis = parse(text), millis >= 0 { return millis }
        throw options.wrong(key, text, "milliseconds or a timestamp such as 2024-01-31 00:00:00")
    }

    /// `2024-01-31`, `2024-01-31 10:15:30` or with milliseconds, in UTC.
    private static func parse(_ text: String) -> Int64? {
        let parts = text.split(maxSplits: 1) { $0 == " " || $0 == "T" }
        let date = (parts.first ?? "").split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard date.count == 3, let year = date[0], let month = date[1], let day = date[2],
            (1970...9999).contains(year), (1...12).contains(month),
            (1...CivilDate.daysInMonth(year, month)).contains(day)
        else { return nil }
        var millis = Int64(CivilDate.days(year: year, month: month, day: day)) * 86_400_000
        guard parts.count == 2 else { return millis }
        let clock = parts[1].hasSuffix("Z") ? parts[1].dropLast() : parts[1]
        let pieces = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(pieces.count), let hour = Int(pieces[0]), let minute = Int(pieces[1]),
            (0..<24).contains(hour), (0..<60).contains(minute)
        else { return nil }
        millis += Int64(hour * 60 + minute) * 60_000
        guard pieces.count == 3 else { return millis }
        let seconds = pieces[2].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let second = Int(seconds[0]), (0..<60).contains(second) else { return nil }
        millis += Int64(second) * 1000
        guard seconds.count == 2 else { return millis }
        let digits = (seconds[1] + "000").prefix(3)
        guard let fraction = Int64(digits), fraction >= 0, seconds[1].allSatisfy(\.isNumber) else {
            return nil
        }
        return millis + fraction
    }
}
