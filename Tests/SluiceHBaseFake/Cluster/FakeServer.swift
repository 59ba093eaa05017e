public import SluiceNet

/// One process of the cluster, a region server or a master: its connections, scanners and nonces.
public final class FakeServer: FakeListener {
    /// Which server: its number among the region servers; nil: a master.
    /// As it tells the master.
    public var heapMegabytes: UInt64 = 4096
    public let index: Int?
    public internal(set) var endpoint: Endpoint
    public internal(set) var startCode: Int64
    public internal(set) var isAlive = true
    unowned let cluster: FakeHBaseCluster
    var scanners: [UInt64: FakeScanner] = [:]
    var nonces: [FakeNonce: FakeNonceEntry] = [:]
    private var peers: [FakeRPCPeer] = []
    /// Calls per method, as they came in.
    public internal(set) var calls: [String: Int] = [:]

    init(index: Int?, endpoint: Endpoint, startCode: Int64, cluster: FakeHBaseCluster) {
        self.index = index
        self.endpoint = endpoint
        self.startCode = startCode
        self.cluster = cluster
    }

    var isMaster: Bool { index == nil }

    /// `host,port,startcode`.
    var serverName: String { "\(endpoint.host),\(endpoint.port),\(startCode)" }

    func serverNameMessage() -> FakeWriter {
        var writer = FakeWriter()
        writer.string(1, endpoint.host)
        writer.uint(2, UInt64(endpoint.port))
        writer.uint(3, UInt64(startCode))
        return writer
    }

    public func accept(_ link: FakeLink) -> (any FakePeer)? {
        guard isAlive else { return nil }
        let peer = FakeRPCPeer(link: link, server: self)
        peers.append(peer)
        return peer
    }

    func forget(_ peer: FakeRPCPeer) { peers.removeAll { $0 === peer } }

    /// As kill -9 does it: every connection is reset, what was in memory is gone.
    func die() {
        isAlive = false
        scanners = [:]
        nonces = [:]
        for peer in peers { peer.cut() }
        peers = []
    }

    /// Closes what stands, without stopping.
    public func dropConnections() {
        for peer in peers { peer.cut() }
        peers = []
    }

    public var connectionCount: Int { peers.count }

    static let services: Set<String> = ["ClientService", "AdminService", "ClientMetaService"]
    static let masterServices: Set<String> = ["MasterService", "ClientMetaService"]

    func serves(_ service: String) -> Bool {
        if !isMaster, service == "ClientMetaService", cluster.version < .v2_5 { return false }
        return (isMaster ? Self.masterServices : Self.services).contains(service)
    }
}
