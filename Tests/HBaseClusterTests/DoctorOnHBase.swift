import Glibc
import SluiceNet
import SluiceTestSupport
import Testing

/// Every mistake on the way to a real cluster has words of its own, with what to do, within seconds.
extension RealHBaseTests {
    /// Runs the doctor; the step that must fail, and pieces of what it must say.
    private func expect(
        _ smoke: SecuredSmoke, _ words: [String], _ environment: [String: String] = [:], step: String,
        _ pieces: String..., at location: SourceLocation = #_sourceLocation
    ) throws {
        let run = try DoctorRun(smoke, words, environment: environment)
        let told = run.failure.hasPrefix("FAIL \(step) ")
        #expect(run.status == 5 && told, "\(run.text)", sourceLocation: location)
        for piece in pieces {
            #expect(run.failure.contains(piece), "\(run.text)", sourceLocation: location)
        }
        #expect(run.failure.contains("help: "), "\(run.text)", sourceLocation: location)
        #expect(run.seconds < 10, sourceLocation: location)
    }

    private func set(_ pairs: String...) -> [String] { pairs.flatMap { ["--property", $0] } }

    /// On a cluster with Kerberos and without TLS.
    func loginMistakes(_ secured: SecuredHBase, _ cache: String) throws {
        let smoke = SecuredSmoke(secured, .folder)
        let noKeytab = set("hbase.client.keytab.file=", "hbase.client.keytab.principal=")
        let table = ["secured"]
        try expect(
            smoke, table + noKeytab, ["KRB5CCNAME": "FILE:/no/such"], step: "login",
            "no Kerberos ticket can be used", "kinit")
        let brief = try secured.cache("alice", "-l 1s")
        sleep(2)
        try expect(
            smoke, table + noKeytab, ["KRB5CCNAME": brief], step: "login", "has expired",
            "get a new ticket with kinit")
        #expect(
            try DoctorRun(smoke, table + noKeytab, environment: ["KRB5CCNAME": cache]).text.contains(
                "user \"alice@SLUICE.TEST\" may read"))
        try expect(
            smoke, table + set("hbase.client.keytab.principal=bob"), step: "login",
            "No key table entry found for bob@SLUICE.TEST", "klist -k")
        try expect(
            smoke, table + set("hbase.client.keytab.file=/no.keytab"), step: "login",
            "\"/no.keytab\"", "No such file")
        let old = try secured.add("stale")
        try secured.administer("cpw -randkey stale")
        try expect(
            smoke, table + set("hbase.client.keytab.file=\(old)", "hbase.client.keytab.principal=stale"),
            step: "login", "the keytab does not fit the principal's present key")
        try expect(
            smoke, table + set("hbase.regionserver.kerberos.principal=hbase/nobody@SLUICE.TEST"),
            step: "login",
            "Server hbase/nobody@SLUICE.TEST not found", "hbase.regionserver.kerberos.principal")
        try expect(
            smoke, table + set("hbase.regionserver.kerberos.principal=zookeeper/localhost@SLUICE.TEST"),
            step: "login", "GSS initiate failed", "the server could not take the ticket")
        try expect(
            smoke, table + set("hbase.security.authentication=simple"), step: "login",
            "the server wants Kerberos", "set hbase.security.authentication to kerberos")
        try expect(
            smoke, table + set("hbase.rpc.protection=privacy"), step: "login",
            "the server protects connections with authentication, the client accepts privacy",
            "set hbase.rpc.protection")
        try expect(
            smoke, table + set("hbase.client.netty.tls.enabled=true"), step: "TLS",
            "the peer speaks plain text", "set hbase.client.netty.tls.enabled to false")
        try expect(smoke, ["nowhere"], step: "table", "\"nowhere\" does not exist", "sluice hbase create")
        try clockMistakes(secured, smoke)
    }

    /// Kerberos libraries correct their clock by the one of the key distribution centre, unless told not to.
    private func clockMistakes(_ secured: SecuredHBase, _ smoke: SecuredSmoke) throws {
        guard access("/usr/bin/faketime", X_OK) == 0 else {
            print("SKIPPED: clocks that differ; faketime is not installed")
            return
        }
        var late = smoke
        late.launcher = ["/usr/bin/faketime", "-f", "-10m"]
        try expect(late, ["secured"], step: "clock", "ahead of the one here", "synchronize the clocks")
        let strict = secured.folder + "/strict-krb5.conf"
        let script = "sed 's/\\[libdefaults\\]/&\\n  kdc_timesync = 0/' \"$1/kdc/krb5.conf\" > \"$2\""
        _ = try Subprocess.check(["/bin/sh", "-c", script, "sh", secured.folder, strict])
        try expect(
            late, ["secured"], ["KRB5_CONFIG": strict], step: "login", "Clock skew too great",
            "the clocks of this machine")
    }

    /// On a cluster that lets nobody in but alice.
    func permissions(_ secured: SecuredHBase) throws {
        let keytab = try secured.add("bob")
        let smoke = SecuredSmoke(secured, .folder)
        let bob = set("hbase.client.keytab.file=\(keytab)", "hbase.client.keytab.principal=bob")
        try expect(
            smoke, ["secured"] + bob, step: "permission", "refuses user \"bob\" access to \"secured\"",
            "grant 'bob', 'R', 'secured'")
        let scan = try smoke.sluice("hbase", "scan", "secured", more: bob)
        #expect(scan.status != 0)
        #expect(scan.errors.contains("refuses user \"bob\" access to \"secured\""))
        try writesWithoutReading(secured, smoke, keytab)
    }

    /// A job that only writes needs no right to read.
    private func writesWithoutReading(
        _ secured: SecuredHBase, _ smoke: SecuredSmoke, _ keytab: String
    ) throws {
        let sql = """
            CREATE TABLE IF NOT EXISTS written (k STRING, f ROW<a STRING>, PRIMARY KEY (k) NOT ENFORCED) WITH (
              'connector' = 'hbase', 'table-name' = 'secured',
              'properties.hbase.client.keytab.file' = '\(keytab)',
              'properties.hbase.client.keytab.principal' = 'bob');
            INSERT INTO written VALUES ('of-bob', ROW('x'))
            """
        let refused = try smoke.sluice("-c", sql)
        #expect(
            refused.status == 5 && refused.errors.contains("grant 'bob', 'W', 'secured'"), "\(refused.errors)"
        )
        try secured.cluster.tool("put", "hbase:acl", "secured", "l:bob", "W")
        var written = try smoke.sluice("-c", sql)
        // Rights reach the region servers through ZooKeeper.
        for _ in 0..<50 where written.status != 0 {
            usleep(100_000)
            written = try smoke.sluice("-c", sql)
        }
        #expect(written.status == 0, "\(written.errors)")
        #expect(try secured.cluster.tool("get", "secured", "of-bob").contains("\"x\""))
    }

    /// On a ZooKeeper that answers nobody without a login.
    func keeperMistakes(_ secured: SecuredHBase, _ keeper: SecuredZooKeeper, _ cache: String) throws {
        let smoke = SecuredSmoke(secured, .folder, ["KRB5CCNAME": cache])
        let plain = ["secured", "--quorum", keeper.plain.description]
        let encrypted = ["secured", "--quorum", keeper.encrypted.description]
        try expect(
            smoke, plain, step: "ZooKeeper", "answers nobody without a login", "zookeeper.sasl.client")
        let login = set("zookeeper.sasl.client=true")
        try expect(smoke, plain + login, step: "HBase", "ZooKeeper has no node")
        try expect(
            smoke, plain + login + set("zookeeper.server.principal=hbase/localhost@SLUICE.TEST"),
            step: "login", "ZooKeeper does not take the ticket", "zookeeper.server.principal")
        try expect(
            smoke, encrypted, step: "ZooKeeper", "not as ZooKeeper does", "set zookeeper.client.secure")
        try expect(
            smoke, encrypted + set("zookeeper.client.secure=true"), step: "ZooKeeper",
            "the authority of the peer's certificate is not trusted", "zookeeper.ssl.trustStore.location")
    }

    @Test("H28: TLS without Kerberos, and what can be wrong with it", .enabled(if: RealHBase.canStartSecure))
    func transportSecurity() throws {
        let secured = try SecuredHBase(nil, tls: true)
        try SecuredSmoke(secured, .folder).run()
        try SecuredSmoke(secured, .properties).run()
        try SecuredSmoke(secured, .servers).run()
        let smoke = SecuredSmoke(secured, .folder)
        try secured.cluster.tool("create", "secured", "f")
        let table = ["secured"]
        try expect(
            smoke, table + set("hbase.rpc.tls.truststore.location="), step: "TLS",
            "the authority of the peer's certificate is not trusted", "hbase.rpc.tls.truststore.location")
        try expect(
            smoke, table + set("hbase.rpc.tls.keystore.location="), step: "TLS",
            "the peer demands a client certificate", "hbase.rpc.tls.keystore.location")
        try expect(
            smoke, table + set("hbase.rpc.tls.keystore.password=other"), step: "TLS",
            "server.jks\" cannot be used: its password is wrong")
        try expect(
            smoke, table + set("hbase.client.netty.tls.enabled=false"), step: "HBase",
            "it may want TLS", "set hbase.client.netty.tls.enabled to true")
        try expect(
            smoke, table + set("hbase.security.authentication=kerberos"), step: "login",
            "the server has no Kerberos security", "fallback-to-simple-auth-allowed")
        // Another way to write the address, which the certificate does not have.
        let port = try #require(secured.servers.last?.split(separator: ":").last)
        try expect(
            smoke, table + ["--servers", "127.1:\(port)"], step: "TLS",
            "the peer's certificate is not for \"127.1\"", "connect by a name or address")
        try expect(
            smoke, table + set("zookeeper.client.secure=true"), step: "ZooKeeper",
            "could not connect to ", "is it ZooKeeper's port for TLS")
    }

    @Test(
        "H23: what is wrong between here and a table of a cluster without security",
        .enabled(if: RealHBase.canStart))
    func mistakesWithoutSecurity() throws {
        let cluster = try RealHBase.cluster()
        let smoke = SecuredSmoke(try SecuredHBase(plain: cluster), .folder)
        try cluster.tool("create", "plainly", "f")
        defer { _ = try? cluster.tool("drop", "plainly") }
        let table = ["plainly"]
        #expect(try DoctorRun(smoke, table).status == 0)
        try expect(
            smoke, table + ["--quorum", "127.0.0.1:1"], step: "ZooKeeper", "nothing listens at 127.0.0.1:1")
        try expect(
            smoke, table + ["--znode", "/other"], step: "ZooKeeper", "has no node \"/other\"", "/hbase")
        try expect(
            smoke, table + ["--servers", "127.0.0.1:1"], step: "HBase", "the connection was refused",
            "RPC ports")
        try expect(smoke, ["nowhere"], step: "table", "\"nowhere\" does not exist")
        try expect(
            smoke, table + set("hbase.client.netty.tls.enabled=true"), step: "TLS",
            "the peer speaks plain text", "set hbase.client.netty.tls.enabled to false")
        try expect(
            smoke, table + set("hbase.security.authentication=kerberos"), step: "login",
            "the server has no Kerberos security")
        let made = try smoke.sluice(
            "-c",
            """
            CREATE TABLE plainly (k STRING, g ROW<n BIGINT>, PRIMARY KEY (k) NOT ENFORCED)
              WITH ('connector' = 'hbase', 'table-name' = 'plainly')
            """)
        #expect(made.status == 0, "\(made.errors)")
        try expect(smoke, table, step: "families", "has no column family \"g\"", "sluice hbase describe")
        try cluster.tool("disable", "plainly")
        try expect(smoke, table, step: "table", "is disabled", "sluice hbase enable plainly")
        let disabled = try DoctorRun(smoke, table)
        #expect(
            disabled.text.split(separator: "\n").count { $0.contains("answers") } == 1, "\(disabled.text)")
        try cluster.tool("enable", "plainly")
        // What an option adds leaves the catalog's table what it is.
        let property = set("hbase.rpc.timeout=5000")
        try expect(smoke, table + property, step: "families", "has no column family \"g\"")
    }
}
