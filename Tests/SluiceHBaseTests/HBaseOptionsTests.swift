import SluiceBase
import SluiceConnect
import SluiceHBaseClient
import SluiceNet
import SluiceScratch
import Testing

@testable import SluiceHBase

@Suite("options of HBase tables")
struct HBaseOptionsTests {
    private func options(_ pairs: [(String, String)]) -> TableOptions {
        TableOptions(
            [.init("connector", "hbase"), .init("table-name", "t")] + pairs.map { .init($0.0, $0.1) })
    }

    private func table(_ pairs: [(String, String)]) -> ResolvedTable {
        ResolvedTable(name: "c.d.t", columns: [], options: options(pairs))
    }

    private func message(_ body: () throws(SQLError) -> Void) -> String {
        do throws(SQLError) {
            try body()
            return "no error"
        } catch {
            return error.message
        }
    }

    private func site(_ values: [String: String]) -> SiteFile {
        SiteFile(path: "/c/hbase-site.xml", values: values)
    }

    private func cluster(_ pairs: [(String, String)], _ file: [String: String]? = nil) throws
        -> ClusterOptions?
    {
        let configuration = ClusterConfiguration(options: options(pairs), site: file.map { site($0) })
        guard configuration.namesCluster else { return nil }
        return try ClusterOptions(configuration, environment: ["USER": "ann"])
    }

