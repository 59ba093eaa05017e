import COpenSSL
import Glibc
import SluiceBase
import SluiceNet
import Testing

@Suite("TLS client")
struct TLSTests {
    private static let shared = Result { try TestCertificates() }

    let certificates: TestCertificates

    init() throws { certificates = try Self.shared.get() }

    private var trusting: TLSConfiguration {
        TLSConfiguration(authorities: certificates.path("authority.pem"))
    }

    private func echo(_ settings: TLSServerSettings) throws -> LoopbackServer {
        try LoopbackServer { socket in
            guard let secure = TLSServerSocket(socket, settings) else { return }
            while true {
                let bytes = secure.read()
                if bytes.isEmpty || !secure.write(bytes) { return }
            }
        }
    }

    private func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 9) }
    }

    /// The error of a connection to a server that has the certificate; nil when it opened.
    private func attempt(
        _ certificate: String, host: String = "127.0.0.1", _ tls: TLSConfiguration? = nil,
        clientsOf: String? = nil,
        newest: Int32 = 0
    ) throws -> NetworkError? {
        let settings = try TLSServerSettings(certificates, certificate, clientsOf: clientsOf, newest: newest)
        let server = try echo(settings)
        let harness = try LoopHarness()
        let id = harness.connect(Endpoint(host: host, port: server.port), tls: tls ?? trusting)
        harness.post { $0.send([1, 2], on: id) }
        _ = wait { harness.end(id) != nil || harness.bytes(id) == [1, 2] }
        let error: NetworkError? = harness.bytes(id) == [1, 2] ? nil : harness.waitForEnd(id)
        harness.thread.stop()
        server.stop()
        return error
    }

    @Test func namesAndAddressesAreAccepted() throws {
        #expect(try attempt("good") == nil)
        #expect(try attempt("good", host: "localhost") == nil)
        var named = trusting
        named.serverName = "other.example"
        #expect(try attempt("other", named) == nil)
        named.serverName = "a.example.com."
        #expect(try attempt("wildcard", named) == nil)
        named.serverName = "a.b.example.com"
        #expect(try attempt("wildcard", named)?.kind == .untrusted)
    }

    @Test func olderVersionsAreSpokenDownToTLS12() throws {
        #expect(try attempt("good", newest: 0x0303) == nil)
        let error = try attempt("good", newest: 0x0302)
        #expect(error?.kind == .tls)
        #expect(error?.message.hasSuffix("with TLS: the peer speaks only versions of TLS before 1.2") == true)
    }

    @Test(arguments: [
        ("unknown", "the authority of the peer's certificate is not trusted"),
        ("own", "the peer's certificate is signed by itself and not trusted"),
        ("expired", "the peer's certificate has expired"),
        ("other", "the peer's certificate is not for \"127.0.0.1\""),
    ])
    func untrustedPeersAreRefused(_ certificate: String, _ reason: String) throws {
        let error = try attempt(certificate)
        #expect(error?.kind == .untrusted)
        #expect(error?.message.hasSuffix("\" with TLS: " + reason) == true, "\(error?.message ?? "none")")
    }

    @Test func theSystemsAuthoritiesAreTheDefault() throws {
        let error = try attempt("good", TLSConfiguration())
        #expect(error?.message.hasSuffix("the authority of the peer's certificate is not trusted") == true)
    }

    @Test(arguments: [Int32(0x0303), 0])
    func clientCertificates(_ newest: Int32) throws {
        let none = try attempt("good", clientsOf: "authority", newest: newest)
        #expect(none?.kind == .untrusted)
        #expect(
            none?.message.hasSuffix("the peer demands a client certificate") == true, "\(none?.message ?? "")"
        )

        var tls = trusting
        tls.certificate = certificates.path("client.pem")
        tls.key = certificates.path("client.key")
        #expect(try attempt("good", tls, clientsOf: "authority", newest: newest) == nil)
        tls.certificate = certificates.path("both.pem")
        tls.key = nil
        #expect(try attempt("good", tls, clientsOf: "authority", newest: newest) == nil)

        tls.certificate = certificates.path("unwelcome.pem")
        tls.key = certificates.path("unwelcome.key")
        let refused = try attempt("good", tls, clientsOf: "authority", newest: newest)
        #expect(refused?.kind == .untrusted)
        #expect(refused?.message.contains("the peer does not accept the client certificate: ") == true)
    }

    @Test func filesThatCannotBeUsedAreNamed() throws {
        let harness = try LoopHarness()
        func message(_ change: (inout TLSConfiguration) -> Void) -> String {
            var tls = trusting
            change(&tls)
            let error = harness.waitForEnd(harness.connect(Endpoint(host: "127.0.0.1", port: 1), tls: tls))
            return error?.message ?? ""
        }
        let folder = certificates.folder
        #expect(
            message { $0.authorities = "/none.pem" }
                == "the file of authorities \"/none.pem\" cannot be used: No such file or directory")
        #expect(
            message { $0.authorities = folder + "/empty.pem" }.hasPrefix(
                "the file of authorities \"\(folder)/empty.pem\" cannot be used: "))
        #expect(
            message { $0.certificate = "/none.pem" }
                == "the certificate file \"/none.pem\" cannot be used: No such file or directory")
        #expect(
            message {
                $0.certificate = folder + "/client.pem"
                $0.key = folder + "/good.key"
            } == "the key \"\(folder)/good.key\" does not belong to the certificate \"\(folder)/client.pem\"")
        #expect(
            message {
                $0.certificate = folder + "/client.pem"
                $0.key = folder + "/locked.key"
            } == "the key file \"\(folder)/locked.key\" cannot be used: it is protected by a passphrase")
        harness.thread.stop()
    }

    @Test func plainTextPeersAreNamed() throws {
        let server = try LoopbackServer { socket in
            socket.write(Array("220 hello\r\n".utf8))
            _ = socket.read()
        }
        let harness = try LoopHarness()
        let error = harness.waitForEnd(harness.connect(server.endpoint, tls: trusting))
        #expect(error?.kind == .tls)
        #expect(
            error?.message
                == "could not connect to \"\(server.endpoint)\" with TLS: the peer speaks plain text")
        let silent = try LoopbackServer { _ = $0.read() }
        let ended = harness.waitForEnd(harness.connect(silent.endpoint, tls: trusting))
        #expect(ended?.message.contains("ended the connection during the handshake") == true)
        harness.thread.stop()
        server.stop()
        silent.stop()
    }

    @Test func aHandshakeHasATimeLimit() throws {
        let server = try LoopbackServer { socket in while !socket.read().isEmpty {} }
        let harness = try LoopHarness()
        let error = harness.waitForEnd(harness.connect(server.endpoint, tls: trusting, timeoutMillis: 2000))
        #expect(error?.kind == .timedOut)
        #expect(error?.message.hasSuffix("no answer within 2 s (TLS)") == true)
        harness.thread.stop()
        server.stop()
    }

    @Test(arguments: [Int32(0x0303), 0])
    func bulkGoesBothWays(_ newest: Int32) throws {
        let server = try echo(TLSServerSettings(certificates, "good", newest: newest))
        let harness = try LoopHarness()
        let id = harness.connect(server.endpoint, tls: trusting)
        let sizes: [Int] = [1, 16_384, 16_385, 3, 5_000_000, 100, 70_000, 0, 9]
        var expected: [UInt8] = []
        for size in sizes {
            let message = pattern(size)
            expected += message
            harness.post { $0.send(message, on: id) }
        }
        #expect(wait { harness.count(id) == expected.count })
        #expect(harness.bytes(id) == expected)
        #expect(harness.run { $0.unsentBytes(on: id) } == 0)
        harness.thread.stop()
        server.stop()
    }

    @Test func theEndIsOrderly() throws {
        let clean = Lock(false)
        let settings = try TLSServerSettings(certificates, "good")
        let server = try LoopbackServer { socket in
            guard let secure = TLSServerSocket(socket, settings) else { return }
            let asked = secure.read()
            if asked == [1] {
                secure.write([7])
                secure.sayGoodbye()
            } else if asked == [3] {
                _ = secure.read()
                let closed = secure.peerClosed
                clean.withLock { $0 = closed }
            }
        }
        let harness = try LoopHarness()
        func end(_ message: [UInt8]) -> NetworkError?? {
            let id = harness.connect(server.endpoint, tls: trusting)
            harness.post { $0.send(message, on: id) }
            _ = wait { harness.end(id) != nil }
            return harness.end(id)
        }
        #expect(end([1]) == .some(nil))
        // The socket ends without a word of TLS.
        let cut = end([2])
        #expect(cut??.kind == .reset)
        #expect(cut??.message == "connection to \"\(server.endpoint)\" was cut off by the peer")

        let id = harness.connect(server.endpoint, tls: trusting)
        harness.post { $0.send([3], on: id) }
        #expect(wait { harness.isOpen(id) && harness.run { $0.unsentBytes(on: id) } == 0 })
        harness.post { $0.close(id) }
        #expect(wait { clean.withLock { $0 } })
        harness.thread.stop()
        server.stop()
    }
}
