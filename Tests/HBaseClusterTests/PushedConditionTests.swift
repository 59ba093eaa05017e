import SluiceBase
import SluiceHBaseFake
import SluiceTestSupport
import Testing

/// Conditions on keys and cells that become ranges and filters of a scan: they may never change what a query finds.
@Suite(.serialized) struct PushedConditionTests {
    private let server: FakeHBaseServer
    private let scratch: ScratchHome
    private let session: ScriptSession

    private static let keys = [
        "a", "a%", "a_b", "aa", "ab", "ab\\", "abc", "b", "b%c", "ba", "m", "ma", "mé", "mêlé", "n", "z",
        "zz", "ÿ",
    ]

    init() throws {
        server = try FakeHBaseServer(regionServers: 2, seed: 9)
        scratch = try ScratchHome()
        session = try ScriptSession(scratch.home, settings: [("execution.runtime-mode", "batch")])
        _ = server.perform { cluster in
            for name in ["plain", "salted"] {
                let split = name == "plain" ? Array("m".utf8) : Array("01".utf8)
                cluster.createTable(
                    FakeTableName(name), families: [FakeFamily("f")], splits: [split])
            }
            return true
        }
        let quorum = ", 'zookeeper.quorum' = '\(server.layout.zooKeepers[0])'"
        let salt = ", 'row-key.salt-buckets' = '3'"
        for (name, options) in [
            ("plain", quorum), ("salted", quorum + salt), ("near", ""), ("near_salted", salt),
        ] {
            try session.run(
                "CREATE TABLE \(name) (k STRING, f ROW<a STRING, n INT>) WITH ("
                    + "'connector' = 'hbase', 'table-name' = '\(name)'\(options))")
            let rows = Self.keys.enumerated().map { index, key in
                let value = index % 4 == 0 ? "CAST(NULL AS STRING)" : "'v\(key)'"
                return "('\(key)', ROW(\(value), \(index)))"
            }
            try session.run("INSERT INTO \(name) VALUES \(rows.joined(separator: ", "))")
        }
    }

    private func rows(_ sql: String) throws -> [String] { try session.run(sql).last?.rowLines ?? [] }

    private static let conditions = [
        "k IN ('a', 'zz', 'none', 'm')", "k IN ('m', 'm', 'a') AND k > 'a'", "k IN ('a') AND k = 'b'",
        "k IN ('b', CAST(NULL AS STRING))", "k NOT IN ('a', 'b')", "k = 'a' OR k = 'ÿ' OR k IN ('n', 'ab')",
        "k = 'a' OR n = 3", "k = 'a' OR k > 'n'", "k LIKE 'a%'", "k LIKE 'ab'", "k LIKE 'm_'", "k LIKE '%b'",
        "k LIKE 'a!%' ESCAPE '!'", "k LIKE 'a!_b' ESCAPE '!'", "k LIKE 'b!%%' ESCAPE '!'", "k LIKE 'mé%'",
        "k LIKE 'm%' AND k >= 'ma'", "k NOT LIKE 'a%'", "k LIKE ''", "k BETWEEN 'ab' AND 'm'",
        "k IN ('a', 'ab', 'abc') AND k LIKE 'ab%'", "a IN ('va', 'vaa', 'vz')", "a LIKE 'va%'",
        "a LIKE 'vm_'", "a = 'vaa' OR a = 'vm'", "n IN (1, 2, 99)", "n = 1 OR n = 5", "n > 3 AND n IN (2, 4)",
        "a IN ('vaa') OR k = 'z'",
    ]

    @Test("H3, B7: lists, beginnings and alternatives of keys and cells find what the query finds by itself")
    func sameRows() throws {
        defer { server.stop() }
        for table in ["plain", "salted", "near", "near_salted"] {
            for condition in Self.conditions {
                let pushed =
                    "SELECT k, a, n FROM (SELECT k, t.f.a AS a, t.f.n AS n FROM \(table) AS t) "
                    + "WHERE \(condition)"
                // What is computed is told to no scan.
                let judged =
                    "SELECT k, a, n FROM (SELECT k || '' AS k, t.f.a || '' AS a, t.f.n + 0 AS n "
                    + "FROM \(table) AS t) WHERE \(condition)"
                #expect(try rows(pushed).sorted() == rows(judged).sorted(), "\(table): \(condition)")
            }
        }
    }

    @Test("H3: keys of a list and of one beginning are read without the rows between them")
    func readsFewRows() throws {
        defer { server.stop() }
        for (condition, count) in [
            ("k IN ('a', 'zz', 'none')", 2), ("k LIKE 'ab%'", 3), ("k = 'b' OR k = 'n'", 2),
        ] {
            for table in ["plain", "salted", "near", "near_salted"] {
                #expect(try rows("SELECT k FROM \(table) WHERE \(condition)").count == count)
                let read = try rows("SHOW METRICS").last {
                    $0.contains("TableSourceScan") && $0.contains("numRecordsOut")
                }
                #expect(read?.hasSuffix("|\(count)") == true, "\(table), \(condition): \(read ?? "")")
            }
        }
    }

    @Test("H3: a long list of keys reads what lies between the first and the last of them")
    func longLists() throws {
        defer { server.stop() }
        let list = (0..<100).map { "'k\($0)'" } + ["'m'", "'n'"]
        for table in ["plain", "salted", "near", "near_salted"] {
            let found = try rows("SELECT k FROM \(table) WHERE k IN (\(list.joined(separator: ", ")))")
            #expect(found.sorted() == ["m", "n"])
        }
    }
}
