import SluiceNet

/// Asks masters and region servers themselves (`ClientMetaService`), one after the other. The list of servers
/// to ask is renewed from their answers; those of the settings stay as the last resort.
final class RPCRegistry: ClusterRegistry {
    /// The list is renewed no more often than this.
    static let refreshNanos: Int64 = 300_000_000_000

    private let configured: [Endpoint]
    private var servers: [Endpoint]
    private unowned let core: ClientCore
    private var next = 0
    private var refreshAt: Int64 = 0

    init(_ servers: [Endpoint], core: ClientCore) {
        configured = servers
        self.servers = servers
        self.core = core
    }

    func find(_ question: RegistryQuestion, _ answer: @escaping Answer) {
        ask(question, left: servers.count, answer)
    }

    private func ask(_ question: RegistryQuestion, left: Int, _ answer: @escaping Answer) {
        let server = servers[next % servers.count]
        let method: StaticString = question == .meta ? "GetMetaRegionLocations" : "GetActiveMaster"
        call(method, server) { [weak self] result in
            guard let self else { return }
            let found = result.flatMap { RPCRegistry.read($0, question) }
            switch found {
            case .success:
                answer(found)
                self.refresh()
            case .failure(let error):
                self.next += 1
                if left > 1 {
                    self.ask(question, left: left - 1, answer)
                } else {
                    self.servers = self.configured
                    answer(.failure(error))
                }
            }
        }
    }

    private func call(
        _ method: StaticString, _ server: Endpoint, _ done: @escaping (Result<HBaseReply, HBaseError>) -> Void
    ) {
        var call = HBaseCall(service: .clientMeta, method: method, target: .server(server), retries: false) {
            _ in []
        }
        call.operationTimeoutNanos = core.settings.rpcTimeoutNanos
        core.start(call, done)
    }

    private static func read(
        _ reply: HBaseReply, _ question: RegistryQuestion
    ) -> Result<ServerName, HBaseError> {
        let server = try? reply.frame.withMessage { (raw) throws(WireError) -> ServerName? in
            switch question {
            case .master: return try RegistryMessages.activeMaster(raw)
            case .meta:
                let locations = try RegistryMessages.metaLocations(raw)
                return locations.first { $0.region.replicaID == 0 }?.server
            }
        }
        if let server { return .success(server) }
        switch question {
        case .meta: return .failure(HBaseError(.notServing, "\"hbase:meta\" is not open on any server"))
        case .master: return .failure(HBaseError(.masterNotRunning, "there is no active master"))
        }
    }

    private func refresh() {
        guard core.now >= refreshAt else { return }
        refreshAt = core.now + RPCRegistry.refreshNanos
        call("GetBootstrapNodes", servers[next % servers.count]) { [weak self] result in
            guard let self, case .success(let reply) = result else { return }
            let nodes = try? reply.frame.withMessage { (raw) throws(WireError) in
                try RegistryMessages.servers(raw)
            }
            let found = (nodes ?? []).map { Endpoint(host: $0.host, port: $0.port) }
            if !found.isEmpty { self.servers = found }
        }
    }

    // The core's own connections are used.
    func opened(_ connection: ConnectionID) {}
    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID) {}
    func closed(_ connection: ConnectionID, _ error: NetworkError?) {}
    func authenticated(
        _ connection: ConnectionID, _ result: Result<PreparedAuthentication, AuthenticationError>
    ) {}
    func tick() {}
    func close() {}
}
