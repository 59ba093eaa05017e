import Glibc
public import SluiceBase
public import SluiceHBaseClient
public import SluiceNet

/// Which HBase cluster to talk to, and how. Two tables with equal options share their connections.
public struct ClusterOptions: Sendable, Hashable {
    public enum Registry: Sendable, Hashable {
        case zooKeeper(quorum: [Endpoint], parent: String)
        case servers([Endpoint])
    }

    public struct Kerberos: Sendable, Hashable {
        /// Principals of the servers, with `_HOST` for their host; nil: the servers say theirs.
        public var regionServerPrincipal: String?
        public var masterPrincipal: String?
        /// Who to log in as; nil: whoever the ticket cache names.
        public var principal: String?
        public var keytab: String?
        /// What is agreed to, best first: `authentication`, `integrity`, `privacy`.
        public var protections: [String]
        public var allowsSimpleFallback: Bool
    }

    public var registry: Registry
    public var user: String
    public var kerberos: Kerberos?
    public var tls: TLSConfiguration?
    public var zooKeeperTLS: TLSConfiguration?
    /// ZooKeeper's principal, with `_HOST` for its host, where a login to it is wanted.
    public var zooKeeperPrincipal: String?
    public var rpcTimeoutMillis: Int
    public var operationTimeoutMillis: Int
    public var pauseMillis: Int
    /// When a server or region has too much to do; nil: as `pauseMillis`.
    public var overloadedPauseMillis: Int?
    public var maxRetries: Int
    public var scannerMaxResultSize: Int
    /// Packs the cells of calls and answers.
    public var compression: BlockCodec?

    /// `ZooKeeper localhost:2181, znode /hbase`, for notices and errors.
    public var description: String {
        switch registry {
        case .zooKeeper(let quorum, let parent):
            let servers = quorum.map(\.description).joined(separator: ",")
            return parent == "/hbase" ? "ZooKeeper \(servers)" : "ZooKeeper \(servers), znode \(parent)"
        case .servers(let list):
            return "servers " + list.map(\.description).joined(separator: ",")
        }
    }

    public init(_ configuration: ClusterConfiguration, environment: [String: String]) throws(SQLError) {
        registry = try Self.registry(configuration)
        user = configuration.text("hadoop.user.name") ?? Self.userName(environment)
        kerberos = try Self.kerberos(configuration)
        tls = try Self.tls(configuration)
        zooKeeperTLS = try Self.zooKeeperTLS(configuration)
        zooKeeperPrincipal = try Self.zooKeeperPrincipal(configuration, kerberos)
        let longest = Int(Int32.max)
        rpcTimeoutMillis = try configuration.int("hbase.rpc.timeout", default: 60_000, 1...longest)
        operationTimeoutMillis = try configuration.int(
            "hbase.client.operation.timeout", default: 1_200_000, 1...longest)
        pauseMillis = try configuration.int("hbase.client.pause", default: 100, 1...longest)
        let overloaded = "hbase.client.pause.server.overloaded"
        if configuration.text(overloaded) != nil {
            overloadedPauseMillis = try configuration.int(overloaded, default: pauseMillis, 1...longest)
        }
        maxRetries = try configuration.int("hbase.client.retries.number", default: 15, 0...longest)
        scannerMaxResultSize = try configuration.int(
            "hbase.client.scanner.max.result.size", default: 2 << 20, 1...longest)
        compression = try Self.compression(configuration)
        try Self.refuseUnknownCodecs(configuration)
    }

    private static func userName(_ environment: [String: String]) -> String {
        for name in ["HADOOP_USER_NAME", "USER", "LOGNAME"] {
            if let value = environment[name], !value.isEmpty { return value }
        }
        return getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "uid \(getuid())"
    }

    // MARK: Where

