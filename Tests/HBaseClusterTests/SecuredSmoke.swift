import SluiceNet
import SluiceTestSupport
import Testing

/// What a user does with a secured cluster, by the program itself: the verbs of `sluice hbase`, `sluice doctor`, and in
/// SQL an INSERT, counters, a scan, a look-up join and a bulk load, read back by HBase's own client.
struct SecuredSmoke: Sendable {
    /// Where the settings stand.
    enum Source {
        /// `HBASE_CONF_DIR` is the folder of HBase's own `hbase-site.xml` for clients.
        case folder
        /// `--site` names that file; verbs only.
        case file
        /// In each command and WITH clause, with PEM files and the ticket cache.
        case properties
        /// The same with `hbase.bootstrap.servers`.
        case servers
    }

    private let secured: SecuredHBase
    private let source: Source
    private let environment: [String: String]
    /// A program that runs the program.
    var launcher: [String] = []

    init(_ secured: SecuredHBase, _ source: Source, _ environment: [String: String] = [:]) {
        self.secured = secured
        self.source = source
        self.environment = environment
    }

    private var conf: String { secured.folder + "/hbase/conf/client" }

    func sluice(
        _ words: String..., more: [String] = [], environment given: [String: String] = [:], seconds: Int = 60
    ) throws -> Subprocess.Output {
        let program = try #require(Program.path)
        var values = environment
        values["SLUICE_HOME"] = secured.folder + "/home"
        values["KRB5_CONFIG"] = secured.cluster.settings["KRB5_CONFIG"]
        if source == .folder { values["HBASE_CONF_DIR"] = conf }
        for (key, value) in given { values[key] = value }
        return try Subprocess.run(
            launcher + [program] + words + more, environment: values, seconds: seconds)
    }

    /// Settings that are given one by one.
    private var settings: [(String, String)] {
        guard source == .properties || source == .servers else { return [] }
        var pairs: [(String, String)] = []
        if secured.cluster.settings["KRB5_CONFIG"] != nil {
            pairs.append(("hbase.security.authentication", "kerberos"))
            pairs.append(("hbase.regionserver.kerberos.principal", "hbase/localhost@SLUICE.TEST"))
        }
        if let tls = secured.tls {
            pairs.append(("hbase.client.netty.tls.enabled", "true"))
            pairs.append(("hbase.rpc.tls.truststore.location", tls.authorities ?? ""))
            pairs.append(("hbase.rpc.tls.keystore.location", tls.certificate ?? ""))
        }
        return pairs
    }

    private var quorum: String { secured.cluster.quorum.map(\.description).joined(separator: ",") }

    /// The words that name the cluster to a verb.
    private var words: [String] {
        switch source {
        case .folder: return []
        case .file: return ["--site", conf + "/hbase-site.xml"]
        case .properties: return ["--quorum", quorum] + properties
        case .servers: return ["--servers", secured.servers.joined(separator: ",")] + properties
        }
    }

    private var properties: [String] { settings.flatMap { ["--property", "\($0.0)=\($0.1)"] } }

    /// The same in a WITH clause, with a comma before it.
    private var clause: String {
        var options = settings.map { ("properties." + $0.0, $0.1) }
        if source == .properties { options.append(("zookeeper.quorum", quorum)) }
        if source == .servers {
            options.append(("hbase.bootstrap.servers", secured.servers.joined(separator: ",")))
        }
        return options.map { ", '\($0.0)' = '\($0.1)'" }.joined()
    }

    func run() throws {
        try verbs()
        if source != .file { try statements() }
        let doctor = try DoctorRun(self, ["smoke"] + words)
        #expect(doctor.status == 0 && doctor.failure.isEmpty, "\(doctor.text)")
        _ = try verb("drop", "smoke")
    }

    private func verb(_ words: String...) throws -> String {
        let output = try sluice("hbase", more: words + self.words)
        #expect(output.status == 0, "\(words): \(output.errors)")
        return text(output.text)
    }

