import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceTestSupport
import Testing

/// Top-N, sorts, LIMIT and table functions over rows.
@Suite struct OperatorsRankTests {
    static let sales: Schema = [Field("p", .string), Field("v", .int)]
    static let ranked: Schema = sales + [Field("rn", .bigint)]

    static func topN(
        _ node: TopNNode, size: Int, changelog: ChangelogMode = .retract, mode: JobConfig.Mode = .streaming
    ) throws -> OperatorHarness {
        let harness = try OperatorHarness(
            .topN(node), inputs: [sales], output: node.outputsRank ? ranked : sales,
            inputChangelog: changelog,
            config: JobConfig(mode: mode))
        harness.batchSize = size
        return harness
    }

    @Test("with the rank column every rank that changes is sent (U8)", arguments: [1, 7, 1024])
    func withRank(size: Int) throws {
        let node = TopNNode(
            partition: [0], keys: [SortKey(column: 1, descending: true)], start: 1, end: 2, outputsRank: true)
        for changelog in [ChangelogMode.appendOnly, .retract] {
            let harness = try Self.topN(node, size: size, changelog: changelog)
            #expect(
                try harness.push("+I|a|10\n+I|a|20\n+I|a|30\n+I|b|1\n+I|a|20\n+I|a|5") == [
                    "+I|a|10|1", "-U|a|10|1", "+U|a|20|1", "+I|a|10|2", "-U|a|20|1", "+U|a|30|1", "-U|a|10|2",
                    "+U|a|20|2", "+I|b|1|1",
                ])
        }
    }

    @Test("without it only the row that leaves and the one that comes", arguments: [1, 7, 1024])
    func withoutRank(size: Int) throws {
        let node = TopNNode(partition: [], keys: [SortKey(column: 1, descending: true)], start: 1, end: 2)
        let harness = try Self.topN(node, size: size)
        #expect(
            try harness.push("+I|a|1\n+I|b|2\n+I|c|3\n+I|d|0\n-D|c|3\n-D|b|2\n-U|x|9") == [
                "+I|a|1", "+I|b|2", "-D|a|1", "+I|c|3", "-D|c|3", "+I|a|1", "-D|b|2", "+I|d|0",
            ])
    }

    @Test("a retraction moves ranks up", arguments: [1, 7, 1024])
    func retractWithRank(size: Int) throws {
        let node = TopNNode(
            partition: [], keys: [SortKey(column: 1)], start: 1, end: 2, outputsRank: true)
        let harness = try Self.topN(node, size: size)
        _ = try harness.push("+I|a|1\n+I|b|2\n+I|c|3")
        #expect(try harness.push("-D|a|1") == ["-U|a|1|1", "+U|b|2|1", "-U|b|2|2", "+U|c|3|2"])
        #expect(try harness.push("-D|b|2") == ["-U|b|2|1", "+U|c|3|1", "-D|c|3|2"])
    }

    @Test("partitions whose rows all left are given back and can come again", arguments: [1, 7, 1024])
    func emptied(size: Int) throws {
        for partition in [[0], []] {
            let node = TopNNode(partition: partition, keys: [SortKey(column: 1)], start: 1, end: 1)
            let harness = try Self.topN(node, size: size)
            #expect(try harness.push("+I|a|1\n-D|a|1\n-D|b|7") == ["+I|a|1", "-D|a|1"])
            #expect(try harness.push("+I|c|3\n-D|c|3\n+I|a|2\n-U|a|2\n+U|a|4").suffix(1) == ["+I|a|4"])
        }
    }

    @Test("a partition that got no row for the state TTL is forgotten (U16)", arguments: [1, 1024])
    func ttl(size: Int) throws {
        for changelog in [ChangelogMode.appendOnly, .retract] {
            let node = TopNNode(
                partition: [0], keys: [SortKey(column: 1, descending: true)], start: 1, end: 1)
            let harness = try OperatorHarness(
                .topN(node), inputs: [Self.sales], output: Self.sales, inputChangelog: changelog,
                config: JobConfig(stateTTLMillis: 1000))
            harness.batchSize = size
            #expect(try harness.push("+I|a|9\n+I|b|9") == ["+I|a|9", "+I|b|9"])
            _ = try harness.pass(millis: 600)
            #expect(try harness.push("+I|a|5") == [])
            _ = try harness.pass(millis: 600)
            #expect(try harness.push("+I|a|6\n+I|b|6") == ["+I|b|6"])
            _ = try harness.pass(millis: 1500)
            _ = try harness.pass(millis: 1500)
            #expect(try harness.push("+I|b|1\n+I|a|1") == ["+I|b|1", "+I|a|1"])
        }
    }

    @Test("batch ranks with ties", arguments: [1, 1024])
    func batchRank(size: Int) throws {
        func run(_ rank: TopNNode.Rank) throws -> [String] {
            let node = TopNNode(
                partition: [], keys: [SortKey(column: 1)], start: 1, end: 2, rank: rank, outputsRank: true)
            let harness = try Self.topN(node, size: size, changelog: .appendOnly, mode: .batch)
            _ = try harness.push("+I|a|1\n+I|b|1\n+I|c|2\n+I|d|2\n+I|e|3")
            return try harness.end().filter { !$0.hasPrefix("W") }
        }
        #expect(try run(.rowNumber) == ["+I|a|1|1", "+I|b|1|2"])
        #expect(try run(.rank) == ["+I|a|1|1", "+I|b|1|1"])
        #expect(try run(.denseRank) == ["+I|a|1|1", "+I|b|1|1", "+I|c|2|2", "+I|d|2|2"])
    }

    @Test("a sort is stable, NULLs are lowest, and a limit cuts", arguments: [1, 7, 1024])
    func sort(size: Int) throws {
        let node = SortNode(
            keys: [SortKey(column: 1, descending: true), SortKey(column: 0)], offset: 1, limit: 3)
        let harness = try OperatorHarness(
            .sort(node), inputs: [Self.sales], output: Self.sales, config: JobConfig(mode: .batch))
        harness.batchSize = size
        _ = try harness.push("+I|a|1\n+I|c|2\n+I|b|2\n+I|NULL|NULL\n+I|d|-1\n+I|e|9")
        #expect(try harness.end().filter { !$0.hasPrefix("W") } == ["+I|b|2", "+I|c|2", "+I|a|1"])
    }

    @Test(
        "ORDER BY time releases rows when the watermark reaches them and drops later ones (J11)",
        arguments: [1, 7, 1024])
    func temporalSort(size: Int) throws {
        let schema: Schema = [Field("ts", .timestamp(3)), Field("v", .int)]
        let node = TemporalSortNode(keys: [SortKey(column: 0), SortKey(column: 1)], isProctime: false)
        let harness = try OperatorHarness(.temporalSort(node), inputs: [schema], output: schema)
        harness.batchSize = size
        let t = { (second: Int) in "1970-01-01 00:00:0\(second)" }
        let out = try harness.push(
            """
            +I|\(t(3))|1
            +I|\(t(1))|9
            +I|\(t(1))|2
            W 2000
            +I|\(t(1))|5
            +I|\(t(2))|7
            W 3000
            """)
        #expect(
            out == [
                "+I|\(t(1)).000|2", "+I|\(t(1)).000|9", "W 2000", "+I|\(t(2)).000|7", "+I|\(t(3)).000|1",
                "W 3000",
            ])
    }

    @Test("LIMIT takes the first arrivals (U10)", arguments: [1, 2, 1024])
    func limit(size: Int) throws {
        let harness = try OperatorHarness(
            .limit(LimitNode(offset: 1, count: 2)), inputs: [Self.sales], output: Self.sales,
            inputChangelog: .appendOnly)
        harness.batchSize = size
        #expect(try harness.push("+I|a|1\n+I|b|2\n+I|c|3\n+I|d|4") == ["+I|b|2", "+I|c|3"])
    }

    @Test("HOP gives a row per window, marks stay between their rows", arguments: [1, 1024])
    func hopRows(size: Int) throws {
        let input: Schema = [Field("ts", .timestamp(3))]
        let output =
            input + [
                Field("window_start", .timestamp(3)), Field("window_end", .timestamp(3)),
                Field("window_time", .timestamp(3)),
            ]
        let node = WindowTableNode(
            window: .hop(slide: 5000, size: 10_000, offset: 0),
            time: WindowTime(column: 0, isLTZ: false, isProctime: false))
        let harness = try OperatorHarness(.windowTable(node), inputs: [input], output: output)
        harness.batchSize = size
        let out = try harness.push("+I|1970-01-01 00:00:07\nW 1000\n+I|1970-01-01 00:00:10")
        let starts = out.map { line in
            line.hasPrefix("W") ? line : String(line.split(separator: "|")[2].suffix(6))
        }
        #expect(starts == ["05.000", "00.000", "W 1000", "10.000", "05.000"])
    }
}
