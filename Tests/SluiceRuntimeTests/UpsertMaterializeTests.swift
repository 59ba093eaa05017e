import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph
import SluiceTestSupport
import Testing

/// Changes of rows on their way to a sink with another key (U12).
@Suite struct UpsertMaterializeTests {
    private static let schema: Schema = [Field("k", .string), Field("v", .int)]

    private func harness(_ size: Int) throws -> OperatorHarness {
        let harness = try OperatorHarness(
            .upsertMaterialize(UpsertMaterializeNode(keys: [0])), inputs: [Self.schema], output: Self.schema)
        harness.batchSize = size
        return harness
    }

    @Test("H30: the last row of a key is shown, and the one before it when it goes", arguments: [1, 2, 1024])
    func lastRow(size: Int) throws {
        let harness = try harness(size)
        #expect(try harness.push("+I|a|1\n+I|a|2\n+I|b|3") == ["+I|a|1", "+U|a|2", "+I|b|3"])
        #expect(try harness.push("-D|a|1") == [])
        #expect(try harness.push("+I|a|4\n-D|a|4") == ["+U|a|4", "+U|a|2"])
        #expect(try harness.push("-D|a|2\n-D|b|3") == ["-D|a|2", "-D|b|3"])
        #expect(try harness.push("-D|a|2\n-U|c|1") == [])
    }

    @Test("H30: an update that moves a row to another key deletes the old one")
    func moves() throws {
        let harness = try harness(1024)
        #expect(try harness.push("+I|a|1\n-U|a|1\n+U|b|1") == ["+I|a|1", "-D|a|1", "+I|b|1"])
        // One that stays is an update; over the end of a batch it is a delete and an insert.
        #expect(try harness.push("-U|b|1\n+U|b|2") == ["+U|b|2"])
        harness.batchSize = 1
        #expect(try harness.push("-U|b|2\n+U|b|3") == ["-D|b|2", "+I|b|3"])
    }

    @Test("H30: random rows add up to the last of each key", arguments: [1, 7, 1024])
    func model(size: Int) throws {
        let harness = try harness(size)
        let random = SeededRandom(seed: 11)
        var rows: [(String, Int)] = []
        var shown: [String: Int] = [:]
        var text: [String] = []
        for _ in 0..<2000 {
            if !rows.isEmpty, random.next() % 2 == 0 {
                let (key, value) = rows.remove(at: Int(random.next() % UInt64(rows.count)))
                text.append("-D|\(key)|\(value)")
            } else {
                let row = ("k\(random.next() % 5)", Int(random.next() % 1_000_000))
                rows.append(row)
                text.append("+I|\(row.0)|\(row.1)")
            }
        }
        for line in try harness.push(text.joined(separator: "\n")) {
            let parts = line.split(separator: "|").map(String.init)
            if parts[0] == "-D" {
                #expect(shown.removeValue(forKey: parts[1]) == Int(parts[2]))
            } else {
                #expect((shown[parts[1]] == nil) == (parts[0] == "+I"))
                shown[parts[1]] = Int(parts[2])
            }
        }
        var expected: [String: Int] = [:]
        for (key, value) in rows { expected[key] = value }
        #expect(shown == expected)
    }
}
