import SluiceBase
import SluiceColumns
import SluiceExpressions
import Testing

@Suite("Casts")
struct CastTests {
    static func tryCast(_ text: String, _ type: DataType) throws -> String {
        try Run.string(Run.cast(Run.text(text), type, .tryCast))
    }

    @Test(
        "text reads as whole numbers (K4)",
        arguments: [
            ("12.9", "12"), ("-12.9", "-12"), (" 12 ", "12"), ("+7", "7"), (".5", "0"), ("5.", "5"),
            ("1e3", "NULL"), ("", "NULL"), (" ", "NULL"), ("2147483648", "NULL"),
            ("-2147483648", "-2147483648"),
            ("0x1F", "NULL"), ("1_000", "NULL"), ("１２", "NULL"), ("-", "NULL"),
        ])
    func integers(_ text: String, _ expected: String) throws {
        #expect(try CastTests.tryCast(text, .int) == expected)
    }

    @Test("text reads as other types")
    func text() throws {
        #expect(try CastTests.tryCast("128", .tinyint) == "NULL")
        #expect(try CastTests.tryCast("1e3", .decimal(10, 2)) == "1000.00")
        #expect(try CastTests.tryCast("3.455", .decimal(5, 2)) == "3.46")
        #expect(try CastTests.tryCast("-3.455", .decimal(5, 2)) == "-3.46")
        #expect(try CastTests.tryCast("0.005", .decimal(5, 2)) == "0.01")
        #expect(try CastTests.tryCast("1000", .decimal(5, 2)) == "NULL")
        #expect(try CastTests.tryCast("9223372036854775808", .double) == "9.223372036854776E18")
        #expect(try CastTests.tryCast("NaN", .double) == "NaN")
        #expect(try CastTests.tryCast("tRuE", .boolean) == "TRUE")
        #expect(try CastTests.tryCast("n", .boolean) == "FALSE")
        #expect(try CastTests.tryCast("on", .boolean) == "NULL")
        #expect(try CastTests.tryCast("abc", DataType(.char(5))) == "abc  ")
        #expect(try CastTests.tryCast("日本語", DataType(.varchar(2))) == "日本")
    }

