import SluiceBase
import SluiceColumns
import SluiceExpressions
import Synchronization
import Testing

@Suite("Evaluation")
struct EvaluatorTests {
    let x = BoundExpr.column(0, .int)
    let values = Run.ints(0, 1, 2, nil, 0, 5)

    func quotient() throws -> BoundExpr { try Run.call("/", Run.number("10"), x) }

    @Test("AND and OR do not evaluate what the left side decides")
    func shortCircuit() throws {
        let isSafe = try Run.call("<>", x, Run.number("0"))
        let isLarge = try Run.call(">", quotient(), Run.number("3"))
        let both = try Run.call("AND", isSafe, isLarge)
        #expect(try Run.strings(both, [values], 6) == ["FALSE", "TRUE", "TRUE", "NULL", "FALSE", "FALSE"])
        let either = try Run.call("OR", Run.call("=", x, Run.number("0")), isLarge)
        #expect(try Run.strings(either, [values], 6) == ["TRUE", "TRUE", "TRUE", "NULL", "TRUE", "FALSE"])
    }

    @Test("CASE, IF and COALESCE evaluate an arm for its own rows only")
    func lazyArms() throws {
        let isZero = try Run.call("=", x, Run.number("0"))
        let choice = try ConditionalFunctions.resolveCase(
            [(isZero, try Run.number("-1"))], otherwise: quotient(), span: nil)
        #expect(try Run.strings(choice, [values], 6) == ["-1", "10", "5", "NULL", "-1", "2"])
        let guarded = try Run.call("COALESCE", Run.call("NULLIF", x, Run.number("5")), quotient())
        #expect(try Run.strings(guarded, [Run.ints(0, 5, 7)], 3) == ["0", "2", "7"])
    }

    @Test("a predicate gives the rows where it is TRUE and guards failing conjuncts")
    func predicate() throws {
        let isSafe = try Run.call("<>", x, Run.number("0"))
        let isLarge = try Run.call(">", quotient(), Run.number("3"))
        let predicate = try ExpressionCompiler().compilePredicate(try Run.call("AND", isSafe, isLarge))
        let batch = RecordBatch(columns: [values], rowCount: 6)
        #expect(try predicate.select(batch, Run.context) == [1, 2])
        let always = try ExpressionCompiler().compilePredicate(Literals.boolean(true, span: nil))
        #expect(try always.select(batch, Run.context) == [0, 1, 2, 3, 4, 5])
        let never = try ExpressionCompiler().compilePredicate(.literal(.null, .boolean))
        #expect(try never.select(batch, Run.context) == [])
    }

    @Test("conjuncts that follow each other narrow the rows")
    func narrowing() throws {
        let count: Int32 = 1000
        let column = Run.column(.int, (0..<count).map { .int32($0) })
        let low = try Run.call(">=", x, Run.number("10"))
        let high = try Run.call("<", x, Run.number("900"))
        let third = try Run.call("=", Run.call("%", x, Run.number("97")), Run.number("3"))
        let predicate = try ExpressionCompiler().compilePredicate(try Run.call("AND", low, high, third))
        let rows = try predicate.select(RecordBatch(columns: [column], rowCount: Int(count)), Run.context)
        #expect(rows == (10..<900).filter { $0 % 97 == 3 })
    }

    @Test("an expression that occurs twice is computed once a batch")
    func sharing() throws {
        let calls = Counter()
        var registry = FunctionRegistry.builtin
        registry.register(
            FunctionDefinition(
                "COUNTED", .system, signature: "COUNTED(a)",
                resolve: { site in BoundExpr(.call("COUNTED", site.arguments), .int, span: site.span) },
                kernel: { _ in
                    { arguments, _, _ in
                        calls.increment()
                        return arguments[0]
                    }
                }))
        let counted = try registry.call("COUNTED", [x])
        let sum = try registry.call("+", [counted, counted])
        let projection = try ExpressionCompiler(registry: registry).compile([sum, counted, sum])
        let columns = try projection.evaluate(RecordBatch(columns: [values], rowCount: 6), Run.context)
        #expect(columns.count == 3)
        #expect(columns[0].datum(2) == .int32(4))
        #expect(calls.value == 1)
    }

    @Test("constants fold, and a failing constant is left for run time")
    func folding() throws {
        let sum = try Run.call("+", Run.number("1"), Run.call("*", Run.number("2"), Run.number("3")))
        #expect(ConstantFolding.fold(sum, registry: .builtin).literalValue == .int32(7))
        let failing = try Run.call("/", Run.number("1"), Run.number("0"))
        #expect(ConstantFolding.fold(failing, registry: .builtin).literalValue == nil)
        let local = try Run.cast(Literals.timestamp("2024-01-01 00:00:00", span: nil), .timestampLTZ(0))
        #expect(ConstantFolding.fold(local, registry: .builtin).literalValue == nil)
    }

    @Test("no row, no failure")
    func emptyBatch() throws {
        let failing = try Run.call("/", Run.number("1"), Run.number("0"))
        #expect(try Run.strings(failing, [], 0) == [])
    }
}

/// Counts calls from any thread.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func increment() { count.wrappingAdd(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}
