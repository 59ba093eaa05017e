import Glibc
import SluiceBase
import SluiceNet
import Testing

/// Certificates and keys in the forms that Java's clients have them in.
@Suite("Key stores")
struct KeyStoreTests {
    private static let shared = Result { try TestCertificates() }

    let certificates: TestCertificates

    init() throws { certificates = try Self.shared.get() }

    /// What a server that demands a client certificate makes of the stores; nil: it answers.
    private func attempt(
        trust: String, own: String?, password: String?, changed: ((String) throws -> Void)? = nil
    ) throws -> NetworkError? {
        let settings = try TLSServerSettings(certificates, "good", clientsOf: "authority")
        let server = try LoopbackServer { socket in
            guard let secure = TLSServerSocket(socket, settings) else { return }
            while true {
                let bytes = secure.read()
                if bytes.isEmpty || !secure.write(bytes) { return }
            }
        }
        var tls = TLSConfiguration(
            authorities: certificates.path(trust), certificate: own.map { certificates.path($0) })
        tls.authoritiesPassword = password
        tls.password = password
        let harness = try LoopHarness()
        let id = harness.connect(Endpoint(host: "127.0.0.1", port: server.port), tls: tls)
        harness.post { $0.send([1, 2], on: id) }
        _ = wait { harness.end(id) != nil || harness.bytes(id) == [1, 2] }
        let error: NetworkError? = harness.bytes(id) == [1, 2] ? nil : harness.waitForEnd(id)
        harness.thread.stop()
        server.stop()
        return error
    }

    private static let forms: [String] = ["p12", "jks"]

    private func exists(_ form: String) -> Bool {
        access(certificates.path("trust." + form), R_OK) == 0
    }

    @Test("H28: PKCS#12 files and Java key stores hold certificates and keys", arguments: forms)
    func storesAreRead(_ form: String) throws {
        guard exists(form) else { return print("SKIPPED: \(form); keytool is not installed") }
        #expect(try attempt(trust: "trust." + form, own: "client." + form, password: "secret") == nil)
        #expect(try attempt(trust: "authority.pem", own: "client." + form, password: "secret") == nil)
        #expect(try attempt(trust: "trust." + form, own: "both.pem", password: "secret") == nil)
    }

    @Test(arguments: forms)
    func mistakesAreNamed(_ form: String) throws {
        guard exists(form) else { return }
        func message(_ trust: String, _ own: String?, _ password: String?) throws -> String {
            try attempt(trust: trust, own: own, password: password)?.message ?? "it worked"
        }
        let own = "client." + form
        let path = certificates.path(own)
        #expect(
            try message("authority.pem", own, "other")
                == "the certificate file \"\(path)\" cannot be used: its password is wrong")
        #expect(
            try message("authority.pem", own, nil)
                == "the certificate file \"\(path)\" cannot be used: its password is not given")
        #expect(try message("authority.pem", "trust." + form, "secret").hasSuffix("it holds no private key"))
        guard form == "jks" else { return }
        #expect(try message("trust.jceks", nil, nil).hasSuffix("it is a Java key store of type JCEKS"))
    }

    @Test func keysWithAPassphraseAreOpened() throws {
        var tls = TLSConfiguration(
            authorities: certificates.path("authority.pem"), certificate: certificates.path("client.pem"),
            key: certificates.path("locked.key"))
        tls.password = "other"
        let harness = try LoopHarness()
        let wrong = harness.waitForEnd(harness.connect(Endpoint(host: "127.0.0.1", port: 1), tls: tls))
        #expect(wrong?.message.hasSuffix("cannot be used: its passphrase is wrong") == true)
        tls.password = "secret"
        let right = harness.waitForEnd(harness.connect(Endpoint(host: "127.0.0.1", port: 1), tls: tls))
        #expect(right?.kind == .refused)
        harness.thread.stop()
    }

    /// Every prefix, and every byte changed: nothing of it may do more than fail.
    @Test(arguments: forms)
    func damagedStoresAreRefused(_ form: String) throws {
        guard exists(form) else { return }
        let whole = try #require(read(certificates.path("client." + form)))
        let file = certificates.path("damaged." + form)
        let harness = try LoopHarness()
        var tls = TLSConfiguration(certificate: file)
        tls.password = "secret"
        var random = RandomSource(seed: 4)
        var failures = 0
        for round in 0..<120 {
            var bytes = whole
            if round % 2 == 0 {
                bytes.removeLast(Int(random.next() % UInt64(whole.count - 8)) + 1)
            } else {
                for _ in 0..<(1 + round % 4) {
                    bytes[4 + Int(random.next() % UInt64(whole.count - 4))] ^= UInt8(1 + random.next() % 255)
                }
            }
            try write(bytes, file)
            let end = harness.waitForEnd(harness.connect(Endpoint(host: "127.0.0.1", port: 1), tls: tls))
            if end?.kind == .tls { failures += 1 }
            if round % 2 == 0, end?.kind != .tls {
                // A JKS may end after its first key.
                #expect(form == "jks" && whole.count - bytes.count <= 20, "\(round)")
            }
        }
        #expect(failures > 60)
        harness.thread.stop()
    }

    private func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    private func write(_ bytes: [UInt8], _ path: String) throws {
        let file = try #require(fopen(path, "wb"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
}
