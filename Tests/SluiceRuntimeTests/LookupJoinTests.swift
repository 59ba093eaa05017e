import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceRuntime
import SluiceTestSupport
import Testing

@Suite struct LookupJoinTests {
    static let left: Schema = [Field("id", .bigint), Field("k", .bigint)]
    static let dim: Schema = [Field("k", .bigint), Field("name", .string)]
    static let key: Schema = [Field("k", .bigint)]
    static var joined: Schema { left + dim }

    static func table(late: Bool = false) -> ScriptedTable {
        ScriptedTable(
            "dim", dim, keySchema: key,
            answers: [
                "1": [[.int64(1), .string("one")]],
                "2": [[.int64(2), .string("two")], [.int64(2), .string("zwei")]],
            ], answersLate: late)
    }

    static func harness(
        _ table: ScriptedTable, isLeft: Bool = true, condition: BoundExpr? = nil, cache: LookupCache = .none,
        retry: LookupRetry? = nil, timeoutMillis: Int64? = nil, size: Int = 1024
    ) throws -> OperatorHarness {
        let node = LookupJoinNode(
            connector: "scripted", table: table.resolved,
            request: LookupRequest(keys: [0], projection: [0, 1]),
            keys: [.column(1, .bigint)], isLeft: isLeft, condition: condition, cache: cache, retry: retry,
            timeoutMillis: timeoutMillis)
        let harness = try OperatorHarness(
            .lookupJoin(node), inputs: [left], output: joined,
            connectors: ConnectorRegistry([ScriptedConnector([table])]))
        harness.batchSize = size
        return harness
    }

    static let input = """
        +I|1|1
        W 10
        -U|2|2
        +U|3|9
        W 20
        +I|4|NULL
        +I|5|1
        """

