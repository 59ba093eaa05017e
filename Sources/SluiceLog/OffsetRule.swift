import SluiceBase
import SluiceConnect
import SluiceLogStore

/// Where reading of a partition begins or ends.
enum OffsetRule: Sendable, Equatable {
    case earliest
    case latest
    case group
    /// Milliseconds since 1970.
    case timestamp(Int64)
    case specific([Int: Int64])
    /// There is no end.
    case never

    var isBounded: Bool { self != .never }
    var needsGroup: Bool { self == .group }

    init(startupOf table: ResolvedTable, hasGroup: Bool) throws(SQLError) {
        let mode = table.options["scan.startup.mode"] ?? (hasGroup ? "group-offsets" : "earliest-offset")
        switch mode {
        case "earliest-offset": self = .earliest
        case "latest-offset": self = .latest
        case "group-offsets": self = .group
        default: self = try OffsetRule.given(mode, "scan.startup", table)
        }
    }

    init(boundOf table: ResolvedTable) throws(SQLError) {
        let mode = table.options["scan.bounded.mode"] ?? "unbounded"
        switch mode {
        case "unbounded": self = .never
        case "latest-offset": self = .latest
        case "group-offsets": self = .group
        default: self = try OffsetRule.given(mode, "scan.bounded", table)
        }
    }

    private static func given(
        _ mode: String, _ prefix: String, _ table: ResolvedTable
    ) throws(SQLError) -> OffsetRule {
        switch mode {
        case "timestamp":
            let key = prefix + ".timestamp-millis"
            let text = try table.options.required(key, of: table.name)
            guard let millis = Int64(text) else {
                throw table.options.wrong(key, text, "milliseconds since 1970")
            }
            return .timestamp(millis)
        case "specific-offsets":
            let key = prefix + ".specific-offsets"
            let text = try table.options.required(key, of: table.name)
            guard let offsets = offsets(text) else {
                throw table.options.wrong(
                    key, text, "a list such as 'partition:0,offset:42;partition:1,offset:300'")
            }
            return .specific(offsets)
        default:
            let known = prefix == "scan.startup" ? LogOptionSpecs.startupModes : LogOptionSpecs.boundedModes
            throw table.options.wrong(prefix + ".mode", mode, known.joined(separator: ", "))
        }
    }

    /// `partition:0,offset:42;partition:1,offset:300`
    private static func offsets(_ text: String) -> [Int: Int64]? {
        var found: [Int: Int64] = [:]
        for pair in text.split(separator: ";") {
            let parts = pair.split(separator: ",").map { $0.split(separator: ":").map(String.init) }
            guard parts.count == 2, parts[0].count == 2, parts[1].count == 2 else { return nil }
            guard parts[0][0] == "partition", parts[1][0] == "offset" else { return nil }
            guard let partition = Int(parts[0][1]), let offset = Int64(parts[1][1]) else { return nil }
            guard partition >= 0, offset >= 0, found[partition] == nil else { return nil }
            found[partition] = offset
        }
        return found.isEmpty ? nil : found
    }
}

/// Where to read when a group has no position, or when a position is not kept any more.
enum OffsetReset: Sendable {
    case earliest, latest, none

    /// nil: the table does not say. Then a group without a position begins with the first record, and a position that
    /// is not kept any more is an error: going on elsewhere would lose records without a word.
    static func read(_ table: ResolvedTable) throws(SQLError) -> OffsetReset? {
        switch table.options["properties.auto.offset.reset"] {
        case nil: return nil
        case "earliest"?: return .earliest
        case "latest"?: return .latest
        case "none"?: return OffsetReset.none
        case let other?:
            throw table.options.wrong("properties.auto.offset.reset", other, "earliest, latest or none")
        }
    }
}
