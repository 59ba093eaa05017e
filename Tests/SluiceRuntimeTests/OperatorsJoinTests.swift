import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceTestSupport
import Testing

/// Updating joins (U6, U7) and hash joins in batch mode.
@Suite struct OperatorsJoinTests {
    static let side: Schema = [Field("k", .int), Field("v", .string)]

    static func harness(
        _ type: JoinNode.JoinType, size: Int, mode: JobConfig.Mode = .streaming, nullSafe: Bool = false,
        condition: BoundExpr? = nil, keys: [Int] = [0]
    ) throws -> OperatorHarness {
        let node = JoinNode(
            type: type, leftKeys: keys, rightKeys: keys, nullSafe: keys.map { _ in nullSafe },
            condition: condition)
        let leftOnly = [JoinNode.JoinType.semi, .anti, .nullAwareAnti].contains(type)
        let harness = try OperatorHarness(
            .join(node), inputs: [side, side], output: leftOnly ? side : side + side,
            config: JobConfig(mode: mode))
        harness.batchSize = size
        return harness
    }

    @Test("an inner join passes the kind of the row on", arguments: [1, 7, 1024])
    func inner(size: Int) throws {
        let harness = try Self.harness(.inner, size: size)
        #expect(try harness.push("+I|1|a\n+I|NULL|n") == [])
        #expect(try harness.push("+I|1|x\n+U|1|y\n+I|NULL|z", input: 1) == ["+I|1|a|1|x", "+U|1|a|1|y"])
        #expect(try harness.push("-U|1|x", input: 1) == ["-U|1|a|1|x"])
        #expect(try harness.push("-D|1|a") == ["-D|1|a|1|y"])
        #expect(try harness.push("+I|1|q", input: 1) == [])
    }

    @Test("a row that comes after all others of its batch have left is kept", arguments: [1, 7, 1024])
    func leftInBatch(size: Int) throws {
        let harness = try Self.harness(.inner, size: size)
        #expect(try harness.push("+I|1|a\n-D|1|a\n+I|1|b") == [])
        #expect(try harness.push("+I|1|x", input: 1) == ["+I|1|b|1|x"])
    }

