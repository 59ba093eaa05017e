import SluiceBase
import SluiceHBaseClient
import SluiceTestSupport
import Testing

/// The first list of regions is an old one: the table splits while files are written.
private final class StaleRegions: BulkLoadService {
    private let calls: ClientBulkLoadService
    private let old: Lock<[RowRange]?>
    let refused = Lock(0)

    init(_ calls: ClientBulkLoadService) throws {
        self.calls = calls
        old = Lock(try calls.regions())
    }

    func regions() throws(HBaseError) -> [RowRange] {
        let stale = old.withLock { old -> [RowRange]? in
            defer { old = nil }
            return old
        }
        if let stale { return stale }
        return try calls.regions()
    }

    func prepare() throws(HBaseError) -> String { try calls.prepare() }
    func cleanUp(token: String) throws(HBaseError) { try calls.cleanUp(token: token) }
    func load(_ requests: [BulkLoadRequest], token: String) -> [Result<Bool, HBaseError>] {
        let answers = calls.load(requests, token: token)
        refused.withLock { $0 += answers.filter { $0 == .success(false) }.count }
        return answers
    }
}

/// Files written by us, loaded by a real cluster and counted by HBase's own tool.
extension RealHBaseTests {
    private static let rowCount = 50_000

    private func fill(_ sorter: CellSorter) throws {
        for index in 0..<Self.rowCount {
            let number = String(index * 7919 % Self.rowCount)
            let row = "row-" + String(repeating: "0", count: 6 - number.count) + number
            for family in ["f", "g"] {
                let row = Array(row.utf8)
                let value = Array("\(family)\(number)".utf8)
                let keyLength = 13 + row.count + 1
                var cell = Self.big(UInt64(keyLength), 4) + Self.big(UInt64(value.count), 4)
                cell += Self.big(UInt64(row.count), 2) + row + [1] + Array(family.utf8) + [0x71]
                cell += Self.big(1_700_000_000_000, 8) + [4] + value
                try cell.withUnsafeBytes { try sorter.add($0) }
            }
        }
    }

    private static func big(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    @Test(
        "rows in several regions and families are loaded, also when a region splits meanwhile",
        .enabled(if: RealHBase.canStart))
    func filesAreLoaded() throws {
        let cluster = try RealHBase.cluster()
        let folder = try #require(cluster.folder)
        try cluster.tool("create", "bulk", "f", "g", "SPLITS=row-020000,row-040000")
        defer { _ = try? cluster.tool("drop", "bulk") }
        let client = try cluster.client()
        defer { client.close() }
        let table = HBaseTable(namespace: "default", name: "bulk")
        let service = try StaleRegions(ClientBulkLoadService(client, table))
        try cluster.tool(lines: [
            "put bulk row-030000 f:x 1", "put bulk row-020000 f:x 1", "flush bulk", "split bulk row-030000",
        ])
        for _ in 0..<100 {
            if try cluster.tool("regions", "bulk").split(separator: "\n").count == 4 { break }
        }

        var settings = BulkLoader.Settings(
            folder: folder + "/load", createdMillis: 1_700_000_000_000, task: "test")
        settings.memory = 2 << 20
        let loader = BulkLoader(service, settings, disk: SystemDisk(), random: RandomSource(seed: 7)) { _ in }
        let sorter = loader.sorter(part: 0, of: 1)
        try fill(sorter)
        #expect(sorter.fileCount > 1)
        let summary = try loader.load([sorter])
        #expect(summary.cells == Int64(2 * Self.rowCount))
        #expect(service.refused.withLock { $0 } == 1)
        #expect(try SystemDisk().list(folder + "/load").isEmpty)

        let answer = try cluster.tool(lines: [
            "count bulk", "get bulk row-000000", "get bulk row-029999", "get bulk row-049999",
            "scan bulk 2 row-039999",
        ])
        #expect(answer.split(separator: "\n").first == "\(Self.rowCount)")
        for row in ["000000", "029999", "039999", "040000", "049999"] {
            let number = Int(row) ?? -1
            #expect(answer.contains("\"row-\(row)\""))
            #expect(
                answer.contains(
                    "\"column\": \"g:q\", \"timestamp\": 1700000000000, \"value\": \"g\(number)\""))
        }
    }

    @Test(
        "samples give on a cluster what they give on the embedded store", .enabled(if: RealHBase.canStart),
        arguments: ["user-profiles", "fraud-detection", "iot-sensors", "flume-migration"])
    func samples(name: String) throws {
        let cluster = try RealHBase.cluster()
        let folder = try #require(cluster.folder)
        let program = try #require(Program.path)
        let files = CaseFiles(CaseFiles.packageRoot + "/x", "samples/" + name)
        let output = try Subprocess.check([
            "/usr/bin/env", "HBASE_CONF_DIR=\(folder)/hbase/conf/client", "SLUICE=\(program)",
            files.folder + "/run.sh", "--format", "csv",
        ])
        #expect(output == (try files.read("expected.out")))
        #expect(try !cluster.tool("list").contains("sample_"))
    }

