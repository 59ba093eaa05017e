import Glibc
import SluiceNet
import Testing

@Suite("GSSAPI", .enabled(if: TestRealm.isPossible, "krb5-kdc is not installed"))
struct GSSAPITests {
    let realm: TestRealm

    init() throws { realm = try TestRealm.shared.get() }

    private let service = "hbase/localhost@SLUICE.TEST"

    private func keytab(_ principal: String) -> KerberosLogin {
        .keytab(principal: principal, file: realm.keytab(principal))
    }

    private func step(_ context: GSSAPIContext, _ token: [UInt8]) throws -> [UInt8]? {
        let answer: Result<[UInt8]?, GSSAPIError> = token.withUnsafeBytes { raw in
            Result { () throws(GSSAPIError) in try context.step(raw) }
        }
        return try answer.get()
    }

    private func message(_ login: KerberosLogin, server: String? = nil) -> GSSAPIError? {
        do throws(GSSAPIError) {
            let context = try GSSAPIContext(try GSSAPICredential(login), server: server ?? service)
            _ = try context.step(UnsafeRawBufferPointer(start: nil, count: 0))
            return nil
        } catch { return error }
    }

    /// Both ends after their tokens.
    private func established(_ login: KerberosLogin, server: String? = nil) throws -> (
        GSSAPIContext, GSSAPIServer
    ) {
        let context = try GSSAPIContext(GSSAPICredential(login), server: server ?? service)
        let acceptor = try GSSAPIServer(keytab: realm.keytab("hbase-localhost"))
        let first = try #require(try step(context, []))
        #expect(!context.isEstablished)
        let reply = try acceptor.step(first)
        #expect(acceptor.isEstablished)
        #expect(try step(context, reply) == nil)
        #expect(context.isEstablished)
        return (context, acceptor)
    }

    @Test func aKeytabAndACacheAuthenticate() throws {
        #expect(try GSSAPICredential(keytab("alice")).principal == "alice@SLUICE.TEST")
        _ = try established(keytab("alice"))
        _ = try established(.cache(realm.cache("alice")))
        _ = try established(keytab("alice"), server: "hbase@localhost")
        _ = try established(keytab("alice"), server: "hbase/localhost")
    }

    @Test(arguments: [false, true])
    func messagesAreProtected(_ confidential: Bool) throws {
        let (context, acceptor) = try established(keytab("alice"))
        for size in [0, 1, 100, 65_000, 3_000_000] {
            let bytes: [UInt8] = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let there = try bytes.withUnsafeBytes { try context.wrap($0, confidential: confidential) }
            let heard = try acceptor.unwrap(there)
            #expect(heard.0 == bytes && heard.1 == confidential)
            let back = try acceptor.wrap(bytes, confidential: confidential)
            #expect(try back.withUnsafeBytes { try context.unwrap($0, confidential: confidential) } == bytes)
        }
        let twice = try acceptor.wrap([4], confidential: confidential)
        _ = try twice.withUnsafeBytes { try context.unwrap($0, confidential: false) }
        #expect(throws: GSSAPIError.self) {
            try twice.withUnsafeBytes { try context.unwrap($0, confidential: false) }
        }
        var damaged = try acceptor.wrap([1, 2, 3], confidential: confidential)
        damaged[damaged.count - 1] ^= 1
        let error = #expect(throws: GSSAPIError.self) {
            try damaged.withUnsafeBytes { try context.unwrap($0, confidential: false) }
        }
        #expect(error?.cause == .badMessage)
    }

    @Test func signedIsNotEnoughWhereEncryptionIsAskedFor() throws {
        let (context, acceptor) = try established(keytab("alice"))
        let signed = try acceptor.wrap([1], confidential: false)
        let error = #expect(throws: GSSAPIError.self) {
            try signed.withUnsafeBytes { try context.unwrap($0, confidential: true) }
        }
        #expect(error?.message == "a message of \"\(service)\" is not encrypted")
    }

    @Test func nothingIsWrappedBeforeTheEnd() throws {
        let context = try GSSAPIContext(GSSAPICredential(keytab("alice")), server: service)
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        #expect(throws: GSSAPIError.self) { try context.wrap(nothing, confidential: true) }
        #expect(throws: GSSAPIError.self) { try step(context, [1, 2, 3]) }
    }

    @Test func causesAreOneLine() throws {
        let file = realm.keytab("alice")
        let missing = message(.cache("FILE:/no/such/cache"))
        #expect(missing?.cause == .noTicket, "\(missing?.message ?? "none")")
        let byDefault = message(.cache(nil))
        #expect(byDefault?.cause == .noTicket, "\(byDefault?.message ?? "none")")
        let noFile = message(.keytab(principal: "alice", file: "/no.keytab"))
        let lost = "the keytab \"/no.keytab\" gives no Kerberos ticket for \"alice\": "
        #expect(noFile?.message == lost + "No such file or directory")
        let other = message(.keytab(principal: "bob", file: file))
        #expect(other?.cause == .badKeytab, "\(other?.message ?? "none")")
        let stale = message(keytab("stale"))
        #expect(stale?.cause == .wrongKey, "\(stale?.message ?? "none")")
        let leaver = message(keytab("leaver"))
        #expect(leaver?.cause == .unknownClient, "\(leaver?.message ?? "none")")
        let server = message(keytab("alice"), server: "hbase/other@SLUICE.TEST")
        #expect(server?.cause == .unknownServer, "\(server?.message ?? "none")")
        let away = message(.keytab(principal: "alice@GONE.TEST", file: realm.keytab("gone")))
        #expect(away?.cause == .noKDC, "\(away?.message ?? "none")")
        for error in [missing, byDefault, noFile, other, stale, leaver, server, away] {
            #expect(error?.message.contains("\n") == false)
        }
    }

    @Test func ticketsExpireAndAKeytabGetsNewOnes() throws {
        let cache = try realm.cache("brief", "-l 4s")
        let credential = try GSSAPICredential(keytab("brief"))
        #expect(credential.lifetimeSeconds <= 4)
        sleep(5)
        let expired = message(.cache(cache))
        #expect(expired?.cause == .expired, "\(expired?.message ?? "none")")
        #expect(credential.lifetimeSeconds == 0)
        let error = #expect(throws: GSSAPIError.self) {
            try step(GSSAPIContext(credential, server: service), [])
        }
        #expect(error?.cause == .expired, "\(error?.message ?? "none")")
        #expect(message(keytab("brief")) == nil)
    }
}
