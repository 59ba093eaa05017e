public import SluiceBase

/// The WITH options of a table: keys and texts in written order, with typed access.
public struct TableOptions: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var key: String
        public var value: String
        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    public private(set) var entries: [Entry]

    public init(_ entries: [Entry] = []) {
        self.entries = []
        for entry in entries { self[entry.key] = entry.value }
    }

    /// Setting nil removes; a later value wins.
    public subscript(key: String) -> String? {
        get { entries.first { $0.key == key }?.value }
        set {
            let at = entries.firstIndex { $0.key == key }
            switch (at, newValue) {
            case (let at?, let value?): entries[at].value = value
            case (let at?, nil): entries.remove(at: at)
            case (nil, let value?): entries.append(Entry(key, value))
            case (nil, nil): break
            }
        }
    }

    public var keys: [String] { entries.map(\.key) }

    public func string(_ key: String) -> String? { self[key] }

    public func required(_ key: String, of table: String) throws(SQLError) -> String {
        if let value = self[key] { return value }
        throw SQLError(
            .connectorOption, "table \"\(table)\" needs the option '\(key)'",
            hint: "add '\(key)' = '…' to its WITH clause")
    }

    public func bool(_ key: String, default fallback: Bool) throws(SQLError) -> Bool {
        guard let text = self[key] else { return fallback }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default: throw wrong(key, text, "true or false")
        }
    }

    public func int(_ key: String, default fallback: Int) throws(SQLError) -> Int {
        guard let text = self[key] else { return fallback }
        guard let value = Int(text) else { throw wrong(key, text, "an integer") }
        return value
    }

    /// Milliseconds of `10 s`, `5min`, `200 ms`; a bare number counts milliseconds.
    public func duration(_ key: String) throws(SQLError) -> Int64? {
        guard let text = self[key] else { return nil }
        guard let value = Duration.milliseconds(parsing: text) else {
            throw wrong(key, text, "a duration such as '10 s' or '5 min'")
        }
        return value
    }

    /// Bytes of `64mb`, `1 gb`; a bare number counts bytes.
    public func memory(_ key: String) throws(SQLError) -> Int64? {
        guard let text = self[key] else { return nil }
        guard let value = MemorySize.bytes(parsing: text) else {
            throw wrong(key, text, "a size such as '64 mb'")
        }
        return value
    }

    public func wrong(_ key: String, _ text: String, _ wanted: String) -> SQLError {
        SQLError(.connectorOption, "option '\(key)' is '\(text)', expected \(wanted)")
    }
}

/// Durations as Flink writes them.
public enum Duration {
    /// nil if the text is no duration.
    public static func milliseconds(parsing text: String) -> Int64? {
        guard let (number, unit) = splitNumber(text) else { return nil }
        switch unit {
        case "", "ms", "milli", "millis", "millisecond", "milliseconds": return number
        case "ns", "nano", "nanos", "nanosecond", "nanoseconds": return number / 1_000_000
        case "us", "µs", "micro", "micros", "microsecond", "microseconds": return number / 1000
        case "s", "sec", "secs", "second", "seconds": return scaled(number, 1000)
        case "m", "min", "mins", "minute", "minutes": return scaled(number, 60_000)
        case "h", "hour", "hours": return scaled(number, 3_600_000)
        case "d", "day", "days": return scaled(number, 86_400_000)
        default: return nil
        }
    }
}

/// Sizes as Flink writes them.
public enum MemorySize {
    /// nil if the text is no size.
    public static func bytes(parsing text: String) -> Int64? {
        guard let (number, unit) = splitNumber(text) else { return nil }
        switch unit {
        case "", "b", "bytes": return number
        case "k", "kb", "kibibytes": return scaled(number, 1 << 10)
        case "m", "mb", "mebibytes": return scaled(number, 1 << 20)
        case "g", "gb", "gibibytes": return scaled(number, 1 << 30)
        case "t", "tb", "tebibytes": return scaled(number, 1 << 40)
        default: return nil
        }
    }
}

private func scaled(_ number: Int64, _ factor: Int64) -> Int64? {
    let (value, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? nil : value
}

/// Digits, then a unit in lower case; blanks around both are ignored.
private func splitNumber(_ text: String) -> (Int64, String)? {
    let lowered = text.lowercased()
    let trimmed = lowered.drop { $0 == " " }
    let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int64(digits) else { return nil }
    let unit = trimmed.dropFirst(digits.count).filter { $0 != " " }
    return (number, String(unit))
}
