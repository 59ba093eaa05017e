import SluiceNet

/// Reads HBase's nodes in ZooKeeper, with TLS and a login where the settings want them. Connects when something is
/// asked, and closes the session when nothing was asked for a while. A question fails when no server of the quorum
/// could be reached one after the other, and at once when a certificate or a login is not accepted.
final class ZooKeeperRegistry: ClusterRegistry {
    static let idleNanos: Int64 = 20_000_000_000
    private static let tickNanos: Int64 = 1_000_000_000

    private let quorum: [Endpoint]
    private let parent: String
    private let settings: ClientSettings
    private let transport: any Transport
    /// Asks for a ticket for the server's principal; false: that is not possible.
    private let ticket: (ConnectionID, String) -> Bool
    private let wake: (Int64) -> Void
    private var login: ZooKeeperLogin?
    private var server: Endpoint?
    private var session: ZooKeeperSession
    private var connection: ConnectionID?
    private var next: Int
    private var failures = 0
    private var questions: [(question: RegistryQuestion, answer: Answer)] = []
    private var lastUse: Int64 = 0

    init(
        quorum: [Endpoint], parent: String, settings: ClientSettings, transport: any Transport, first: Int,
        ticket: @escaping (ConnectionID, String) -> Bool = { _, _ in false },
        wake: @escaping (Int64) -> Void
    ) {
        self.quorum = quorum
        self.parent = parent.hasSuffix("/") && parent.count > 1 ? String(parent.dropLast()) : parent
        self.settings = settings
        self.transport = transport
        self.ticket = ticket
        self.wake = wake
        next = first
        session = Self.session(settings)
    }

    private static func session(_ settings: ClientSettings) -> ZooKeeperSession {
        ZooKeeperSession(
            timeoutNanos: settings.zooKeeperSessionTimeoutNanos, logsIn: settings.zooKeeperPrincipal != nil)
    }

    func find(_ question: RegistryQuestion, _ answer: @escaping Answer) {
        lastUse = transport.now
        let isAsked = questions.contains { $0.question == question }
        questions.append((question, answer))
        if !isAsked {
            let bytes = session.getData(path(question), now: transport.now)
            if let bytes, let connection { transport.send(bytes, on: connection) }
        }
        connect()
    }

    private func path(_ question: RegistryQuestion) -> String {
        switch question {
        case .meta: return parent + "/meta-region-server"
        case .master: return parent + "/master"
        }
    }

    private func connect() {
        guard connection == nil else { return }
        let server = quorum[next % quorum.count]
        next = (next + 1) % quorum.count
        self.server = server
        connection = transport.connect(
            server, tls: settings.zooKeeperTLS, timeoutNanos: settings.connectTimeoutNanos)
        wake(transport.now + ZooKeeperRegistry.tickNanos)
    }