    @Test("text reads as dates and times")
    func times() throws {
        #expect(try CastTests.tryCast("8", .date) == "0008-01-01")
        #expect(try CastTests.tryCast("2024-2-9", .date) == "2024-02-09")
        #expect(try CastTests.tryCast("2023-02-29", .date) == "NULL")
        #expect(try CastTests.tryCast("2024-02-29 12:34:56", .date) == "2024-02-29")
        #expect(try CastTests.tryCast("2023-02-29", .timestamp(3)) == "2023-02-28 00:00:00.000")
        #expect(try CastTests.tryCast("2024-12-31 23:59:60", .timestamp(3)) == "NULL")
        #expect(try CastTests.tryCast("2024-02-29T12:34:56", .timestamp(3)) == "NULL")
        #expect(
            try CastTests.tryCast("2024-02-29 12:34:56.123456789", .timestamp(9))
                == "2024-02-29 12:34:56.123456789")
        #expect(try CastTests.tryCast("2024-02-29 12:34:56.1239", .timestamp(3)) == "2024-02-29 12:34:56.123")
        #expect(try CastTests.tryCast("24-1-1", .timestamp(3)) == "NULL")
        #expect(try CastTests.tryCast("12:34:56", .time) == "12:34:56")
        #expect(try CastTests.tryCast("25:00:00", .time) == "NULL")
        #expect(try CastTests.tryCast("garbage", .time) == "NULL")
    }

    @Test("a failing CAST fails the evaluation, with its place")
    func failure() throws {
        let column = Run.column(.string, [.string("1"), .string("x")])
        let batch = RecordBatch(columns: [column], rowCount: 2)
        var cast = try Run.cast(.column(0, .string), .int)
        cast.span = SourceSpan(7, 11)
        let compiled = try ExpressionCompiler().compile(cast)
        let error = #expect(throws: SQLError.self) { try compiled.evaluate(batch, Run.context) }
        #expect(error?.code == .castFailed)
        #expect(error?.span == SourceSpan(7, 11))
        let tolerant = try ExpressionCompiler().compile(try Run.cast(.column(0, .string), .int, .tryCast))
        #expect(try tolerant.evaluate(batch, Run.context).isNull(1))
    }

    @Test("numbers convert as Java converts them (K3)")
    func numbers() throws {
        func cast(_ text: String, _ types: DataType...) throws -> String {
            var expr = try Run.number(text)
            for type in types { expr = try Run.cast(expr, type) }
            return try Run.string(expr)
        }
        #expect(try cast("1000", .tinyint) == "-24")
        #expect(try cast("3.9", .int) == "3")
        #expect(try cast("-3.9", .int) == "-3")
        #expect(try cast("1.0E10", .tinyint) == "-1")
        #expect(try cast("-1.0E10", .smallint) == "0")
        #expect(try cast("1.25", .decimal(5, 1)) == "1.3")
        #expect(try cast("-0.05", .decimal(5, 1)) == "-0.1")
        #expect(try cast("70000", .decimal(4, 2)) == "NULL")
        #expect(try cast("5000000000", .float) == "5.0E9")
        #expect(try cast("1.0E-5", .decimal(38, 20)) == "0.00001000000000000000")
        #expect(try cast("70000", DataType(.intervalYearMonth)) == "+5833-04")
        #expect(try cast("300", DataType(.intervalDayTime)) == "+0 00:00:00.300")
        #expect(try cast("2147483648", .int, DataType(.intervalYearMonth)) == "--178956970-0-8")
        #expect(try cast("-0.1", .float, .double) == "-0.10000000149011612")
        #expect(try cast("2.5", .boolean) == "TRUE")
        #expect(
            try Run.string(Run.cast(Run.cast(Run.text("99999999999999999999"), .decimal(20, 0)), .smallint))
                == "-1")
    }

    @Test(
        "floating-point numbers print as Java prints them (K11)",
        arguments: [
            ("1.0E0", "1.0"), ("1.0E-3", "0.001"), ("9.999E-4", "9.999E-4"), ("1.0E7", "1.0E7"),
            ("9999999.0E0", "9999999.0"), ("1.7976931348623157E308", "1.7976931348623157E308"),
            ("4.9E-324", "4.9E-324"), ("123456.789E0", "123456.789"), ("1.0E21", "1.0E21"),
            ("5.9604644775390625E-8", "5.9604644775390625E-8"),
            ("1.23456789012345690E17", "1.23456789012345696E17"),
            ("4611686015927388168E0", "4.6116860159273882E18"),
            ("1329227995784915872903807060280344576E0", "1.3292279957849159E36"),
            ("0.1E0", "0.1"), ("0.05E0", "0.05"), ("100.0E0", "100.0"), ("2.0E23", "2.0E23"),
        ])
    func doubles(_ text: String, _ expected: String) throws {
        #expect(try Run.string(Run.cast(Run.number(text), .string)) == expected)
    }

    @Test("FLOAT keeps the digits that Java keeps")
    func floats() throws {
        #expect(try Run.string(Run.cast(Run.number("1.2345678E8"), .float)) == "1.23456784E8")
        #expect(try Run.string(Run.cast(Run.number("3.14159265358979E0"), .float)) == "3.1415927")
        #expect(try Run.string(Run.cast(Run.number("9223372036854775807"), .float)) == "9.223372E18")
    }

    @Test("timestamps before 1970 are cut toward 1970")
    func beforeEpoch() throws {
        let value = try Literals.timestamp("1969-12-31 23:59:59.001", span: nil)
        #expect(try Run.string(Run.cast(value, .date)) == "1970-01-01")
        #expect(try Run.string(Run.cast(value, .time)) == "00:00:00")
        #expect(try Run.string(Run.cast(value, .timestamp(0))) == "1970-01-01 00:00:00")
        let whole = try Literals.timestamp("1969-07-20 20:17:40.000", span: nil)
        #expect(try Run.string(Run.cast(whole, .date)) == "1969-07-21")
        let midnight = try Literals.timestamp("1969-12-31 00:00:00.000", span: nil)
        #expect(try Run.string(Run.cast(midnight, .date)) == "1969-12-31")
        #expect(try Run.string(Run.cast(whole, .time)) == "20:17:40")
    }

    @Test("TIMESTAMP and TIMESTAMP_LTZ convert through the zone (K9)")
    func zones() throws {
        let zone = TimeZoneRules(id: "+02:00", fixedOffsetSeconds: 7200)
        let context = EvalContext(clock: ManualClock(), zone: zone)
        let local = try Run.cast(Literals.timestamp("2024-02-29 12:00:00.000", span: nil), .timestampLTZ(3))
        #expect(try Run.string(local, context) == "2024-02-29 12:00:00.000")
        let compiled = try ExpressionCompiler().compile(local)
        let value = try compiled.evaluate(RecordBatch(columns: [], rowCount: 1), context).datum(0)
        #expect(value == .int64((1_709_208_000 - 7200) * 1_000_000))
    }

    @Test("arrays, maps and rows convert member by member")
    func nested() throws {
        let strings = try Run.call("ARRAY", Run.text("1"), Run.text("x"))
        #expect(try Run.string(Run.cast(strings, DataType(.array(.int)), .tryCast)) == "NULL")
        let numbers = try Run.call("ARRAY", Run.text("1"), Run.text("2"))
        #expect(try Run.string(Run.cast(numbers, DataType(.array(.int)))) == "[1, 2]")
        let row = try Run.call("ROW", Run.number("1"), Literals.null(span: nil), Run.text("x"))
        #expect(try Run.string(Run.cast(row, .string)) == "(1, NULL, x)")
        let map = try Run.call("MAP", Run.text("k"), Run.number("1.5"))
        #expect(try Run.string(Run.cast(map, .string)) == "{k=1.5}")
    }

    @Test("byte strings print in hexadecimal and cast as UTF-8 (K10)")
    func bytes() throws {
        let value = Literals.binary([0, 0xFF, 0x10], span: nil)
        #expect(try Run.string(value) == "x'00ff10'")
        #expect(try Run.string(Run.cast(Literals.binary([0xFF, 0x41], span: nil), .string)) == "\u{FFFD}A")
        #expect(
            try Run.string(Run.cast(Literals.binary([0x31], span: nil), DataType(.binary(2)))) == "x'3100'")
    }

    @Test("casts without meaning are refused (K2)")
    func refusals() {
        let pairs: [(DataType, DataType)] = [
            (.int, .timestamp(3)), (.int, .date), (.boolean, .date), (.date, .bigint), (.date, .time),
            (.timestamp(3), .bigint), (.bytes, .int), (DataType(.intervalDayTime), .bigint),
            (.decimal(5, 2), DataType(.intervalDayTime)), (.string, DataType(.array(.int))),
            (.string, DataType(.intervalDayTime)), (DataType(.array(.int)), .int), (.int, .bytes),
        ]
        for (from, to) in pairs { #expect(!CastRules.isAllowed(from: from, to: to), "\(from) to \(to)") }
        let allowed: [(DataType, DataType)] = [
            (.time, .timestamp(3)), (.timestampLTZ(3), .time), (.decimal(38, 18), .boolean),
            (.boolean, .double),
            (.int, DataType(.intervalYearMonth)), (DataType(.array(.int)), .string), (.bytes, .string),
        ]
        for (from, to) in allowed { #expect(CastRules.isAllowed(from: from, to: to), "\(from) to \(to)") }
    }
}

@Suite("Casts as the planner writes them")
struct CastPlanningTests {
    @Test("an inner cast that loses nothing goes away")
    func losslessInner() throws {
        let float = BoundExpr.column(0, .float)
        let column = Run.column(.float, [.float32(3.1415927)])
        let through = try Run.cast(Run.cast(float, .string), .double)
        #expect(try Run.strings(through, [column], 1) == ["3.1415927410125732"])
        let narrow = try Run.cast(Run.cast(float, DataType(.varchar(9))), .double)
        #expect(try Run.strings(narrow, [column], 1) == ["3.1415927"])
    }

    @Test("short text reads as a short decimal by its own rules")
    func shortDecimals() throws {
        #expect(try CastTests.tryCast("a", .decimal(12, 4)) == "0.0000")
        #expect(try CastTests.tryCast("12x", .decimal(12, 4)) == "12.0000")
        #expect(try CastTests.tryCast("ab", .decimal(12, 4)) == "NULL")
        #expect(try CastTests.tryCast("00012", .decimal(3, 0)) == "NULL")
        #expect(try CastTests.tryCast("00012", .decimal(20, 0)) == "12")
        #expect(try CastTests.tryCast("a", .decimal(20, 0)) == "NULL")
    }

    @Test("rows compare member by member")
    func rows() throws {
        let left = try Run.call("ROW", Run.number("1"), Literals.null(span: nil))
        let right = try Run.call("ROW", Run.number("1"), Run.number("2"))
        #expect(try Run.string(Run.call("=", left, right)) == "NULL")
        let other = try Run.call("ROW", Run.number("3"), Run.number("2"))
        #expect(try Run.string(Run.call("=", left, other)) == "FALSE")
    }
}

@Suite("Dates without a right text")
struct DistantDateTests {
    @Test("years outside 0 to 9999 are written with the characters that Flink writes")
    func distantDates() {
        let formatter = ValueFormatter(.date)
        #expect(
            formatter.string(.int32(Int32(CivilDate.days(year: 10002, month: 4, day: 30)))) == "0002-04-30")
        #expect(formatter.string(.int32(Int32(CivilDate.days(year: -4, month: 12, day: 30)))) == "000,-12-30")
        #expect(
            formatter.string(.int32(Int32(CivilDate.days(year: -392_792, month: 4, day: 10)))) == ".)'/-0)-/-"
        )
    }
}
