import SluiceBase
import SluiceTableStore
import SluiceTestSupport
import Testing

/// INSERTs from the changes of an HBase table of the embedded store.
@Suite struct SecondaryIndexTests {
    /// A source table that is written behind the job's back.
    private final class Fixture {
        let scratch: ScratchHome
        let session: ScriptSession
        let store: TableStore
        private(set) var table: StoredTable
        private var state: UInt64

        static let ddl = """
            CREATE TABLE src (id STRING, f ROW<q STRING, n BIGINT>, g ROW<s STRING>, PRIMARY KEY (id) NOT ENFORCED)
              WITH ('connector' = 'hbase', 'table-name' = 't');
            CREATE TABLE h_cdc (id STRING, f ROW<q STRING, n BIGINT>, PRIMARY KEY (id) NOT ENFORCED)
              WITH ('connector' = 'hbase-cdc', 'table-name' = 't', 'peer-id' = 'p1');
            CREATE TABLE idx (q STRING, f ROW<id STRING>, PRIMARY KEY (q) NOT ENFORCED)
              WITH ('connector' = 'hbase', 'table-name' = 'idx');
            CREATE TABLE pairs (pair STRING, f ROW<id STRING>, PRIMARY KEY (pair) NOT ENFORCED)
              WITH ('connector' = 'hbase', 'table-name' = 'pairs');
            CREATE TABLE copy (id STRING, f ROW<q STRING, n BIGINT>, PRIMARY KEY (id) NOT ENFORCED)
              WITH ('connector' = 'hbase', 'table-name' = 'copy', 'sink.ignore-null-value' = 'false');
            """

        init(seed: UInt64, settings: [(String, String)] = []) throws {
            state = seed &+ 0x9E37_79B9_7F4A_7C15
            scratch = try ScratchHome()
            session = try ScriptSession(scratch.home, settings: settings)
            store = TableStore(folder: scratch.path + "/hbase", clock: SystemClock())
            var families = [try HBaseFamilyDescriptor("f"), try HBaseFamilyDescriptor("g")]
            families[0].versions = 1
            table = try store.ensure(
                HBaseTableDescriptor(name: HBaseTableName("t"), families: families))
            try session.run(Self.ddl)
        }

        func random(_ limit: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(limit))
        }

        func write(rows: Int, values: Int) throws {
            let row = Array("r\(random(rows))".utf8)
            let q = ColumnReference("f", "q")
            let step: Mutation.Step
            switch random(8) {
            case 0: step = .deleteRow()
            case 1: step = .deleteColumn(q)
            case 2: step = .deleteVersion(q)
            case 3: step = .increment(ColumnReference("f", "n"), by: 1)
            case 4: step = .put(ColumnReference("g", "s"), value: [0x73])
            default: step = .put(q, value: Array("q\(random(values))".utf8))
            }
            try table.mutate([Mutation(row: row, [step])])
        }

        private func text(_ row: StoredRow, _ qualifier: String) -> String? {
            row.value("f", qualifier).map { String(decoding: $0, as: UTF8.self) }
        }

        /// Row keys by the value of q, and every value with its row key.
        func expected() throws -> (byValue: [String: Set<String>], pairs: Set<String>) {
            var byValue: [String: Set<String>] = [:]
            var pairs: Set<String> = []
            for row in try table.rows() {
                guard let value = text(row, "q") else { continue }
                let key = String(decoding: row.row, as: UTF8.self)
                byValue[value, default: []].insert(key)
                pairs.insert("\(value)/\(key)=\(key)")
            }
            return (byValue, pairs)
        }

        /// What an index holds: `key=id`.
        func found(_ name: String) throws -> Set<String> {
            guard try store.exists(HBaseTableName(name)) else { return [] }
            var lines: Set<String> = []
            for row in try store.table(HBaseTableName(name)).rows() {
                lines.insert(String(decoding: row.row, as: UTF8.self) + "=" + (text(row, "id") ?? "NULL"))
            }
            return lines
        }

