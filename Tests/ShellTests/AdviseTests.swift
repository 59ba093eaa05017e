import SluiceTestSupport
import Testing

/// `sluice advise rowkey`, and the error of `sluice check` for keys that change from run to run.
@Suite struct AdviseTests {
    let folder = TemporaryFolder()

    private static let tables = """
        CREATE TABLE src (
          id BIGINT, name STRING, ts TIMESTAMP(3), proc AS PROCTIME(), u AS UUID(), WATERMARK FOR ts AS ts
        ) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '9');
        CREATE TABLE t (k STRING, f ROW<v BIGINT>, PRIMARY KEY (k) NOT ENFORCED)
          WITH ('connector' = 'hbase', 'table-name' = 't');
        CREATE TABLE bare (k STRING, f ROW<v BIGINT>) WITH ('connector' = 'hbase', 'table-name' = 't');
        CREATE TABLE salted (k STRING, f ROW<v BIGINT>)
          WITH ('connector' = 'hbase', 'table-name' = 's', 'row-key.salt-buckets' = '8');
        CREATE TEMPORARY VIEW v AS SELECT 'x' || UUID() AS k, id FROM src;

        """

    private func run(_ arguments: [String], _ insert: String) throws -> Program.Result {
        folder.write("job.sql", Self.tables + insert)
        return try ProgramRun(arguments + [folder.path + "/job.sql"], in: folder).wait()
    }

    @Test(
        "H4: keys that only grow are flagged",
        arguments: [
            "INSERT INTO t SELECT CAST(id AS STRING), ROW(id) FROM src",
            "INSERT INTO bare SELECT 'p-' || LPAD(CAST(id AS STRING), 10, '0'), ROW(id) FROM src",
            "INSERT INTO t SELECT DATE_FORMAT(ts, 'yyyyMMdd') || name, ROW(id) FROM src",
            "INSERT INTO t SELECT CAST(9223372036854775807 - UNIX_TIMESTAMP(CAST(ts AS STRING)) AS STRING) || name, "
                + "ROW(id) FROM src",
            "INSERT INTO t SELECT CAST(window_start AS STRING) || name, ROW(COUNT(*)) FROM TABLE(TUMBLE(TABLE src, "
                + "DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, name",
            "INSERT INTO t SELECT k, ROW(id) FROM (SELECT name, id, CAST(ts AS STRING) AS k FROM src)",
        ])
    func hot(insert: String) throws {
        let result = try run(["advise", "rowkey", "--strict"], insert)
        #expect(result.status == 3)
        #expect(result.output.contains("hot spot: keys begin with the "))
        #expect(result.output.contains("advice: "))
    }

    @Test(
        "other keys are not",
        arguments: [
            "INSERT INTO t SELECT name || CAST(id AS STRING), ROW(id) FROM src",
            "INSERT INTO t SELECT SUBSTRING(MD5(CAST(id AS STRING)), 1, 4) || CAST(id AS STRING), ROW(id) FROM src",
            "INSERT INTO t SELECT CAST(MOD(id, 16) AS STRING) || '-' || CAST(id AS STRING), ROW(id) FROM src",
            "INSERT INTO salted SELECT CAST(id AS STRING), ROW(id) FROM src",
            "INSERT INTO t SELECT 'total', ROW(id) FROM src",
            "INSERT INTO t SELECT name || CAST(window_start AS STRING), ROW(COUNT(*)) FROM TABLE(TUMBLE(TABLE src, "
                + "DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, name",
        ])
    func cool(insert: String) throws {
        let result = try run(["advise", "rowkey", "--strict"], insert)
        #expect(result.status == 0)
        #expect(!result.output.contains("hot spot"))
    }

