import Glibc
import SluiceBase
import SluiceSyntax
import Testing

/// Texts that grow with a number, among them such as would make a careless parser go back and forth.
private let families: [(name: String, make: @Sendable (Int) -> String)] = [
    ("long list", { "SELECT " + [String](repeating: "a + b * c", count: $0).joined(separator: ", ") }),
    ("long values", { "VALUES " + [String](repeating: "(1, 'x', NULL)", count: $0).joined(separator: ", ") }),
    ("open brackets", { "SELECT " + String(repeating: "(", count: $0) }),
    (
        "balanced brackets",
        { "SELECT " + String(repeating: "(", count: $0) + "1" + String(repeating: ")", count: $0) }
    ),
    ("open calls", { "SELECT " + String(repeating: "f(a, ", count: $0) }),
    ("open tables", { "SELECT * FROM " + String(repeating: "(", count: $0) + "t" }),
    ("nested queries", { "SELECT * FROM " + String(repeating: "(SELECT * FROM ", count: $0) }),
    ("long chain", { "SELECT " + String(repeating: "a OR ", count: $0) + "a" }),
    ("signs", { "SELECT " + String(repeating: "- ", count: $0) + "1" }),
    ("negations", { "SELECT " + String(repeating: "NOT ", count: $0) + "a" }),
    ("subscripts", { "SELECT a" + String(repeating: "[1]", count: $0) }),
    ("points", { "SELECT a" + String(repeating: ".b", count: $0) }),
    ("joins", { "SELECT * FROM t" + String(repeating: " JOIN u ON a = b", count: $0) }),
    ("unions", { "SELECT 1" + String(repeating: " UNION ALL SELECT 1", count: $0) }),
    ("types", { "SELECT CAST(a AS " + String(repeating: "ARRAY<", count: $0) }),
    ("cases", { "SELECT " + String(repeating: "CASE WHEN ", count: $0) }),
    ("patterns", { "SELECT * FROM t MATCH_RECOGNIZE (PATTERN " + String(repeating: "(a", count: $0) }),
    ("statements", { String(repeating: "SELECT 1; x y z; ", count: $0) }),
    ("quotes", { "SELECT " + String(repeating: "'a'", count: $0) }),
    ("open string", { "SELECT '" + String(repeating: "a''", count: $0) }),
    ("open comments", { "SELECT " + String(repeating: "/* ", count: $0) }),
    ("explains", { String(repeating: "EXPLAIN ", count: $0) + "SELECT 1" }),
    ("executes", { String(repeating: "EXPLAIN EXECUTE ", count: $0) + "SELECT 1" }),
    ("grouping", { "SELECT 1 FROM t GROUP BY " + String(repeating: "ROLLUP (", count: $0) }),
    ("windows", { "SELECT " + String(repeating: "f(a) OVER (PARTITION BY ", count: $0) }),
]

@Test("no text overflows the stack or takes more than linear time", .serialized, arguments: families.indices)
func growth(_ index: Int) {
    let family = families[index]
    let small = family.make(3_000)
    let large = family.make(24_000)
    /// Processor seconds of this thread, so that other work on the machine does not count.
    func time(_ text: String) -> Double {
        var best = Double.infinity
        for _ in 0..<2 {
            let start = processorSeconds()
            let script = Parser.parseScript(text)
            for statement in script.statements { _ = SQLPrinter.text(statement.statement) }
            _ = StatementSplitter(text)
            best = min(best, processorSeconds() - start)
        }
        return best
    }
    // Eight times the text: twice as much room again for noise, and a floor below which nothing is measured.
    #expect(time(large) < max(0.5, time(small) * 24), "\(family.name)")
}

private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

@Test("what nests too deep or chains too long is an error with a place")
func limits() {
    let texts = [
        "SELECT " + String(repeating: "(", count: 500) + "1" + String(repeating: ")", count: 500),
        "SELECT " + String(repeating: "a OR ", count: 2000) + "a",
        "SELECT 1" + String(repeating: " UNION ALL SELECT 1", count: 2000),
        "SELECT * FROM t" + String(repeating: " JOIN t ON TRUE", count: 2000),
        "SELECT a" + String(repeating: ".b", count: 2000),
    ]
    for text in texts {
        let errors = Parser.parseScript(text).errors
        #expect(errors.count == 1)
        #expect(errors.first?.code.number == 1004)
        #expect(errors.first?.span != nil)
    }
    let deep = "SELECT " + String(repeating: "(", count: 190) + "1" + String(repeating: ")", count: 190)
    #expect(Parser.parseScript(deep).errors.isEmpty)
    let long = "SELECT " + String(repeating: "a OR ", count: 990) + "a"
    #expect(complaint(about: long) == nil)
}
