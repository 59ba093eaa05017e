import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceTestSupport
import Testing

@Suite struct StatelessOperatorTests {
    static let clicks: Schema = [Field("id", .bigint), Field("ts", .timestamp(3))]

    static func watermark(interval: Int64, size: Int) throws -> OperatorHarness {
        let node = WatermarkNode(timeColumn: 1, expression: .column(1, .timestamp(3)))
        let harness = try OperatorHarness(
            .watermark(node), inputs: [clicks], output: clicks,
            config: JobConfig(autoWatermarkMillis: interval))
        harness.batchSize = size
        return harness
    }

    @Test("with interval 0 a watermark follows each row that raises it", arguments: [1, 7, 1024])
    func watermarkAfterEachRow(size: Int) throws {
        let harness = try Self.watermark(interval: 0, size: size)
        let out = try harness.push(
            """
            +I|1|1970-01-01 00:00:00.100
            +I|2|1970-01-01 00:00:00.050
            +I|3|1970-01-01 00:00:00.101
            """)
        #expect(
            out == [
                "+I|1|1970-01-01 00:00:00.100", "W 100", "+I|2|1970-01-01 00:00:00.050",
                "+I|3|1970-01-01 00:00:00.101", "W 101",
            ])
        #expect(try harness.end() == ["W max"])
    }

    @Test("times at or before the epoch never advance the watermark", arguments: [1, 1024])
    func watermarkEpoch(size: Int) throws {
        let harness = try Self.watermark(interval: 0, size: size)
        let out = try harness.push(
            """
            +I|1|1969-12-31 23:59:59.999
            +I|2|1970-01-01 00:00:00
            +I|3|1970-01-01 00:00:00.001
            """)
        #expect(out.filter { $0.hasPrefix("W") } == ["W 1"])
        #expect(out.last == "W 1")
    }

    @Test("by default a watermark comes when the maximum is more than 200 ms ahead", arguments: [1, 1024])
    func watermarkEager(size: Int) throws {
        let harness = try Self.watermark(interval: 200, size: size)
        let out = try harness.push(
            """
            +I|1|1970-01-01 00:00:00.200
            +I|2|1970-01-01 00:00:00.201
            +I|3|1970-01-01 00:00:00.401
            +I|4|1970-01-01 00:00:00.402
            """)
        #expect(out.filter { $0.hasPrefix("W") } == ["W 201", "W 402"])
    }

    @Test("what is left is said when the source was silent for the interval")
    func watermarkTimed() throws {
        let harness = try Self.watermark(interval: 200, size: 10)
        _ = try harness.push("+I|1|1970-01-01 00:00:00.150")
        #expect(try harness.pause() == [])
        #expect(try harness.pass(millis: 199) == [])
        #expect(try harness.pass(millis: 1) == ["W 150"])
        #expect(try harness.pass(millis: 1000) == [])
    }

    @Test("rows that come during the silence put the timed watermark off")
    func watermarkTimedAgain() throws {
        let harness = try Self.watermark(interval: 200, size: 10)
        _ = try harness.push("+I|1|1970-01-01 00:00:00.150")
        _ = try harness.pause()
        _ = try harness.pass(millis: 150)
        _ = try harness.push("+I|2|1970-01-01 00:00:00.160")
        #expect(try harness.pass(millis: 60) == [])
        _ = try harness.pause()
        #expect(try harness.pass(millis: 200) == ["W 160"])
    }

    @Test("NULL in the time attribute fails the job with the operator's name")
    func watermarkNull() throws {
        let harness = try Self.watermark(interval: 0, size: 10)
        #expect {
            try harness.push("+I|1|NULL")
        } throws: { error in
            guard let error = error as? JobError else { return false }
            return error.cause.code == .notNull && error.operatorName == "subject"
        }
    }

    @Test("watermarks from further up are ignored, except the last one")
    func watermarkUpstream() throws {
        let harness = try Self.watermark(interval: 0, size: 10)
        let out = try harness.push("W 5000\n+I|1|1970-01-01 00:00:00.100\nW 6000")
        #expect(out == ["+I|1|1970-01-01 00:00:00.100", "W 100"])
        #expect(try harness.endAll() == ["W max"])
    }

    @Test("a union passes the lowest watermark of its active inputs on", arguments: [1, 7, 1024])
    func unionWatermarks(size: Int) throws {
        let schema: Schema = [Field("id", .bigint)]
        let harness = try OperatorHarness(.union, inputs: [schema, schema], output: schema)
        harness.batchSize = size
        #expect(try harness.push("+I|1\nW 100\n+I|2\nW 200", input: 0) == ["+I|1", "+I|2"])
        #expect(try harness.push("+I|3\nW 150\n+U|4\nW 300", input: 1) == ["+I|3", "W 150", "+U|4", "W 200"])
        #expect(try harness.pushIdle(input: 0) == ["W 300"])
        #expect(try harness.push("W 250", input: 0) == [])
        #expect(try harness.end(0) == [])
        #expect(try harness.end(1) == ["W max"])
    }

    @Test("when all inputs are idle the largest watermark wins")
    func unionIdle() throws {
        let schema: Schema = [Field("id", .bigint)]
        let harness = try OperatorHarness(.union, inputs: [schema, schema], output: schema)
        _ = try harness.push("W 100", input: 0)
        _ = try harness.push("W 200", input: 1)
        #expect(try harness.pushIdle(input: 1) == [])
        #expect(try harness.pushIdle(input: 0) == ["W 200"])
    }

    @Test("-U rows are dropped, marks stay where they were", arguments: [1, 7, 1024])
    func dropUpdateBefore(size: Int) throws {
        let schema: Schema = [Field("id", .bigint)]
        let harness = try OperatorHarness(.dropUpdateBefore, inputs: [schema], output: schema)
        harness.batchSize = size
        let out = try harness.push("+I|1\n-U|1\nW 7\n+U|2\n-D|2")
        #expect(out == ["+I|1", "W 7", "+U|2", "-D|2"])
    }
}
