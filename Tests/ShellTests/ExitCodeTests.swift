import Glibc
import SluiceTestSupport
import Testing

/// How the program ends, and what it writes where.
@Suite struct ExitCodeTests {
    let folder = TemporaryFolder()

    private func run(_ arguments: String..., input: String = "", environment: [String: String] = [:]) throws
        -> Program.Result
    {
        try ProgramRun(arguments, input: input, in: folder, environment: environment).wait()
    }

    private let endless = """
        CREATE TEMPORARY TABLE s (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
        SELECT n FROM s;
        """

    @Test("0: success; rows go to stdout and nothing else does")
    func success() throws {
        let result = try run("-c", "SELECT 1 AS a", "--format", "csv")
        #expect(result.status == 0)
        #expect(result.output == "a\n1\n")
        #expect(result.errors == "")
    }

    @Test(
        "2: a wrong command line",
        arguments: [["--nonsense"], ["nonsense"], ["run"], ["run", "/no/such/file.sql"], ["-c"]])
    func usage(arguments: [String]) throws {
        let result = try ProgramRun(arguments, in: folder).wait()
        #expect(result.status == 2)
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("error: "))
    }

    @Test(
        "3: SQL that is refused", arguments: ["SELEC 1", "SELECT nope", "SELECT * FROM nope", "SELECT 1 +"])
    func refused(sql: String) throws {
        let result = try run("-c", sql)
        #expect(result.status == 3)
        #expect(result.errors.hasPrefix("error[SLC-"))
        #expect(result.errors.contains("--> <command>:1:"))
    }

    @Test("4: a job that fails while it runs")
    func failed() throws {
        folder.write("bad.csv", "1\nx\n")
        let sql = """
            CREATE TEMPORARY TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '\(folder.path)/bad.csv', \
            'format' = 'csv'); SELECT * FROM t;
            """
        #expect(try run("-c", sql).status == 4)
    }

    @Test("5: a file that is not there")
    func missing() throws {
        let sql = """
            CREATE TEMPORARY TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '\(folder.path)/none.csv', \
            'format' = 'csv'); SELECT * FROM t;
            """
        #expect(try run("-c", sql).status == 5)
    }

    @Test("5: standard output that takes nothing, with a message")
    func fullDevice() throws {
        for arguments in [["-c", "SELECT 1"], ["-c", "SHOW FUNCTIONS"], ["version"]] {
            let result = try ProgramRun(arguments, in: folder, outputPath: "/dev/full").wait()
            #expect(result.status == 5)
            #expect(result.errors.contains("standard output cannot be written"))
        }
    }

    @Test("6: a catalog file that is none")
    func catalog() throws {
        let file = folder.write("broken.db", String(repeating: "this is no database ", count: 100))
        #expect(try run("--catalog", file, "-c", "SHOW TABLES").status == 6)
    }

    @Test("7: the time of a run is over")
    func timeout() throws {
        let result = try run("-c", endless, "--timeout", "300ms")
        #expect(result.status == 7)
        #expect(result.errors.contains("SLC-7002"))
    }

    @Test("8: a comparison found differences")
    func difference() throws {
        let file = folder.path + "/other.db"
        #expect(try run("--catalog", file, "-c", "CREATE DATABASE d").status == 0)
        #expect(try run("catalog", "diff", file, "--exit-code").status == 8)
    }

    @Test("9: refused by policy")
    func policy() throws {
        let initial = folder.write("init.sql", "SELECT 1;")
        #expect(try run("-c", "SELECT 1", "-i", initial).status == 9)
        let job = folder.write("job.sql", "--@ include /etc/passwd\n")
        #expect(try run("run", job).status == 9)
    }

    @Test("130 and 143: stopped by a signal", arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
    func signals(number: Int32, code: Int32) throws {
        let job = folder.write("endless.sql", endless)
        let started = try ProgramRun(["run", job, "--format", "csv"], in: folder)
        #expect(started.waitForOutput("\n"))
        started.signal(number)
        #expect(started.wait().status == code)
    }

    @Test("141: stdout was closed, and nothing is said about it")
    func closedOutput() throws {
        let job = folder.write("endless.sql", endless)
        let result = try ProgramRun(["run", job], in: folder, closesOutput: true).wait()
        #expect(result.status == 141)
        #expect(result.errors == "")
        let listing = try ProgramRun(["-c", "SHOW FUNCTIONS"], in: folder, closesOutput: true).wait()
        #expect(listing.status == 141)
    }

    @Test("a script on stdin is run, and cannot be a table at the same time")
    func standardInput() throws {
        #expect(try run("--format", "csv", input: "SELECT 2 AS b;").output == "b\n2\n")
        #expect(try run("run", "-", "--format", "csv", input: "SELECT 2 AS b;").output == "b\n2\n")
        let table =
            "CREATE TEMPORARY TABLE t (a INT) WITH ('connector'='filesystem','path'='-','format'='csv');"
        let refused = try run(input: table + " SELECT * FROM t;")
        #expect(refused.status == 3)
        #expect(refused.errors.contains("reads standard input"))
        let job = folder.write("job.sql", table + " SELECT SUM(a) AS total FROM t;")
        #expect(try run("run", job, "--format", "csv", input: "1\n2\n39\n").output == "total\n42\n")
    }

    @Test("parameters come from the command line, the environment and a file; -D sets keys")
    func parameters() throws {
        let job = folder.write(
            "p.sql", "--@ param n INT DEFAULT 1\n--@ param s STRING\nSELECT ${n} AS n, '${s}' AS s;\nSET;")
        let file = folder.write("p.json", "{\"n\": 2, \"s\": \"file\"}")
        #expect(try run(job, "--params", file, "--format", "csv").output.hasPrefix("n,s\n2,file\n"))
        let result = try run(
            "run", job, "--params", file, "-v", "n=3", "-D", "pipeline.name=p", "--format", "csv",
            environment: ["SLUICE_PARAM_s": "env"])
        #expect(result.output == "n,s\n3,env\nkey,value,origin\npipeline.name,p,-D\n")
        #expect(try run("run", job).status == 3)
        #expect(try run("run", job, "-v", "s=x", "-v", "m=1").errors.contains("no job file declares"))
    }

    @Test("check finds every error of a file and starts nothing; explain prints plans")
    func check() throws {
        let job = folder.write("c.sql", "SELECT nope;\nSELECT 1 AS a;\nSELECT * FROM missing;\n")
        let result = try run("check", job, "--error-format", "short")
        #expect(result.status == 3)
        #expect(result.errors.contains("c.sql:1:8: error: column \"nope\""))
        #expect(result.errors.contains("c.sql:3:15: error: table \"missing\""))
        let good = folder.write(
            "g.sql", "CREATE TABLE t (a INT) WITH ('connector'='datagen');\nSELECT a + 1 AS b FROM t;\n")
        #expect(try run("check", good).status == 0)
        let plans = try run("explain", good)
        #expect(plans.status == 0)
        #expect(plans.output.contains("== Physical Plan =="))
    }

    @Test("the tables of the embedded store can be looked at and changed")
    func hbase() throws {
        #expect(try run("hbase", "create", "t", "f").output == "created table t\n")
        #expect(try run("hbase", "put", "t", "r1", "f:n", "42", "--type", "bigint").status == 0)
        #expect(try run("hbase", "incr", "t", "r1", "f:n", "8").output == "COUNTER VALUE = 50\n")
        #expect(try run("hbase", "get", "t", "r1", "--type", "bigint").output.contains("value=50"))
        #expect(
            try run("hbase", "scan", "t", "--json", "--type", "bigint").output.contains("\"value\":\"50\""))
        #expect(try run("hbase", "ls", "--json").output == "{\"table\":\"t\",\"families\":[\"f\"]}\n")
        #expect(try run("hbase", "delete", "t", "r1").status == 0)
        #expect(try run("hbase", "scan", "t").output.contains("0 row(s)"))
        #expect(try run("hbase", "drop", "t").status == 0)
        #expect(try run("hbase", "scan", "t").status != 0)
    }

    @Test("an init file prepares the session")
    func initial() throws {
        let file = folder.write("i.sql", "CREATE TEMPORARY VIEW v1 AS SELECT 1 AS a;")
        #expect(try run("-i", file, "-c", "SELECT * FROM v1", "--format", "csv").output == "a\n1\n")
    }

    @Test("what a job file creates is gone after its run; -c keeps it")
    func layers() throws {
        let job = folder.write("l.sql", "CREATE VIEW v AS SELECT 1 AS a; SELECT * FROM v;")
        #expect(try run("run", job).status == 0)
        #expect(try run("run", job).status == 0)
        #expect(try run("-c", "SHOW VIEWS", "--format", "csv").output == "view name\n")
        #expect(try run("-c", "CREATE VIEW v AS SELECT 1 AS a").status == 0)
        #expect(try run("-c", "SHOW VIEWS", "--format", "csv").output == "view name\nv\n")
    }

    @Test("what a job left out is counted on stderr, and progress is told where it is asked for")
    func counts() throws {
        folder.write("bad.jsonl", "{\"a\":1}\nx\n{\"a\":3}\n")
        let skipping = """
            CREATE TEMPORARY TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '\(folder.path)/bad.jsonl', \
            'format' = 'json', 'json.ignore-parse-errors' = 'true'); SELECT * FROM t;
            """
        let result = try run("-c", skipping, "--format", "csv")
        #expect(result.output == "a\n1\n3\n")
        #expect(result.errors.contains("note: 1 malformed row was skipped"))
        let told = try run("-c", endless, "--timeout", "1500ms", "--progress", "json")
        #expect(told.errors.contains("{\"rows\":"))
        #expect(try !run("-c", endless, "--timeout", "1s").errors.contains("rows"))
    }

    @Test("version, help and explain-error answer")
    func small() throws {
        #expect(try run("version").output.hasPrefix("sluice "))
        #expect(try run("version", "--json").output.hasPrefix("{\"version\":"))
        #expect(try run("help", "run").output.contains("--params"))
        #expect(try run("explain-error", "SLC-2004").output.contains("column"))
        #expect(try run("explain-error", "9999").status == 2)
    }
}
