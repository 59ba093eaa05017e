import SluiceNet

/// Keeps the nodes of a peer in ZooKeeper: makes them, holds the session that the ephemeral ones hang on, makes them
/// again after it has expired, and removes them in the end. Lives on the transport's thread; never gives up.
final class PeerRegistration {
    enum Status: Sendable, Hashable {
        case connecting
        /// Since when: milliseconds since 1970 by ZooKeeper's clock.
        case registered(Int64)
        /// Not registered now, or not for long any more; it goes on trying. Why, in one sentence.
        case troubled(String)
        case ended
    }

    private enum Phase {
        case making(Int)
        /// Asks when the last node was made.
        case looking
        case made(Int64)
        case removing(Int)
        case leaving
        case ended
    }

    static let tickNanos: Int64 = 500_000_000
    private static let connectNanos: Int64 = 5_000_000_000
    private static let longestPause: Int64 = 2_000_000_000
    /// How long the end may take.
    private static let farewellNanos: Int64 = 2_000_000_000

    private let nodes: PeerNodes
    private let quorum: [Endpoint]
    let access: ZooKeeperAccess
    private let sessionNanos: Int64
    let transport: any Transport
    /// Asks for a ticket for the server's principal; false: that is not possible.
    let ticket: (ConnectionID, String) -> Bool
    private let tell: (Status) -> Void
    var session: ZooKeeperSession
    var login: ZooKeeperLogin?
    private var phase = Phase.making(0)
    private(set) var connection: ConnectionID?
    private(set) var server: Endpoint?
    private var next: Int
    private var pause: Int64 = 0
    private var retryAt: Int64 = 0
    private var endBy = Int64.max
    /// An ephemeral node is being removed to be made again.
    private var isReplacing = false

    init(
        _ nodes: PeerNodes, quorum: [Endpoint], access: ZooKeeperAccess = ZooKeeperAccess(),
        sessionNanos: Int64, first: Int, transport: any Transport,
        ticket: @escaping (ConnectionID, String) -> Bool = { _, _ in false },
        _ tell: @escaping (Status) -> Void
    ) {
        self.nodes = nodes
        self.quorum = quorum
        self.access = access
        self.ticket = ticket
        self.sessionNanos = sessionNanos
        self.transport = transport
        self.tell = tell
        next = first
        session = Self.session(sessionNanos, access)
    }

    private static func session(_ nanos: Int64, _ access: ZooKeeperAccess) -> ZooKeeperSession {
        ZooKeeperSession(timeoutNanos: nanos, logsIn: access.principal != nil)
    }

    func start() {
        tell(.connecting)
        connect()
        step()
    }

    /// Ends the session, which removes the ephemeral nodes. `removesAll`: the others too.
    func end(removesAll: Bool) {
        switch phase {
        case .ended, .leaving, .removing: return
        case .making, .looking, .made: break
        }
        endBy = transport.now + Self.farewellNanos
        phase = removesAll ? .removing(0) : .leaving
        // Answers to the steps before are passed over.
        if session.isConnected {
            step()
        } else if session.pendingRequests == 0 && connection == nil {
            finish()
        }
    }

    /// Removes the nodes of peers that are gone, as far as that is possible now. Answers are passed over.
    func removeNodes(of bases: [String]) {
        guard case .made = phase, session.isConnected else { return }
        for path in bases.flatMap(PeerNodes.leftovers) { send(session.delete(path, now: transport.now)) }
    }

    private func finish() {
        if let connection { transport.close(connection) }
        connection = nil
        phase = .ended
        tell(.ended)
    }

    // MARK: Steps

    /// Asks for the next node.
    private func step() {
        let time = transport.now
        switch phase {
        case .making(let index):
            let all = nodes.nodes
            guard index < all.count else {
                phase = .looking
                return step()
            }
            let node = all[index]
            send(session.create(node.path, node.data, isEphemeral: node.isEphemeral, now: time))
        case .looking: send(session.exists(ownPath, now: time))
        case .removing(let index):
            let all = nodes.removals
            guard index < all.count else {
                phase = .leaving
                return step()
            }
            send(session.delete(all[index], now: time))
        case .leaving:
            if let bytes = session.closing() { send(bytes) } else { finish() }
        case .made, .ended: break
        }
    }

    private var ownPath: String { nodes.nodes.last?.path ?? nodes.base }

