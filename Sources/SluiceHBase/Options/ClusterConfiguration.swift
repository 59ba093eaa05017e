import SluiceBase
public import SluiceConnect

/// HBase's own settings from where they may stand, the earlier winning: `properties.*` of the table, its other
/// options, `hbase-site.xml`, then HBase's defaults (H26).
public struct ClusterConfiguration: Sendable, Hashable {
    public enum Origin: Sendable, Hashable {
        /// `properties.KEY` of the table, or `--property` of a command.
        case property(String)
        /// An option of the table or of a command.
        case option(String)
        case site(String)

        var text: String {
            switch self {
            case .property(let key): return "'\(key)'"
            case .option(let key): return "'\(key)'"
            case .site(let path): return path
            }
        }
    }

    public struct Value: Sendable, Hashable {
        public var text: String
        public var origin: Origin
    }

    public private(set) var values: [String: Value] = [:]

    public static let propertyPrefix = "properties."
    static let quorum = "hbase.zookeeper.quorum"
    static let parent = "zookeeper.znode.parent"
    static let clientPort = "hbase.zookeeper.property.clientPort"
    static let servers = "hbase.client.bootstrap.servers"
    static let masters = "hbase.masters"
    static let registry = "hbase.client.registry.impl"

    /// What the table's options are called in HBase.
    private static let names = [
        "zookeeper.quorum": quorum, "zookeeper.znode.parent": parent, "hbase.bootstrap.servers": servers,
    ]

    static var optionKeys: [String] { names.keys.sorted() }

    public init(options: TableOptions = TableOptions(), site: SiteFile? = nil) {
        if let site {
            for (key, text) in site.values { values[key] = Value(text: text, origin: .site(site.path)) }
        }
        for entry in options.entries {
            guard let name = Self.names[entry.key] else { continue }
            if name == Self.quorum || name == Self.servers { forgetRegistry() }
            values[name] = Value(text: entry.value, origin: .option(entry.key))
        }
        for entry in options.entries where entry.key.hasPrefix(Self.propertyPrefix) {
            let key = String(entry.key.dropFirst(Self.propertyPrefix.count))
            values[key] = Value(text: entry.value, origin: .property(entry.key))
        }
    }

    /// A cluster named nearer wins over one that the file names in the other way.
    private mutating func forgetRegistry() {
        for key in [Self.quorum, Self.servers, Self.masters, Self.registry] {
            if case .site? = values[key]?.origin { values[key] = nil }
        }
    }

    public func text(_ key: String) -> String? {
        guard let text = values[key]?.text, !text.isEmpty else { return nil }
        return text
    }

    /// Something names a cluster, so the embedded store is not meant.
    public var namesCluster: Bool {
        text(Self.quorum) != nil || text(Self.servers) != nil || text(Self.masters) != nil
    }

    func isProperty(_ key: String) -> Bool {
        if case .property? = values[key]?.origin { return true }
        return false
    }

    func int(_ key: String, default fallback: Int, _ range: ClosedRange<Int>) throws(SQLError) -> Int {
        guard let text = text(key) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw wrong(key, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func bool(_ key: String, default fallback: Bool) throws(SQLError) -> Bool {
        guard let text = text(key) else { return fallback }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default: throw wrong(key, "true or false")
        }
    }

    /// An error that tells the value and where it stands.
    func wrong(_ key: String, _ wanted: String) -> SQLError {
        let value = values[key]
        let origin: String
        switch value?.origin {
        case .site(let path): origin = "'\(key)' in \(path)"
        case let other?: origin = "option \(other.text)"
        case nil: origin = "option '\(key)'"
        }
        return SQLError(.connectorOption, "\(origin) is '\(value?.text ?? "")', expected \(wanted)")
    }
}