    func opened(_ connection: ConnectionID) {
        guard connection == self.connection else { return }
        transport.send(session.opened(now: transport.now), on: connection)
    }

    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID) {
        guard connection == self.connection else { return }
        var events: [ZooKeeperSession.Event] = []
        do {
            try session.received(bytes, now: transport.now) { events.append($0) }
        } catch {
            transport.close(connection)
            gone("it sent bytes that are no answer: \(error)")
            return
        }
        for event in events {
            switch event {
            case .send(let bytes): transport.send(bytes, on: connection)
            case .connected: break
            case .wantsLogin: askForTicket(connection)
            case .reply(let reply): answered(reply)
            case .watch: break
            case .expired:
                transport.close(connection)
                gone("the session has expired")
                return
            }
        }
        wake(transport.now + ZooKeeperRegistry.tickNanos)
    }

    func closed(_ connection: ConnectionID, _ error: NetworkError?) {
        guard connection == self.connection else { return }
        guard let error, error.kind == .untrusted || error.kind == .tls else {
            return gone(error?.message ?? "the server closed the connection")
        }
        var failure = HBaseError(.tls, "ZooKeeper cannot be asked: \(error.message)", server: server)
        failure.hint = error.tls?.hint(stores: "zookeeper.ssl.trustStore", "zookeeper.ssl.keyStore")
        if error.tls == .plainText { failure.hint = "set zookeeper.client.secure to false" }
        refuse(failure)
    }

    // MARK: login

    private func askForTicket(_ connection: ConnectionID) {
        guard let server, let principal = settings.zooKeeperPrincipal?.name(for: server),
            ticket(connection, principal)
        else { return refuse(AuthenticationError("the client has no way to get Kerberos tickets")) }
    }

    func authenticated(
        _ connection: ConnectionID, _ result: Result<PreparedAuthentication, AuthenticationError>
    ) {
        guard connection == self.connection else { return }
        do throws(AuthenticationError) {
            let login = ZooKeeperLogin(try result.get().machine)
            self.login = login
            send(try login.first())
        } catch {
            refuse(error)
        }
    }

    private func send(_ token: [UInt8]) {
        guard let connection, let bytes = session.logIn(token, now: transport.now) else { return }
        transport.send(bytes, on: connection)
    }

    private func loginAnswered(_ token: [UInt8]?) {
        guard let connection, let login else { return }
        do throws(AuthenticationError) {
            if let next = try login.answer(token) { return send(next) }
            self.login = nil
            for bytes in session.loggedIn(now: transport.now) { transport.send(bytes, on: connection) }
        } catch {
            refuse(error)
        }
    }

    private func refuse(_ error: AuthenticationError) {
        if error.isTemporary {
            if let connection { transport.close(connection) }
            return gone(error.message)
        }
        refuse(
            HBaseError(
                .authentication, "the login to ZooKeeper failed: \(error.message)", server: server,
                hint: error.hint))
    }

    /// Another try would end in the same way.
    private func refuse(_ error: HBaseError) {
        if let connection { transport.close(connection) }
        connection = nil
        login = nil
        failures = 0
        session = Self.session(settings)
        let failed = questions
        questions = []
        for entry in failed { entry.answer(.failure(error)) }
    }

    /// The connection is gone: on to the next server, unless all of them were tried.
    private func gone(_ reason: String) {
        connection = nil
        login = nil
        session.lost()
        if questions.isEmpty { return }
        failures += 1
        if failures < max(quorum.count, 2) {
            connect()
            return
        }
        failures = 0
        let servers = quorum.map(\.description).joined(separator: ",")
        let error = HBaseError(.network, "ZooKeeper at \"\(servers)\" cannot be asked: \(reason)")
        session = Self.session(settings)
        let failed = questions
        questions = []
        for entry in failed { entry.answer(.failure(error)) }
    }

    private func answered(_ reply: ZooKeeperSession.Reply) {
        switch reply.content {
        case .token(let token): return loginAnswered(token)
        case .error(let code) where login != nil && reply.path.isEmpty && code < 0:
            // -115, or -124 where nobody is answered without a login.
            return refuse(
                AuthenticationError(
                    "ZooKeeper does not take the ticket",
                    hint: "check zookeeper.server.principal, ZooKeeper's keytab, and that the clocks agree"))
        case .error(ZooKeeperSession.loginRequired):
            return refuse(
                AuthenticationError(
                    "ZooKeeper answers nobody without a login", hint: "set zookeeper.sasl.client to true"))
        default: break
        }
        // A server that takes connections and then says nothing counts as one that failed.
        failures = 0
        let question: RegistryQuestion = reply.path == path(.meta) ? .meta : .master
        let asked = questions.filter { $0.question == question }
        questions.removeAll { $0.question == question }
        let result = read(reply, question)
        for entry in asked { entry.answer(result) }
    }

    private func read(
        _ reply: ZooKeeperSession.Reply, _ question: RegistryQuestion
    ) -> Result<ServerName, HBaseError> {
        let kind: HBaseError.Kind = question == .meta ? .notServing : .masterNotRunning
        switch reply.content {
        case .data(let bytes):
            let server = try? NodeData.decode(bytes) { (raw) throws(WireError) in
                question == .meta
                    ? try RegistryMessages.metaServer(raw) : try RegistryMessages.master(raw)
            }
            if let server { return .success(server) }
            let text =
                question == .meta ? "\"hbase:meta\" is not open on any server" : "there is no active master"
            return .failure(HBaseError(kind, text))
        case .error(let code) where code == ZooKeeperSession.noNode:
            let what =
                question == .meta
                ? "HBase is not running there, or has another parent" : "there is no active master"
            return .failure(HBaseError(kind, "ZooKeeper has no node \"\(reply.path)\": \(what)"))
        case .error(let code):
            return .failure(HBaseError(kind, "ZooKeeper refuses node \"\(reply.path)\" with error \(code)"))
        case .exists, .children, .created, .deleted, .token:
            return .failure(HBaseError(.malformed, "ZooKeeper gave another answer than was asked for"))
        }
    }

    func tick() {
        guard let connection else { return }
        let time = transport.now
        if questions.isEmpty, time - lastUse > ZooKeeperRegistry.idleNanos {
            if let bytes = session.closing() { transport.send(bytes, on: connection) }
            close()
            return
        }
        switch session.tick(now: time) {
        case .fine: break
        case .ping(let bytes): transport.send(bytes, on: connection)
        case .dead:
            transport.close(connection)
            gone("it does not answer")
        }
        wake(time + ZooKeeperRegistry.tickNanos)
    }

    func close() {
        if let connection { transport.close(connection) }
        connection = nil
        questions = []
        login = nil
        session = Self.session(settings)
    }
}