    func send(_ bytes: [UInt8]?) {
        if let bytes, let connection { transport.send(bytes, on: connection) }
    }

    private func answered(_ reply: ZooKeeperSession.Reply) {
        if isOfLogin(reply) { return }
        switch phase {
        case .making(let index):
            guard index < nodes.nodes.count, nodes.nodes[index].path == reply.path else { return }
            switch reply.content {
            case .created: phase = .making(index + 1)
            case .error(ZooKeeperSession.nodeExists) where !nodes.nodes[index].isEphemeral:
                phase = .making(index + 1)
            case .error(ZooKeeperSession.nodeExists):
                // Of an earlier session, with which it will go: it is replaced.
                isReplacing = true
                send(session.delete(reply.path, now: transport.now))
                return
            case .deleted: isReplacing = false
            case .error(ZooKeeperSession.noNode) where isReplacing: isReplacing = false
            case .error(let code):
                retryLater("ZooKeeper refuses to make node \"\(reply.path)\" (error \(code))")
                return
            default: return
            }
        case .looking:
            guard reply.path == ownPath else { return }
            switch reply.content {
            case .exists(let created):
                phase = .made(created)
                return tell(.registered(created))
            case .error: return retryLater("the node \"\(reply.path)\" went as it was made")
            default: return
            }
        case .removing(let index):
            // A node that is gone, or that others have put something below, is left as it is.
            guard index < nodes.removals.count, nodes.removals[index] == reply.path else { return }
            phase = .removing(index + 1)
        case .made, .leaving, .ended: return
        }
        step()
    }

    /// Begins anew after a while, on a new connection.
    func retryLater(_ reason: String) {
        if let connection { transport.close(connection) }
        isReplacing = false
        switch phase {
        case .making, .looking: phase = .making(0)
        case .made, .removing, .leaving, .ended: break
        }
        lost(reason)
    }

    // MARK: Connections

    private func connect() {
        guard connection == nil, !quorum.isEmpty else { return }
        let server = quorum[next % quorum.count]
        next = (next + 1) % quorum.count
        self.server = server
        connection = transport.connect(server, tls: access.tls, timeoutNanos: Self.connectNanos)
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
            return retryLater("ZooKeeper sent bytes that are no answer: \(error)")
        }
        for event in events {
            switch event {
            case .send(let bytes): send(bytes)
            case .connected: greeted()
            case .reply(let reply): answered(reply)
            case .wantsLogin: askForTicket(connection)
            case .watch: break
            case .expired: return expired()
            }
            if self.connection == nil { return }
        }
    }

    func greeted() {
        pause = 0
        switch phase {
        case .made(let time): tell(.registered(time))
        case .removing, .leaving: if session.pendingRequests == 0 { step() }
        case .making, .looking, .ended: break
        }
    }

    /// The session is gone with the ephemeral nodes: all is done again in a new one.
    private func expired() {
        if let connection { transport.close(connection) }
        connection = nil
        login = nil
        session.lost()
        switch phase {
        case .making, .looking, .made:
            session = Self.session(sessionNanos, access)
            isReplacing = false
            phase = .making(0)
            tell(.troubled("the session in ZooKeeper has expired; a new one is begun"))
            connect()
            step()
        case .removing, .leaving: finish()
        case .ended: break
        }
    }

    func closed(_ connection: ConnectionID, _ error: NetworkError?) {
        guard connection == self.connection else { return }
        if case .leaving = phase { return finish() }
        lost(Self.reason(error))
    }

    private func lost(_ reason: String) {
        connection = nil
        login = nil
        session.lost()
        if case .making(0) = phase { session = Self.session(sessionNanos, access) }
        retryAt = transport.now + pause
        pause = min(max(pause * 2, 100_000_000), Self.longestPause)
        tell(.troubled(reason))
    }

    /// To be called a few times a second.
    func tick() {
        let time = transport.now
        if case .ended = phase { return }
        if time >= endBy { return finish() }
        guard let connection else {
            if time >= retryAt {
                connect()
                if case .making(0) = phase, session.pendingRequests == 0 { step() }
            }
            return
        }
        switch session.tick(now: time) {
        case .fine: break
        case .ping(let bytes): send(bytes)
        case .dead:
            transport.close(connection)
            lost("ZooKeeper does not answer")
        }
    }
}
