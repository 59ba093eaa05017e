public import SluiceBase
import SluiceHBaseClient

/// A replication peer of a cluster: where it ships edits.
struct PeerInfo: Sendable {
    var id: String
    var clusterKey: String
    var isEnabled: Bool
    var isSerial: Bool
    /// `t=f,g`; empty: all tables.
    var tables: [String]
}

/// Replication peers, which only a cluster has.
protocol PeerVerbs: Sendable {
    func peers() throws(SQLError) -> [PeerInfo]
    func addPeer(_ id: String, _ config: ReplicationPeerConfig, isEnabled: Bool) throws(SQLError)
    func removePeer(_ id: String) throws(SQLError)
    func setPeer(_ id: String, isEnabled: Bool) throws(SQLError)
}

extension HBaseCommands {
    private var peerVerbs: any PeerVerbs {
        get throws(SQLError) {
            if let verbs = verbs as? any PeerVerbs { return verbs }
            throw SQLError(
                .unsupported, "\(verbs.place) has no replication peers",
                hint:
                    "name a cluster: --quorum HOST:PORT; 'connector' = 'hbase-cdc' reads the edits of either")
        }
    }

    /// All peers, whoever added them.
    public func peers(_ emit: Emit) throws(SQLError) {
        let all = try peerVerbs.peers()
        for peer in all {
            if isJSON {
                var line = JSONLine()
                line.add("peer", peer.id)
                line.add("clusterKey", peer.clusterKey)
                line.add("state", peer.isEnabled ? "enabled" : "disabled")
                line.addRaw("serial", peer.isSerial ? "true" : "false")
                line.add("tables", peer.tables)
                try emit(line.text)
            } else {
                let tables = peer.tables.isEmpty ? "all tables" : peer.tables.joined(separator: " ")
                let state = peer.isEnabled ? "enabled" : "disabled"
                let order = peer.isSerial ? "serial" : "unordered"
                try emit("\(peer.id)  \(state)  \(order)  \(peer.clusterKey)  \(tables)")
            }
        }
        if !isJSON { try emit("\(all.count) peer(s)") }
    }

    /// `tables`: `t` or `t=f,g`; none: all user tables.
    public func addPeer(
        _ id: String, key: String, tables: [String], isEnabled: Bool, isSerial: Bool, _ emit: Emit
    ) throws(SQLError) {
        var config = ReplicationPeerConfig(clusterKey: key)
        config.isSerial = isSerial
        config.shipsEverything = tables.isEmpty
        for text in tables {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let families = parts.count > 1 ? parts[1].split(separator: ",").map { Array($0.utf8) } : []
            config.tables.append(.init(table: HBaseTable(parts.first ?? ""), families: families))
        }
        try peerVerbs.addPeer(id, config, isEnabled: isEnabled)
        try tell("added", id, emit)
    }

    /// What was not yet shipped to it is forgotten.
    public func removePeer(_ id: String, _ emit: Emit) throws(SQLError) {
        try peerVerbs.removePeer(id)
        try tell("removed", id, emit)
    }

    public func setPeer(_ id: String, isEnabled: Bool, _ emit: Emit) throws(SQLError) {
        try peerVerbs.setPeer(id, isEnabled: isEnabled)
        try tell(isEnabled ? "enabled" : "disabled", id, emit)
    }

    private func tell(_ what: String, _ id: String, _ emit: Emit) throws(SQLError) {
        if isJSON {
            var line = JSONLine()
            line.add(what, id)
            try emit(line.text)
        } else {
            try emit("\(what) replication peer \(id)")
        }
    }
}
