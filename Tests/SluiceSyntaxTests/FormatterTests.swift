import SluiceBase
import SluiceSyntax
import Testing

@Test("a query gets a clause a line, sub-queries their own lines")
func formattedQuery() throws {
    let text = """
        select a,sum(b) as s from (select * from t where x in (1,2)) as q left join u on q.a=u.a
        where s>1 and not b group by a having count(*) > 1 order by a desc limit 3;
        """
    let expected = """
        SELECT a, sum(b) AS s
        FROM (
          SELECT *
          FROM t
          WHERE x IN (1, 2)
        ) AS q
        LEFT JOIN u ON q.a = u.a
        WHERE s>1 AND NOT b
        GROUP BY a
        HAVING count(*) > 1
        ORDER BY a desc
        LIMIT 3;

        """
    let found = try SQLFormatter.format(text)
    #expect(found == expected)
}

@Test("table definitions and options get an item a line; comments and parameters stay")
func formattedDefinition() throws {
    let text = """
        -- job: one
        create table t (a int, -- key
          b decimal(10,2), primary key (a) not enforced) with ('connector'='print', 'k'='${env:K}');

        /* then */ insert into t select a, b from s where b >= ${min};
        """
    let expected = """
        -- job: one
        CREATE TABLE t (
          a INT, -- key
          b DECIMAL(10, 2),
          PRIMARY key (a) NOT enforced
        ) WITH (
          'connector' = 'print',
          'k' = '${env:K}'
        );

        /* then */ INSERT INTO t
        SELECT a, b
        FROM s
        WHERE b >= ${min};

        """
    let found = try SQLFormatter.format(text)
    #expect(found == expected)
}

@Test("long lists are folded and statement sets are indented")
func formattedSet() throws {
    let names = (1...30).map { "column_\($0)" }.joined(separator: ", ")
    let text =
        "execute statement set begin insert into a select \(names) from t; insert into b select 1; end;"
    let lines = try SQLFormatter.format(text).split(separator: "\n").map(String.init)
    #expect(lines.first == "EXECUTE STATEMENT SET BEGIN")
    #expect(lines.last == "END;")
    #expect(lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix("  ") && $0.count <= 100 })
    #expect(lines.contains("  FROM t;"))
}

@Test("a text that does not parse is refused")
func unparsedText() {
    #expect(throws: SQLError.self) { try SQLFormatter.format("SELECT FROM t") }
}

@Test(
    "formatting twice is the same as once",
    arguments: [
        "SELECT 1", "", "-- only a note\n", "SELECT a /* x */ , -- y\n b FROM t -- z\n;\n\n\n-- w\nSELECT 2",
        "WITH q AS (SELECT 1), r AS (VALUES 2) SELECT * FROM q, r UNION ALL (SELECT 3 ORDER BY 1) EXCEPT SELECT 4;",
        "SELECT SUM(a) OVER (PARTITION BY b ORDER BY c ROWS 2 PRECEDING), f((SELECT MAX(x) FROM y)) FROM t",
        "UPDATE t SET a = 1, b = 2 WHERE c; DELETE FROM t WHERE a; SET 'a' = 'b'; SHOW TABLES FROM d LIKE 'x'",
        "CREATE TABLE t (a ROW<b INT, c ARRAY<STRING>>, d AS CAST(a AS STRING)) PARTITIONED BY (a) WITH ('a' = 'b')",
        "SELECT * FROM t MATCH_RECOGNIZE (ORDER BY ts MEASURES A.x AS y PATTERN (A B*) DEFINE A AS TRUE) AS m",
        "EXPLAIN SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY)) -- end",
        "#! /usr/bin/env sluice\nSELECT 1;",
    ])
func idempotence(_ text: String) throws {
    let once = try SQLFormatter.format(text)
    #expect(try SQLFormatter.format(once) == once)
}
