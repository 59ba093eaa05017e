import SluiceBase
import SluiceHBaseFake
import SluiceTestSupport
import Testing

/// Statements as users write them, against the fake cluster.
@Suite(.serialized) struct StatementsOnFakeTests {
    private let server: FakeHBaseServer
    private let scratch: ScratchHome
    private let session: ScriptSession

    init() throws {
        server = try FakeHBaseServer(regionServers: 2, seed: 4)
        scratch = try ScratchHome()
        session = try ScriptSession(scratch.home, settings: [("execution.runtime-mode", "batch")])
        _ = server.perform { cluster in
            let families = ["f", "g", "c"].map { FakeFamily($0) }
            cluster.createTable(FakeTableName("t"), families: families, splits: [Array("m".utf8)])
            return true
        }
        try session.run(
            """
            \(create("t", "k STRING, f ROW<a STRING, b INT>, g ROW<d DOUBLE>, PRIMARY KEY (k) NOT ENFORCED"));
            \(create("part", "k STRING, f ROW<b INT>"));
            \(create("counters", "k STRING, c ROW<n BIGINT>", "'sink.mutation.c.n' = 'increment'"));
            \(create("loose", "k STRING, c ROW<n BIGINT>", "'sink.mutation.c.n' = 'increment', "
                + "'sink.increment.guarantee' = 'at-least-once'"))
            """)
    }

    private func create(_ name: String, _ columns: String, _ options: String = "") -> String {
        "CREATE TABLE \(name) (\(columns)) WITH ('connector' = 'hbase', 'table-name' = 't', "
            + "'zookeeper.quorum' = '\(server.layout.zooKeepers[0])'\(options.isEmpty ? "" : ", ")\(options))"
    }

    private func rows(_ sql: String) throws -> [String] { try session.run(sql).last?.rowLines ?? [] }

    private func message(_ sql: String) -> String {
        do throws(SQLError) {
            try session.run(sql)
            return "no error"
        } catch {
            return error.message
        }
    }

    @Test("H23: what is wrong with the target of an INSERT is marked there")
    func targets() {
        defer { server.stop() }
        let insert = "INSERT INTO lost SELECT k, ROW(n) FROM (VALUES ('a', 1)) AS v (k, n)"
        do throws(SQLError) {
            try session.run(create("lost", "k STRING, nofamily ROW<b INT>"))
            try session.run(insert)
            Issue.record("a row went into a family that is not there")
        } catch {
            #expect(error.message.contains("has no column family \"nofamily\""))
            #expect(error.span == SourceSpan(12, 16))
        }
    }

    @Test("H2: a key that is there, absent, NULL, empty and of a deleted row: five rows")
    func lookups() throws {
        defer { server.stop() }
        try session.run(
            "INSERT INTO t VALUES ('a', ROW('one', 1), ROW(CAST(0.5 AS DOUBLE))), "
                + "('gone', ROW('two', 2), ROW(CAST(0.5 AS DOUBLE)))")
        let tools = "gone"
        _ = server.perform { cluster in
            guard let table = cluster.tables[FakeTableName("t")] else { return false }
            for family in ["f", "g"] {
                cluster.put(
                    FakeCell(
                        row: Array(tools.utf8), family: Array(family.utf8), qualifier: [],
                        timestamp: cluster.millis + 1, type: FakeCell.Kind.deleteFamily, value: []),
                    into: table)
            }
            return true
        }
        let found = try rows(
            """
            SELECT p.id, t.f.a FROM (
              SELECT *, PROCTIME() AS pt FROM (VALUES ('a', 1), ('absent', 2), (CAST(NULL AS STRING), 3), ('', 4),
                ('gone', 5)) AS v(k, id)) AS p
            LEFT JOIN t FOR SYSTEM_TIME AS OF p.pt ON p.k = t.k
            """)
        #expect(found.sorted() == ["1|one", "2|NULL", "3|NULL", "4|NULL", "5|NULL"])
    }

