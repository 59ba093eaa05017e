/// A replication peer as the master keeps it.
public struct FakeReplicationPeer: Sendable {
    public var id: String
    public var isEnabled: Bool
    public var clusterKey: String
    public var isSerial: Bool
    /// As it came.
    var config: [UInt8]
}

extension FakeReplicationPeer {
    /// One that nothing receives.
    public init(abandoned id: String, clusterKey: String) {
        var config = FakeWriter()
        config.string(1, clusterKey)
        self.init(id: id, isEnabled: true, clusterKey: clusterKey, isSerial: true, config: config.result)
    }
}

extension FakeMaster {
    /// False: no such method.
    func answerPeers(_ message: inout FakeWriter) throws -> Bool {
        switch call.method {
        case "AddReplicationPeer": try add(&message)
        case "RemoveReplicationPeer":
            try change(&message) { [cluster] peer in cluster.peers[peer.id] = nil }
        case "EnableReplicationPeer": try setEnabled(true, &message)
        case "DisableReplicationPeer": try setEnabled(false, &message)
        case "ListReplicationPeers":
            for peer in cluster.peers.values.sorted(by: { $0.id < $1.id }) {
                message.message(1) { writer in
                    writer.string(1, peer.id)
                    writer.message(2) { $0.uint(1, peer.isEnabled ? 0 : 1) }
                    writer.bytes(3, peer.config)
                }
            }
        default: return false
        }
        return true
    }

    private func add(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("AddReplicationPeerRequest", call.param, known: 3)
        let id = try request.requiredString(1)
        let config = try request.requiredMessage(2, "ReplicationPeer", known: 11)
        let isEnabled = try request.requiredMessage(3, "ReplicationState", known: 1).requiredUInt(1) == 0
        var problem: FakeException?
        if id.contains("-") { problem = .doNotRetryIO("Found invalid peer name: \(id)") }
        if cluster.peers[id] != nil {
            problem = .doNotRetryIO("Could not add peer with id=\(id), because that id already exists.")
        }
        let isWhole = try config.bool(8) ?? true
        if isWhole, try !config.messages(5, "TableCF", known: 2).isEmpty {
            problem = .doNotRetryIO("Need clean namespaces or table-cfs config firstly")
        }
        let peer = FakeReplicationPeer(
            id: id, isEnabled: isEnabled, clusterKey: try config.string(1) ?? "",
            isSerial: try config.bool(11) ?? false, config: try request.requiredBytes(2))
        end(problem, &message) { [cluster] in cluster.peers[id] = peer }
    }

    private func setEnabled(_ isEnabled: Bool, _ message: inout FakeWriter) throws {
        let request = try FakeMessage("EnableReplicationPeerRequest", call.param, known: 1)
        let id = try request.requiredString(1)
        var problem: FakeException?
        if cluster.peers[id] == nil { problem = FakeException("ReplicationPeerNotFoundException", id) }
        if cluster.peers[id]?.isEnabled == isEnabled {
            problem = .doNotRetryIO(
                "Replication peer \(id) has already been \(isEnabled ? "en" : "dis")abled")
        }
        end(problem, &message) { [cluster] in cluster.peers[id]?.isEnabled = isEnabled }
    }

    private func change(
        _ message: inout FakeWriter, _ body: @escaping (FakeReplicationPeer) -> Void
    ) throws {
        let request = try FakeMessage("RemoveReplicationPeerRequest", call.param, known: 1)
        let id = try request.requiredString(1)
        let peer = cluster.peers[id]
        end(peer == nil ? FakeException("ReplicationPeerNotFoundException", id) : nil, &message) {
            if let peer { body(peer) }
        }
    }

    /// The error is the procedure's, as on the real one.
    private func end(_ problem: FakeException?, _ message: inout FakeWriter, _ change: () -> Void) {
        if problem == nil { change() }
        cluster.lastProcedure += 1
        cluster.procedures[cluster.lastProcedure] = FakeProcedure(
            finishesAt: cluster.world.now + 5_000_000, submitted: cluster.millis, error: problem)
        message.uint(1, cluster.lastProcedure)
    }
}
