/// Replication peers: where the cluster ships its edits.
extension AdminClient {
    /// Adds a peer. The answer is the master's clock at that time in milliseconds, nil where it does not tell: edits
    /// from then on are shipped, with those before them in the logs in use. The master looks for the peer's
    /// ZooKeeper and refuses a cluster that has its own id.
    public func addPeer(
        _ id: String, _ config: ReplicationPeerConfig, isEnabled: Bool,
        _ completion: @escaping Completion<Int64?>
    ) {
        // The master accepts such names, and its queues then cannot be read.
        if id.isEmpty || id.contains("-") || id.contains("/") {
            let text = "\"\(id)\" cannot name a replication peer: it is empty or has a \"-\" or \"/\""
            return completion(.failure(HBaseError(.refused, text)))
        }
        let message = AdminRequests.addPeer(id, config, isEnabled: isEnabled)
        procedure("AddReplicationPeer", message) { result in
            completion(
                result.map { procedure in
                    guard let time = procedure?.submittedMillis, time > 0 else { return nil }
                    return time
                })
        }
    }

    /// Removes a peer; what was not yet shipped to it is forgotten.
    public func removePeer(_ id: String, _ completion: @escaping Completion<Void>) {
        run("RemoveReplicationPeer", AdminRequests.peer(id), completion)
    }

    public func enablePeer(_ id: String, _ completion: @escaping Completion<Void>) {
        run("EnableReplicationPeer", AdminRequests.peer(id), completion)
    }

    /// A disabled peer gets nothing; logs are kept for it.
    public func disablePeer(_ id: String, _ completion: @escaping Completion<Void>) {
        run("DisableReplicationPeer", AdminRequests.peer(id), completion)
    }

    public func peers(_ completion: @escaping Completion<[ReplicationPeerDescription]>) {
        ask("ListReplicationPeers", [], AdminAnswers.peers, completion)
    }

    /// A peer; nil: there is none of this name.
    public func peer(_ id: String, _ completion: @escaping Completion<ReplicationPeerDescription?>) {
        peers { result in completion(result.map { $0.first { $0.id == id } }) }
    }

    /// Sets `REPLICATION_SCOPE` of families, where it is another; edits written from now on have it. The answer: the
    /// families that were changed. A family that the table does not have is an error.
    public func setReplicationScope(
        _ table: HBaseTable, families: [[UInt8]], to scope: Int,
        _ completion: @escaping Completion<[[UInt8]]>
    ) {
        describe(table) { [self] result in
            guard case .success(var schema) = result else {
                return completion(result.map { _ in [] })
            }
            var changed: [[UInt8]] = []
            for name in families {
                guard let index = schema.families.firstIndex(where: { $0.name == name }) else {
                    let text = "column family \(String(decoding: name, as: UTF8.self)) does not exist"
                    return completion(.failure(HBaseError(.noSuchColumnFamily, text)))
                }
                if (schema.families[index]["REPLICATION_SCOPE"] ?? "0") == "\(scope)" { continue }
                schema.families[index]["REPLICATION_SCOPE"] = "\(scope)"
                changed.append(name)
            }
            if changed.isEmpty { return completion(.success([])) }
            modifyTable(schema) { [changed] result in completion(result.map { changed }) }
        }
    }
}