    @Test("a left join pads, and takes the padding back with the first match", arguments: [1, 7, 1024])
    func left(size: Int) throws {
        let harness = try Self.harness(.left, size: size)
        #expect(
            try harness.push("+I|1|a\n+U|1|b\n+I|NULL|n") == [
                "+I|1|a|NULL|NULL", "+I|1|b|NULL|NULL", "+I|NULL|n|NULL|NULL",
            ])
        #expect(
            try harness.push("+U|1|x", input: 1) == [
                "-D|1|a|NULL|NULL", "+I|1|a|1|x", "-D|1|b|NULL|NULL", "+I|1|b|1|x",
            ])
        #expect(try harness.push("+I|1|y", input: 1) == ["+I|1|a|1|y", "+I|1|b|1|y"])
        #expect(try harness.push("-U|1|y", input: 1) == ["-U|1|a|1|y", "-U|1|b|1|y"])
        #expect(
            try harness.push("-D|1|x", input: 1) == [
                "-D|1|a|1|x", "+I|1|a|NULL|NULL", "-D|1|b|1|x", "+I|1|b|NULL|NULL",
            ])
        #expect(try harness.push("-U|1|a\n-D|NULL|n") == ["-D|1|a|NULL|NULL", "-D|NULL|n|NULL|NULL"])
    }

    @Test("a full join pads both sides", arguments: [1, 7, 1024])
    func full(size: Int) throws {
        let harness = try Self.harness(.full, size: size)
        #expect(try harness.push("+I|1|a") == ["+I|1|a|NULL|NULL"])
        #expect(
            try harness.push("+I|2|x\n+I|1|y", input: 1) == [
                "+I|NULL|NULL|2|x", "-D|1|a|NULL|NULL", "+I|1|a|1|y",
            ])
        #expect(try harness.push("-D|1|a") == ["-D|1|a|1|y", "+I|NULL|NULL|1|y"])
    }

    @Test("NULL keys match under IS NOT DISTINCT FROM", arguments: [1, 1024])
    func nullSafe(size: Int) throws {
        let harness = try Self.harness(.inner, size: size, nullSafe: true)
        #expect(try harness.push("+I|NULL|a") == [])
        #expect(try harness.push("+I|NULL|x", input: 1) == ["+I|NULL|a|NULL|x"])
    }

    @Test("semi and anti joins answer the first and the last match", arguments: [1, 7, 1024])
    func filters(size: Int) throws {
        let semi = try Self.harness(.semi, size: size)
        #expect(try semi.push("+I|1|a\n+I|2|b") == [])
        #expect(try semi.push("+I|1|x\n+I|1|y", input: 1) == ["+I|1|a"])
        #expect(try semi.push("-D|1|x\n-U|1|y", input: 1) == ["-U|1|a"])
        let anti = try Self.harness(.anti, size: size)
        #expect(try anti.push("+I|1|a\n+I|NULL|n") == ["+I|1|a", "+I|NULL|n"])
        #expect(try anti.push("+I|1|x", input: 1) == ["-D|1|a"])
        #expect(try anti.push("+I|1|b\n-D|1|a") == [])
        #expect(try anti.push("-U|1|x", input: 1) == ["+I|1|b"])
    }

    static let less = BoundExpr(
        .call("<", [.column(1, .string), .column(3, .string)]), .boolean)

    @Test("a residual condition decides about matches", arguments: [1, 7, 1024])
    func residual(size: Int) throws {
        let harness = try Self.harness(.left, size: size, condition: Self.less)
        #expect(try harness.push("+I|1|b") == ["+I|1|b|NULL|NULL"])
        #expect(try harness.push("+I|1|a\n+I|1|c", input: 1) == ["-D|1|b|NULL|NULL", "+I|1|b|1|c"])
    }

    static func batch(_ type: JoinNode.JoinType, size: Int, condition: BoundExpr? = nil) throws -> [String] {
        let harness = try harness(type, size: size, mode: .batch, condition: condition)
        var out = try harness.push("+I|2|b\n+I|1|a\n+I|NULL|n")
        out += try harness.push("+I|1|x\n+I|3|z\n+I|1|y\n+I|NULL|m", input: 1)
        out += try harness.endAll()
        return out.filter { !$0.hasPrefix("W") }
    }

    @Test("batch joins keep the order of the left side", arguments: [1, 2, 1024])
    func batchJoins(size: Int) throws {
        #expect(try Self.batch(.inner, size: size) == ["+I|1|a|1|x", "+I|1|a|1|y"])
        #expect(
            try Self.batch(.left, size: size) == [
                "+I|2|b|NULL|NULL", "+I|1|a|1|x", "+I|1|a|1|y", "+I|NULL|n|NULL|NULL",
            ])
        #expect(try Self.batch(.full, size: size).suffix(2) == ["+I|NULL|NULL|3|z", "+I|NULL|NULL|NULL|m"])
        #expect(try Self.batch(.semi, size: size) == ["+I|1|a"])
        #expect(try Self.batch(.anti, size: size) == ["+I|2|b", "+I|NULL|n"])
        #expect(try Self.batch(.nullAwareAnti, size: size) == [])
        #expect(try Self.batch(.left, size: size, condition: Self.less).count == 4)
    }

    @Test("a right side that ends first does not lose left rows", arguments: [1, 1024])
    func rightFirst(size: Int) throws {
        let harness = try Self.harness(.inner, size: size, mode: .batch)
        _ = try harness.push("+I|1|x", input: 1)
        _ = try harness.end(1)
        var out = try harness.push("+I|1|a")
        out += try harness.end(0)
        #expect(out.filter { !$0.hasPrefix("W") } == ["+I|1|a|1|x"])
    }
}

extension OperatorsJoinTests {
    @Test("rows older than the state TTL are met no more (U16)", arguments: [1, 1024])
    func ttl(size: Int) throws {
        let node = JoinNode(type: .inner, leftKeys: [0], rightKeys: [0], nullSafe: [false], condition: nil)
        let harness = try OperatorHarness(
            .join(node), inputs: [Self.side, Self.side], output: Self.side + Self.side,
            config: JobConfig(stateTTLMillis: 1000))
        harness.batchSize = size
        _ = try harness.push("+I|1|a")
        _ = try harness.pass(millis: 600)
        #expect(try harness.push("+I|1|x", input: 1) == ["+I|1|a|1|x"])
        _ = try harness.pass(millis: 600)
        #expect(try harness.push("+I|1|y", input: 1) == [])
        #expect(try harness.push("+I|1|b") == ["+I|1|b|1|x", "+I|1|b|1|y"])
    }
}

extension OperatorsJoinTests {
    @Test("keys whose rows all expired are given back and can come again (U16)")
    func ttlReleasesKeys() throws {
        let node = JoinNode(type: .inner, leftKeys: [0], rightKeys: [0], nullSafe: [false], condition: nil)
        let harness = try OperatorHarness(
            .join(node), inputs: [Self.side, Self.side], output: Self.side + Self.side,
            config: JobConfig(stateTTLMillis: 1000))
        _ = try harness.push("+I|1|a\n+I|2|b")
        _ = try harness.pass(millis: 1500)
        _ = try harness.pass(millis: 1500)
        #expect(try harness.push("+I|2|x\n+I|3|y", input: 1) == [])
        #expect(try harness.push("+I|2|c\n+I|3|d\n+I|1|e") == ["+I|2|c|2|x", "+I|3|d|3|y"])
    }
}
