import SluiceBase
import SluiceColumns
import SluiceExpressions
import Testing

@Suite("Operators")
struct OperatorTests {
    static func evaluate(_ left: String, _ name: String, _ right: String) throws -> String {
        try Run.string(Run.call(name, Run.number(left), Run.number(right)))
    }

    @Test("integers wrap and divide toward zero (A4)")
    func integers() throws {
        #expect(try OperatorTests.evaluate("2147483647", "+", "1") == "-2147483648")
        #expect(try OperatorTests.evaluate("9223372036854775807", "+", "1") == "-9223372036854775808")
        #expect(try OperatorTests.evaluate("-7", "/", "2") == "-3")
        #expect(try OperatorTests.evaluate("-7", "%", "3") == "-1")
        #expect(try OperatorTests.evaluate("9223372036854775807", "%", "-2") == "1")
        let tiny = try Run.cast(Run.number("127"), .tinyint)
        let small = try Run.cast(Run.number("32767"), .smallint)
        #expect(try Run.string(Run.call("*", tiny, small)) == "32641")
        #expect(try Run.string(Run.call("+", tiny, tiny)) == "-2")
    }

    @Test("decimals compute exactly and round half up (A5)")
    func decimals() throws {
        #expect(try OperatorTests.evaluate("1.5", "/", "7") == "0.214285714286")
        #expect(try OperatorTests.evaluate("-1.50", "%", "0.7") == "-0.10")
        #expect(try OperatorTests.evaluate("0.5", "*", "2") == "1.0")
        let big = try Run.cast(Run.text("12345678901234567890.123456"), .decimal(30, 6))
        let other = try Run.cast(Run.number("2.25"), .decimal(30, 20))
        #expect(try Run.string(Run.call("/", big, other)) == "5486968400548696840.054869")
        #expect(try Run.string(Run.call("*", big, big)) == "NULL")
        let wide = try Run.cast(Run.text("99999999999999999999"), .decimal(20, 0))
        #expect(try Run.string(Run.call("-", wide, Run.number("2147483647"))) == "99999999997852516352")
        let third = try Run.cast(Run.text("12345678901234567890.5"), .decimal(38, 18))
        #expect(
            try Run.string(Run.call("*", third, Run.cast(Run.number("999.99"), .decimal(5, 2))))
                == "12345555444445555544821.09500000000000")
        #expect(
            try Run.string(Run.call("/", third, Run.cast(Run.number("9223372036854775807"), .bigint)))
                == "1.338521188552697384")
    }

    @Test("a decimal remainder by an integer without fraction is computed in 64 bits")
    func remainder() throws {
        let value = try Run.cast(Run.text("12345678901234567890"), .decimal(20, 0))
        #expect(try Run.string(Run.call("%", value, Run.number("7"))) == "-1")
        #expect(try Run.string(Run.call("%", value, Run.cast(Run.number("300"), .smallint))) == "-226")
    }

    @Test("division by zero fails for exact numbers only")
    func divisionByZero() throws {
        for name in ["/", "%"] {
            let call = try Run.call(name, Run.number("1"), Run.number("0"))
            #expect(throws: SQLError.self) { try Run.string(call) }
        }
        #expect(throws: SQLError.self) { try OperatorTests.evaluate("1.5", "/", "0.0") }
        #expect(try OperatorTests.evaluate("1.0E0", "/", "0") == "Infinity")
    }

    @Test("comparisons look at values, not at layouts")
    func comparisons() throws {
        #expect(try OperatorTests.evaluate("1.50", "=", "1.5") == "TRUE")
        #expect(try OperatorTests.evaluate("2", ">", "1.9999") == "TRUE")
        #expect(try OperatorTests.evaluate("-0.5", "<", "-0.49") == "TRUE")
        #expect(try OperatorTests.evaluate("1.5E0", ">=", "1.5") == "TRUE")
        #expect(try Run.string(Run.call("<", Run.text("abc"), Run.text("abd"))) == "TRUE")
        #expect(try Run.string(Run.call("=", Run.text("TRUE"), Literals.boolean(true, span: nil))) == "FALSE")
        #expect(try Run.string(Run.call("<", Run.text("12"), Run.number("13"))) == "TRUE")
        #expect(
            try Run.string(Run.call("=", Literals.date("2024-02-29", span: nil), Run.text("2024-02-29")))
                == "TRUE")
        #expect(Run.isRefused { try Run.call("=", Literals.date("2024-02-29", span: nil), Run.text("x")) })
    }

    @Test("text beside a time is NULL under = and fails under < when it cannot be read (A7)")
    func textAndTime() throws {
        let column = Run.column(.string, [.string("2024-01-01"), .string("x"), .null])
        let date = try Literals.date("2024-01-01", span: nil)
        let equal = try Run.call("=", .column(0, .string), date)
        #expect(try Run.strings(equal, [column], 3) == ["TRUE", "NULL", "NULL"])
        let less = try Run.call("<", .column(0, .string), date)
        #expect(throws: SQLError.self) { try Run.strings(less, [column], 3) }
    }

    @Test("three-valued logic (A11)")
    func logic() throws {
        let values: [Datum] = [.bool(true), .bool(false), .null]
        var left: [Datum] = []
        var right: [Datum] = []
        for a in values {
            for b in values {
                left.append(a)
                right.append(b)
            }
        }
        let columns = [Run.column(.boolean, left), Run.column(.boolean, right)]
        let a = BoundExpr.column(0, .boolean)
        let b = BoundExpr.column(1, .boolean)
        func row(_ expr: BoundExpr) throws -> String {
            try Run.strings(expr, columns, 9).map { String($0.prefix(1)) }.joined()
        }
        #expect(try row(Run.call("AND", a, b)) == "TFNFFFNFN")
        #expect(try row(Run.call("OR", a, b)) == "TTTTFNTNN")
        #expect(try row(Run.call("NOT", a)) == "FFFTTTNNN")
        #expect(try row(Run.call("IS TRUE", a)) == "TTTFFFFFF")
        #expect(try row(Run.call("IS NOT FALSE", a)) == "TTTFFFTTT")
        #expect(try row(Run.call("IS UNKNOWN", a)) == "FFFFFFTTT")
        #expect(try row(Run.call("=", a, b)) == "TFNFTNNNN")
        #expect(try row(Run.call("IS DISTINCT FROM", a, b)) == "FTTTFTTTF")
        #expect(try row(Run.call("IS NOT DISTINCT FROM", a, b)) == "TFFFTFFFT")
    }

    @Test("IN with a NULL in the list is TRUE or unknown")
    func inList() throws {
        let column = Run.ints(1, 2, nil)
        let list = try Run.call("IN", .column(0, .int), Run.number("1"), Literals.null(span: nil))
        #expect(try Run.strings(list, [column], 3) == ["TRUE", "NULL", "NULL"])
        let mixed = try Run.call("IN", .column(0, .int), Run.number("1.5"), Run.number("2"))
        #expect(try Run.strings(mixed, [column], 3) == ["FALSE", "TRUE", "NULL"])
        let texts = Run.column(.string, [.string("12"), .string("13"), .null])
        let numbers = try Run.call("IN", .column(0, .string), Run.number("12"), Run.number("127"))
        #expect(try Run.strings(numbers, [texts], 3) == ["TRUE", "FALSE", "NULL"])
        #expect(Run.isRefused { try Run.call("IN", .column(0, .smallint), Run.number("1"), Run.text("b")) })
        let between = try Run.call("BETWEEN SYMMETRIC", .column(0, .int), Run.number("3"), Run.number("2"))
        #expect(try Run.strings(between, [column], 3) == ["FALSE", "TRUE", "NULL"])
    }

    @Test("conditionals pick common types (A12)")
    func conditionals() throws {
        let columns = [Run.ints(1, nil), Run.column(.decimal(4, 1), [.int64(25), .int64(-5)])]
        let value = BoundExpr.column(0, .int)
        let other = BoundExpr.column(1, .decimal(4, 1))
        #expect(try Run.strings(Run.call("COALESCE", value, other), columns, 2) == ["1.0", "-0.5"])
        #expect(try Run.strings(Run.call("GREATEST", value, other), columns, 2) == ["2.5", "NULL"])
        #expect(try Run.strings(Run.call("LEAST", value, other), columns, 2) == ["1.0", "NULL"])
        #expect(try Run.strings(Run.call("NULLIF", value, Run.number("1")), columns, 2) == ["NULL", "NULL"])
        let isNull = try Run.call("IS NULL", value)
        #expect(try Run.strings(Run.call("IF", isNull, Run.number("0"), value), columns, 2) == ["1", "0"])
        #expect(try Run.call("COALESCE", value, Run.number("2")).type == DataType.int.notNull)
        #expect(Run.isRefused { try Run.call("COALESCE", value, Run.text("x")) })
    }

    @Test("dates and times move by intervals (D7)")
    func temporal() throws {
        let month = try Literals.interval("1", from: .month, span: nil)
        let day = try Literals.interval("36", from: .hour, span: nil)
        let leap = try Literals.timestamp("2024-01-31 23:00:00.000", span: nil)
        #expect(try Run.string(Run.call("+", leap, month)) == "2024-02-29 23:00:00.000")
        #expect(try Run.string(Run.call("-", leap, day)) == "2024-01-30 11:00:00.000")
        #expect(try Run.string(Run.call("+", Literals.date("2024-02-28", span: nil), day)) == "2024-02-29")
        #expect(
            try Run.string(
                Run.call(
                    "+", Literals.time("23:59:59", span: nil),
                    Literals.interval("30", from: .second, span: nil))) == "00:00:29")
        #expect(
            try Run.string(
                Run.call(
                    "-", Literals.time("02:30:00", span: nil),
                    Literals.interval("10:20", from: .hour, to: .minute, span: nil))) == "16:10:00")
        #expect(try Run.string(Run.call("*", Run.number("2"), day)) == "+3 00:00:00.000")
        #expect(Run.isRefused { try Run.call("*", month, day) })
    }

    @Test("subscripts start at 1 and give NULL beyond the end")
    func subscripts() throws {
        let array = try Run.call("ARRAY", Run.number("10"), Run.number("20"))
        #expect(try Run.string(Run.call("ITEM", array, Run.number("2"))) == "20")
        #expect(try Run.string(Run.call("ITEM", array, Run.number("3"))) == "NULL")
        #expect(Run.isRefused { try Run.call("ITEM", array, Run.number("0")) })
        let map = try Run.call("MAP", Run.text("a"), Run.number("1"), Run.text("bb"), Run.number("2"))
        #expect(try Run.string(Run.call("ITEM", map, Run.text("bb"))) == "2")
        #expect(try Run.string(Run.call("ITEM", map, Run.text("z"))) == "NULL")
        #expect(try Run.string(Run.call("CARDINALITY", map)) == "2")
        #expect(try Run.string(Run.call("TYPEOF", map)) == "MAP<VARCHAR(2) NOT NULL, INT NOT NULL> NOT NULL")
    }
}

@Suite("Subscripts at run time")
struct SubscriptTests {
    @Test("a position outside the array and a NULL key give NULL")
    func outside() throws {
        let positions = Run.ints(-1, 0, 1, 2, 3, nil)
        let array = try Run.call("ARRAY", Run.number("10"), Run.number("20"))
        let item = try Run.call("ITEM", array, .column(0, .int))
        #expect(
            try Run.strings(item, [positions], 6) == ["NULL", "NULL", "10", "20", "NULL", "NULL"])
        let map = try Run.call("MAP", Run.number("1"), Run.text("a"), Run.number("2"), Run.text("b"))
        let value = try Run.call("ITEM", map, .column(0, .int))
        #expect(try Run.strings(value, [positions], 6) == ["NULL", "NULL", "a", "b", "NULL", "NULL"])
    }
}
