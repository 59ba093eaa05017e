import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceRuntime
import SluiceTestSupport
import Testing

@Suite struct JobTests {
    static let schema: Schema = [Field("key", .bigint), Field("n", .bigint)]

    static func rows(_ count: Int, keys: Int = 5) -> String {
        (0..<count).map { "+I|\($0 % keys)|\($0)" }.joined(separator: "\n")
    }

    static func environment(_ tables: [ScriptedTable], _ clock: any Clock = ManualClock()) -> JobEnvironment {
        JobEnvironment(connectors: ConnectorRegistry([ScriptedConnector(tables)]), clock: clock)
    }

    /// Source, hash exchange, calc, sink.
    static func exchange(_ input: ScriptedTable, _ output: ScriptedTable, parallelism: Int) -> JobGraph {
        var builder = GraphBuilder(JobConfig(parallelism: parallelism))
        let source = builder.source(input, parallelism: parallelism)
        let columns: [BoundExpr] = [.column(0, .bigint), .column(1, .bigint)]
        let calc = builder.add(
            .calc(CalcNode(filter: nil, projections: columns)),
            [JobEdge(from: source, partitioning: .hash([0]))],
            schema: schema, parallelism: parallelism)
        builder.sink(output, from: JobEdge(from: calc, partitioning: .gather))
        return builder.graph
    }

    @Test("an exchange loses no row and keeps the order per key", arguments: [1, 2, 3], [1, 7, 1024])
    func exchangeKeepsOrder(parallelism: Int, size: Int) throws {
        for seed in 0..<5 {
            let input = ScriptedTable("in", Self.schema, text: Self.rows(200), size: size)
            let output = ScriptedTable("out", Self.schema)
            let graph = Self.exchange(input, output, parallelism: parallelism)
            let job = try SimulatedJob(graph, Self.environment([input, output]), seed: UInt64(seed))
            guard case .finished = job.run() else {
                Issue.record("the job did not finish")
                return
            }
            let lines = output.output.lines
            for key in 0..<5 {
                let expected = (0..<200).filter { $0 % 5 == key }.map { "+I|\(key)|\($0)" }
                #expect(lines.filter { $0.hasPrefix("+I|\(key)|") } == expected)
            }
            #expect(lines.count == 200)
            #expect(output.output.finishes == 1)
            #expect(output.output.closes == 1)
        }
    }

    @Test("threads give the same rows", arguments: [1, 2, 3])
    func threads(parallelism: Int) throws {
        let input = ScriptedTable(
            "in", Self.schema,
            splits: [BatchText.parse(Self.rows(500), Self.schema, size: 3).map { .rows($0) }])
        let output = ScriptedTable("out", Self.schema)
        let graph = Self.exchange(input, output, parallelism: parallelism)
        let runner = try JobRunner.start(graph, Self.environment([input, output], SystemClock()))
        guard case .finished = runner.wait() else {
            Issue.record("the job did not finish")
            return
        }
        #expect(output.output.lines.count == 500)
        #expect(Set(output.output.lines).count == 500)
        #expect(runner.metrics.nodes[0].rowsOut == 500)
        #expect(runner.metrics.nodes[2].rowsIn == 500)
    }

    @Test("bounded splits are read one after the other")
    func splitsInOrder() throws {
        let parts = ["+I|1|1\n+I|1|2", "+I|2|1", "+I|3|1"].map { BatchText.parse($0, Self.schema, size: 1) }
        let input = ScriptedTable("in", Self.schema, splits: parts.map { $0.map { .rows($0) } })
        let output = ScriptedTable("out", Self.schema)
        let job = try SimulatedJob(
            Self.exchange(input, output, parallelism: 1), Self.environment([input, output]))
        _ = job.run()
        #expect(output.output.lines == ["+I|1|1", "+I|1|2", "+I|2|1", "+I|3|1"])
    }

