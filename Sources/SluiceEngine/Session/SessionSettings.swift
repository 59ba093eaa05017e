public import SluiceBase
import SluiceConnect
public import SluiceJobGraph

/// The SET keys of a session, each with where its value came from.
public struct SessionSettings: Sendable {
    public enum Origin: String, Sendable {
        case builtin = "default"
        case environment
        case initFile = "init file"
        case commandLine = "-D"
        case statement = "SET"
    }

    public struct Entry: Sendable {
        public var key: String
        public var value: String
        public var origin: Origin
    }

    private var values: [String: Entry] = [:]

    public init() {}

    public subscript(key: String) -> String? { values[key]?.value ?? SettingKeys.find(key)?.defaultText }

    /// Every key that was set, by name.
    public var entries: [Entry] { values.values.sorted { $0.key < $1.key } }

    /// Sets a key after checking its value. A warning, if the key is not known.
    public mutating func set(_ key: String, _ value: String, _ origin: Origin) throws(SQLError) -> SQLError? {
        var warning: SQLError?
        if let known = SettingKeys.find(key) {
            try check(known, value)
        } else {
            let near = DidYouMean.nearest(key, in: SettingKeys.all.map(\.name))
            warning = SQLError(
                .connectorOption, "key '\(key)' is not known and has no effect",
                hint: near.map { "did you mean '\($0)'?" })
        }
        values[key] = Entry(key: key, value: value, origin: origin)
        return warning
    }

    public mutating func reset(_ key: String?) {
        if let key { values[key] = nil } else { values.removeAll() }
    }

    private func check(_ key: SettingKeys.Key, _ value: String) throws(SQLError) {
        func wrong(_ wanted: String) -> SQLError {
            SQLError(.connectorOption, "key '\(key.name)' is '\(value)', expected \(wanted)")
        }
        switch key.kind {
        case .text: break
        case .boolean:
            guard ["true", "false"].contains(value.lowercased()) else { throw wrong("true or false") }
        case .integer: guard Int(value) != nil else { throw wrong("an integer") }
        case .duration:
            guard Duration.milliseconds(parsing: value) != nil else {
                throw wrong("a duration such as '10 s'")
            }
        case .memory:
            guard MemorySize.bytes(parsing: value) != nil else { throw wrong("a size such as '64 mb'") }
        case .choice(let list):
            guard list.contains(where: { $0.lowercased() == value.lowercased() }) else {
                throw wrong(list.joined(separator: ", "))
            }
        }
        if key.name == "table.local-time-zone" && value != "default" { _ = try TimeZoneRules(id: value) }
        if key.name == "parallelism.default", let count = Int(value), !(1...256).contains(count) {
            throw wrong("a number from 1 to 256")
        }
    }

    // MARK: Typed access

    public func isTrue(_ key: String) -> Bool { self[key]?.lowercased() == "true" }

    private func millis(_ key: String) -> Int64 {
        self[key].flatMap { Duration.milliseconds(parsing: $0) } ?? 0
    }

    /// The settings that a job depends on.
    public func jobConfig(database: String) throws(SQLError) -> JobConfig {
        let name = self["pipeline.name"] ?? ""
        var config = JobConfig(
            name: name.isEmpty ? "job" : name,
            mode: self["execution.runtime-mode"]?.lowercased() == "batch" ? .batch : .streaming,
            parallelism: self["parallelism.default"].flatMap { Int($0) } ?? 1,
            maxParallelism: maxParallelism,
            autoWatermarkMillis: millis("pipeline.auto-watermark-interval"),
            idleTimeoutMillis: millis("table.exec.source.idle-timeout"),
            stateTTLMillis: millis("table.exec.state.ttl"), zone: try zone(), currentDatabase: database,
            legacyCasts: self["table.exec.legacy-cast-behaviour"]?.uppercased() == "ENABLED",
            dropsNullInNotNull: self["table.exec.sink.not-null-enforcer"]?.uppercased() == "DROP")
        config.lookupDefaults = lookupDefaults
        return config
    }

    /// Only what was set counts: without a SET a look-up waits as long as its connector tries.
    private var lookupDefaults: LookupDefaults {
        var defaults = LookupDefaults()
        defaults.capacity = self["table.exec.async-lookup.buffer-capacity"].flatMap { Int($0) }
        defaults.timeoutMillis = self["table.exec.async-lookup.timeout"].flatMap {
            Duration.milliseconds(parsing: $0)
        }
        let mode = self["table.exec.async-lookup.output-mode"]
        defaults.allowsUnordered = mode?.uppercased() == "ALLOW_UNORDERED"
        return defaults
    }

    /// As in Flink at most 32768; not set: 128.
    private var maxParallelism: Int {
        guard let given = self["pipeline.max-parallelism"].flatMap({ Int($0) }), given > 0 else { return 128 }
        return min(given, 32_768)
    }

    public func zone() throws(SQLError) -> TimeZoneRules {
        let id = self["table.local-time-zone"] ?? "default"
        if id != "default" { return try TimeZoneRules(id: id) }
        let own = HomeFolder.processEnvironment["TZ"] ?? ""
        return own.isEmpty ? .utc : try TimeZoneRules(id: own)
    }
}
