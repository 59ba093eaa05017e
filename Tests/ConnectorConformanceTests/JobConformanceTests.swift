import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph
import SluiceRuntime
import SluiceTestSupport
import Testing

@Suite("H27 every connector inside a job", .serialized)
struct JobConformanceTests {
    private func start(_ graph: GraphBuilder, _ connectors: [any Connector]) throws -> JobRunner {
        let environment = JobEnvironment(connectors: ConnectorRegistry(connectors))
        return try JobRunner.start(
            graph.graph, environment, results: ResultCallback { _ in .taken })
    }

    private func isCancelled(_ status: JobStatus) -> Bool {
        if case .cancelled = status { return true }
        return false
    }

    private func isFinished(_ status: JobStatus) -> Bool {
        if case .finished = status { return true }
        return false
    }

    private func source(_ bench: ConformanceBench, _ graph: inout GraphBuilder, parallelism: Int) -> Int {
        let scan = ScanRequest(projection: Array(bench.columns.indices))
        let node = SourceNode(
            connector: bench.connector.names[0], table: bench.table(), scan: scan, isBounded: true)
        return graph.add(
            .source(node), schema: bench.table().schema, changelog: .appendOnly, parallelism: parallelism)
    }

    private func sink(_ bench: ConformanceBench, _ graph: inout GraphBuilder, from input: Int) {
        let request = SinkRequest(columns: Array(bench.columns.indices), input: .appendOnly)
        let node = SinkNode(
            connector: bench.connector.names[0], table: bench.table(isSink: true), request: request,
            notNull: [])
        graph.add(
            .sink(node), [JobEdge(from: input)], schema: bench.table().schema, changelog: .appendOnly)
    }

    @Test(
        "H27 a job reads everything and gives all memory back", arguments: SourceConformanceTests.subjects)
    func reads(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let count = try bench.fill().count
        var graph = GraphBuilder()
        let from = source(bench, &graph, parallelism: 2)
        let sums = Lock(0)
        graph.add(.collect, [JobEdge(from: from, partitioning: .rebalance)], schema: bench.table().schema)
        let environment = JobEnvironment(connectors: ConnectorRegistry([bench.connector]))
        let results = ResultCallback { batch in
            sums.withLock { $0 += batch.rowCount }
            return .taken
        }
        let runner = try JobRunner.start(graph.graph, environment, results: results)
        let status = runner.wait(timeoutMillis: 30_000)
        #expect(status.map(isFinished) == true)
        #expect(sums.withLock { $0 } == count)
        #expect(runner.metrics.memoryUsed == 0)
    }

    @Test(
        "H27 a reading job is stopped in the middle and gives all memory back",
        arguments: SourceConformanceTests.subjects)
    func readsAndStops(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let count = try bench.fill().count
        let held = ScriptedTable("held", bench.table().schema, sinkHolds: true)
        var graph = GraphBuilder(JobConfig(batchRows: 5))
        let from = source(bench, &graph, parallelism: 1)
        graph.sink(held, from: JobEdge(from: from))
        let runner = try start(graph, [bench.connector, ScriptedConnector([held])])
        usleep(50_000)
        #expect(runner.status.isRunning)
        runner.cancel()
        #expect(runner.wait(timeoutMillis: 20_000).map(isCancelled) == true)
        #expect(runner.metrics.memoryUsed == 0)
        // Nothing is left locked or lost.
        #expect(try bench.all().count == count)
    }

    enum Ending: String, CaseIterable { case finished, failed, cancelled }

    @Test(
        "H27 a writing job that fails or is stopped gives all memory back, and shows nothing where the sink is atomic",
        arguments: SinkConformanceTests.subjects, Ending.allCases)
    func writes(subject: ConformanceSubject, ending: Ending) throws {
        let bench = try subject.make()
        let rows = bench.rows(0..<40)
        var steps: [ScriptedTable.Step] = [
            .rows(bench.batch(Array(rows[..<20]))), .rows(bench.batch(Array(rows[20...]))),
        ]
        switch ending {
        case .finished: break
        case .failed: steps += [.wait(millis: 60), .fail("on purpose")]
        case .cancelled: steps.append(.hold)
        }
        let input = ScriptedTable("input", bench.table().schema, splits: [steps])
        var graph = GraphBuilder()
        let from = graph.source(input)
        sink(bench, &graph, from: from)
        let runner = try start(graph, [bench.connector, ScriptedConnector([input])])
        if ending == .cancelled {
            usleep(100_000)
            runner.cancel()
        }
        let status = try #require(runner.wait(timeoutMillis: 30_000))
        switch (ending, status) {
        case (.finished, .finished), (.failed, .failed), (.cancelled, .cancelled): break
        default: Issue.record("the job ended as \(status)")
        }
        #expect(runner.metrics.memoryUsed == 0)
        let keepsNothing = subject.name == "blackhole"
        if ending == .finished, !keepsNothing { #expect(bag(try bench.written()) == bag(rows)) }
        if ending != .finished, bench.isAtomic { #expect(try bench.written().isEmpty) }
        // The next job finds nothing in its way.
        try bench.write(bench.rows(100..<103))
        if bench.isAtomic { #expect(try bench.written().count == (ending == .finished ? 43 : 3)) }
    }

    @Test(
        "H27 row kinds that a sink does not declare never reach it", arguments: SinkConformanceTests.subjects)
    func rowKinds(subject: ConformanceSubject) throws {
        let bench = try subject.make()
        let accepts = try #require(try bench.connector.sinkTraits(bench.table(isSink: true), input: .retract))
            .accepts
        let home = try ScratchHome()
        let script = try ScriptSession(home.home, connectors: [bench.connector])
        var ddl: [String] = bench.columns.map { "`\($0.name)` \($0.type)" }
        if !bench.primaryKey.isEmpty { ddl.append("PRIMARY KEY (`\(bench.columns[0].name)`) NOT ENFORCED") }
        let options = bench.table(isSink: true).options.entries.map { "'\($0.key)' = '\($0.value)'" }
        try script.run(
            """
            CREATE TABLE input (s STRING, n INT) WITH ('connector' = 'datagen');
            CREATE TABLE output (\(ddl.joined(separator: ", "))) WITH (\(options.joined(separator: ", ")))
            """)
        let selects = [
            1: "SELECT MAX(s) FROM input", 2: "SELECT s, ROW(MAX(s), MAX(n)) FROM input GROUP BY s",
            3: "SELECT n, MAX(s), COUNT(*) FROM input GROUP BY n",
        ]
        let insert = "EXPLAIN INSERT INTO output \(selects[bench.columns.count] ?? "")"
        if accepts == .appendOnly {
            do throws(SQLError) {
                try script.run(insert)
                Issue.record("updates were let through")
            } catch {
                #expect([.changelogMismatch, .streamingRefused].contains(error.code), "\(error)")
            }
        } else {
            try script.run(insert)
        }
    }
}
