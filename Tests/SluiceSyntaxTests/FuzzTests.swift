import Foundation
import SluiceBase
import SluiceSyntax
import Testing

/// Random texts. `SLUICE_FUZZ` sets how many, `SLUICE_SEED` where to start.
private func number(_ variable: String, _ value: Int) -> Int {
    ProcessInfo.processInfo.environment[variable].flatMap(Int.init) ?? value
}

private let seeds = [
    "SELECT a, SUM(b) FILTER (WHERE c > 1) OVER (PARTITION BY d ORDER BY e ROWS 2 PRECEDING) "
        + "FROM t AS u (x) WHERE y IN (1, 2)",
    "CREATE TABLE t (a INT NOT NULL, b AS a + 1, WATERMARK FOR c AS c - INTERVAL '1' DAY) WITH ('k' = 'v')",
    "INSERT INTO t PARTITION (a = 1) (b) "
        + "SELECT * FROM TABLE(TUMBLE(TABLE x, DESCRIPTOR(ts), INTERVAL '1' HOUR))",
    "SELECT * FROM t MATCH_RECOGNIZE (ORDER BY ts PATTERN (a+ b{2,3}? | c) DEFINE a AS a.x > 1) AS m",
    "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT U&'\\00e9' || X'ff'; INSERT INTO b VALUES (1); END;",
    "WITH q AS (SELECT 1) (SELECT * FROM q UNION ALL "
        + "SELECT CAST(a AS ROW<b INT, c ARRAY<STRING>>) FROM r) ORDER BY 1 LIMIT 3",
]

/// One text of a kind that the round's number chooses.
private func fuzzedBytes(_ round: Int, _ random: inout RandomSource, _ pool: [String]) -> [UInt8] {
    func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
    switch round % 4 {
    case 0:
        // Bytes, mostly printable.
        return (0..<below(60)).map { _ in
            random.next() % 8 == 0 ? UInt8(truncatingIfNeeded: random.next()) : UInt8(32 + below(95))
        }
    case 1:
        // Tokens.
        return Array((0..<below(40)).map { _ in pool[below(pool.count)] }.joined(separator: " ").utf8)
    case 2:
        // A statement with bytes changed, lost or doubled.
        var bytes = Array(seeds[below(seeds.count)].utf8)
        for _ in 0...below(4) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(3) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: place)
            default: bytes.insert(bytes[place], at: place)
            }
        }
        return bytes
    default:
        // Pieces of two statements.
        let first = Array(seeds[below(seeds.count)].utf8)
        let second = Array(seeds[below(seeds.count)].utf8)
        return Array(first.prefix(below(first.count)) + second.suffix(below(second.count)))
    }
}

@Test("no text crashes the parser; errors lie inside the text and what is accepted survives printing")
func fuzz() throws {
    let count = number("SLUICE_FUZZ", 300_000)
    let seed = UInt64(number("SLUICE_SEED", 3))
    var random = RandomSource(seed: seed)
    var pool = Keyword.allCases.map(\.text)
    pool += [
        "(", ")", ",", ".", ";", "[", "]", "<", ">", "=", "*", "+", "-", "||", "'s'", "1", "1.5", "a", "t",
        "`q`", "/*+", "*/",
    ]
    for round in 0..<count {
        let text = String(decoding: fuzzedBytes(round, &random, pool), as: UTF8.self)
        let script = Parser.parseScript(text)
        for error in script.errors {
            let span = try #require(error.span, "round \(round), seed \(seed): \(text)")
            try #require(
                span.lower >= 0 && span.lower < span.upper && span.upper <= text.utf8.count, "\(text)")
        }
        for statement in script.statements {
            let printed = SQLPrinter.text(statement.statement)
            let again = Parser.parseScript(printed)
            try #require(again.errors.isEmpty && again.statements.count == 1, "\(text)\n\(printed)")
            try #require(again.statements[0].statement == statement.statement, "\(text)\n\(printed)")
        }
        if round.isMultiple(of: 16) {
            _ = StatementSplitter(text)
            _ = DiagnosticRenderer().render(script.errors, source: SourceText(name: "fuzz", text: text))
            _ = try? Parser.parseExpression(text)
            _ = try? Parser.parseType(text)
        }
    }
}
