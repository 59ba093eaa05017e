import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceRuntime
import SluiceTestSupport
import Testing

/// Each kind of operator that holds rows ends the job by name when the budget is small.
@Suite struct MemoryChargeTests {
    static let schema: Schema = [Field("k", .bigint), Field("s", .string), Field("ts", .timestamp(3))]
    static let time = WindowTime(column: 2, isLTZ: false, isProctime: false)
    static let max = AggregateCall(name: "MAX", arguments: [1], argumentTypes: [.string], type: .string)
    static let longText = String(repeating: "long ", count: 40)

    /// 20,000 rows of distinct keys with about 220 bytes each, 4.4 MB, a millisecond apart.
    static func rows(_ count: Int = 20_000) -> [RecordBatch] {
        stride(from: 0, to: count, by: 500).map { start in
            let builder = BatchBuilder(schema, capacity: 500)
            for row in start..<start + 500 {
                builder.appendRow([
                    .int64(Int64(row)), .string("\(longText)\(row)"), .int64(Int64(row) * 1000),
                ])
            }
            return builder.finish()
        }
    }

    static func expectOverBudget(_ name: String, _ body: () throws -> Void) {
        do {
            try body()
            Issue.record("the budget of \(name) was not passed")
        } catch let error as JobError {
            #expect(error.cause.code == .memoryBudget)
            #expect(error.cause.code.exitCode == 7)
            #expect(error.operatorName == name)
        } catch {
            Issue.record("\(error)")
        }
    }

    /// Over the same rows with room enough nothing fails, and all is given back at the end.
    static func check(
        _ kind: NodeKind, output: Schema, inputs: Int = 1, input: Int = 0, mode: JobConfig.Mode = .streaming,
        changelog: ChangelogMode = .retract
    ) throws {
        func run(_ budget: Int64) throws -> Int64 {
            let harness = try OperatorHarness(
                kind, inputs: (0..<inputs).map { _ in schema }, output: output, inputChangelog: changelog,
                config: JobConfig(mode: mode, memoryBudget: budget))
            for batch in rows() { try harness.driver.push(batch, input: input) }
            let peak = harness.driver.budget.peak
            for number in 0..<inputs { _ = try harness.end(number) }
            harness.driver.close()
            return peak
        }
        expectOverBudget("subject") { _ = try run(1 << 20) }
        let peak = try run(1 << 30)
        #expect(peak > 1 << 20)
    }

    @Test("aggregation per key")
    func group() throws {
        let node = GroupAggregateNode(
            keys: [1], aggregates: [Self.max], emitsUpdateBefore: true, consumesRetractions: false)
        for mode in [JobConfig.Mode.streaming, .batch] {
            try Self.check(
                .groupAggregate(node), output: [Field("s", .string), Field("m", .string)], mode: mode,
                changelog: .appendOnly)
        }
    }

    @Test("aggregates of windows and sessions")
    func windows() throws {
        for window in [WindowSpec.tumble(size: 3_600_000, offset: 0), .session(gap: 3_600_000)] {
            let node = WindowAggregateNode(
                window: window, time: Self.time, keys: [1], aggregates: [Self.max], properties: [.start],
                consumesRetractions: false)
            try Self.check(
                .windowAggregate(node),
                output: [Field("s", .string), Field("m", .string), Field("w", .timestamp(3))])
        }
    }

    @Test("rows of sessions")
    func sessionRows() throws {
        let node = WindowTableNode(window: .session(gap: 3_600_000), time: Self.time, partition: [0])
        let bounds: Schema = [
            Field("a", .timestamp(3)), Field("b", .timestamp(3)), Field("c", .timestamp(3)),
        ]
        try Self.check(.windowTable(node), output: Self.schema + bounds)
    }

    @Test("rows of Top-N", arguments: [JobConfig.Mode.streaming, .batch])
    func topN(mode: JobConfig.Mode) throws {
        let node = TopNNode(partition: [0], keys: [SortKey(column: 1)], start: 1, end: 5)
        try Self.check(.topN(node), output: Self.schema, mode: mode)
    }