    @Test("unbounded splits are read in turn")
    func splitsInTurn() throws {
        let parts = ["+I|1|1\n+I|1|2", "+I|2|1\n+I|2|2"].map { BatchText.parse($0, Self.schema, size: 1) }
        let input = ScriptedTable("in", Self.schema, splits: parts.map { $0.map { .rows($0) } })
        let output = ScriptedTable("out", Self.schema)
        var builder = GraphBuilder()
        let source = builder.source(input, bounded: false)
        builder.sink(output, from: JobEdge(from: source))
        let job = try SimulatedJob(builder.graph, Self.environment([input, output]))
        _ = job.run()
        #expect(output.output.lines == ["+I|1|1", "+I|2|1", "+I|1|2", "+I|2|2"])
    }

    @Test("a sink that takes nothing stalls the source", arguments: [1, 2])
    func backPressure(parallelism: Int) throws {
        let wide: Schema = [Field("key", .bigint), Field("n", .bigint)]
        let batch = RecordBatch(
            columns: [
                .int64(FixedColumn(repeating: 1, count: 10_000)),
                .int64(FixedColumn(repeating: 2, count: 10_000)),
            ], rowCount: 10_000)
        let steps: [ScriptedTable.Step] = (0..<30).map { _ in .rows(batch) }
        let input = ScriptedTable("in", wide, splits: [steps])
        let output = ScriptedTable("out", wide, sinkHolds: true)
        let graph = Self.exchange(input, output, parallelism: parallelism)
        let job = try SimulatedJob(graph, Self.environment([input, output]))
        guard case .stalled = job.run() else {
            Issue.record("the job did not stall")
            return
        }
        #expect(job.metrics[0].rowsOut <= (parallelism == 1 ? 10_000 : 150_000))
        #expect(output.output.lines.isEmpty)
        output.release()
        guard case .finished = job.run() else {
            Issue.record("the job did not go on")
            return
        }
        #expect(job.metrics[0].rowsOut == 300_000)
        #expect(output.output.lines.count == 300_000)
    }

    @Test("a reader of results that stalls stalls the job")
    func stalledReader() throws {
        let input = ScriptedTable("in", Self.schema, text: Self.rows(100), size: 10)
        var builder = GraphBuilder()
        let source = builder.source(input)
        builder.add(.collect, [JobEdge(from: source)], schema: Self.schema)
        let rows = CollectedRows(Self.schema, isOpen: false)
        let job = try SimulatedJob(builder.graph, Self.environment([input]), results: rows)
        guard case .stalled = job.run() else {
            Issue.record("the job did not stall")
            return
        }
        #expect(job.metrics[0].rowsOut == 10)
        rows.open()
        guard case .finished = job.run() else {
            Issue.record("the job did not go on")
            return
        }
        #expect(rows.lines.count == 100)
    }

    @Test("a reader that has enough ends the job")
    func satisfiedReader() throws {
        let input = ScriptedTable("in", Self.schema, text: Self.rows(100), size: 10)
        var builder = GraphBuilder()
        let source = builder.source(input, bounded: false)
        builder.add(.collect, [JobEdge(from: source)], schema: Self.schema)
        let rows = CollectedRows(Self.schema, enough: 25)
        let job = try SimulatedJob(builder.graph, Self.environment([input]), results: rows)
        guard case .finished = job.run() else {
            Issue.record("the job did not end")
            return
        }
        #expect(rows.lines.count == 30)
        #expect(job.metrics[0].rowsOut == 30)
    }