    @Test(
        "H21: a million rows of an INSERT are loaded, with the filters and packing of the families",
        .enabled(if: RealHBase.canStart))
    func aMillionRowsInBulk() throws {
        let cluster = try RealHBase.cluster()
        let folder = try #require(cluster.folder)
        let scripts = try #require(RealHBase.scripts)
        let program = try #require(Program.path)
        try cluster.tool(
            "create", "million", "f:BLOOMFILTER=ROWCOL,COMPRESSION=GZ", "g:TTL=100000", "SPLITS=300,600,8")
        defer { _ = try? cluster.tool("drop", "million") }
        let sql = """
            SET 'execution.runtime-mode' = 'batch';
            CREATE TEMPORARY TABLE million (k STRING, f ROW<a BIGINT>, g ROW<b BIGINT>, ttl BIGINT METADATA)
              WITH ('connector' = 'hbase', 'table-name' = 'million',
              'sink.mode' = 'bulk-load', 'sink.bulk-load.folder' = '\(folder)/million');
            CREATE TEMPORARY TABLE n (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000000',
              'rows-per-second' = '1000000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '0',
              'fields.id.end' = '999999');
            INSERT INTO million
              SELECT REVERSE(CAST(1000000 + id AS STRING)), ROW(id), ROW(id * 2), CASE WHEN id = 999999 THEN 1
                ELSE 1000000 END FROM n;
            """
        _ = try Subprocess.check(
            [
                "/usr/bin/env", "HBASE_CONF_DIR=\(folder)/hbase/conf/client", "SLUICE_HOME=\(folder)/home",
                program, "-c", sql,
            ], seconds: 300)
        // One row has lived for its millisecond.
        let answer = try cluster.tool(lines: [
            "count million", "get million 0000001", "get million 9999991", "get million 5432191",
        ])
        #expect(answer.split(separator: "\n").first == "999999")
        #expect(answer.contains(#""row": "0000001""#) && !answer.contains(#""row": "9999991""#))
        #expect(answer.contains(#""row": "5432191""#))
        // HBase's own tool reads the files: keys in order, a filter, the codec.
        let find = "find \(folder)/hbase -path '*/default/million/*/%/*' -type f | head -1"
        for (family, expected) in [
            ("f", ["BLOOM_FILTER_TYPE = ROWCOL", "compressionCodec=GZ", "No of Keys in bloom:"]),
            ("g", ["BLOOM_FILTER_TYPE = ROW\n", "compressionCodec=NONE", "hfile.MAX_TAGS_LEN = 11"]),
        ] {
            let command = find.replacing("%", with: family)
            let path = try Subprocess.check(["/bin/bash", "-c", command]).split(separator: "\n").first
            let told = try Subprocess.check(
                [
                    "java", "-cp", "\(scripts)/hbase/*",
                    "org.apache.hadoop.hbase.io.hfile.HFilePrettyPrinter",
                    "-m", "-k", "-f", String(try #require(path)),
                ])
            for text in expected { #expect(told.contains(text), "\(text) in \(told)") }
            #expect(!told.contains("WARNING, previous row is greater"))
        }
    }

    @Test("an INSERT in bulk makes the rows that an INSERT makes", .enabled(if: RealHBase.canStart))
    func insertInBulk() throws {
        let cluster = try RealHBase.cluster()
        let folder = try #require(cluster.folder)
        let program = try #require(Program.path)
        try cluster.tool(lines: ["create once f g SPLITS=k3,k6", "create bulky f g SPLITS=k3,k6"])
        defer { _ = try? cluster.tool(lines: ["drop once", "drop bulky"]) }
        let columns =
            "(k STRING, f ROW<a BIGINT, b STRING>, g ROW<c DECIMAL(9, 2)>, t TIMESTAMP_LTZ(3) METADATA FROM 'timestamp')"
        let sql = """
            SET 'execution.runtime-mode' = 'batch';
            CREATE TEMPORARY TABLE once \(columns) WITH ('connector' = 'hbase', 'table-name' = 'once');
            CREATE TEMPORARY TABLE bulky \(columns) WITH ('connector' = 'hbase', 'table-name' = 'bulky',
              'sink.mode' = 'bulk-load', 'sink.bulk-load.folder' = '\(folder)/insert/', 'sink.ignore-null-value' = 'false');
            CREATE TEMPORARY TABLE n (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '2000',
              'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '1999');
            CREATE TEMPORARY VIEW v AS SELECT 'k' || CAST(MOD(id * 7, 1000) AS STRING) AS k,
              ROW(MOD(id * 7, 1000), CASE WHEN MOD(id * 7, 5) = 0 THEN CAST(NULL AS STRING) ELSE 'b' END),
              ROW(CAST(MOD(id * 7, 1000) / 4.0 AS DECIMAL(9, 2))), TO_TIMESTAMP_LTZ(1700000000000, 3) FROM n;
            INSERT INTO once SELECT * FROM v;
            INSERT INTO bulky SELECT * FROM v;
            """
        _ = try Subprocess.check([
            "/usr/bin/env", "HBASE_CONF_DIR=\(folder)/hbase/conf/client", "SLUICE_HOME=\(folder)/home",
            program, "-c", sql,
        ])
        let once = try cluster.tool("scan", "once")
        #expect(once.split(separator: "\n").count == 1000)
        #expect(try cluster.tool("scan", "bulky") == once)
    }
}