    private func verbs() throws {
        _ = try verb("create", "smoke", "f", "c", "led", "--split", "k5")
        _ = try verb("put", "smoke", "r", "f:q", "v")
        #expect(try verb("scan", "smoke").contains("column=f:q"))
        #expect(try verb("incr", "smoke", "r", "c:n", "5").contains("5"))
        #expect(try verb("describe", "smoke", "--ddl").contains("CREATE TABLE"))
        _ = try verb("delete", "smoke", "r")
        #expect(try !verb("get", "smoke", "r").contains("f:q"))
        #expect(try verb("ls").contains("smoke"))
    }

    private func statements() throws {
        let folder = secured.folder + "/load"
        let table = "'connector' = 'hbase', 'table-name' = 'smoke'\(clause)"
        let sql = """
            SET 'execution.runtime-mode' = 'batch';
            CREATE TEMPORARY TABLE smoke (k STRING, f ROW<n BIGINT, s STRING>, PRIMARY KEY (k) NOT ENFORCED)
              WITH (\(table));
            CREATE TEMPORARY TABLE counts (k STRING, c ROW<hits BIGINT>) WITH (\(table),
              'sink.mutation.c.hits' = 'increment', 'sink.increment.ledger-family' = 'led');
            CREATE TEMPORARY TABLE loads (k STRING, f ROW<n BIGINT, s STRING>) WITH (\(table),
              'sink.mode' = 'bulk-load', 'sink.bulk-load.folder' = '\(folder)');
            CREATE TEMPORARY TABLE n (id BIGINT, pt AS PROCTIME()) WITH ('connector' = 'datagen',
              'number-of-rows' = '2000', 'rows-per-second' = '1000000000', 'fields.id.kind' = 'sequence',
              'fields.id.start' = '0', 'fields.id.end' = '1999');
            INSERT INTO smoke SELECT 'k' || CAST(id AS STRING), ROW(id, 'v') FROM n;
            INSERT INTO counts SELECT 'k' || CAST(MOD(id, 10) AS STRING), ROW(CAST(1 AS BIGINT)) FROM n;
            INSERT INTO loads SELECT 'k' || CAST(id + 5000 AS STRING), ROW(id + 5000, 'b') FROM n;
            SELECT COUNT(*) AS scanned, SUM(s.f.n) AS total FROM smoke AS s;
            SELECT COUNT(*) AS asked, COUNT(s.f.n) AS found, SUM(s.f.n) AS total FROM (
              SELECT 'k' || CAST(id * 2 AS STRING) AS k, pt FROM n
            ) AS p LEFT JOIN smoke FOR SYSTEM_TIME AS OF p.pt AS s ON p.k = s.k;
            """
        let output = try sluice("-c", sql)
        #expect(output.status == 0, "\(output.errors)")
        let loaded = (5000..<7000).reduce(0, +)
        let lines = text(output.text).split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "{\"scanned\":4000,\"total\":\(1_999_000 + loaded)}",
                "{\"asked\":2000,\"found\":1000,\"total\":999000}",
            ], "\(output.errors)")
        let answers = try secured.cluster.tool(lines: [
            "count smoke", "counters smoke c:hits", "get smoke k6999",
        ])
        #expect(answers.hasPrefix("4000"))
        #expect(answers.contains("2000"), "\(answers)")
        #expect(answers.contains("\"value\": \"b\""))
    }
}

/// What `sluice doctor` says.
struct DoctorRun {
    let status: Int32
    let text: String
    let seconds: Double

    init(_ smoke: SecuredSmoke, _ words: [String], environment: [String: String] = [:]) throws {
        let start = ContinuousClock.now
        let output = try smoke.sluice("doctor", more: words, environment: environment)
        seconds = (ContinuousClock.now - start) / .seconds(1)
        status = output.status
        text = String(decoding: output.text, as: UTF8.self) + output.errors
    }

    /// The step that failed with its help; empty: none did.
    var failure: Substring {
        guard let start = text.firstRange(of: "FAIL ") else { return "" }
        return text[start.lowerBound...]
    }
}
