import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceTestSupport
import Testing

/// Updating and batch aggregation per key, at several batch sizes: the answers are the same.
@Suite struct OperatorsAggregateTests {
    static let sales: Schema = [Field("region", .string), Field("amount", .int)]
    static let count = AggregateCall(
        name: "COUNT", arguments: [], argumentTypes: [], type: DataType(.bigint, nullable: false))

    static func call(_ name: String, _ column: Int, _ argument: DataType, _ type: DataType) -> AggregateCall {
        AggregateCall(name: name, arguments: [column], argumentTypes: [argument], type: type)
    }

    static func harness(
        keys: [Int], _ calls: [AggregateCall], size: Int, ttl: Int64 = 0, mode: JobConfig.Mode = .streaming,
        retracts: Bool = true, updateBefore: Bool = true
    ) throws -> OperatorHarness {
        let node = GroupAggregateNode(
            keys: keys, aggregates: calls, emitsUpdateBefore: updateBefore, consumesRetractions: retracts)
        let output = keys.map { sales[$0] } + calls.enumerated().map { Field("a\($0)", $1.type) }
        let harness = try OperatorHarness(
            .groupAggregate(node), inputs: [sales], output: output,
            config: JobConfig(mode: mode, stateTTLMillis: ttl))
        harness.batchSize = size
        return harness
    }

    static let sum = call("SUM", 1, .int, .int)

    @Test("each row of a key is answered with old and new values (U2)", arguments: [1, 7, 1024])
    func updates(size: Int) throws {
        let harness = try Self.harness(keys: [0], [Self.count, Self.sum], size: size)
        let out = try harness.push(
            """
            +I|north|10
            +I|south|NULL
            +I|north|20
            +I|NULL|1
            +I|north|NULL
            +I|NULL|2
            """)
        #expect(
            out == [
                "+I|north|1|10", "+I|south|1|NULL", "-U|north|1|10", "+U|north|2|30", "+I|NULL|1|1",
                "-U|north|2|30", "+U|north|3|30", "-U|NULL|1|1", "+U|NULL|2|3",
            ])
    }

    @Test("an equal value is silent, a group without rows is -D (U2)", arguments: [1, 7, 1024])
    func vanishing(size: Int) throws {
        let harness = try Self.harness(keys: [0], [Self.sum], size: size)
        let out = try harness.push(
            """
            +I|a|5
            +I|a|0
            -U|a|0
            +U|a|0
            -D|a|0
            -D|a|5
            +I|a|7
            """)
        #expect(out == ["+I|a|5", "-D|a|5", "+I|a|7"])
    }

    @Test("a retraction of an unknown key is ignored (U3)", arguments: [1, 7, 1024])
    func unknownRetraction(size: Int) throws {
        let harness = try Self.harness(keys: [0], [Self.count], size: size)
        #expect(try harness.push("-D|x|1\n+I|x|1\n-U|y|1") == ["+I|x|1"])
    }

    @Test("a global aggregate over nothing is silent, and -D after its last row (U4)", arguments: [1, 1024])
    func global(size: Int) throws {
        let harness = try Self.harness(keys: [], [Self.count, Self.sum], size: size)
        #expect(try harness.push("+I|a|5\n-D|a|5") == ["+I|1|5", "-D|1|5"])
        #expect(try harness.end() == ["W max"])
    }

    @Test(
        "in batch mode a key gives one row, and a global aggregate one over nothing", arguments: [1, 7, 1024])
    func batch(size: Int) throws {
        let keyed = try Self.harness(
            keys: [0], [Self.count, Self.sum], size: size, mode: .batch, retracts: false)
        #expect(try keyed.push("+I|a|1\n+I|b|2\n+I|a|3") == [])
        #expect(try keyed.end().filter { !$0.hasPrefix("W") } == ["+I|a|2|4", "+I|b|1|2"])
        let global = try Self.harness(
            keys: [], [Self.count, Self.sum], size: size, mode: .batch, retracts: false)
        #expect(try global.end().filter { !$0.hasPrefix("W") } == ["+I|0|NULL"])
    }

    @Test(
        "with a state TTL equal values are sent, and a silent key starts anew (U2, U16)",
        arguments: [1, 1024])
    func ttl(size: Int) throws {
        let harness = try Self.harness(keys: [0], [Self.sum], size: size, ttl: 1000)
        #expect(try harness.push("+I|a|5\n+I|a|0") == ["+I|a|5", "-U|a|5", "+U|a|5"])
        _ = try harness.pass(millis: 600)
        #expect(try harness.push("+I|a|1") == ["-U|a|5", "+U|a|6"])
        _ = try harness.pass(millis: 600)
        #expect(try harness.push("+I|a|1") == ["-U|a|6", "+U|a|7"])
        _ = try harness.pass(millis: 1000)
        #expect(try harness.push("-D|a|1\n+I|a|2") == ["+I|a|2"])
    }

    @Test("MIN and MAX find the next value when the best is taken away", arguments: [1, 7, 1024])
    func retractedExtremes(size: Int) throws {
        let calls = [Self.call("MIN", 1, .int, .int), Self.call("MAX", 1, .int, .int)]
        let harness = try Self.harness(keys: [0], calls, size: size, updateBefore: false)
        let out = try harness.push("+I|a|3\n+I|a|1\n+I|a|9\n-D|a|1\n-D|a|9\n+I|a|9\n-D|a|3")
        #expect(
            out == [
                "+I|a|3|3", "+U|a|1|3", "+U|a|1|9", "+U|a|3|9", "+U|a|3|3", "+U|a|3|9", "+U|a|9|9",
            ])
    }

    @Test("DISTINCT counts a value while any row has it", arguments: [1, 7, 1024])
    func distinct(size: Int) throws {
        var call = Self.call("COUNT", 1, .int, DataType(.bigint, nullable: false))
        call.isDistinct = true
        let harness = try Self.harness(keys: [0], [call], size: size)
        let out = try harness.push("+I|a|3\n+I|a|3\n+I|a|4\n-D|a|3\n-D|a|3\n+I|a|NULL")
        #expect(out == ["+I|a|1", "-U|a|1", "+U|a|2", "-U|a|2", "+U|a|1"])
    }
}