    @Test("sorts")
    func sorts() throws {
        let sort = SortNode(keys: [SortKey(column: 1)], offset: 0, limit: nil)
        try Self.check(.sort(sort), output: Self.schema, mode: .batch)
        let temporal = TemporalSortNode(keys: [SortKey(column: 2)], isProctime: false)
        try Self.check(.temporalSort(temporal), output: Self.schema)
    }

    @Test("either side of a join", arguments: [0, 1], [JobConfig.Mode.streaming, .batch])
    func join(input: Int, mode: JobConfig.Mode) throws {
        let node = JoinNode(
            type: .inner, leftKeys: [0], rightKeys: [0], nullSafe: [false], condition: nil)
        try Self.check(
            .join(node), output: Self.schema + Self.schema, inputs: 2, input: input, mode: mode)
    }

    @Test("rows of a look-up join's cache, and batches that wait for answers", arguments: [false, true])
    func lookup(late: Bool) throws {
        let dim: Schema = [Field("k", .bigint), Field("s", .string)]
        var answers: [String: [[Datum]]] = [:]
        for key in 0..<8000 { answers["\(key)"] = [[.int64(Int64(key)), .string(Self.longText + "\(key)")]] }
        let table = ScriptedTable(
            "dim", dim, keySchema: [Field("k", .bigint)], answers: answers, answersLate: late)
        let cache = LookupCache(
            maxRows: late ? 0 : 100_000, expireAfterWriteMillis: nil, expireAfterAccessMillis: nil,
            cachesMissing: true)
        let node = LookupJoinNode(
            connector: "scripted", table: table.resolved,
            request: LookupRequest(keys: [0], projection: [0, 1]), keys: [.column(0, .bigint)], isLeft: true,
            condition: nil, cache: cache, retry: nil)
        let harness = try OperatorHarness(
            .lookupJoin(node), inputs: [Self.schema], output: Self.schema + dim,
            config: JobConfig(memoryBudget: late ? 64 << 10 : 512 << 10),
            connectors: ConnectorRegistry([ScriptedConnector([table])]))
        Self.expectOverBudget("subject") {
            for batch in Self.rows(8000) { try harness.driver.push(batch) }
        }
    }

    /// Source, hash exchange, sink that takes nothing.
    @Test("batches in channels are charged to the operator that reads them")
    func channel() throws {
        let steps = Self.rows().map { ScriptedTable.Step.rows($0) }
        let input = ScriptedTable("in", Self.schema, splits: [steps])
        let output = ScriptedTable("out", Self.schema, sinkHolds: true)
        for budget: Int64 in [128 << 10, 64 << 20] {
            var builder = GraphBuilder(JobConfig(parallelism: 2, memoryBudget: budget))
            let source = builder.source(input, parallelism: 2)
            builder.sink(output, from: JobEdge(from: source, partitioning: .hash([0])), parallelism: 2)
            let job = try SimulatedJob(
                builder.graph,
                JobEnvironment(
                    connectors: ConnectorRegistry([ScriptedConnector([input, output])]), clock: ManualClock())
            )
            switch job.run() {
            case .failed(let error):
                #expect(error.cause.code == .memoryBudget)
                #expect(error.operatorName == "Sink(out)")
                #expect(budget == 128 << 10)
            case .stalled: #expect(budget == 64 << 20)
            default: Issue.record("the job ended")
            }
        }
    }

    @Test("results that nobody takes are charged to the operator that collects them")
    func results() throws {
        let steps = Self.rows().map { ScriptedTable.Step.rows($0) }
        let input = ScriptedTable("in", Self.schema, splits: [steps])
        var builder = GraphBuilder(JobConfig(memoryBudget: 512 << 10))
        let source = builder.source(input)
        builder.add(.collect, [JobEdge(from: source)], schema: Self.schema, name: "Collect")
        let queue = ResultQueue(maxBytes: 16 << 20)
        let job = try SimulatedJob(
            builder.graph,
            JobEnvironment(connectors: ConnectorRegistry([ScriptedConnector([input])]), clock: ManualClock()),
            results: queue)
        guard case .failed(let error) = job.run() else {
            Issue.record("the job did not fail")
            return
        }
        #expect(error.cause.code == .memoryBudget)
        #expect(error.operatorName == "Collect")
    }
}
