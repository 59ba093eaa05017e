import SluiceBase
import SluiceConnect

/// How rows are looked up and kept.
struct LookupOptions: Sendable {
    enum Cache: Sendable {
        case none
        case partial(PartialCache)
        case full(FullCache)
    }

    struct PartialCache: Sendable {
        var maxRows: Int?
        var expireAfterWriteMillis: Int64?
        var expireAfterAccessMillis: Int64?
        var keepsMissingKeys: Bool
    }

    /// The whole table in memory, read again from time to time.
    struct FullCache: Sendable {
        enum Reload: Sendable {
            case never
            /// `fromEnd`: the interval counts from the end of a reload.
            case periodic(millis: Int64, fromEnd: Bool)
            /// At a time of day (seconds after midnight UTC), every so many days.
            case daily(second: Int, days: Int)
        }
        var reload: Reload
        var maxRows: Int?
    }

    let cache: Cache
    let maxRetries: Int
    let timeoutMillis: Int64

    init(_ options: TableOptions) throws(SQLError) {
        maxRetries = try options.int("lookup.max-retries", default: 3)
        guard maxRetries >= 0 else {
            throw options.wrong("lookup.max-retries", String(maxRetries), "a number from 0 on")
        }
        timeoutMillis = try options.duration("lookup.timeout") ?? 30_000
        let mode = (options["lookup.cache"] ?? "NONE").uppercased()
        switch mode {
        case "NONE": cache = try Self.oldCache(options)
        case "PARTIAL": cache = .partial(try Self.partial(options))
        case "FULL": cache = .full(try Self.full(options))
        default: throw options.wrong("lookup.cache", mode, "NONE, PARTIAL or FULL")
        }
    }

    private static func oldCache(_ options: TableOptions) throws(SQLError) -> Cache {
        let rows = try options.int("lookup.cache.max-rows", default: -1)
        let ttl = try options.duration("lookup.cache.ttl") ?? 0
        guard options["lookup.cache"] == nil, rows > 0, ttl > 0 else { return .none }
        return .partial(PartialCache(maxRows: rows, expireAfterWriteMillis: ttl, keepsMissingKeys: true))
    }

    private static func partial(_ options: TableOptions) throws(SQLError) -> PartialCache {
        let prefix = "lookup.partial-cache."
        let keepsMissing = try options.bool(prefix + "caching-missing-key", default: true)
        let keepsMissingToo = try options.bool(prefix + "cache-missing-key", default: true)
        let maxRows = try options.int(prefix + "max-rows", default: .max)
        guard maxRows >= 0 else {
            throw options.wrong(prefix + "max-rows", String(maxRows), "a number from 0 on")
        }
        return PartialCache(
            maxRows: maxRows < .max ? maxRows : nil,
            expireAfterWriteMillis: try options.duration(prefix + "expire-after-write"),
            expireAfterAccessMillis: try options.duration(prefix + "expire-after-access"),
            keepsMissingKeys: keepsMissing && keepsMissingToo)
    }

    private static func full(_ options: TableOptions) throws(SQLError) -> FullCache {
        let prefix = "lookup.full-cache."
        let interval = try options.duration(prefix + "periodic-reload.interval")
        var cache = FullCache(reload: .never, maxRows: nil)
        if options[prefix + "reload-strategy"]?.uppercased() == "TIMED" {
            let key = prefix + "timed-reload.iso-time"
            guard let text = options[key] else {
                throw SQLError(
                    .connectorOption, "'lookup.full-cache.reload-strategy' = 'TIMED' needs '\(key)'",
                    hint: "such as '\(key)' = '03:00'")
            }
            guard let second = secondOfDay(text) else {
                throw options.wrong(key, text, "a time such as 03:00")
            }
            let days = try options.int(prefix + "timed-reload.interval-in-days", default: 1)
            guard days > 0 else {
                throw options.wrong(prefix + "timed-reload.interval-in-days", String(days), "1 or more")
            }
            cache.reload = .daily(second: second, days: days)
        } else if let interval {
            guard interval > 0 else {
                throw options.wrong(prefix + "periodic-reload.interval", String(interval), "more than 0")
            }
            let mode = options[prefix + "periodic-reload.schedule-mode"]?.uppercased()
            cache.reload = .periodic(millis: interval, fromEnd: mode != "FIXED_RATE")
        } else {
            throw SQLError(
                .connectorOption,
                "'lookup.cache' = 'FULL' needs 'lookup.full-cache.periodic-reload.interval'",
                hint: "such as '10 min', or 'lookup.full-cache.reload-strategy' = 'TIMED' with a time of day")
        }
        return cache
    }

    /// `10:15`, `10:15:30`, perhaps with `Z`.
    private static func secondOfDay(_ text: String) -> Int? {
        let plain = text.hasSuffix("Z") ? String(text.dropLast()) : text
        let parts = plain.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard (2...3).contains(parts.count), let hour = parts[0], let minute = parts[1],
            (0..<24).contains(hour), (0..<60).contains(minute)
        else { return nil }
        guard parts.count == 3 else { return hour * 3600 + minute * 60 }
        guard let second = parts[2], (0..<60).contains(second) else { return nil }
        return hour * 3600 + minute * 60 + second
    }
}
