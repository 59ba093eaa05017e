import Glibc
import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceEngine
import SluiceExpressions
import SluicePlanner
import SluiceRuntime
import SluiceSyntax
import Testing

/// Random calls of every function over extreme values: each gives rows or an error, never a trap.
/// `SLUICE_FUZZ` sets how many statements, `SLUICE_SEED` where to start.
@Suite("Random expressions")
struct ExpressionFuzzTests {
    private static let constants = [
        "0", "1", "-1", "2147483647", "-2147483648", "9223372036854775807", "-9223372036854775808", "1.5",
        "-0.000001", "1e308", "-1e-320", "CAST('NaN' AS DOUBLE)", "CAST('Infinity' AS DOUBLE)", "NULL",
        "CAST(NULL AS STRING)", "CAST(NULL AS INT)", "''", "'a'", "'äöü😀'", "'%'", "'['", "'(?<x>a)'",
        "'yyyy-MM-dd'", "'2024-02-30'", "'9999999-99-99 99:99:99'", "'Europe/Berlin'", "TRUE",
        "DATE '0001-01-01'",
        "DATE '9999-12-31'", "TIMESTAMP '9999-12-31 23:59:59.999999999'", "TIMESTAMP '0001-01-01 00:00:00'",
        "CAST(TIMESTAMP '9999-12-31 23:59:59' AS TIMESTAMP_LTZ(3))", "TIME '23:59:59'", "INTERVAL '99' DAY",
        "INTERVAL '-99-11' YEAR TO MONTH", "ARRAY[1,2]", "ARRAY['a',NULL]", "MAP['a',1]", "ROW(1,'x')",
        "X'00ff'",
        "CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0))", "CAST(-128 AS TINYINT)",
        "'{\"a\":[1,{\"b\":null}]}'", "'$.a[99999999999]'", "'lax $..x'", "CAST('a' AS CHAR(3))",
        "REPEAT('ab',1000)",
    ]
    private static let types = [
        "INT", "TINYINT", "SMALLINT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(38,0)", "DECIMAL(38,38)",
        "DECIMAL(5,2)",
        "STRING", "CHAR(3)", "VARCHAR(2)", "BYTES", "BINARY(2)", "DATE", "TIME", "TIMESTAMP(0)",
        "TIMESTAMP(9)",
        "TIMESTAMP_LTZ(3)", "BOOLEAN", "ARRAY<STRING>", "ROW<a STRING,b INT>", "MAP<STRING,STRING>",
    ]
    private static let operators = ["+", "-", "*", "/", "%", "||", "=", "<>", "<", ">=", "AND", "LIKE"]
    private static let units = [
        "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOY", "DOW", "HOUR", "MINUTE", "SECOND", "EPOCH",
        "DECADE",
        "CENTURY", "MILLENNIUM", "ISODOW", "ISOYEAR", "MILLISECOND", "MICROSECOND", "NANOSECOND",
    ]

    @Test("no expression over extreme values crashes the engine")
    func expressions() throws {
        let folder = "/tmp/sluice-fuzz-\(getpid())"
        defer { rmdir(folder) }
        let engine = Engine(home: HomeFolder(environment: ["SLUICE_HOME": folder]))
        let session = try engine.session(.jobFile)
        let functions = (engine.functions.names + engine.aggregates.names).filter { name in
            name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
        }
        var random = RandomSource(seed: UInt64(number("SLUICE_SEED", 1)))
        var answered = 0
        var refused = 0
        for _ in 0..<number("SLUICE_FUZZ", 3000) {
            let text = statement(functions, &random)
            do {
                try run(text, session)
                answered += 1
            } catch let error as SQLError {
                #expect(error.code != .internalError, "\(text): \(error.message)")
                refused += 1
            }
        }
        #expect(answered > refused / 10)
    }

    private func number(_ name: String, _ fallback: Int) -> Int {
        getenv(name).flatMap { Int(String(cString: $0)) } ?? fallback
    }

    private func run(_ text: String, _ session: Session) throws {
        let script = Parser.parseScript(text)
        if let error = script.errors.first { throw error }
        for statement in script.statements {
            guard case .query(let job) = try session.execute(statement).result else { continue }
            let runner = try session.start(job, results: ResultCallback { _ in .taken })
            if case .failed(let error) = runner.wait() { throw error.cause }
        }
    }

    // MARK: Sentences

    private func statement(_ functions: [String], _ random: inout RandomSource) -> String {
        let expr = expression(functions, 0, &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return "SELECT \(expr)"
        case 1: return "SELECT \(expr) FROM (VALUES (1,'a'),(2,NULL)) AS t(x,y)"
        default:
            return
                "SELECT COUNT(*), MIN(v), MAX(v) FROM (SELECT \(expr) AS v FROM (VALUES (1),(2)) AS t(x)) AS s"
        }
    }

    private func pick(_ list: [String], _ random: inout RandomSource) -> String {
        list[Int.random(in: 0..<list.count, using: &random)]
    }

    private func expression(_ functions: [String], _ depth: Int, _ random: inout RandomSource) -> String {
        let choice = Int.random(in: 0..<100, using: &random)
        if depth > 1 || choice < 35 { return pick(Self.constants, &random) }
        func inner() -> String { expression(functions, depth + 1, &random) }
        if choice < 75 {
            let count = [0, 1, 1, 1, 2, 2, 2, 3, 3, 4][Int.random(in: 0..<10, using: &random)]
            var arguments: [String] = []
            for _ in 0..<count { arguments.append(inner()) }
            return "\(pick(functions, &random))(\(arguments.joined(separator: ", ")))"
        }
        if choice < 85 { return "(\(inner()) \(pick(Self.operators, &random)) \(inner()))" }
        if choice < 93 {
            let cast = Bool.random(using: &random) ? "CAST" : "TRY_CAST"
            return "\(cast)(\(inner()) AS \(pick(Self.types, &random)))"
        }
        let unit = pick(Self.units, &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: return "EXTRACT(\(unit) FROM \(inner()))"
        case 1: return "FLOOR(\(inner()) TO \(unit))"
        case 2: return "TIMESTAMPADD(\(unit), \(inner()), \(inner()))"
        case 3: return "TIMESTAMPDIFF(\(unit), \(inner()), \(inner()))"
        case 4: return "CASE WHEN \(inner()) IS NULL THEN \(inner()) ELSE \(inner()) END"
        case 5: return "\(inner()) IN (\(inner()), \(inner()))"
        default: return "\(inner())[\(inner())]"
        }
    }
}
