import Glibc
import SluiceBase
import SluiceConnect
import SluiceNet

/// How a table of changes receives what a cluster ships: as which peer, where it listens, where it keeps what came.
struct PeerOptions: Sendable, Hashable {
    /// Nil: a peer for the length of the job.
    let id: String?
    /// Under which name region servers reach this machine, and with which port if it is not the one listened on.
    let host: String
    let port: UInt16?
    let listen: Endpoint
    /// Where the peer's nodes are, below which its id stands.
    let parent: String
    /// Nil: the cluster's own.
    let quorum: [Endpoint]?
    let setsScope: Bool
    let isSerial: Bool
    let spoolBytes: Int
    /// Nil: below the home folder.
    let spoolFolder: String?

    init(_ options: TableOptions) throws(SQLError) {
        id = options["peer-id"]
        host = options["peer.host"] ?? Self.machineName
        let port = try options.int("peer.port", default: 0)
        guard (0...65_535).contains(port) else {
            throw options.wrong("peer.port", String(port), "0 to 65535")
        }
        let text = options["peer.listen"] ?? "0.0.0.0"
        guard let endpoint = Self.listening(text, port) else {
            throw options.wrong("peer.listen", text, "an address, or address:port")
        }
        listen = endpoint
        self.port = port == 0 || port == Int(endpoint.port) ? nil : UInt16(port)
        parent = options["peer.znode.parent"] ?? "/sluice"
        guard parent.hasPrefix("/"), !parent.hasSuffix("/"), !parent.contains("//") else {
            throw options.wrong("peer.znode.parent", parent, "a path such as /sluice")
        }
        if let text = options["peer.zookeeper.quorum"] {
            var list: [Endpoint] = []
            for part in text.split(separator: ",") {
                guard let endpoint = ClusterOptions.endpoint(part.filter { $0 != " " }, 2181) else {
                    throw options.wrong(
                        "peer.zookeeper.quorum", text, "host:port, several with commas between")
                }
                list.append(endpoint)
            }
            quorum = list.isEmpty ? nil : list
        } else {
            quorum = nil
        }
        setsScope = try options.bool("peer.set-replication-scope", default: false)
        isSerial = try options.bool("peer.serial", default: true)
        spoolBytes = try options.memory("peer.spool.max-size").map { Int(clamping: $0) } ?? 1 << 30
        spoolFolder = options["peer.spool.path"]
    }

    /// Without a port of its own the address listens on the one that is advertised.
    private static func listening(_ text: String, _ port: Int) -> Endpoint? {
        if text.contains(":"), !text.hasPrefix("["), text.filter({ $0 == ":" }).count > 1 {
            return Endpoint(host: text, port: UInt16(port))
        }
        let hasPort = text.hasPrefix("[") ? text.contains("]:") : text.contains(":")
        if text.hasSuffix(":0"), hasPort {
            guard let endpoint = ClusterOptions.endpoint(String(text.dropLast(2)), 1) else { return nil }
            return Endpoint(host: endpoint.host, port: 0)
        }
        guard var endpoint = ClusterOptions.endpoint(text, 1) else { return nil }
        if !hasPort { endpoint.port = UInt16(port) }
        return endpoint
    }

    private static var machineName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return bytes.isEmpty ? "localhost" : String(decoding: bytes, as: UTF8.self)
    }

    static let specs: [OptionSpec] = [
        OptionSpec(
            "peer.host", .string, "the name under which region servers reach this machine; default: its name"),
        OptionSpec(
            "peer.port", .integer, default: "0", "the port that region servers are told; 0: any free one"),
        OptionSpec(
            "peer.listen", .string, default: "0.0.0.0",
            "address, or address:port, to listen on; default port: peer.port"),
        OptionSpec(
            "peer.znode.parent", .string, default: "/sluice",
            "the node in ZooKeeper below which peers have theirs"),
        OptionSpec(
            "peer.zookeeper.quorum", .string,
            "the ZooKeeper of the peer's nodes: host:port, …; default: the cluster's"),
        OptionSpec(
            "peer.set-replication-scope", .boolean, default: "false",
            "set REPLICATION_SCOPE of the captured families to 1 where it is 0"),
        OptionSpec(
            "peer.serial", .boolean, default: "true",
            "edits of a region come in order, also when it moves or its server dies"),
        OptionSpec(
            "peer.spool.max-size", .memory, default: "1gb",
            "edits kept on disk until they are read; beyond that the servers wait"),
        OptionSpec("peer.spool.path", .string, "the folder for them; default: below the home folder"),
    ]
}
