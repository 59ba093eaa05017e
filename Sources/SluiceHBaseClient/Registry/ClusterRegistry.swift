import SluiceNet

/// What a client asks of a registry.
enum RegistryQuestion: Sendable, Hashable {
    /// The server of `hbase:meta`.
    case meta
    /// The active master.
    case master
}

/// Tells where the cluster's meta region and master are. Used on the transport's thread.
protocol ClusterRegistry: AnyObject {
    typealias Answer = (Result<ServerName, HBaseError>) -> Void

    func find(_ question: RegistryQuestion, _ answer: @escaping Answer)
    // Events of the registry's own connections; those of others are passed over.
    func opened(_ connection: ConnectionID)
    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID)
    func closed(_ connection: ConnectionID, _ error: NetworkError?)
    /// The ticket for one of those connections is there, or will not come.
    func authenticated(
        _ connection: ConnectionID, _ result: Result<PreparedAuthentication, AuthenticationError>)
    /// Called a few times a second while something goes on.
    func tick()
    func close()
}

extension ClientCore {
    func makeRegistry() -> (any ClusterRegistry)? {
        switch settings.registry {
        case .zooKeeper(let quorum, let parent):
            if quorum.isEmpty { return nil }
            return ZooKeeperRegistry(
                quorum: quorum, parent: parent, settings: settings, transport: transport,
                first: Int(random.next() % UInt64(quorum.count)),
                ticket: { [weak self] id, principal in self?.getZooKeeperTicket(id, principal) ?? false }
            ) { [weak self] time in self?.wake(at: time) }
        case .servers(let servers):
            return servers.isEmpty ? nil : RPCRegistry(servers, core: self)
        }
    }
}