    @Test("B8: without a cluster's name the embedded store is meant")
    func embedded() throws {
        #expect(try cluster([]) == nil)
        #expect(
            try cluster([("zookeeper.znode.parent", "/x"), ("properties.hbase.rpc.timeout", "5")]) == nil)
        #expect(try cluster([], ["hbase.rpc.timeout": "5"]) == nil)
        // An empty parameter must not send rows there.
        for key in ["zookeeper.quorum", "hbase.bootstrap.servers", "zookeeper.znode.parent"] {
            for text in ["", " "] {
                let error = #expect(throws: SQLError.self) {
                    try HBaseEnvironment().cluster(options([(key, text)]))
                }
                #expect(error?.message.hasPrefix("option '\(key)' is '\(text)'") == true)
            }
        }
        #expect(try cluster([], ["hbase.zookeeper.quorum": "h"]) != nil)
    }

    @Test("H26: property > option > hbase-site.xml > default")
    func precedence() throws {
        let file = [
            "hbase.zookeeper.quorum": "fromfile", "hbase.zookeeper.property.clientPort": "2222",
            "zookeeper.znode.parent": "/file", "hbase.rpc.timeout": "1", "hbase.client.pause": "7",
        ]
        let fromFile = try #require(try cluster([], file))
        #expect(
            fromFile.registry
                == .zooKeeper(quorum: [Endpoint(host: "fromfile", port: 2222)], parent: "/file"))
        #expect(fromFile.rpcTimeoutMillis == 1)
        #expect(fromFile.operationTimeoutMillis == 1_200_000)
        let option = [("zookeeper.quorum", "a:1,b"), ("zookeeper.znode.parent", "/ddl")]
        let fromOption = try #require(try cluster(option, file))
        #expect(
            fromOption.registry
                == .zooKeeper(
                    quorum: [Endpoint(host: "a", port: 1), Endpoint(host: "b", port: 2222)], parent: "/ddl"))
        let property = [
            ("properties.zookeeper.znode.parent", "/property"), ("properties.hbase.rpc.timeout", "9"),
            ("properties.hbase.zookeeper.quorum", "[::1]:5"),
        ]
        let fromProperty = try #require(try cluster(option + property, file))
        #expect(
            fromProperty.registry
                == .zooKeeper(quorum: [Endpoint(host: "::1", port: 5)], parent: "/property"))
        #expect(fromProperty.rpcTimeoutMillis == 9)
        #expect(fromProperty.pauseMillis == 7)
        #expect(fromProperty.user == "ann")
    }

    @Test("bootstrap servers of a table win over the quorum of the file")
    func servers() throws {
        let file = ["hbase.zookeeper.quorum": "z"]
        let found = try #require(try cluster([("hbase.bootstrap.servers", "m1:16000, m2")], file))
        #expect(
            found.registry
                == .servers([Endpoint(host: "m1", port: 16_000), Endpoint(host: "m2", port: 16_000)]))
        let masters = [
            "hbase.zookeeper.quorum": "z", "hbase.masters": "m:1",
            "hbase.client.registry.impl": "org.apache.hadoop.hbase.client.RpcConnectionRegistry",
        ]
        #expect(try cluster([], masters)?.registry == .servers([Endpoint(host: "m", port: 1)]))
    }

    @Test("a wrong value names its place")
    func wrongValues() {
        #expect(
            message { () throws(SQLError) in
                let file = site(["hbase.zookeeper.quorum": "h", "hbase.rpc.timeout": "soon"])
                _ = try ClusterOptions(ClusterConfiguration(site: file), environment: [:])
            } == "'hbase.rpc.timeout' in /c/hbase-site.xml is 'soon', expected a number from 1 to 2147483647")
        for (quorum, _) in [("h:x", 0), ("h:0", 0), (",", 0), ("h:70000", 0), ("a/b:1", 0)] {
            #expect(
                message { () throws(SQLError) in
                    let configuration = ClusterConfiguration(options: options([("zookeeper.quorum", quorum)]))
                    _ = try ClusterOptions(configuration, environment: [:])
                }.contains("expected host:port"))
        }
    }

    @Test("H28: Kerberos and TLS are read from HBase's and ZooKeeper's own settings")
    func security() throws {
        let quorum = ("zookeeper.quorum", "h")
        let kerberos = ("properties.hbase.security.authentication", "kerberos")
        let asked = try #require(try cluster([quorum, kerberos])?.kerberos)
        #expect(asked.settings.regionServer == .asked)
        #expect(asked.settings.login == .cache(nil))
        let keytab = ("properties.hbase.client.keytab.file", "/k")
        #expect(throws: SQLError.self) { try cluster([quorum, kerberos, keytab]) }
        let all = [
            quorum, kerberos, keytab, ("properties.hbase.client.keytab.principal", "ann@R"),
            ("properties.hbase.regionserver.kerberos.principal", "hbase/_HOST@R"),
            ("properties.hbase.rpc.protection", "privacy,integrity"),
        ]
        let found = try #require(try cluster(all)?.kerberos)
        #expect(found.settings.login == .keytab(principal: "ann@R", file: "/k"))
        #expect(found.settings.master == .named("hbase/_HOST@R"))
        #expect(found.settings.protections == [.privacy, .integrity])
        let here = try cluster([
            quorum, kerberos, keytab, ("properties.hbase.client.keytab.principal", "app/_HOST@R"),
        ])
        #expect(here?.kerberos?.principal?.hasPrefix("app/") == true)
        #expect(here?.kerberos?.principal?.contains("_HOST") == false)
        #expect(throws: SQLError.self) {
            try cluster([quorum, kerberos, ("properties.hbase.rpc.protection", "none")])
        }
        let tls = ("properties.hbase.client.netty.tls.enabled", "true")
        let store = "properties.hbase.rpc.tls.truststore.location"
        #expect(try cluster([quorum, tls, (store, "/ca.pem")])?.tls?.authorities == "/ca.pem")
        let password = ("properties.hbase.rpc.tls.truststore.password", "p")
        let java = try cluster([quorum, tls, (store, "/ca.jks"), password])
        #expect(java?.tls?.authoritiesPassword == "p")
        let type = ("properties.hbase.rpc.tls.truststore.type", "bcfks")
        #expect(throws: SQLError.self) { try cluster([quorum, tls, (store, "/ca"), type]) }
    }

    @Test("H28: ZooKeeper has TLS and a login of its own; tokens are refused where they are set")
    func zooKeeper() throws {
        let quorum = ("zookeeper.quorum", "zk1")
        let secure = ("properties.zookeeper.client.secure", "true")
        let trust = ("properties.zookeeper.ssl.trustStore.location", "/ca.pem")
        let plain = try #require(try cluster([quorum]))
        #expect(plain.zooKeeperTLS == nil && plain.zooKeeperPrincipal == nil)
        let found = try #require(try cluster([quorum, secure, trust]))
        #expect(found.settings.zooKeeperTLS?.authorities == "/ca.pem")
        #expect(found.tls == nil)
        let login = ("properties.zookeeper.sasl.client", "true")
        #expect(throws: SQLError.self) { try cluster([quorum, login]) }
        let kerberos = ("properties.hbase.security.authentication", "kerberos")
        let settings = try #require(try cluster([quorum, kerberos, login])?.settings)
        let server = Endpoint(host: "ZK1", port: 2181)
        #expect(settings.zooKeeperPrincipal?.name(for: server) == "zookeeper/zk1")
        let named = ("properties.zookeeper.server.principal", "keeper/all@R")
        #expect(try cluster([quorum, kerberos, login, named])?.zooKeeperPrincipal == "keeper/all@R")
        for token in [
            [("properties.hbase.security.authentication", "token")],
            [kerberos, ("properties.hadoop.token.files", "/t")],
        ] {
            let error = #expect(throws: SQLError.self) { try cluster([quorum] + token) }
            #expect(error?.message.contains("delegation token") == true)
        }
    }

    @Test("both generations of sink options are understood, the newer wins")
    func generations() throws {
        let old = [
            ("sink.buffer-flush.max-rows", "7"), ("sink.buffer-flush.max-size", "1kb"),
            ("sink.buffer-flush.interval", "2s"),
        ]
        let fromOld = try SinkOptions(options(old))
        #expect(fromOld.batchRows == 7)
        #expect(fromOld.batchBytes == 1024)
        #expect(fromOld.batchMillis == 2000)
        let newer = [
            ("sink.batch.max-size", "8"), ("sink.flush-buffer.size", "2097152"),
            ("sink.flush-buffer.timeout", "5"),
        ]
        let fromNew = try SinkOptions(options(old + newer))
        #expect(fromNew.batchRows == 8)
        #expect(fromNew.batchBytes == 2 << 20)
        #expect(fromNew.batchMillis == 5)
        let off = old.map { ($0.0, "0") }
        #expect(try SinkOptions(options(off)).writesThrough)
        #expect(try !SinkOptions(options([])).writesThrough)
    }

    @Test("H8: dead-letter is refused, other modes are known")
    func decodeErrors() throws {
        let environment = HBaseEnvironment()
        #expect(try HBaseOptions(table([("hbase.decode-error", "null")]), environment).decodeError == .null)
        #expect(
            message { () throws(SQLError) in
                _ = try HBaseOptions(table([("hbase.decode-error", "dead-letter")]), environment)
            }
                == "'hbase.decode-error' = 'dead-letter' needs a dead-letter table, which \"c.d.t\" does not have"
        )
        #expect(
            message { () throws(SQLError) in
                _ = try HBaseOptions(table([("hbase.decode-error", "skip")]), environment)
            }.hasPrefix("option 'hbase.decode-error' is 'skip'"))
    }

    @Test("H7: formats inside cells are refused by the name of their option")
    func cellFormats() {
        for format in ["avro", "protobuf"] {
            let refusal = message { () throws(SQLError) in
                _ = try HBaseOptions(table([("cell.format.f.q", format)]), HBaseEnvironment())
            }
            #expect(refusal.contains("'cell.format.f.q'"), "\(refusal)")
        }
    }

    @Test("an hbase-site.xml that is not there, and a folder without one, are told apart")
    func missingSite() throws {
        let folder = try ScratchFolder()
        #expect(
            message { () throws(SQLError) in _ = try HBaseEnvironment(siteFile: folder.path + "/none") }
                == "there is no \"\(folder.path)/none\"")
        #expect(
            message { () throws(SQLError) in _ = try HBaseEnvironment(siteFile: folder.path) }
                == "the folder \"\(folder.path)\" holds no hbase-site.xml")
    }

    @Test("a full cache needs to know when it is read again")
    func fullCache() throws {
        let full = ("lookup.cache", "FULL")
        #expect(throws: SQLError.self) { try LookupOptions(options([full])) }
        let interval = ("lookup.full-cache.periodic-reload.interval", "1 min")
        guard case .full(let cache) = try LookupOptions(options([full, interval])).cache,
            case .periodic(let millis, let fromEnd) = cache.reload
        else {
            Issue.record("no full cache")
            return
        }
        #expect(millis == 60_000)
        #expect(fromEnd)
        let timed = [
            full, ("lookup.full-cache.reload-strategy", "TIMED"),
            ("lookup.full-cache.timed-reload.iso-time", "03:30"),
        ]
        guard case .full(let daily) = try LookupOptions(options(timed)).cache,
            case .daily(let second, let days) = daily.reload
        else {
            Issue.record("no daily reload")
            return
        }
        #expect(second == 12_600)
        #expect(days == 1)
    }

    @Test("H29: times of a scan are milliseconds or timestamps")
    func scanTimes() throws {
        #expect(try ScanOptions(options([("scan.timestamp", "999")])).maxTimestamp == 1000)
        let range = [
            ("scan.time-range.start", "1970-01-02"), ("scan.time-range.end", "1970-01-02 00:00:01.5"),
        ]
        let found = try ScanOptions(options(range))
        #expect(found.minTimestamp == 86_400_000)
        #expect(found.maxTimestamp == 86_401_500)
        #expect(throws: SQLError.self) { try ScanOptions(options([("scan.timestamp", "1")] + range)) }
        #expect(throws: SQLError.self) { try ScanOptions(options([("scan.timestamp", "2024-02-30")])) }
        #expect(throws: SQLError.self) { try ScanOptions(options([("scan.timestamp", "-1")])) }
    }
}