        func rows(_ name: String) throws -> Set<String> {
            let columns = [ColumnReference("f", "q"), ColumnReference("f", "n")]
            guard try store.exists(HBaseTableName(name)) else { return [] }
            var lines: Set<String> = []
            for row in try store.table(HBaseTableName(name)).rows(ScanRange(), ReadOptions(columns: columns))
            {
                var line = String(decoding: row.row, as: UTF8.self)
                // The sink writes NULL as HBase's connector does; a missing cell reads as NULL, too.
                let value = text(row, "q")
                line += "|" + (value == "null" || value == nil ? "NULL" : value ?? "")
                let number = row.value("f", "n") ?? []
                line += "|" + (number.isEmpty ? "NULL" : "\(number)")
                lines.insert(line)
            }
            return lines
        }
    }

    private func lookUp(_ index: Set<String>, equals byValue: [String: Set<String>]) -> Bool {
        var seen: Set<String> = []
        for line in index {
            let parts = line.split(separator: "=").map(String.init)
            guard parts.count == 2, byValue[parts[0]]?.contains(parts[1]) == true else { return false }
            seen.insert(parts[0])
        }
        return seen == Set(byValue.keys)
    }

    @Test(
        "H30: a continuous INSERT keeps an index exact under random puts and deletes",
        arguments: [(1, 1), (2, 2), (7, 1), (64, 3), (4096, 2)])
    func index(batchRows: Int, parallelism: Int) throws {
        let fixture = try Fixture(
            seed: UInt64(batchRows), settings: [("parallelism.default", "\(parallelism)")])
        fixture.session.batchRows = batchRows
        for _ in 0..<150 { try fixture.write(rows: 40, values: 12) }
        let byValue = try ContinuousJob(
            fixture.session, "INSERT INTO idx SELECT c.f.q, ROW(id) FROM h_cdc AS c WHERE c.f.q IS NOT NULL")
        defer { byValue.stop() }
        let pairs = try ContinuousJob(
            fixture.session,
            """
            INSERT INTO pairs SELECT CONCAT(c.f.q, '/', id), ROW(id)
            FROM h_cdc /*+ OPTIONS('peer-id' = 'p2') */ AS c WHERE c.f.q IS NOT NULL
            """)
        defer { pairs.stop() }
        for _ in 0..<3 {
            for _ in 0..<200 { try fixture.write(rows: 40, values: 12) }
            let expected = try fixture.expected()
            #expect(expected.byValue.count > 5)
            let isExact = try pairs.wait { try fixture.found("pairs") == expected.pairs }
            #expect(isExact)
            let isFound = try byValue.wait { lookUp(try fixture.found("idx"), equals: expected.byValue) }
            #expect(isFound)
        }
    }

    @Test("H31: a copy that begins while the table is written equals it", arguments: [1, 2, 3])
    func copy(seed: Int) async throws {
        let fixture = try Fixture(seed: UInt64(seed), settings: [("parallelism.default", "2")])
        for _ in 0..<400 { try fixture.write(rows: 200, values: 50) }
        let store = TableStore(folder: fixture.scratch.path + "/hbase", clock: SystemClock())
        let other = try store.table(HBaseTableName("t"))
        async let written: Void = {
            for step in 0..<600 {
                let row = Array("r\((step * 37) % 230)".utf8)
                if step % 5 == 0 {
                    try other.mutate([Mutation(row: row, [.deleteRow()])])
                } else {
                    try other.put(row, ColumnReference("f", "q"), Array("w\(step)".utf8))
                }
            }
        }()
        fixture.session.batchRows = 5
        let job = try ContinuousJob(
            fixture.session, "INSERT INTO copy SELECT id, c.f FROM h_cdc AS c")
        defer { job.stop() }
        try await written
        let expected = try fixture.rows("t")
        #expect(expected.count > 50)
        let isEqual = try job.wait { try fixture.rows("copy") == expected }
        #expect(isEqual)
        #expect(try fixture.rows("copy") == expected)
    }

    @Test("H30: a row that an update takes out of a condition goes from the copy", arguments: [1, 64])
    func filtered(batchRows: Int) throws {
        let fixture = try Fixture(seed: 17)
        fixture.session.batchRows = batchRows
        for _ in 0..<500 { try fixture.write(rows: 40, values: 6) }
        let options = "/*+ OPTIONS('scan.startup.mode' = 'earliest', 'scan.bounded.mode' = 'latest') */"
        try fixture.session.run(
            """
            SET 'table.dml-sync' = 'true';
            INSERT INTO copy SELECT id, c.f FROM h_cdc \(options) AS c WHERE c.f.q < 'q3'
            """)
        let expected = try fixture.rows("t").filter {
            $0.split(separator: "|")[1] < "q3" && !$0.contains("|NULL|")
        }
        #expect(expected.count > 3)
        #expect(try fixture.rows("copy") == expected)
    }

    @Test("H30: aggregates and joins over changes are those over the table", arguments: [1, 64])
    func aggregates(batchRows: Int) throws {
        let fixture = try Fixture(seed: 9)
        fixture.session.batchRows = batchRows
        for _ in 0..<500 { try fixture.write(rows: 40, values: 6) }
        let options = "/*+ OPTIONS('scan.startup.mode' = 'earliest', 'scan.bounded.mode' = 'latest') */"
        func both(_ sql: (String) -> String) throws -> (Set<[String?]>, Set<[String?]>) {
            let changes = try #require(try fixture.session.run(sql("h_cdc \(options)")).last).rows
            let table = try #require(try fixture.session.run(sql("src")).last).rows
            #expect(!table.isEmpty && Set(changes).count == changes.count)
            return (Set(changes), Set(table))
        }
        let sums = try both {
            "SELECT c.f.q, COUNT(*), COUNT(c.f.n), SUM(c.f.n), MIN(id) FROM \($0) AS c WHERE c.f.q IS NOT NULL "
                + "GROUP BY c.f.q"
        }
        #expect(sums.0 == sums.1)
        let pairs = try both {
            "SELECT a.id, b.id FROM \($0) AS a JOIN \($0) AS b ON a.f.q = b.f.q AND a.id < b.id"
        }
        #expect(pairs.0 == pairs.1)
    }

    @Test("H30: the index of a bounded run is that of the whole log, from the beginning or from a snapshot")
    func bounded() throws {
        let fixture = try Fixture(seed: 21)
        for _ in 0..<600 { try fixture.write(rows: 50, values: 1000) }
        for (name, startup) in [("pairs", "earliest"), ("pairs2", "initial")] {
            if name == "pairs2" {
                try fixture.session.run(
                    "CREATE TABLE pairs2 WITH ('table-name' = 'pairs2') LIKE pairs (OVERWRITING OPTIONS)")
            }
            try fixture.session.run(
                """
                SET 'table.dml-sync' = 'true';
                INSERT INTO \(name) SELECT CONCAT(c.f.q, '/', id), ROW(id) FROM h_cdc
                  /*+ OPTIONS('scan.startup.mode' = '\(startup)', 'scan.bounded.mode' = 'latest') */ AS c
                WHERE c.f.q IS NOT NULL
                """)
            #expect(try fixture.found(name) == (try fixture.expected().pairs))
        }
    }
}
