import SluiceBase
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// One call of a client with Kerberos, and the server's side of its connection.
private final class Opening {
    let transport = ScriptedTransport()
    let authenticator = ScriptedAuthenticator()
    private let client: HBaseClient
    private let handler: any TransportHandler
    private let ended = Lock<Result<HBaseReply, HBaseError>?>(nil)

    init(_ kerberos: KerberosSettings, retries: Bool = false) {
        let server = Endpoint(host: "rs1.example.org", port: 16020)
        var settings = ClientSettings(registry: .servers([server]), user: "u")
        settings.authentication = .kerberos(kerberos)
        (client, handler) = HBaseClient.on(
            transport, settings, seed: 1, authenticator: authenticator, wake: {})
        let ended = self.ended
        let call = HBaseCall(
            service: .clientMeta, method: "GetClusterId", target: .server(server), retries: retries
        ) { _ in [] }
        client.call(call) { result in ended.withLock { $0 = result } }
        handler.woken()
        if let connection = transport.connections.last { handler.opened(connection) }
    }

    var error: HBaseError? {
        guard case .failure(let error)? = ended.withLock({ $0 }) else { return nil }
        return error
    }

    /// What the client has sent since it was last asked.
    func sent() -> [UInt8] {
        defer { transport.sent = [] }
        return transport.sent
    }

    func receive(_ bytes: [UInt8]) {
        guard let connection = transport.connections.last else { return }
        bytes.withUnsafeBytes { handler.received($0, on: connection) }
    }

    func wake() { handler.woken() }

    /// An answer to a special preamble: a text in field 1, or the class of an exception.
    func receive(principal: String) {
        receive(frame([0x08, 0xff, 0xff, 0xff, 0xff, 0x0f], field(1, principal)))
    }

    func receive(exception name: String) {
        let exception = field(1, name)
        let header: [UInt8] = [0x08, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x12, UInt8(exception.count)] + exception
        receive(frame(header, nil))
    }

    private func field(_ number: UInt8, _ text: String) -> [UInt8] {
        [number << 3 | 2, UInt8(text.utf8.count)] + Array(text.utf8)
    }

    private func frame(_ header: [UInt8], _ message: [UInt8]?) -> [UInt8] {
        var body: [UInt8] = [UInt8(header.count)] + header
        if let message { body += [UInt8(message.count)] + message }
        return [0, 0, 0, UInt8(body.count)] + body
    }

    func ticket(user: String = "alice@R") {
        authenticator.answer(.success(PreparedAuthentication(OneTokenMachine(), user: user)))
        wake()
    }
}

@Suite("Opening of secured connections")
struct SecuredOpeningTests {
    private let preamble: [UInt8] = Array("HBas".utf8) + [0, 81, 0, 0, 0, 2, 0x60, 0x61]

    @Test func anExpiredContextLeadsToAnotherConnectionWithNewTickets() {
        let opening = Opening(KerberosSettings(regionServer: .named("hbase/x@R")), retries: true)
        opening.authenticator.answer(.success(PreparedAuthentication(ExpiringMachine(), user: "alice@R")))
        opening.wake()
        opening.receive([0, 0, 0, 0, 0, 0, 0, 1, 0x0a])
        #expect(opening.transport.closed.count == 1)
        #expect(opening.error == nil)
        #expect(opening.authenticator.record.withLock { $0.forgotten } == 1)
    }

    @Test func thePrincipalIsAskedThenATicketIsFetched() {
        let opening = Opening(KerberosSettings())
        #expect(opening.sent() == Array("Securi".utf8))
        opening.receive(principal: "hbase/rs1.example.org@R")
        #expect(opening.authenticator.record.withLock { $0.principals } == ["hbase/rs1.example.org@R"])
        #expect(opening.sent().isEmpty)
        opening.ticket()
        #expect(opening.sent() == preamble)
        opening.receive([0, 0, 0, 0, 0, 0, 0, 1, 0x62])
        let after = opening.sent()
        // The header with the client's principal, then the call.
        #expect(String(decoding: after, as: UTF8.self).contains("alice@R"))
        #expect(String(decoding: after, as: UTF8.self).contains("GetClusterId"))
        #expect(opening.error == nil)
    }

    @Test func aNamedPrincipalIsNotAsked() {
        let named = ServerPrincipal.named("hbase/_HOST@R")
        let opening = Opening(KerberosSettings(.cache(nil), regionServer: named))
        #expect(opening.sent().isEmpty)
        #expect(opening.authenticator.record.withLock { $0.principals } == ["hbase/rs1.example.org@R"])
        opening.ticket()
        #expect(opening.sent() == preamble)
    }

    @Test func ticketsThatDoNotComeEndTheCall() {
        let opening = Opening(KerberosSettings())
        opening.receive(principal: "hbase/h@R")
        opening.authenticator.answer(.failure(AuthenticationError("no ticket", hint: "kinit")))
        opening.wake()
        #expect(opening.error?.kind == .authentication)
        #expect(opening.error?.message == "no ticket")
        #expect(opening.error?.hint == "kinit")
        #expect(opening.transport.closed.count == 1)
    }

    @Test func ticketsThatComeTooLateAreNotUsed() {
        let opening = Opening(KerberosSettings())
        opening.receive(principal: "hbase/h@R")
        opening.receive([1])
        #expect(opening.error?.kind == .authentication)
        _ = opening.sent()
        opening.ticket()
        #expect(opening.sent().isEmpty)
    }

    @Test func answersWithoutAServiceAreNotUsed() {
        let opening = Opening(KerberosSettings())
        opening.receive(principal: "root")
        #expect(
            opening.error?.message.contains("\"root\", which is no service; set hbase.regionserver.ker")
                == true)
    }

    @Test func serversWithoutSecurityAndOlderOnes() {
        let plain = "org.apache.hadoop.hbase.ipc.SecurityNotEnabledException"
        let strict = Opening(KerberosSettings())
        strict.receive(exception: plain)
        #expect(strict.error?.message.hasPrefix("the server has no Kerberos security") == true)
        var settings = KerberosSettings()
        settings.allowsSimpleFallback = true
        let lenient = Opening(settings)
        _ = lenient.sent()
        lenient.receive(exception: plain)
        #expect(lenient.sent().starts(with: Array("HBas".utf8) + [0, 80]))
        #expect(lenient.error == nil)
        let old = Opening(KerberosSettings())
        old.receive(exception: "org.apache.hadoop.hbase.ipc.FatalConnectionException")
        #expect(old.error?.message.contains("set hbase.regionserver.kerberos.principal") == true)
    }

    @Test func theFirstRefusalMakesTheNextTicketNew() {
        let opening = Opening(KerberosSettings())
        opening.receive(principal: "hbase/h@R")
        opening.ticket()
        let name = Array("javax.security.sasl.SaslException".utf8)
        let text = Array("GSS initiate failed".utf8)
        opening.receive(
            [0, 0, 0, 1, 0, 0, 0, UInt8(name.count)] + name + [0, 0, 0, UInt8(text.count)] + text)
        #expect(opening.authenticator.record.withLock { $0.forgotten } == 1)
        #expect(opening.error?.kind == .network)
        #expect(opening.error?.message.hasSuffix("GSS initiate failed") == true)
    }
}