    @Test(
        "H15: a key of random numbers or clocks is an error of check, at its place",
        arguments: [
            ("INSERT INTO t SELECT 'p' || UUID(), ROW(id) FROM src", "UUID()", 29),
            (
                "INSERT INTO bare SELECT name || CAST(PROCTIME() AS STRING), ROW(id) FROM src", "PROCTIME()",
                38
            ),
            ("INSERT INTO t SELECT CAST(RAND() AS STRING), ROW(id) FROM src", "RAND()", 27),
            ("INSERT INTO t SELECT CAST(proc AS STRING), ROW(id) FROM src", "PROCTIME()", 57),
            ("INSERT INTO t SELECT u, ROW(id) FROM src", "UUID()", 38),
            ("INSERT INTO t SELECT k, ROW(id) FROM v", "UUID()", 38),
            (
                "INSERT INTO t SELECT CASE WHEN RAND() < 0.5 THEN 'a' ELSE name END, ROW(id) FROM src",
                "RAND()", 32
            ),
        ])
    func volatile(insert: String, function: String, column: Int) throws {
        let result = try run(["check", "--error-format", "short"], insert)
        #expect(result.status == 3)
        #expect(result.errors.contains("SLC-3020"))
        #expect(result.errors.contains(function))
        let line = Self.tables.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(result.errors.contains("job.sql:\(line):\(column)"), "\(result.errors)")
    }

    @Test("such functions beside the key are no error, and a run only warns")
    func harmless() throws {
        let beside = try run(
            ["check"], "INSERT INTO t SELECT name, ROW(CAST(RAND_INTEGER(9) AS BIGINT)) FROM src")
        #expect(beside.status == 0)
        let once = try run(["run"], "INSERT INTO t VALUES (UUID(), ROW(CAST(1 AS BIGINT)))")
        #expect(once.status == 0)
        #expect(once.errors.contains("SLC-3020"))
        let advice = try run(["run"], "EXPLAIN PLAN_ADVICE INSERT INTO t SELECT UUID(), ROW(id) FROM src")
        #expect(advice.output.contains("depends on UUID()"))
    }

    @Test("the keys of a table are judged by when they were written")
    func stored() throws {
        folder.write(
            "load.sql",
            """
            CREATE TABLE seq (k STRING, f ROW<v BIGINT>, t TIMESTAMP_LTZ(3) METADATA FROM 'timestamp')
              WITH ('connector' = 'hbase', 'table-name' = 'seq');
            CREATE TABLE hashed (k STRING, f ROW<v BIGINT>, t TIMESTAMP_LTZ(3) METADATA FROM 'timestamp')
              WITH ('connector' = 'hbase', 'table-name' = 'hashed');
            CREATE TABLE n (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '400',
              'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '400');
            SET 'execution.runtime-mode' = 'batch';
            INSERT INTO seq SELECT LPAD(CAST(id AS STRING), 6, '0'), ROW(id), TO_TIMESTAMP_LTZ(id * 1000, 3) FROM n;
            INSERT INTO hashed SELECT MD5(CAST(id AS STRING)), ROW(id), TO_TIMESTAMP_LTZ(id * 1000, 3) FROM n;
            """)
        let loaded = try ProgramRun(["run", folder.path + "/load.sql"], in: folder).wait()
        #expect(loaded.status == 0, "\(loaded.errors)")
        let both = try ProgramRun(
            ["advise", "rowkey", "--table", "seq", "--table", "hashed", "--json"], in: folder
        ).wait()
        let lines = both.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.contains("\"verdict\":\"sequential\"") == true)
        #expect(lines.last?.contains("\"verdict\":\"spread\"") == true)
        #expect(try ProgramRun(["advise", "rowkey", "--table", "none"], in: folder).wait().status != 0)
        #expect(try ProgramRun(["advise", "rowkey"], in: folder).wait().status == 2)
    }

    @Test("H24: what is asked of jobs and clusters is left to the run, by check and by advise")
    func asksOfJobs() throws {
        let statements = """
            CREATE TABLE far (k STRING, f ROW<v BIGINT>)
              WITH ('connector' = 'hbase', 'table-name' = 't', 'zookeeper.quorum' = '127.0.0.1:1');
            INSERT INTO t SELECT name, ROW(id) FROM src;
            SHOW METRICS FOR JOB '1'; SHOW HBASE REGIONS FOR JOB '1'; DESCRIBE JOB '1'; SHOW HBASE REGIONS FROM far;
            """
        for verb in [["check"], ["advise", "rowkey"]] {
            let result = try run(verb, statements)
            #expect(result.status == 0, "\(result.errors)")
        }
        let unknown = try run(["check"], "SHOW SKEW;")
        #expect(unknown.status != 0 && unknown.errors.contains("SHOW SKEW"))
    }
}