    @Test("an error of a source ends the job with its name and closes everything", arguments: [1, 2])
    func sourceFails(parallelism: Int) throws {
        let batch = BatchText.parseOne("+I|1|1", Self.schema)
        let input = ScriptedTable("in", Self.schema, splits: [[.rows(batch), .fail("disk gone")]])
        let output = ScriptedTable("out", Self.schema)
        let graph = Self.exchange(input, output, parallelism: parallelism)
        let job = try SimulatedJob(graph, Self.environment([input, output]))
        guard case .failed(let error) = job.run() else {
            Issue.record("the job did not fail")
            return
        }
        #expect(error.cause.message == "disk gone")
        #expect(error.operatorName == "Source(in)")
        // A sink whose subtask never had its turn was never opened.
        #expect(output.output.closes == output.output.opens)
        #expect(output.output.opens <= 1)
        #expect(output.output.finishes == 0)
    }

    @Test("an error on one thread ends those that sleep on others", .timeLimit(.minutes(1)))
    func failureWakesAll() throws {
        let batch = BatchText.parseOne("+I|1|1", Self.schema)
        let input = ScriptedTable(
            "in", Self.schema,
            splits: [[.rows(batch), .hold], [.rows(batch), .wait(millis: 20), .fail("gone")]])
        let output = ScriptedTable("out", Self.schema)
        let graph = Self.exchange(input, output, parallelism: 2)
        let runner = try JobRunner.start(graph, Self.environment([input, output], SystemClock()))
        guard case .failed(let error) = runner.wait() else {
            Issue.record("the job did not fail")
            return
        }
        #expect(error.cause.message == "gone")
        #expect(output.output.closes == output.output.opens)
    }

    @Test("NULL for a NOT NULL column fails the job, or drops the row if so set", arguments: [false, true])
    func notNull(drops: Bool) throws {
        let input = ScriptedTable("in", Self.schema, text: "+I|1|1\n+I|NULL|2\n+I|3|3")
        let output = ScriptedTable("out", Self.schema)
        var builder = GraphBuilder(JobConfig(dropsNullInNotNull: drops))
        let source = builder.source(input)
        builder.sink(output, from: JobEdge(from: source), notNull: [.init(index: 0, name: "key")])
        let job = try SimulatedJob(builder.graph, Self.environment([input, output]))
        let outcome = job.run()
        if drops {
            #expect(output.output.lines == ["+I|1|1", "+I|3|3"])
            #expect(job.metrics[1].droppedRows == 1)
        } else if case .failed(let error) = outcome {
            #expect(error.cause.code == .notNull)
            #expect(error.operatorName == "Sink(out)")
            #expect(output.output.lines.isEmpty)
        } else {
            Issue.record("the job did not fail")
        }
    }

    @Test("cancel stops a job that waits, drain lets it finish", arguments: [true, false])
    func stops(drains: Bool) throws {
        let batch = BatchText.parseOne("+I|1|1", Self.schema)
        let input = ScriptedTable("in", Self.schema, splits: [[.rows(batch), .hold]])
        let output = ScriptedTable("out", Self.schema)
        var builder = GraphBuilder()
        let source = builder.source(input, bounded: false)
        builder.sink(output, from: JobEdge(from: source))
        let runner = try JobRunner.start(builder.graph, Self.environment([input, output], SystemClock()))
        while output.output.flushes == 0 { _ = runner.wait(timeoutMillis: 1) }
        #expect(runner.status.isRunning)
        if drains { runner.drain() } else { runner.cancel() }
        switch runner.wait() {
        case .finished: #expect(drains)
        case .cancelled: #expect(!drains)
        default: Issue.record("the job ended otherwise")
        }
        #expect(output.output.finishes == (drains ? 1 : 0))
        #expect(output.output.closes == 1)
        #expect(output.output.lines == ["+I|1|1"])
    }

    @Test("written rows are pushed out when the source falls silent")
    func flushesWhenSilent() throws {
        let batch = BatchText.parseOne("+I|1|1", Self.schema)
        let input = ScriptedTable(
            "in", Self.schema, splits: [[.rows(batch), .wait(millis: 1000), .rows(batch)]])
        let output = ScriptedTable("out", Self.schema)
        var builder = GraphBuilder()
        let source = builder.source(input)
        builder.sink(output, from: JobEdge(from: source))
        let job = try SimulatedJob(builder.graph, Self.environment([input, output]))
        guard case .finished = job.run() else {
            Issue.record("the job did not finish")
            return
        }
        // Once while nothing came, and once before the end.
        #expect(output.output.flushes == 2)
        #expect(output.output.lines.count == 2)
    }