@Suite("hbase-site.xml")
struct SiteFileTests {
    private func parse(_ text: String) throws(SQLError) -> [String: String] {
        try SiteFile.parse(Array(text.utf8), "site.xml")
    }

    @Test("H26: properties are read as Hadoop reads them")
    func reads() throws {
        let text = """
            <?xml version="1.0"?>
            <!-- a <comment> -->
            <!DOCTYPE configuration>
            <configuration>
              <property>
                <name> hbase.zookeeper.quorum </name>
                <value>a,b</value><description>&lt;x&gt; &amp; &#65;</description>
              </property>
              <property><name>a</name><value>1</value><final>true</final></property>
              <property><name>a</name><value><![CDATA[<2>]]></value></property>
              <property><name>empty</name><value/></property>
              <property><name>e</name><value></value></property>
            </configuration>
            """
        #expect(try parse(text) == ["hbase.zookeeper.quorum": "a,b", "a": "<2>", "e": ""])
    }

    @Test("${name} stands for another value")
    func expands() {
        let values = [
            "base": "/x", "dir": "${base}/y", "deep": "${dir}/z", "other": "${no}", "self": "${self}",
        ]
        let site = SiteFile(path: "p", values: values)
        #expect(site.values["deep"] == "/x/y/z")
        #expect(site.values["other"] == "${no}")
        #expect(site.values["self"] == "${self}")
    }

    @Test(
        "what is no such file is refused with its line",
        arguments: [
            ("<configuration>\n<property>", "line 2: <property> is not closed"),
            ("</a>", "line 1: </a> closes nothing"), ("<a>&nope;</a>", "line 1: &nope; is not known"),
            ("<a", "line 1: a tag does not end"), ("<>", "line 1: a tag has no name"),
            ("<a>&amp", "line 1: an entity does not end"),
        ])
    func refuses(text: String, what: String) {
        do throws(SQLError) {
            _ = try parse(text)
            Issue.record("read")
        } catch {
            #expect(error.message == "\"site.xml\" is no hbase-site.xml: " + what)
        }
    }

    @Test("damaged files never crash")
    func damaged() {
        let text = Array(
            "<configuration><property><name>a</name><value>&lt;</value></property></configuration>".utf8)
        for cut in text.indices {
            _ = try? SiteFile.parse(Array(text[..<cut]), "p")
            var changed = text
            changed[cut] = 0x3C
            _ = try? SiteFile.parse(changed, "p")
        }
    }
}
