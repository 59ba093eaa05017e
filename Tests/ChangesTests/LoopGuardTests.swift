import SluiceBase
import SluiceTestSupport
import Testing

/// Jobs that would read what they write (H32).
@Suite struct LoopGuardTests {
    private let scratch: ScratchHome
    private let session: ScriptSession

    init() throws {
        scratch = try ScratchHome()
        session = try ScriptSession(scratch.home)
        try session.run(
            """
            CREATE TABLE t (id STRING, f ROW<q STRING>, g ROW<s STRING>, PRIMARY KEY (id) NOT ENFORCED)
              WITH ('connector' = 'hbase', 'table-name' = 't');
            CREATE TABLE t_g (id STRING, g ROW<s STRING>, PRIMARY KEY (id) NOT ENFORCED)
              WITH ('connector' = 'hbase', 'table-name' = 't');
            CREATE TABLE f_cdc (id STRING, f ROW<q STRING>, PRIMARY KEY (id) NOT ENFORCED)
              WITH ('connector' = 'hbase-cdc', 'table-name' = 't', 'scan.bounded.mode' = 'latest');
            CREATE TABLE u LIKE t;
            ALTER TABLE u SET ('table-name' = 'u');
            CREATE TABLE u_cdc (id STRING, g ROW<s STRING>, PRIMARY KEY (id) NOT ENFORCED)
              WITH ('connector' = 'hbase-cdc', 'table-name' = 'default:u', 'families' = 'g');
            CREATE VIEW v AS SELECT id, f FROM f_cdc WHERE id <> 'x';
            CREATE VIEW w AS SELECT id, COUNT(*) AS n FROM v GROUP BY id;
            """)
    }

    private func refusal(_ sql: String) -> String {
        do {
            try session.run("EXPLAIN " + sql)
            return "accepted"
        } catch {
            return error.code == .feedbackLoop ? error.message : "\(error)"
        }
    }

    private static let own =
        "this job would feed itself: it writes the family \"f\" of \"t\", whose changes it reads from \"f_cdc\""

    @Test(
        "H32: an INSERT into a family that it captures is refused",
        arguments: [
            "INSERT INTO t (id, f) SELECT id, f FROM f_cdc",
            "INSERT INTO t SELECT id, f, ROW('s') FROM v",
            "INSERT INTO t (id, f) SELECT id, ROW(CAST(n AS STRING)) FROM w",
            "INSERT INTO t (id, f) SELECT a.id, a.f FROM u AS a WHERE a.id IN (SELECT id FROM v)",
            "INSERT INTO t (id, f) SELECT id, f FROM u UNION ALL SELECT id, f FROM v",
            "INSERT INTO t (id, g) SELECT id, ROW(c.f.q) FROM f_cdc AS c",
            "INSERT INTO t_g /*+ OPTIONS('sink.delete.mode' = 'row') */ SELECT id, ROW(c.f.q) FROM f_cdc AS c",
        ])
    func refused(sql: String) { #expect(refusal(sql) == Self.own) }

    @Test(
        "H32: disjoint families, other tables and other stores are accepted",
        arguments: [
            "INSERT INTO t_g SELECT id, ROW(c.f.q) FROM f_cdc AS c",
            "INSERT INTO t /*+ OPTIONS('sink.ignore-null-value' = 'true') */ (id, g) "
                + "SELECT id, ROW(c.f.q) FROM f_cdc AS c",
            "INSERT INTO u (id, f) SELECT id, f FROM v",
            "INSERT INTO t (id, f) SELECT id, f FROM u",
        ])
    func accepted(sql: String) { #expect(refusal(sql) == "accepted") }

    @Test(
        "H32: a cluster is known by any server of its quorum",
        arguments: [
            ("'zookeeper.quorum' = 'ZK2:2181, zk1'", true), ("'zookeeper.quorum' = 'zk1'", true),
            ("'zookeeper.quorum' = 'zk1:2182'", false),
            ("'zookeeper.quorum' = 'zk1', 'zookeeper.znode.parent' = '/other'", false),
        ])
    func clusters(access: String, isSame: Bool) throws {
        try session.run(
            """
            CREATE TABLE c (id STRING, f ROW<q STRING>, PRIMARY KEY (id) NOT ENFORCED)
              WITH ('connector' = 'hbase', 'table-name' = 't', \(access));
            CREATE TABLE c_cdc (id STRING, f ROW<q STRING>, PRIMARY KEY (id) NOT ENFORCED)
              WITH ('connector' = 'hbase-cdc', 'table-name' = 't', 'zookeeper.quorum' = 'zk1,zk2,zk3');
            """)
        let answer = refusal("INSERT INTO c SELECT id, f FROM c_cdc")
        #expect(answer == (isSame ? Self.own.replacing("f_cdc", with: "c_cdc") : "accepted"))
    }

    @Test("H32: in a statement set only a circle is refused")
    func sets() throws {
        // One fills the table, the other follows it: no circle.
        #expect(
            refusal(
                """
                STATEMENT SET BEGIN
                INSERT INTO t (id, f) SELECT id, f FROM u;
                INSERT INTO u (id, f) SELECT id, f FROM f_cdc;
                END
                """) == "accepted")
        #expect(
            refusal(
                """
                STATEMENT SET BEGIN
                INSERT INTO t (id, f) SELECT id, ROW(c.g.s) FROM u_cdc AS c;
                INSERT INTO u (id, g) SELECT id, ROW(c.f.q) FROM f_cdc AS c;
                END
                """)
                == "these statements would feed each other for ever: what is written to \"t\" is read as changes and "
                + "comes back through \"u\"")
    }

    @Test("H32: a job into a disjoint family runs, and its own writes come back to nobody")
    func runs() throws {
        try session.run(
            """
            SET 'table.dml-sync' = 'true';
            INSERT INTO t (id, f) VALUES ('a', ROW('1')), ('b', ROW('22'));
            INSERT INTO t_g SELECT id, ROW(CAST(CHAR_LENGTH(c.f.q) AS STRING)) FROM f_cdc AS c
            """)
        let rows = try session.run(
            "SET 'execution.runtime-mode' = 'batch'; SELECT id, t.f.q, t.g.s FROM t ORDER BY id")
        #expect(try #require(rows.last).rows == [["a", "1", "1"], ["b", "22", "2"]])
    }

    @Test("H30: EXPLAIN shows where changes come from, and CREATE TABLE does")
    func shown() throws {
        let plan = try session.run("EXPLAIN SELECT * FROM f_cdc").last?.changes.first?.values.first ?? nil
        #expect(
            plan?.contains(
                "changes=[the edit log of \"t\" in the embedded store], families=[f], startup=[initial]")
                == true)
        let notices = try session.run(
            """
            CREATE TABLE again (id STRING, f ROW<q STRING>) WITH ('connector' = 'hbase-cdc', 'table-name' = 'n:t')
            """
        ).flatMap(\.notices)
        #expect(
            notices == [
                "changes of \"f\" of the HBase table \"n:t\", from its edit log in the embedded store "
                    + scratch.path + "/hbase"
            ])
        #expect(throws: SQLError.self) { try session.run("INSERT INTO f_cdc SELECT id, f FROM u") }
    }
}