    @Test("a queue hands results to another thread and stalls the job when it is full")
    func resultQueue() throws {
        let input = ScriptedTable("in", Self.schema, text: Self.rows(1000), size: 10)
        var builder = GraphBuilder()
        let source = builder.source(input)
        builder.add(.collect, [JobEdge(from: source)], schema: Self.schema)
        let queue = ResultQueue(maxBytes: 500)
        let runner = try JobRunner.start(
            builder.graph, Self.environment([input], SystemClock()), results: queue)
        var lines: [String] = []
        while let batch = queue.next() {
            lines += BatchText.render(batch.with(marks: []), Self.schema)
            #expect(runner.metrics.nodes[0].rowsOut <= Int64(lines.count) + 40)
        }
        #expect(lines.count == 1000)
        guard case .finished = runner.wait() else {
            Issue.record("the job did not finish")
            return
        }
    }

    @Test("an output that feeds two sinks gives both the same rows", arguments: [1, 2])
    func sharedOutput(parallelism: Int) throws {
        let input = ScriptedTable("in", Self.schema, text: Self.rows(50), size: 7)
        let first = ScriptedTable("first", Self.schema)
        let second = ScriptedTable("second", Self.schema)
        var builder = GraphBuilder(JobConfig(parallelism: parallelism))
        let source = builder.source(input, parallelism: parallelism)
        builder.sink(first, from: JobEdge(from: source, partitioning: .gather))
        builder.sink(second, from: JobEdge(from: source, partitioning: .gather))
        let job = try SimulatedJob(builder.graph, Self.environment([input, first, second]), seed: 3)
        guard case .finished = job.run() else {
            Issue.record("the job did not finish")
            return
        }
        #expect(first.output.lines.count == 50)
        #expect(first.output.lines == second.output.lines)
    }

    @Test("a stream that meets itself over an exchange does not lock up", arguments: 0..<5)
    func diamond(seed: Int) throws {
        let input = ScriptedTable("in", Self.schema, text: Self.rows(3000), size: 100)
        let output = ScriptedTable("out", Self.schema)
        var builder = GraphBuilder(JobConfig(parallelism: 2))
        let source = builder.source(input, parallelism: 2)
        let columns: [BoundExpr] = [.column(0, .bigint), .column(1, .bigint)]
        let calc = CalcNode(filter: nil, projections: columns)
        let other = builder.add(
            .calc(calc), [JobEdge(from: source, partitioning: .hash([1]))], schema: Self.schema,
            parallelism: 2)
        let union = builder.add(
            .union, [JobEdge(from: source), JobEdge(from: other)], schema: Self.schema, parallelism: 2)
        builder.sink(output, from: JobEdge(from: union, partitioning: .gather))
        let job = try SimulatedJob(builder.graph, Self.environment([input, output]), seed: UInt64(seed))
        guard case .finished = job.run() else {
            Issue.record("the job did not finish")
            return
        }
        #expect(output.output.lines.count == 6000)
        #expect(Set(output.output.lines).count == 3000)
    }

    @Test("the same seed gives the same run")
    func seeded() throws {
        var runs: [[String]] = []
        for _ in 0..<2 {
            let input = ScriptedTable("in", Self.schema, text: Self.rows(300), size: 5)
            let output = ScriptedTable("out", Self.schema)
            let job = try SimulatedJob(
                Self.exchange(input, output, parallelism: 3), Self.environment([input, output]), seed: 42)
            _ = job.run()
            runs.append(output.output.lines)
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0].count == 300)
    }
}
