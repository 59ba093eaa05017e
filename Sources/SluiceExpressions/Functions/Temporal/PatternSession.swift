import SluiceBase
import SluiceColumns

/// The compiled date patterns of one batch; a constant pattern is compiled once.
final class PatternSession {
    private let patterns: TextArgument?
    private let style: DatePattern.Style
    private let fixed: DatePattern?
    private var compiled: [[UInt8]: DatePattern] = [:]

    /// A pattern argument, or `standard` where there is none.
    init(_ patterns: TextArgument?, standard: StaticString, _ style: DatePattern.Style) throws(SQLError) {
        self.patterns = patterns
        self.style = style
        if let patterns {
            let isConstant = patterns.stride == 0 && !patterns.column.isNull(0)
            fixed = isConstant ? try DatePattern(patterns[0], style) : nil
        } else {
            let bytes = UTF8Text.Bytes(start: standard.utf8Start, count: standard.utf8CodeUnitCount)
            fixed = try DatePattern(bytes, style)
        }
    }

    func pattern(_ row: Int) throws(SQLError) -> DatePattern {
        if let fixed { return fixed }
        let bytes = patterns.map { Array($0[row]) } ?? []
        if let known = compiled[bytes] { return known }
        if compiled.count >= 256 { compiled.removeAll() }
        let result: Result<DatePattern, SQLError> = bytes.withUnsafeBytes { raw in
            do throws(SQLError) { return .success(try DatePattern(raw, style)) } catch {
                return .failure(error)
            }
        }
        let fresh = try result.get()
        compiled[bytes] = fresh
        return fresh
    }
}

/// The zones that one batch names, by Java's old rules: an unknown name is UTC.
final class ZoneSession {
    private var zones: [[UInt8]: TimeZoneRules] = [:]
    private static let shortNames = [
        "ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires",
        "ART": "Africa/Cairo", "AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka",
        "CAT": "Africa/Harare", "CNT": "America/St_Johns", "CST": "America/Chicago", "CTT": "Asia/Shanghai",
        "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "IET": "America/Indiana/Indianapolis",
        "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia", "NET": "Asia/Yerevan",
        "NST": "Pacific/Auckland", "PLT": "Asia/Karachi", "PNT": "America/Phoenix",
        "PRT": "America/Puerto_Rico",
        "PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
    ]

    func zone(_ name: UTF8Text.Bytes) -> TimeZoneRules {
        let key = Array(name)
        if let known = zones[key] { return known }
        let zone = ZoneSession.load(String(decoding: key, as: UTF8.self))
        if zones.count >= 256 { zones.removeAll() }
        zones[key] = zone
        return zone
    }

    private static func load(_ id: String) -> TimeZoneRules {
        // Only `GMT` takes an offset.
        let isOffset = id.hasPrefix("+") || id.hasPrefix("-") || id.hasPrefix("UT") && id != "UTC"
        if isOffset || id.isEmpty { return .utc }
        return (try? TimeZoneRules(id: shortNames[id] ?? id)) ?? .utc
    }
}

/// Conversions between instants and readings as Java's calendar makes them.
enum ZoneMath {
    static func local(_ millis: Int64, _ zone: TimeZoneRules) -> Int64 {
        millis &+ Int64(zone.offset(atUTC: floorDivide(millis, 1000))) &* 1000
    }

    /// A reading in an overlap has the later offset, one in a gap moves forward.
    static func instant(_ local: Int64, _ zone: TimeZoneRules) -> Int64 {
        local &- Int64(zone.offset(atLocal: floorDivide(local, 1000), laterInOverlap: true)) &* 1000
    }
}
