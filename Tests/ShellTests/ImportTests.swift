import SluiceTestSupport
import Testing

/// `sluice import flume`: the job files run, and do what the agent does.
@Suite struct ImportTests {
    let folder = TemporaryFolder()

    private func imported(_ config: String, _ options: [String] = []) throws -> Program.Result {
        folder.write("agent.conf", config)
        return try ProgramRun(["import", "flume", folder.path + "/agent.conf"] + options, in: folder).wait()
    }

    private func run(_ script: String) throws -> Program.Result {
        folder.write("job.sql", script)
        return try ProgramRun(["run", folder.path + "/job.sql"], in: folder).wait()
    }

    private func hbase(_ arguments: [String]) throws -> [String] {
        let result = try ProgramRun(["hbase"] + arguments, in: folder).wait()
        #expect(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test("H19: an agent with SimpleHbaseEventSerializer and incrementColumn becomes a job that runs")
    func simpleSerializer() throws {
        let made = try imported(
            """
            # a sequence, a row and a counter
            host1.sources = src1
            host1.sinks = sink1
            host1.channels = ch1

            host1.sources.src1.type = seq
            host1.sources.src1.totalEvents = 300
            host1.sources.src1.channels = ch1

            host1.channels.ch1.type = memory
            host1.sinks.sink1.type = org.apache.flume.sink.hbase.HBaseSink
            host1.sinks.sink1.channel = ch1
            host1.sinks.sink1.table = transactions
            host1.sinks.sink1.columnFamily = clients
            host1.sinks.sink1.column = charges
            host1.sinks.sink1.batchSize = 5000
            host1.sinks.sink1.serializer = org.apache.flume.sink.hbase.SimpleHbaseEventSerializer
            host1.sinks.sink1.serializer.incrementColumn = icol
            host1.sinks.sink1.serializer.suffix = uuid
            """)
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output.contains("-- sink sink1: column = charges has no counterpart"), "\(made.output)")
        #expect(made.output.contains("'sink.batch.max-size' = '5000'"))
        let done = try run(made.output)
        #expect(done.status == 0, "\(done.errors)\n\(made.output)")
        let counter = try hbase(["get", "transactions", "incRow", "-c", "clients:icol", "--type", "bigint"])
        #expect(counter.contains { $0.hasSuffix("value=300") }, "\(counter)")
        let rows = try hbase(["scan", "transactions", "--prefix", "default", "--json"])
        #expect(rows.count == 300)
        #expect(rows.allSatisfy { $0.contains("\"clients:pCol\"") })
    }

