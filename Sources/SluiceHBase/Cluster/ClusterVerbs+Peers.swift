import SluiceBase
import SluiceHBaseClient

extension ClusterVerbs: PeerVerbs {
    /// A peer is added when the master has reached its ZooKeeper.
    private static let peerMillis: Int64 = 60_000

    func peers() throws(SQLError) -> [PeerInfo] {
        try ask("") { admin.peers($0) }.map { peer in
            let tables = peer.config.tables.map { item in
                let families = item.families.map { String(decoding: $0, as: UTF8.self) }
                return families.isEmpty ? "\(item.table)" : "\(item.table)=\(families.joined(separator: ","))"
            }
            return PeerInfo(
                id: peer.id, clusterKey: peer.config.clusterKey, isEnabled: peer.isEnabled,
                isSerial: peer.config.isSerial, tables: tables)
        }
    }

    func addPeer(_ id: String, _ config: ReplicationPeerConfig, isEnabled: Bool) throws(SQLError) {
        _ = try ask(id) { admin.addPeer(id, config, isEnabled: isEnabled, $0) }
    }

    func removePeer(_ id: String) throws(SQLError) { try ask(id) { admin.removePeer(id, $0) } }

    func setPeer(_ id: String, isEnabled: Bool) throws(SQLError) {
        try ask(id) { isEnabled ? admin.enablePeer(id, $0) : admin.disablePeer(id, $0) }
    }

    private func ask<Value: Sendable>(
        _ id: String, _ start: (@escaping @Sendable (Result<Value, HBaseError>) -> Void) -> Void
    ) throws(SQLError) -> Value {
        let answer = Promise<Result<Value, HBaseError>>()
        start { answer.give($0) }
        switch answer.wait(milliseconds: Self.peerMillis) {
        case .success(let value)?: return value
        case .failure(let error)?:
            switch error.kind {
            case .network, .timedOut, .tls, .authentication, .accessDenied, .masterNotRunning:
                throw explained(error, "")
            case _ where error.className.hasSuffix("ReplicationPeerNotFoundException"):
                throw SQLError(
                    .connectorIO, "the cluster has no replication peer \"\(id)\"",
                    hint: "sluice hbase peers lists them")
            default: throw SQLError(.connectorIO, "replication peer \"\(id)\": \(error.message)")
            }
        case nil: throw explained(HBaseError(.timedOut, "nothing was heard for a minute"), "")
        }
    }
}
