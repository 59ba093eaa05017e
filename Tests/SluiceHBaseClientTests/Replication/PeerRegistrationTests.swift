import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// A peer that registers in a secured ZooKeeper; the test is ZooKeeper.
private final class Registering {
    let transport = ScriptedTransport()
    private(set) var principals: [String] = []
    private(set) var statuses: [PeerRegistration.Status] = []
    private var registration: PeerRegistration?

    init(_ access: ZooKeeperAccess) {
        let nodes = PeerNodes(base: "/sluice", server: ServerName(host: "h", port: 1, startCode: 2))
        let registration = PeerRegistration(
            nodes, quorum: [Endpoint(host: "ZK1", port: 2281)], access: access,
            sessionNanos: 6_000_000_000, first: 0, transport: transport,
            ticket: { [unowned self] _, principal in
                principals.append(principal)
                return true
            }
        ) { [unowned self] status in statuses.append(status) }
        self.registration = registration
        registration.start()
        open()
    }

    func open() {
        if let connection = transport.connections.last { registration?.opened(connection) }
        transport.sent = []
    }

    var trouble: String? {
        if case .troubled(let reason)? = statuses.last { return reason }
        return nil
    }

    func sent() -> [UInt8] {
        defer { transport.sent = [] }
        return transport.sent
    }

    func receive(_ build: (inout JuteWriter) -> Void) {
        var writer = JuteWriter()
        build(&writer)
        guard let connection = transport.connections.last else { return }
        writer.finish().withUnsafeBytes { registration?.received($0, on: connection) }
    }

    func greet() {
        receive {
            $0.int(0)
            $0.int(6000)
            $0.long(7)
            $0.buffer([UInt8](repeating: 3, count: 16))
            $0.boolean(false)
        }
    }

    func reply(_ xid: Int32, error: Int32 = 0, _ body: (inout JuteWriter) -> Void = { _ in }) {
        receive {
            $0.int(xid)
            $0.long(0)
            $0.int(error)
            body(&$0)
        }
    }

    func ticket(_ result: Result<PreparedAuthentication, AuthenticationError>) {
        if let connection = transport.connections.last { registration?.authenticated(connection, result) }
    }

    func close(_ error: NetworkError) {
        if let connection = transport.connections.last { registration?.closed(connection, error) }
    }

    func tick(afterNanos nanos: Int64) {
        transport.now += nanos
        registration?.tick()
    }
}

@Suite("Registering a peer in a secured ZooKeeper")
struct PeerRegistrationTests {
    private var secured: ZooKeeperAccess {
        ZooKeeperAccess(tls: TLSConfiguration(), principal: .named("zookeeper/_HOST"))
    }

    private func prepared() -> PreparedAuthentication {
        PreparedAuthentication(OneTokenMachine(), user: "alice@R")
    }

    private func message(_ xid: Int32, _ operation: Int32, _ token: [UInt8]) -> [UInt8] {
        var writer = JuteWriter()
        writer.int(xid)
        writer.int(operation)
        writer.buffer(token)
        return writer.finish()
    }

    @Test func C1_theLoginComesBeforeTheNodes() {
        let peer = Registering(secured)
        #expect(peer.transport.tls == [TLSConfiguration()])
        peer.greet()
        #expect(peer.sent().isEmpty)
        #expect(peer.principals == ["zookeeper/zk1"])
        peer.ticket(.success(prepared()))
        #expect(peer.sent() == message(1, 102, [0x60, 0x61]))
        peer.reply(1) { $0.buffer([5]) }
        #expect(peer.sent() == message(2, 102, []))
        peer.reply(2) { $0.int(-1) }
        let create = peer.sent()
        #expect(create.count > 20 && create[4..<12] == [0, 0, 0, 3, 0, 0, 0, 1])
        // All nodes in their turn, then the look at the last of them.
        for xid in 3..<8 as Range<Int32> { peer.reply(xid) { $0.text("/x") } }
        peer.reply(8) {
            $0.long(1)
            $0.long(1)
            $0.long(1234)
        }
        #expect(peer.statuses.last == .registered(1234))
    }

    @Test func C1_theLoginComesAgainOnTheNextConnection() {
        let peer = Registering(secured)
        peer.greet()
        peer.ticket(.failure(AuthenticationError("no ticket", hint: "run kinit", isTemporary: true)))
        #expect(peer.trouble == "no ticket; run kinit")
        peer.tick(afterNanos: 5_000_000_000)
        peer.open()
        peer.greet()
        #expect(peer.principals.count == 2)
        peer.ticket(.success(prepared()))
        peer.reply(1, error: -115)
        #expect(peer.trouble?.hasPrefix("ZooKeeper does not take the ticket; check") == true)
        #expect(peer.transport.closed.count == 2)
    }

    @Test func C1_whatIsMissingIsNamed() {
        let plain = Registering(ZooKeeperAccess())
        #expect(plain.transport.tls == [nil])
        plain.greet()
        plain.reply(1, error: -124)
        #expect(plain.trouble?.hasSuffix("set zookeeper.sasl.client to true") == true)
        let untrusting = Registering(ZooKeeperAccess(tls: TLSConfiguration()))
        untrusting.close(NetworkError(.untrusted, "not trusted", tls: .unknownAuthority))
        #expect(untrusting.trouble?.contains("zookeeper.ssl.trustStore.location must hold") == true)
    }
}