    @Test("a left join keeps kinds and marks and pads what has no match", arguments: [1, 7, 1024])
    func leftJoin(size: Int) throws {
        let harness = try Self.harness(Self.table(), size: size)
        let out = try harness.push(Self.input)
        #expect(
            out == [
                "+I|1|1|1|one", "W 10", "-U|2|2|2|two", "-U|2|2|2|zwei", "+U|3|9|NULL|NULL", "W 20",
                "+I|4|NULL|NULL|NULL", "+I|5|1|1|one",
            ])
        #expect(try harness.endAll() == ["W max"])
    }

    @Test("an inner join drops what has no match", arguments: [1, 1024])
    func innerJoin(size: Int) throws {
        let harness = try Self.harness(Self.table(), isLeft: false, size: size)
        let out = try harness.push(Self.input)
        #expect(
            out == ["+I|1|1|1|one", "W 10", "-U|2|2|2|two", "-U|2|2|2|zwei", "W 20", "+I|5|1|1|one"])
    }

    @Test("the keys of a batch are asked for once and never NULL")
    func distinct() throws {
        let table = Self.table()
        let harness = try Self.harness(table)
        _ = try harness.push(Self.input)
        #expect(table.requests == [["1", "2", "9"]])
    }

    @Test("late answers keep the order of rows and watermarks", arguments: [1, 7, 1024])
    func lateAnswers(size: Int) throws {
        let harness = try Self.harness(Self.table(late: true), size: size)
        var out = try harness.push(Self.input)
        out += try harness.endAll()
        // The driver asks again when it is given something, or at a pause.
        for _ in 0..<20 { out += try harness.pause() }
        #expect(
            out == [
                "+I|1|1|1|one", "W 10", "-U|2|2|2|two", "-U|2|2|2|zwei", "+U|3|9|NULL|NULL", "W 20",
                "+I|4|NULL|NULL|NULL", "+I|5|1|1|one", "W max",
            ])
        #expect(harness.driver.hasEnded)
    }

    @Test("a condition filters after the fetch; a left join pads then")
    func condition() throws {
        let name = BoundExpr.column(3, .string)
        let zwei = BoundExpr.literal(.string("zwei"), .string)
        let condition = try FunctionRegistry.builtin.call("=", [name, zwei])
        let left = try Self.harness(Self.table(), condition: condition)
        #expect(try left.push("+I|1|1\n+I|2|2") == ["+I|1|1|NULL|NULL", "+I|2|2|2|zwei"])
        let inner = try Self.harness(Self.table(), isLeft: false, condition: condition)
        #expect(try inner.push("+I|1|1\nW 5\n+I|2|2") == ["W 5", "+I|2|2|2|zwei"])
    }

    @Test("the cache answers what was asked before, missing keys too")
    func cached() throws {
        let table = Self.table()
        let cache = LookupCache(
            maxRows: 100, expireAfterWriteMillis: nil, expireAfterAccessMillis: nil, cachesMissing: true)
        let harness = try Self.harness(table, cache: cache)
        _ = try harness.push("+I|1|1\n+I|2|9")
        table.setAnswer("1", [[.int64(1), .string("changed")]])
        let out = try harness.push("+I|3|1\n+I|4|9\n+I|5|2")
        #expect(out == ["+I|3|1|1|one", "+I|4|9|NULL|NULL", "+I|5|2|2|two", "+I|5|2|2|zwei"])
        #expect(table.requests == [["1", "9"], ["2"]])
    }

    @Test("missing keys are asked for again if the cache does not keep them")
    func notCachingMissing() throws {
        let table = Self.table()
        let cache = LookupCache(
            maxRows: 100, expireAfterWriteMillis: nil, expireAfterAccessMillis: nil, cachesMissing: false)
        let harness = try Self.harness(table, cache: cache)
        _ = try harness.push("+I|1|1\n+I|2|9")
        _ = try harness.push("+I|3|1\n+I|4|9")
        #expect(table.requests == [["1", "9"], ["9"]])
    }

    @Test("cached rows expire after writing and after access", arguments: [true, false])
    func expires(afterWrite: Bool) throws {
        let table = Self.table()
        let cache = LookupCache(
            maxRows: 100, expireAfterWriteMillis: afterWrite ? 1000 : nil,
            expireAfterAccessMillis: afterWrite ? nil : 1000, cachesMissing: true)
        let harness = try Self.harness(table, cache: cache)
        _ = try harness.push("+I|1|1")
        _ = try harness.pass(millis: 600)
        _ = try harness.push("+I|2|1")
        _ = try harness.pass(millis: 600)
        _ = try harness.push("+I|3|1")
        #expect(table.requests.count == (afterWrite ? 2 : 1))
        _ = try harness.pass(millis: 1000)
        _ = try harness.push("+I|4|1")
        #expect(table.requests.count == (afterWrite ? 3 : 2))
    }

    @Test("the key used longest ago leaves a full cache")
    func evicts() throws {
        let table = Self.table()
        let cache = LookupCache(
            maxRows: 2, expireAfterWriteMillis: nil, expireAfterAccessMillis: nil, cachesMissing: true)
        let harness = try Self.harness(table, cache: cache, size: 1)
        _ = try harness.push("+I|1|1\n+I|2|2\n+I|3|1\n+I|4|3\n+I|5|1\n+I|6|2")
        #expect(table.requests == [["1"], ["2"], ["3"], ["2"]])
    }

    @Test("a miss is asked for again after a delay, so often at most")
    func retries() throws {
        let table = Self.table()
        let harness = try Self.harness(table, retry: LookupRetry(delayMillis: 100, maxAttempts: 3))
        #expect(try harness.push("+I|1|1\n+I|2|9\nW 5") == [])
        #expect(table.requests == [["1", "9"]])
        _ = try harness.pass(millis: 100)
        #expect(try harness.pause() == [])
        table.setAnswer("9", [[.int64(9), .string("nine")]])
        _ = try harness.pass(millis: 100)
        #expect(table.requests == [["1", "9"], ["9"], ["9"]])
    }

    @Test("after the last retry a miss is a miss")
    func retriesEnd() throws {
        let table = Self.table()
        let harness = try Self.harness(table, retry: LookupRetry(delayMillis: 100, maxAttempts: 2))
        var out = try harness.push("+I|2|9")
        for _ in 0..<5 { out += try harness.pass(millis: 100) }
        #expect(out == ["+I|2|9|NULL|NULL"])
        #expect(table.requests.count == 3)
    }

    @Test("a look-up that takes too long with its retries fails and says for how many keys")
    func timesOut() throws {
        let table = Self.table()
        let harness = try Self.harness(
            table, retry: LookupRetry(delayMillis: 100, maxAttempts: 50), timeoutMillis: 250)
        #expect(try harness.push("+I|1|1\n+I|2|9\n+I|3|8") == [])
        #expect(try harness.pass(millis: 100) == [])
        #expect(try harness.pass(millis: 100) == [])
        let error = #expect(throws: JobError.self) { _ = try harness.pass(millis: 100) }
        #expect(error?.cause.message.contains("no answer for 2 key(s) after 250 ms") == true)
    }
}
