/// What the cluster's own nodes of ZooKeeper hold.
extension FakeHBaseCluster {
    private static let base = "/hbase"

    func zooKeeperPaths() -> [String] {
        var paths = ["/", Self.base]
        for name in ["hbaseid", "rs", "backup-masters", "draining", "running", "table"] {
            paths.append("\(Self.base)/\(name)")
        }
        if masters.contains(where: { $0.isAlive }) { paths.append("\(Self.base)/master") }
        if metaServer != nil { paths.append("\(Self.base)/meta-region-server") }
        for server in servers where server.isAlive { paths.append("\(Self.base)/rs/\(server.serverName)") }
        return paths
    }

    func zooKeeperNode(_ path: String) -> [UInt8]? {
        guard zooKeeperPaths().contains(path) else { return nil }
        switch path {
        case "\(Self.base)/hbaseid":
            var message = FakeWriter()
            message.string(1, clusterID)
            return nodeData(message)
        case "\(Self.base)/master":
            guard let master = activeMaster else { return nil }
            var message = FakeWriter()
            message.message(1, master.serverNameMessage())
            message.uint(2, 0)
            message.uint(3, 4_294_967_295)
            return nodeData(message)
        case "\(Self.base)/meta-region-server":
            guard let metaServer else { return nil }
            var message = FakeWriter()
            message.message(1, servers[metaServer].serverNameMessage())
            message.uint(2, 0)
            message.uint(3, 3)
            return nodeData(message)
        default: return []
        }
    }

    var activeMaster: FakeServer? { masters.first { $0.isAlive } }

    /// As a process of HBase writes it: who wrote, the magic, the message.
    private func nodeData(_ message: FakeWriter) -> [UInt8] {
        let writer = Array("master:16000".utf8) + [0x9b, 0x08, 0xf3, 1, 2, 3, 4, 5]
        return [0xff] + BigEndian.bytes(Int32(writer.count)) + writer + Array("PBUF".utf8) + message.result
    }
}