    @Test("H19: an agent with a splitting serializer becomes a job that runs")
    func splittingSerializer() throws {
        folder.write(
            "charges.log",
            (0..<50).map { "\($0 * 3).50,2024-03-0\($0 % 9 + 1),\($0 % 2 == 0 ? "low" : "high")\n" }
                .joined())
        let made = try imported(
            """
            a1.sources = r1
            a1.sinks = k1 log
            a1.channels = c1
            a1.sources.r1.type = exec
            a1.sources.r1.command = cat \(folder.path)/charges.log
            a1.sources.r1.channels = c1
            a1.sources.r1.interceptors = i1
            a1.sources.r1.interceptors.i1.type = regex_extractor
            a1.sources.r1.interceptors.i1.regex = ^([0-9.]+),
            a1.sources.r1.interceptors.i1.serializers = s1
            a1.sources.r1.interceptors.i1.serializers.s1.name = rowKey
            a1.sinks.k1.type = asynchbase
            a1.sinks.k1.channel = c1
            a1.sinks.k1.table = transactions
            a1.sinks.k1.columnFamily = clients
            a1.sinks.k1.batchSize = 100
            a1.sinks.k1.timeout = 20000
            a1.sinks.k1.serializer = org.apache.flume.sink.hbase.SplittingSerializer
            a1.sinks.k1.serializer.columns = charges,date,priority
            a1.sinks.log.type = logger
            a1.sinks.log.channel = c1
            """)
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output.contains("-- sink log has the type logger, which has no counterpart"))
        let done = try run(made.output)
        #expect(done.status == 0, "\(done.errors)\n\(made.output)")
        let counter = try hbase(
            ["get", "transactions", "totalEvents", "-c", "clients:eventCount", "--type", "bigint"])
        #expect(counter.contains { $0.hasSuffix("value=50") }, "\(counter)")
        let row = try hbase(["get", "transactions", "30.50", "--json"]).joined()
        for cell in ["clients:charges", "30.50", "2024-03-02", "clients:priority", "low"] {
            #expect(row.contains(cell), "\(row)")
        }
        #expect(try hbase(["scan", "transactions", "--json"]).count == 51)
    }

    @Test("H19: a regular serializer on a folder, with a filter and JSON events")
    func regularSerializer() throws {
        folder.write(
            "events.json",
            """
            {"headers":{},"body":"10.0.0.1 GET /a"}
            {"headers":{},"body":"no match"}
            {"headers":{},"body":"10.0.0.2 PUT /b"}
            {"headers":{},"body":"10.0.0.3 GET /skip"}

            """)
        let made = try imported(
            """
            a1.sources = r1
            a1.sinks = k1
            a1.sources.r1.type = avro
            a1.sources.r1.port = 4141
            a1.sources.r1.channels = c1
            a1.sources.r1.interceptors = i1
            a1.sources.r1.interceptors.i1.type = regex_filter
            a1.sources.r1.interceptors.i1.regex = skip
            a1.sources.r1.interceptors.i1.excludeEvents = true
            a1.sinks.k1.type = hbase2
            a1.sinks.k1.channel = c1
            a1.sinks.k1.table = log
            a1.sinks.k1.columnFamily = f
            a1.sinks.k1.serializer = org.apache.flume.sink.hbase2.RegexHBase2EventSerializer
            a1.sinks.k1.serializer.regex = (\\\\S+) ([A-Z]+) (.*)
            a1.sinks.k1.serializer.colNames = ROW_KEY,verb,path
            a1.sinks.k1.serializer.rowKeyIndex = 0
            """, ["--input", folder.path + "/events.json"])
        #expect(made.status == 0, "\(made.errors)")
        let done = try run(made.output)
        #expect(done.status == 0, "\(done.errors)\n\(made.output)")
        let rows = try hbase(["scan", "log", "--json"])
        #expect(rows.count == 2, "\(rows)")
        #expect(rows.first?.contains("\"row\":\"10.0.0.1\"") == true && rows.first?.contains("/a") == true)
    }

    @Test(
        "H19: a header comes from the body as it was when its interceptor saw it, and every setting is told")
    func interceptorsInOrder() throws {
        folder.write("lines.txt", "k1,a;b\nk2,c;d\n")
        let made = try imported(
            """
            a1.sources = r1
            a1.sinks = k1
            a1.channels = c1
            a1.channels.c1.type = file
            a1.channels.c1.capacity = 10
            a1.sources.r1.type = exec
            a1.sources.r1.command = cat \(folder.path)/lines.txt
            a1.sources.r1.restart = true
            a1.sources.r1.channels = c1
            a1.sources.r1.interceptors = i1 i2 i3 i4
            a1.sources.r1.interceptors.i1.type = regex_extractor
            a1.sources.r1.interceptors.i1.regex = ^([^,]*),
            a1.sources.r1.interceptors.i1.serializers = s1
            a1.sources.r1.interceptors.i1.serializers.s1.name = rowKey
            a1.sources.r1.interceptors.i2.type = search_replace
            a1.sources.r1.interceptors.i2.searchPattern = ^[^,]*,
            a1.sources.r1.interceptors.i3.type = search_replace
            a1.sources.r1.interceptors.i3.searchPattern = ;
            a1.sources.r1.interceptors.i3.replaceString = \\\\$,
            a1.sources.r1.interceptors.i4.type = search_replace
            a1.sources.r1.interceptors.i4.searchPattern = (a)
            a1.sources.r1.interceptors.i4.replaceString = <$1>
            a1.sinks.k1.type = hbase
            a1.sinks.k1.channel = c1
            a1.sinks.k1.table = t
            a1.sinks.k1.columnFamily = f
            a1.sinks.k1.serializer = SplittingSerializer
            a1.sinks.k1.serializer.columns = p,q
            a1.sinks.k1.serializer.incrementColumn =
            """)
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output.contains("-- source r1: restart = true has no counterpart"), "\(made.output)")
        #expect(made.output.contains("-- channel c1 is not needed"), "\(made.output)")
        #expect(made.output.contains("type = file, capacity = 10"), "\(made.output)")
        #expect(made.output.contains("-- interceptor i4: a replaceString with groups"), "\(made.output)")
        let done = try run(made.output)
        #expect(done.status == 0, "\(done.errors)\n\(made.output)")
        let rows = try hbase(["scan", "t", "--json"])
        #expect(rows.count == 2, "\(rows)")
        let first = rows.first ?? ""
        for text in ["\"row\":\"k1\"", "\"value\":\"a$\"", "\"value\":\"b\""] {
            #expect(first.contains(text), "\(rows)")
        }
    }

    @Test(
        "H19: what cannot be done is refused by its name",
        arguments: [
            ("a.sources.s.type = avro", "source \"s\" has the type \"avro\""),
            ("a.sources.s.type = exec\na.sources.s.command = vmstat 1", "runs the command \"vmstat 1\""),
            (
                "a.sources.s.type = seq\na.sinks.k.serializer = com.example.Own",
                "serializer \"com.example.Own\", which is code of its own"
            ),
            (
                "a.sources.s.type = seq\na.sinks.k.serializer = SplittingSerializer\na.sinks.k.serializer.columns = b",
                "header \"rowKey\", which nothing sets"
            ),
            (
                "a.sources.s.type = seq\na.sources.s.totalEvents = -9223372036854775808",
                "totalEvents = -9223372036854775808 is no number from 1 on"
            ),
            (
                "a.sources.s.type = seq\na.sinks.k.serializer = RegexHbaseEventSerializer\n"
                    + "a.sinks.k.serializer.regex = ([(]a)(?:b)(?<c>d)\na.sinks.k.serializer.colNames = a",
                "serializer.regex has 2 group(s) for 1 name(s)"
            ),
            ("a.sources.s.type = exec\na.sources.s.command = cat 'my file'", "which cannot be read here"),
        ])
    func refusals(settings: String, message: String) throws {
        let made = try imported(
            """
            a.sources = s
            a.sinks = k
            a.sources.s.channels = c
            a.sinks.k.channel = c
            a.sinks.k.type = hbase
            a.sinks.k.table = t
            a.sinks.k.columnFamily = f
            \(settings)
            """)
        #expect(made.status == 3)
        #expect(made.errors.contains(message), "\(made.errors)")
    }

    @Test("H19: files are followed, sockets are piped in, patterns choose files")
    func sources() throws {
        func script(_ source: String) throws -> String {
            try imported(
                """
                a.sources = s
                a.sinks = k
                a.sources.s.channels = c
                a.sinks.k.channel = c
                a.sinks.k.type = hbase
                a.sinks.k.table = t
                a.sinks.k.columnFamily = f
                \(source)
                """
            ).output
        }
        let tail = try script("a.sources.s.type = exec\na.sources.s.command = tail -F /var/log/x")
        #expect(
            tail.contains(
                "'path' = '/var/log/x', 'format' = 'raw',\n        'source.monitor-interval' = '1 s'"))
        let socket = try script(
            "a.sources.s.type = netcat\na.sources.s.bind = localhost\na.sources.s.port = 44444")
        #expect(socket.contains("nc -lk localhost 44444 | sluice run") && socket.contains("'path' = '-'"))
        let files = try script(
            "a.sources.s.type = TAILDIR\na.sources.s.filegroups = f1 f2\n"
                + "a.sources.s.filegroups.f1 = /logs/a.log\na.sources.s.filegroups.f2 = /logs/b/.*log.*")
        #expect(files.contains("'path' = '/logs/a.log'"))
        #expect(files.contains("'path' = '/logs/b'") && files.contains("'.*/.*log.*'"))
        let folder = try script(
            "a.sources.s.type = spooldir\na.sources.s.spoolDir = /in\na.sources.s.fileHeader = true")
        #expect(folder.contains("'path' = '/in'"))
        #expect(folder.contains("-- source s: fileHeader = true has no counterpart"))
    }
}
