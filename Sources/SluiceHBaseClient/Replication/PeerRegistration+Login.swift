import SluiceNet

/// How the nodes of a peer are reached: by TLS, and with a login as who Kerberos says.
struct ZooKeeperAccess: Sendable, Hashable {
    var tls: TLSConfiguration?
    /// nil: there is no login.
    var principal: ServerPrincipal?
}

/// The login to ZooKeeper, which comes first on each connection.
extension PeerRegistration {
    func askForTicket(_ connection: ConnectionID) {
        guard let server, let principal = access.principal?.name(for: server),
            ticket(connection, principal)
        else { return refused(AuthenticationError("the client has no way to get Kerberos tickets")) }
    }

    func authenticated(
        _ connection: ConnectionID, _ result: Result<PreparedAuthentication, AuthenticationError>
    ) {
        guard connection == self.connection else { return }
        do throws(AuthenticationError) {
            let login = ZooKeeperLogin(try result.get().machine)
            self.login = login
            send(session.logIn(try login.first(), now: transport.now))
        } catch {
            refused(error)
        }
    }

    private func loginAnswered(_ token: [UInt8]?) {
        guard let login else { return }
        do throws(AuthenticationError) {
            if let next = try login.answer(token) {
                return send(session.logIn(next, now: transport.now))
            }
            self.login = nil
            for bytes in session.loggedIn(now: transport.now) { send(bytes) }
            greeted()
        } catch {
            refused(error)
        }
    }

    /// Whether the reply is about the login, or about its absence.
    func isOfLogin(_ reply: ZooKeeperSession.Reply) -> Bool {
        switch reply.content {
        case .token(let token): loginAnswered(token)
        case .error where login != nil && reply.path.isEmpty:
            refused(
                AuthenticationError(
                    "ZooKeeper does not take the ticket",
                    hint: "check zookeeper.server.principal, ZooKeeper's keytab, and that the clocks agree"))
        case .error(ZooKeeperSession.loginRequired):
            refused(
                AuthenticationError(
                    "ZooKeeper answers nobody without a login", hint: "set zookeeper.sasl.client to true"))
        default: return false
        }
        return true
    }

    /// It is tried again: tickets and set-ups get mended.
    private func refused(_ error: AuthenticationError) {
        retryLater(error.message + (error.hint.map { "; \($0)" } ?? ""))
    }

    /// Why a connection ended, with what may help.
    static func reason(_ error: NetworkError?) -> String {
        guard let error else { return "ZooKeeper closed the connection" }
        if error.tls == .plainText { return error.message + "; set zookeeper.client.secure to false" }
        let hint = error.tls?.hint(stores: "zookeeper.ssl.trustStore", "zookeeper.ssl.keyStore")
        return error.message + (hint.map { "; \($0)" } ?? "")
    }
}
