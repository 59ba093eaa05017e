import SluiceBase
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// A client that asks a ZooKeeper with a login for HBase; the test is ZooKeeper.
private final class Asking {
    let transport = ScriptedTransport()
    let authenticator = ScriptedAuthenticator()
    private let client: HBaseClient
    private let handler: any TransportHandler
    private let ended = Lock<Result<[RegionLocation], HBaseError>?>(nil)

    init(principal: ServerPrincipal? = .named("zookeeper/_HOST")) {
        let server = Endpoint(host: "ZK1", port: 2181)
        var settings = ClientSettings(registry: .zooKeeper(quorum: [server], parent: "/hbase"), user: "u")
        settings.authentication = .kerberos(KerberosSettings())
        settings.zooKeeperPrincipal = principal
        settings.maxRetries = 0
        (client, handler) = HBaseClient.on(
            transport, settings, seed: 1, authenticator: authenticator, wake: {})
        let ended = self.ended
        client.regions(of: HBaseTable(name: "t")) { result in ended.withLock { $0 = result } }
        handler.woken()
        if let connection = transport.connections.last { handler.opened(connection) }
        transport.sent = []
    }

    var error: HBaseError? {
        guard case .failure(let error)? = ended.withLock({ $0 }) else { return nil }
        return error
    }

    func sent() -> [UInt8] {
        defer { transport.sent = [] }
        return transport.sent
    }

    func receive(_ build: (inout JuteWriter) -> Void) {
        var writer = JuteWriter()
        build(&writer)
        guard let connection = transport.connections.last else { return }
        writer.finish().withUnsafeBytes { handler.received($0, on: connection) }
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

    func close(_ error: NetworkError) {
        if let connection = transport.connections.last { handler.closed(connection, error) }
    }

    func answer(_ result: Result<PreparedAuthentication, AuthenticationError>) {
        authenticator.answer(result)
        handler.woken()
    }
}

@Suite("Login to ZooKeeper")
struct ZooKeeperLoginTests {
    private func message(_ xid: Int32, _ operation: Int32, _ token: [UInt8]) -> [UInt8] {
        var writer = JuteWriter()
        writer.int(xid)
        writer.int(operation)
        writer.buffer(token)
        return writer.finish()
    }

    @Test func tokensGoToAndFroThenTheQuestionFollows() {
        let asking = Asking()
        asking.greet()
        #expect(asking.sent().isEmpty)
        #expect(asking.authenticator.record.withLock { $0.principals } == ["zookeeper/zk1"])
        asking.answer(.success(PreparedAuthentication(OneTokenMachine(), user: "alice@R")))
        #expect(asking.sent() == message(1, 102, [0x60, 0x61]))
        asking.reply(1) { $0.buffer([5]) }
        #expect(asking.sent() == message(2, 102, []))
        asking.reply(2) { $0.int(-1) }
        let question = Array("/hbase/meta-region-server".utf8)
        #expect(asking.sent().suffix(question.count + 1) == question + [0])
        asking.reply(3, error: -101)
        #expect(asking.error?.message.contains("has no node") == true)
    }

    @Test(arguments: [Int32(-115), -124])
    func noTicketAndNoFaithInItEndTheQuestion(_ code: Int32) {
        let none = Asking()
        none.greet()
        none.answer(.failure(AuthenticationError("no ticket", hint: "kinit")))
        #expect(none.error?.kind == .authentication)
        #expect(none.error?.message.hasSuffix("the login to ZooKeeper failed: no ticket") == true)
        #expect(none.error?.hint == "kinit")
        let refused = Asking()
        refused.greet()
        refused.answer(.success(PreparedAuthentication(OneTokenMachine(), user: "alice@R")))
        refused.reply(1, error: code)
        #expect(refused.error?.message.hasSuffix("ZooKeeper does not take the ticket") == true)
        #expect(refused.transport.closed.count == 1)
    }

    @Test func aServerThatWantsALoginIsNamed() {
        let asking = Asking(principal: nil)
        asking.greet()
        asking.reply(1, error: -124)
        #expect(asking.error?.kind == .authentication)
        #expect(asking.error?.hint == "set zookeeper.sasl.client to true")
    }

    @Test func certificatesThatAreNotAcceptedEndTheQuestion() {
        let asking = Asking(principal: nil)
        asking.close(NetworkError(.untrusted, "not trusted", tls: .unknownAuthority))
        #expect(asking.error?.kind == .tls)
        #expect(asking.error?.hint?.hasPrefix("zookeeper.ssl.trustStore.location must hold") == true)
    }
}