    private static func registry(_ configuration: ClusterConfiguration) throws(SQLError) -> Registry {
        let implementation = configuration.text(ClusterConfiguration.registry) ?? ""
        let usesServers =
            configuration.text(ClusterConfiguration.quorum) == nil
            || implementation.hasSuffix("RpcConnectionRegistry") || implementation.hasSuffix("MasterRegistry")
        if usesServers {
            for key in [ClusterConfiguration.servers, ClusterConfiguration.masters] {
                guard let text = configuration.text(key) else { continue }
                return .servers(try endpoints(text, key, configuration, port: 16_000))
            }
        }
        guard let quorum = configuration.text(ClusterConfiguration.quorum) else {
            throw SQLError(
                .connectorOption, "no HBase cluster is named",
                hint: "give 'zookeeper.quorum', 'hbase.bootstrap.servers' or an hbase-site.xml")
        }
        let port = try configuration.int(ClusterConfiguration.clientPort, default: 2181, 1...65_535)
        let parent = configuration.text(ClusterConfiguration.parent) ?? "/hbase"
        guard parent.hasPrefix("/"), parent == "/" || !parent.hasSuffix("/") else {
            throw configuration.wrong(ClusterConfiguration.parent, "a path such as /hbase")
        }
        return .zooKeeper(
            quorum: try endpoints(quorum, ClusterConfiguration.quorum, configuration, port: port),
            parent: parent)
    }

    private static func endpoints(
        _ text: String, _ key: String, _ configuration: ClusterConfiguration, port fallback: Int
    ) throws(SQLError) -> [Endpoint] {
        var list: [Endpoint] = []
        for part in text.split(separator: ",") {
            let item = part.filter { $0 != " " && $0 != "\t" && $0 != "\n" }
            guard !item.isEmpty else { continue }
            guard let endpoint = endpoint(String(item), fallback) else {
                throw configuration.wrong(key, "host:port, several with commas between")
            }
            list.append(endpoint)
        }
        guard !list.isEmpty else { throw configuration.wrong(key, "host:port, several with commas between") }
        return list
    }

    /// `host`, `host:port`, `[v6]` or `[v6]:port`.
    static func endpoint(_ text: String, _ fallback: Int) -> Endpoint? {
        var host = Substring(text)
        var port = fallback
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            if rest.hasPrefix(":") {
                guard let number = Int(rest.dropFirst()) else { return nil }
                port = number
            } else if !rest.isEmpty {
                return nil
            }
        } else if let colon = text.lastIndex(of: ":") {
            guard let number = Int(text[text.index(after: colon)...]) else { return nil }
            host = text[..<colon]
            port = number
        }
        guard !host.isEmpty, (1...65_535).contains(port), !host.contains("/") else { return nil }
        return Endpoint(host: String(host), port: UInt16(port))
    }

    /// A file that Java's clients share may name what only they have: that is no wish of this table.
    private static func compression(_ configuration: ClusterConfiguration) throws(SQLError) -> BlockCodec? {
        let key = "hbase.client.rpc.compressor"
        guard let text = configuration.text(key) else { return nil }
        if let codec = BlockCodec(className: text) { return codec }
        guard configuration.isProperty(key) else { return nil }
        throw SQLError(
            .unsupported, "'\(key)' names \"\(text)\", which is not supported",
            hint:
                "'properties.\(key)' = 'org.apache.hadoop.io.compress.GzipCodec' or 'DefaultCodec' packs cells; '' does not"
        )
    }

    private static func refuseUnknownCodecs(_ configuration: ClusterConfiguration) throws(SQLError) {
        let codec = "hbase.client.rpc.codec"
        if let text = configuration.text(codec), configuration.isProperty(codec),
            !text.hasSuffix(".KeyValueCodec")
        {
            throw SQLError(
                .unsupported, "the cell codec \"\(text)\" is not supported",
                hint: "set 'properties.\(codec)' = 'org.apache.hadoop.hbase.codec.KeyValueCodec'")
        }
    }
}
