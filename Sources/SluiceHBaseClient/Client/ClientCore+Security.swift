import SluiceNet

/// What a secured connection waits for before its preamble.
enum ConnectionSecurity {
    /// The server's answer to the question for its principal.
    case principal(SpecialPreamble.Reader)
    /// The ticket for the server.
    case ticket
}

/// The opening of connections with Kerberos: the server's principal is known or asked for, a ticket is
/// fetched on another thread, then the `RPCConnection` shakes hands.
extension ClientCore {
    func secure(_ connection: ServerConnection, _ kerberos: KerberosSettings) {
        let expected: ServerPrincipal =
            connection.service == .master ? kerberos.master : kerberos.regionServer
        if let principal = expected.name(for: connection.server.endpoint) {
            getTicket(connection, principal)
            return
        }
        connection.security = .principal(SpecialPreamble.Reader(.serverPrincipal))
        transport.send(SpecialPreamble.serverPrincipal.bytes, on: connection.id)
    }

    func securityReceived(_ bytes: UnsafeRawBufferPointer, _ connection: ServerConnection) {
        guard case .principal(var reader) = connection.security else {
            let error = AuthenticationError("the server speaks before it is asked")
            return connectionFailed(connection, .authentication(error))
        }
        connection.security = .ticket
        do throws(RPCFailure) {
            guard let answer = try reader.received(bytes) else {
                connection.security = .principal(reader)
                return
            }
            try take(answer, connection)
        } catch {
            connectionFailed(connection, error)
        }
    }

    private func take(_ answer: SpecialPreamble.Answer, _ connection: ServerConnection) throws(RPCFailure) {
        switch answer {
        case .serverPrincipal(let principal): getTicket(connection, try service(principal, connection))
        case .notSecured:
            guard allowsSimpleFallback else { throw .notSecured }
            connection.security = nil
            start(connection)
        case .notSupported, .clusterID:
            throw .authentication(
                AuthenticationError(
                    "the server does not tell its principal; set hbase.regionserver.kerberos.principal"))
        }
    }

    /// A server that has started before it logged in tells its user's name, which is no service. Then the
    /// principal that another server told must do, with this one's host where it had its own.
    private func service(_ answer: String, _ connection: ServerConnection) throws(RPCFailure) -> String {
        if answer.contains("/") {
            toldPrincipal = ServerPrincipal.pattern(answer, of: connection.server.endpoint)
            return answer
        }
        if let known = toldPrincipal?.name(for: connection.server.endpoint) { return known }
        let option = connection.service == .master ? "hbase.master" : "hbase.regionserver"
        throw .authentication(
            AuthenticationError(
                "the server says that its principal is \"\(answer)\", which is no service; set "
                    + option + ".kerberos.principal"))
    }

    private var allowsSimpleFallback: Bool {
        guard case .kerberos(let kerberos) = settings.authentication else { return false }
        return kerberos.allowsSimpleFallback
    }

    private func getTicket(_ connection: ServerConnection, _ principal: String) {
        connection.security = .ticket
        guard let authenticator else {
            let error = AuthenticationError("the client has no way to get Kerberos tickets")
            return connectionFailed(connection, .authentication(error))
        }
        let id = connection.id
        authenticator.prepare(serverPrincipal: principal, protections: nil) { [mailbox, wakeUpLoop] result in
            if mailbox.post(.authenticated(id, result)) { wakeUpLoop() }
        }
    }

    /// A ticket for a server of ZooKeeper, which protects nothing after the login. False: nobody can get one.
    func getZooKeeperTicket(_ id: ConnectionID, _ principal: String) -> Bool {
        guard let authenticator else { return false }
        authenticator.prepare(serverPrincipal: principal, protections: [.authentication]) {
            [mailbox, wakeUpLoop] result in
            if mailbox.post(.authenticated(id, result)) { wakeUpLoop() }
        }
        return true
    }

    /// The ticket is there, or will not come.
    func authenticated(_ id: ConnectionID, _ result: Result<PreparedAuthentication, AuthenticationError>) {
        guard let connection = connections[id] else {
            registry?.authenticated(id, result)
            return
        }
        guard case .ticket = connection.security else { return }
        switch result {
        case .success(let prepared):
            connection.security = nil
            var rpc = connection.rpc.settings
            rpc.sasl = prepared.machine
            rpc.header.effectiveUser = prepared.user
            rpc.allowsSimpleFallback = allowsSimpleFallback
            connection.rpc = RPCConnection(rpc)
            start(connection)
        case .failure(let error):
            transport.close(id)
            let kind: HBaseError.Kind = error.isTemporary ? .network : .authentication
            let recovery: ExceptionRule.Recovery = error.isTemporary ? .dropServer : .fail
            let problem = HBaseError(
                kind, error.message, server: connection.server.endpoint, hint: error.hint)
            end(connection, problem, ExceptionRule(kind, recovery))
        }
    }
}
