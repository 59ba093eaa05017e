import Glibc
import SluiceBase
import SluiceHBaseClient
import SluiceNet
import Testing

/// Kerberos and TLS towards a real cluster with a key distribution centre of its own.
extension RealHBaseTests {
    @Test(
        .enabled(if: RealHBase.canStartSecure),
        arguments: [("authentication", false), ("integrity", true), ("privacy", false)])
    func kerberosProtectsConnections(_ protection: String, _ tls: Bool) throws {
        let secured = try SecuredHBase(protection, tls: tls)
        let table = HBaseTable(name: "secured")
        let login = KerberosLogin.keytab(principal: "alice", file: secured.keytab)
        // A master in one process with a region server tells its user's name in place of its principal.
        let named = ServerPrincipal.named("hbase/localhost@SLUICE.TEST")
        try secured.with(KerberosSettings(login, regionServer: .asked, master: named)) { client in
            let admin = client.admin(seed: 1)
            let schema = TableSchema(table: table, families: [FamilySchema("f")])
            try ask { admin.createTable(schema, splitKeys: [], $0) } as Void
            try secured.writeAndRead(client, table, rows: 500, bytes: 100)
            // Larger than what the server takes in one wrapped piece.
            try secured.writeAndRead(client, table, rows: 3, bytes: 400_000)
        }
        let cache = try secured.cache("alice")
        try secured.with(KerberosSettings(.cache(cache), regionServer: named)) { client in
            try secured.writeAndRead(client, table, rows: 50, bytes: 10)
        }
        var exact = KerberosSettings(.cache(cache))
        exact.protections = [try #require(SASLProtection(name: protection))]
        try secured.with(exact) { try secured.writeAndRead($0, table, rows: 1, bytes: 1) }
        try refusals(secured, table, cache, protection)
        if protection == "privacy" { try expiry(secured, table) }
        if tls { try certificates(secured, table, cache) }
    }

    /// Every refusal comes at once and says why on one line.
    private func refusals(
        _ secured: SecuredHBase, _ table: HBaseTable, _ cache: String, _ protection: String
    ) throws {
        let file = secured.keytab
        let bob = secured.failure(KerberosSettings(.keytab(principal: "bob", file: file)), table)
        #expect(
            bob.contains("gives no Kerberos ticket for \"bob\": No key table entry found for bob@SLUICE.TEST")
        )
        let none = secured.failure(KerberosSettings(.cache("FILE:/no/such/cache")), table)
        #expect(none.contains("no Kerberos ticket can be used: "))
        let nobody = ServerPrincipal.named("hbase/nobody@SLUICE.TEST")
        let unknown = secured.failure(KerberosSettings(.cache(cache), regionServer: nobody), table)
        #expect(unknown.contains("Server hbase/nobody@SLUICE.TEST not found in Kerberos database"))
        var other = KerberosSettings(.cache(cache))
        other.protections = SASLProtection.allCases.filter { $0.name != protection }
        let mismatch = secured.failure(other, table)
        #expect(mismatch.contains("the server protects connections with \(protection), the client accepts "))
        let simple = secured.failure(nil, table)
        #expect(simple.contains("the server wants Kerberos: Authentication is required"))
    }

    /// A connection outlives its ticket; a new one needs a new ticket.
    private func expiry(_ secured: SecuredHBase, _ table: HBaseTable) throws {
        let cache = try secured.cache("alice", "-l 4s")
        try secured.with(KerberosSettings(.cache(cache))) { client in
            try secured.writeAndRead(client, table, rows: 5, bytes: 10)
            sleep(5)
            try secured.writeAndRead(client, table, rows: 5, bytes: 10)
            #expect(secured.failure(KerberosSettings(.cache(cache)), table).contains("expired"))
        }
    }

    private func certificates(_ secured: SecuredHBase, _ table: HBaseTable, _ cache: String) throws {
        let settings = KerberosSettings(.cache(cache))
        let system = secured.failure(settings, table, tls: TLSConfiguration())
        #expect(system.contains("the authority of the peer's certificate is not trusted"))
        let bare = TLSConfiguration(authorities: secured.authority)
        #expect(secured.failure(settings, table, tls: bare).contains("the peer demands a client certificate"))
        #expect(secured.failure(settings, table, tls: .some(nil)).contains("it may want TLS"))
    }

