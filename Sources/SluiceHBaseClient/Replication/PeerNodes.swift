/// The nodes in ZooKeeper by which a region server takes this process for a cluster, and the steps to make them.
public struct PeerNodes: Sendable, Hashable {
    /// Such as `/sluice/orders`.
    public var base: String
    /// The cluster's id: a UUID, another one than that of the cluster which ships.
    public var clusterID: String
    /// Under which name region servers reach this process.
    public var server: ServerName

    public init(base: String, server: ServerName) {
        self.base = base
        self.server = server
        clusterID = PeerNodes.clusterID(for: base)
    }

    /// The same for the same node, so that edits of this peer are known for what they are after a restart.
    static func clusterID(for base: String) -> String {
        var digits = ""
        for seed: UInt64 in [0xCBF2_9CE4_8422_2325, 0x9E37_79B9_7F4A_7C15] {
            var hash = seed
            for byte in "sluice:\(base)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash ^= hash >> 29
            let text = String(hash, radix: 16)
            digits += String(repeating: "0", count: 16 - text.count) + text
        }
        // Version 8 (made by the owner's own rule), variant 10.
        var all = Array(digits)
        all[12] = "8"
        all[16] = ["8", "9", "a", "b"][Int(all[16].hexDigitValue ?? 0) & 3]
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(all[$0]) }
        return parts.joined(separator: "-")
    }

    struct Node: Sendable, Hashable {
        var path: String
        var data: [UInt8] = []
        var isEphemeral = false
    }

    /// In the order in which they are made. The master's node is for HBase 3, whose sources ask a master.
    var nodes: [Node] {
        var nodes: [Node] = []
        var path = ""
        for part in base.split(separator: "/") {
            path += "/" + part
            nodes.append(Node(path: path))
        }
        nodes.append(Node(path: base + "/hbaseid", data: [UInt8](clusterID.utf8)))
        nodes.append(Node(path: base + "/rs"))
        nodes.append(Node(path: base + "/master", data: masterData, isEphemeral: true))
        nodes.append(Node(path: base + "/rs/\(server)", isEphemeral: true))
        return nodes
    }

    /// In the order in which they are removed when the peer is gone for good; nodes above the base are left.
    var removals: [String] {
        [base + "/rs/\(server)", base + "/master", base + "/rs", base + "/hbaseid", base]
    }

    /// As `removals`, of a peer whose process is gone, and its ephemeral nodes with it.
    static func leftovers(of base: String) -> [String] { [base + "/rs", base + "/hbaseid", base] }

    /// `PBUF` and `hbase.pb.Master`.
    private var masterData: [UInt8] {
        var writer = ProtobufWriter()
        writer.raw([0x50, 0x42, 0x55, 0x46])
        writer.field(1, server)
        writer.field(2, 0 as UInt64)
        writer.field(3, 0 as UInt64)
        return writer.finish()
    }
}
