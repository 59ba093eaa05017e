import Synchronization

/// The offsets of a time zone over time. Immutable; shared between threads.
public final class TimeZoneRules: Sendable {
    /// As written in `table.local-time-zone`: `UTC`, `Europe/Berlin`, `GMT+08:00`.
    public let id: String
    /// Instants (seconds since 1970-01-01 UTC) from which `offsets[i + 1]` holds; before the first one `offsets[0]`.
    private let transitions: [Int64]
    private let offsets: [Int32]
    /// Wall clock readings from which `offsets[i + 1]` holds, when an overlap keeps the offset before it.
    private let localStarts: [Int64]
    /// The same when an overlap takes the offset after it.
    private let localStartsLater: [Int64]
    /// Past the last transition the years repeat every 400 years.
    private let isPeriodic: Bool
    /// The index of the last answers; only a hint, every value of it is right.
    private let hint = Atomic<Int>(0)
    private let localHint = Atomic<Int>(0)

    public static let utc = TimeZoneRules(id: "UTC", fixedOffsetSeconds: 0)
    static let secondsIn400Years: Int64 = 146_097 * 86_400

    public init(id: String, fixedOffsetSeconds: Int) {
        self.id = id
        transitions = []
        offsets = [Int32(truncatingIfNeeded: fixedOffsetSeconds)]
        localStarts = []
        localStartsLater = []
        isPeriodic = false
    }

    /// A region of the system's time zone database, or an offset: `Europe/Berlin`, `UTC`, `Z`, `+08:00`, `GMT+8`.
    public init(id: String, directory: String = "/usr/share/zoneinfo") throws(SQLError) {
        self.id = id
        let table: ZoneTable
        if let offset = TimeZoneRules.fixedOffset(id) {
            table = ZoneTable(transitions: [], offsets: [Int32(offset)], isPeriodic: false)
        } else {
            guard TimeZoneRules.isRegionName(id), let file = ZoneFile.load(directory + "/" + id) else {
                throw SQLError(
                    .parameter, "unknown time zone \"\(id)\"",
                    hint: "use a name such as Europe/Berlin or an offset such as GMT+08:00")
            }
            table = file
        }
        transitions = table.transitions
        offsets = table.offsets
        isPeriodic = table.isPeriodic
        var earlier: [Int64] = []
        var later: [Int64] = []
        for (index, instant) in table.transitions.enumerated() {
            let before = Int64(table.offsets[index])
            let after = Int64(table.offsets[index + 1])
            earlier.append(instant &+ Swift.max(before, after))
            later.append(instant &+ after)
        }
        localStarts = earlier
        localStartsLater = later
    }

    /// Seconds to add to UTC for local time at an instant, in seconds since 1970-01-01 UTC.
    public func offset(atUTC seconds: Int64) -> Int {
        guard let last = transitions.last else { return Int(offsets[0]) }
        let at = isPeriodic ? TimeZoneRules.folded(seconds, last) : seconds
        return Int(offsets[TimeZoneRules.search(transitions, at, hint)])
    }

    /// Seconds to subtract from a wall clock reading (seconds since 1970-01-01 00:00 local).
    ///
    /// In a gap it is the offset before it, so that the reading moves forward. In an overlap it is the earlier offset
    /// (before the transition) as `java.time` has it, or with `laterInOverlap` the one after, as Java's calendar has it.
    public func offset(atLocal seconds: Int64, laterInOverlap: Bool = false) -> Int {
        guard let last = transitions.last else { return Int(offsets[0]) }
        let at = isPeriodic ? TimeZoneRules.folded(seconds, last &- 86_400) : seconds
        let starts = laterInOverlap ? localStartsLater : localStarts
        return Int(offsets[TimeZoneRules.search(starts, at, localHint)])
    }

    /// A second of the last 400 years that has the same offset.
    private static func folded(_ seconds: Int64, _ last: Int64) -> Int64 {
        guard seconds >= last else { return seconds }
        let cycles = (seconds &- last) / secondsIn400Years &+ 1
        return seconds &- cycles &* secondsIn400Years
    }

    /// How many of `starts` are not after `value`.
    private static func search(_ starts: [Int64], _ value: Int64, _ hint: borrowing Atomic<Int>) -> Int {
        let guess = hint.load(ordering: .relaxed)
        if guess <= starts.count, guess == 0 || starts[guess - 1] <= value,
            guess == starts.count || value < starts[guess]
        {
            return guess
        }
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low &+ high) >> 1
            if starts[middle] <= value { low = middle &+ 1 } else { high = middle }
        }
        hint.store(low, ordering: .relaxed)
        return low
    }
}

extension TimeZoneRules {
    /// Seconds of `Z`, `UTC`, `GMT`, `UT`, `+8`, `+08:00`, `UTC+8`, `GMT-0830`; nil for anything else.
    static func fixedOffset(_ id: String) -> Int? {
        var rest = Substring(id)
        var isPrefixed = false
        if id == "Z" { return 0 }
        for prefix in ["UTC", "GMT", "UT"] where rest.hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.utf8.count)
            isPrefixed = true
            break
        }
        if rest.isEmpty { return isPrefixed ? 0 : nil }
        return parseOffset(Array(rest.utf8))
    }

    private static func parseOffset(_ text: [UInt8]) -> Int? {
        guard let first = text.first, first == 0x2B || first == 0x2D else { return nil }
        var fields: [Int] = []
        var digits: [UInt8] = []
        var hasColon = false
        for byte in text.dropFirst() {
            if byte == 0x3A {
                hasColon = true
                guard let value = number(digits) else { return nil }
                fields.append(value)
                digits = []
            } else {
                digits.append(byte)
            }
        }
        if hasColon {
            guard digits.count == 2, let value = number(digits) else { return nil }
            fields.append(value)
        } else {
            let head = digits.count <= 2 ? digits.count : 2
            guard digits.count <= 2 || digits.count % 2 == 0, let hours = number(Array(digits.prefix(head)))
            else {
                return nil
            }
            fields = [hours]
            var index = head
            while index < digits.count {
                guard let value = number(Array(digits[index..<index + 2])) else { return nil }
                fields.append(value)
                index += 2
            }
        }
        while fields.count < 3 { fields.append(0) }
        guard fields.count == 3, fields[1] < 60, fields[2] < 60 else { return nil }
        let seconds = fields[0] * 3600 + fields[1] * 60 + fields[2]
        guard seconds <= 18 * 3600 else { return nil }
        return first == 0x2D ? -seconds : seconds
    }

    private static func number(_ digits: [UInt8]) -> Int? {
        guard !digits.isEmpty, digits.count <= 2 else { return nil }
        var value = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value
    }

    /// Letters, digits and `/_+-` in parts that are neither empty nor start with a dot: nothing leaves the folder.
    static func isRegionName(_ id: String) -> Bool {
        guard id.utf8.count <= 64, let first = id.utf8.first else { return false }
        guard first >= 0x41 && first <= 0x5A || first >= 0x61 && first <= 0x7A else { return false }
        for part in id.split(separator: "/", omittingEmptySubsequences: false) {
            if part.isEmpty { return false }
            for byte in part.utf8 {
                let isLetter = byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
                let isDigit = byte >= 0x30 && byte <= 0x39
                if !isLetter && !isDigit && byte != 0x5F && byte != 0x2B && byte != 0x2D { return false }
            }
        }
        return !id.hasPrefix("posix/") && !id.hasPrefix("right/")
    }
}