    @Test("H3: a table that declares some of the families reads those and leaves the others alone")
    func partOfTheFamilies() throws {
        defer { server.stop() }
        try session.run("INSERT INTO t VALUES ('a', ROW('one', 1), ROW(CAST(0.5 AS DOUBLE)))")
        #expect(try rows("SELECT k, part.f.b FROM part") == ["a|1"])
        try session.run("INSERT INTO part VALUES ('a', ROW(7))")
        #expect(try rows("SELECT k, t.f.a, t.f.b, t.g.d FROM t") == ["a|one|7|0.5"])
        #expect(message(create("keyless", "f ROW<a STRING>")).contains("has no row key"))
        #expect(message(create("twice", "a STRING, b STRING, f ROW<c INT>")).contains("has two columns"))
    }

    @Test("H12: counters at least once warn before the job runs, exact ones do not")
    func guarantees() throws {
        defer { server.stop() }
        let loose = try session.run("INSERT INTO loose VALUES ('a', ROW(CAST(1 AS BIGINT)))")
        #expect(loose.last?.warnings.contains { $0.contains("may count twice") } == true)
        let exact = try session.run("INSERT INTO counters VALUES ('a', ROW(CAST(1 AS BIGINT)))")
        #expect(exact.last?.warnings == [])
        #expect(
            try rows("SELECT c.n FROM counters") == ["2"]
                || rows("SELECT counters.c.n FROM counters") == ["2"])
        let advice = try rows("EXPLAIN PLAN_ADVICE INSERT INTO loose VALUES ('a', ROW(CAST(1 AS BIGINT)))")
        #expect(advice.joined().contains("may count twice"))
    }

    @Test("H12: at least once, a lost answer never makes the counter too small")
    func atLeastOnce() throws {
        defer { server.stop() }
        _ = server.perform { cluster in
            cluster.faults.add("lost", on: "Multi", .every(2), .replyLost, limit: 3)
            return true
        }
        for _ in 0..<5 { try session.run("INSERT INTO loose VALUES ('a', ROW(CAST(10 AS BIGINT)))") }
        let value = Int64(try rows("SELECT counters.c.n FROM counters").first ?? "") ?? 0
        #expect(value >= 50)
        #expect((server.perform { $0.faults.fired("lost") } ?? 0) > 0)
    }

    @Test("H14: EXPLAIN tells that increments are added up, and the guarantee")
    func coalescing() throws {
        defer { server.stop() }
        let plan = try rows("EXPLAIN INSERT INTO counters VALUES ('a', ROW(CAST(1 AS BIGINT)))").joined()
        #expect(
            plan.contains(
                "counters=[c:n], coalesced per batch=[true], guarantee=[exactly-once])"), "\(plan)")
        let loose = try rows("EXPLAIN INSERT INTO loose VALUES ('a', ROW(CAST(1 AS BIGINT)))").joined()
        #expect(loose.contains("guarantee=[at-least-once]"))
        #expect(!(try rows("EXPLAIN INSERT INTO part VALUES ('a', ROW(1))").joined().contains("counters=")))
    }

    @Test("H15: UUID() and PROCTIME() in a row key are advised against, at their place")
    func volatileKeys() throws {
        defer { server.stop() }
        for (function, sql) in [
            ("UUID()", "INSERT INTO part SELECT 'p' || UUID(), ROW(1)"),
            ("PROCTIME()", "INSERT INTO part SELECT CAST(PROCTIME() AS STRING), ROW(1)"),
        ] {
            let advice = try rows("EXPLAIN PLAN_ADVICE " + sql).joined()
            #expect(advice.contains("depends on \(function)"), "\(advice)")
        }
    }

    @Test("H17: a missing key fails the job, or is left out and counted")
    func missingKeys() throws {
        defer { server.stop() }
        let insert =
            "INSERT INTO t SELECT k, ROW('x', 1), ROW(CAST(1 AS DOUBLE)) "
            + "FROM (VALUES ('a'), (CAST(NULL AS STRING)), ('b'), (CAST(NULL AS STRING))) AS v(k)"
        #expect(message(insert) == "column \"k\" of \"t\" is NOT NULL, but a NULL was to be written")
        try session.run("SET 'table.exec.sink.not-null-enforcer' = 'DROP'")
        #expect(try session.run(insert).last?.droppedRows == 2)
        #expect(try rows("SELECT k FROM t ORDER BY k") == ["a", "b"])
    }
}