    @Test func aClusterWithoutSecurityIsToldApart() throws {
        let cluster = try RealHBase.cluster()
        var settings = ClientSettings(
            registry: .zooKeeper(quorum: cluster.quorum, parent: cluster.parent), user: "u")
        settings.maxRetries = 2
        var kerberos = KerberosSettings(.cache("FILE:/no/such/cache"))
        settings.authentication = .kerberos(kerberos)
        let strict = try HBaseClient(settings)
        defer { strict.close() }
        let meta = HBaseTable(namespace: "hbase", name: "meta")
        let error = try failure { strict.regions(of: meta, $0) }
        #expect(
            error?.message.contains("the server has no Kerberos security") == true,
            "\(String(describing: error))")
        kerberos.allowsSimpleFallback = true
        settings.authentication = .kerberos(kerberos)
        let lenient = try HBaseClient(settings)
        defer { lenient.close() }
        let admin = lenient.admin(seed: 1)
        let spaces: [NamespaceDescriptor] = try ask { admin.namespaces($0) }
        #expect(spaces.map(\.name).contains("default"))
    }
}

/// A secured cluster and what a client needs for it.
private struct SecuredHBase {
    let cluster: RealHBase
    let keytab: String
    let authority: String?
    private let tls: TLSConfiguration?
    private let folder: String

    init(_ protection: String, tls: Bool) throws {
        let properties = ["hbase.rpc.protection=\(protection)"]
        cluster = try RealHBase.cluster(RealHBase.Options(kerberos: true, tls: tls, properties: properties))
        let place = try #require(cluster.folder)
        folder = place
        keytab = place + "/kdc/keytabs/alice.keytab"
        let configuration = try #require(cluster.settings["KRB5_CONFIG"])
        setenv("KRB5_CONFIG", configuration, 1)
        authority = cluster.settings["authority"]
        guard tls else {
            self.tls = nil
            return
        }
        // The server's own certificate serves as a client's.
        let both = place + "/client.pem"
        let files = ["/hbase/tls/server.pem", "/hbase/tls/server.key"].map { place + $0 }
        _ = try Subprocess.check(["/bin/sh", "-c", "cat \"$1\" \"$2\" > \"$3\"", "sh"] + files + [both])
        self.tls = TLSConfiguration(authorities: authority, certificate: both)
    }

    /// A ticket cache filled by kinit.
    func cache(_ principal: String, _ options: String = "") throws -> String {
        let file = folder + "/\(principal)\(options.isEmpty ? "" : "-brief").ccache"
        let script = "KRB5_CONFIG=\"$1\" kinit -k -t \"$2\" -c \"$3\" \(options) \"$4\""
        let configuration = cluster.settings["KRB5_CONFIG"] ?? ""
        _ = try Subprocess.check(["/bin/sh", "-c", script, "sh", configuration, keytab, file, principal])
        return "FILE:" + file
    }

    private func client(_ kerberos: KerberosSettings?, _ tls: TLSConfiguration?) throws -> HBaseClient {
        var settings = ClientSettings(
            registry: .zooKeeper(quorum: cluster.quorum, parent: cluster.parent), user: "tester")
        settings.maxRetries = 3
        settings.tls = tls
        if let kerberos { settings.authentication = .kerberos(kerberos) }
        return try HBaseClient(settings)
    }

    func with(_ kerberos: KerberosSettings, _ body: (HBaseClient) throws -> Void) throws {
        let client = try client(kerberos, tls)
        defer { client.close() }
        try body(client)
    }

    /// The message of a read that fails; what stands in its place when it does not.
    func failure(_ kerberos: KerberosSettings?, _ table: HBaseTable, tls: TLSConfiguration?? = nil) -> String
    {
        do {
            let client = try client(kerberos, tls ?? self.tls)
            defer { client.close() }
            let batch = GetBatch(table: table, keys: RowKeys([utf8("row-0")]))
            let results: RowResults = try wait(seconds: 30) { client.get(batch, $0) }
            let message = results.firstError?.message ?? "it worked"
            return message.contains("\n") ? "several lines" : message
        } catch {
            return "\(error)"
        }
    }

    func writeAndRead(_ client: HBaseClient, _ table: HBaseTable, rows: Int, bytes: Int) throws {
        var builder = MutationBatchBuilder(table: table)
        var keys = RowKeys()
        for row in 0..<rows {
            keys.append(utf8("row-\(row)"))
            builder.beginPut(utf8("row-\(row)"))
            let value = [UInt8](repeating: UInt8(truncatingIfNeeded: row), count: bytes)
            builder.cell(family: utf8("f"), qualifier: utf8("q"), value: value)
        }
        let batch = builder.finish()
        let written: MutationResults = try wait { client.mutate(batch, $0) }
        try #require(written.firstError == nil, "\(String(describing: written.firstError))")
        let read: RowResults = try wait { client.get(GetBatch(table: table, keys: keys), $0) }
        try #require(read.firstError == nil, "\(String(describing: read.firstError))")
        for row in 0..<rows {
            var right = false
            read.forEachCell(ofKey: row) { cell in
                right =
                    cell.value.count == bytes
                    && cell.value.allSatisfy { $0 == UInt8(truncatingIfNeeded: row) }
            }
            #expect(right)
        }
    }
}
