import Dispatch
import Glibc
import SluiceBase
import SluiceHBaseClient
import SluiceNet
import Testing

/// Kerberos and TLS towards a real cluster with a key distribution centre of its own.
extension RealHBaseTests {
    @Test(
        "H28: Kerberos with every protection, keytab and ticket cache, alone and with TLS",
        .enabled(if: RealHBase.canStartSecure),
        arguments: [("authentication", false), ("integrity", true), ("privacy", false)])
    func kerberosProtectsConnections(_ protection: String, _ tls: Bool) throws {
        let secured = try SecuredHBase(protection, tls: tls, checksAccess: protection == "privacy")
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
        if tls { try certificates(secured, table, cache) }
        try throughSQL(secured, cache, protection)
        if protection == "privacy" {
            try expiry(secured, table)
            try permissions(secured)
            try jobsOutliveTheirTickets(secured)
        }
    }

    /// The smoke test, with settings from where a user may have them.
    private func throughSQL(_ secured: SecuredHBase, _ cache: String, _ protection: String) throws {
        // The cluster's own hbase-site.xml names the keytab, and with TLS Java's key stores.
        try SecuredSmoke(secured, .folder).run()
        switch protection {
        case "authentication": try loginMistakes(secured, cache)
        case "integrity":
            try SecuredSmoke(secured, .properties, ["KRB5CCNAME": cache]).run()
            try SecuredSmoke(secured, .servers, ["KRB5CCNAME": cache]).run()
            let keeper = try SecuredZooKeeper(secured)
            defer { keeper.stop() }
            try keeper.check(cache)
            try keeper.checkPeers(cache)
            try keeperMistakes(secured, keeper, cache)
        default: try SecuredSmoke(secured, .file, ["KRB5CCNAME": cache]).run()
        }
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

    /// A connection outlives its ticket; a new one needs a new ticket, which a keytab gives by itself.
    private func expiry(_ secured: SecuredHBase, _ table: HBaseTable) throws {
        let cache = try secured.cache("alice", "-l 4s")
        try secured.administer("modprinc -maxlife 4seconds alice")
        defer { try? secured.administer("modprinc -maxlife 12hours alice") }
        let keytab = KerberosSettings(.keytab(principal: "alice", file: secured.keytab))
        let authenticator = KerberosAuthenticator(keytab.login)
        try secured.with(keytab, authenticator) { first in
            try secured.writeAndRead(first, table, rows: 5, bytes: 10)
            try secured.with(KerberosSettings(.cache(cache))) { client in
                try secured.writeAndRead(client, table, rows: 5, bytes: 10)
                sleep(5)
                try secured.writeAndRead(client, table, rows: 5, bytes: 10)
                #expect(secured.failure(KerberosSettings(.cache(cache)), table).contains("expired"))
            }
            try secured.writeAndRead(first, table, rows: 5, bytes: 10)
            try secured.with(keytab, authenticator) {
                try secured.writeAndRead($0, table, rows: 5, bytes: 10)
            }
        }
    }

    /// Eight seconds a ticket, and a job of twenty: when the server is killed and comes back, connections are opened
    /// with tickets that are new.
    private func jobsOutliveTheirTickets(_ secured: SecuredHBase) throws {
        try secured.administer("modprinc -maxlife 8seconds alice")
        defer { try? secured.administer("modprinc -maxlife 12hours alice") }
        try secured.cluster.tool("create", "lasting", "f")
        let job = Lock<Result<Subprocess.Output, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        let smoke = SecuredSmoke(secured, .folder)
        DispatchQueue.global().async {
            let ended = Result { try smoke.sluice("-c", Self.lastingJob, seconds: 120) }
            job.withLock { $0 = ended }
            done.signal()
        }
        sleep(3)
        try secured.cluster.kill("hbase")
        try secured.cluster.restart("hbase")
        _ = done.wait(timeout: .now() + .seconds(130))
        let output = try #require(try job.withLock { $0 }?.get())
        #expect(output.status == 0, "\(output.errors)")
        #expect(try secured.cluster.tool("count", "lasting").hasPrefix("500"))
    }

    private static let lastingJob = """
        CREATE TEMPORARY TABLE lasting (k STRING, f ROW<n BIGINT>, PRIMARY KEY (k) NOT ENFORCED)
          WITH ('connector' = 'hbase', 'table-name' = 'lasting', 'sink.buffer-flush.interval' = '1s');
        CREATE TEMPORARY TABLE n (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '500',
          'rows-per-second' = '25', 'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '499');
        INSERT INTO lasting SELECT 'k' || CAST(id AS STRING), ROW(id) FROM n;
        """

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
