/// Which row kinds an edge can carry (U1).
public struct ChangelogMode: OptionSet, Sendable, Hashable, Codable, CustomStringConvertible {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let insert = ChangelogMode(rawValue: 1)
    public static let updateBefore = ChangelogMode(rawValue: 2)
    public static let updateAfter = ChangelogMode(rawValue: 4)
    public static let delete = ChangelogMode(rawValue: 8)

    public static let appendOnly: ChangelogMode = [.insert]
    public static let upsert: ChangelogMode = [.insert, .updateAfter, .delete]
    public static let retract: ChangelogMode = [.insert, .updateBefore, .updateAfter, .delete]

    public var isAppendOnly: Bool { self == .appendOnly || isEmpty }

    /// As Flink's EXPLAIN CHANGELOG_MODE prints it: `[I,UB,UA,D]`.
    public var description: String {
        var parts: [String] = []
        if contains(.insert) { parts.append("I") }
        if contains(.updateBefore) { parts.append("UB") }
        if contains(.updateAfter) { parts.append("UA") }
        if contains(.delete) { parts.append("D") }
        return "[" + parts.joined(separator: ",") + "]"
    }
}
