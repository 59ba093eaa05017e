import SluiceColumns
import SluiceExpressions
import Testing

@Suite("Result types")
struct TypeRulesTests {
    @Test(
        "decimal arithmetic derives precision and scale (A1)",
        arguments: [
            ("+", DataType.decimal(12, 2), DataType.int, "DECIMAL(13, 2)"),
            ("*", .decimal(12, 2), .decimal(12, 2), "DECIMAL(25, 4)"),
            ("/", .decimal(12, 2), .int, "DECIMAL(23, 13)"),
            ("%", .decimal(12, 2), .int, "DECIMAL(12, 2)"),
            ("/", .decimal(12, 2), .decimal(38, 18), "DECIMAL(38, 10)"),
            ("+", .decimal(38, 10), .decimal(30, 20), "DECIMAL(38, 9)"),
            ("*", .decimal(38, 10), .decimal(30, 20), "DECIMAL(38, 6)"),
            ("%", .int, .decimal(20, 0), "DECIMAL(20, 0)"),
            ("%", .decimal(20, 0), .int, "INT"),
            ("%", .decimal(38, 18), .decimal(5, 2), "DECIMAL(21, 18)"),
            ("/", .float, .double, "FLOAT"), ("/", .double, .float, "DOUBLE"),
            ("*", .decimal(20, 0), .float, "DOUBLE"), ("+", .int, .float, "FLOAT"),
            ("*", .tinyint, .smallint, "SMALLINT"), ("%", .bigint, .tinyint, "TINYINT"),
            ("/", .decimal(5, 2), .bigint, "DECIMAL(25, 22)"),
        ])
    func arithmetic(_ name: String, _ left: DataType, _ right: DataType, _ expected: String) throws {
        let call = try Run.call(name, .column(0, left), .column(1, right))
        #expect("\(call.type)" == expected)
    }

    @Test("common types widen and keep integer digits (A6)")
    func commonTypes() {
        #expect(TypeRules.commonType([.int, .bigint, .decimal(2, 2)]) == .decimal(21, 2))
        #expect(TypeRules.commonType([.decimal(5, 2), .double]) == .double)
        #expect(TypeRules.commonType([.int, .float]) == .float)
        #expect(TypeRules.commonType([DataType(.char(3)), DataType(.varchar(5))]) == DataType(.varchar(5)))
        #expect(TypeRules.commonType([.timestamp(3), .timestamp(6)]) == .timestamp(6))
        #expect(TypeRules.commonType([.null, DataType.int.notNull]) == .int)
        #expect(TypeRules.commonType([.int, .string]) == nil)
        #expect(TypeRules.commonType([.date, .timestamp(3)]) == nil)
        #expect(TypeRules.commonType([.boolean, .int]) == nil)
    }

    @Test("rounding a decimal changes its type (A2)")
    func rounding() {
        #expect(
            TypeRules.roundedDecimal(precision: 10, scale: 4, digits: -2) == .decimal(precision: 7, scale: 0))
        #expect(
            TypeRules.roundedDecimal(precision: 10, scale: 4, digits: 1) == .decimal(precision: 8, scale: 1))
        #expect(TypeRules.averageType(.decimal(10, 2)) == .decimal(38, 6))
        #expect(TypeRules.sumType(.decimal(10, 2)) == .decimal(38, 2))
    }

    @Test("literals have the type of their text (A15)")
    func literals() throws {
        let types = [
            "1": "INT", "3000000000": "BIGINT", "1.5": "DECIMAL(2, 1)", "0.05": "DECIMAL(3, 2)",
            "10.00": "DECIMAL(4, 2)", "1.5E0": "DOUBLE",
        ]
        for (text, type) in types { #expect("\(try Run.number(text).type)" == "\(type) NOT NULL") }
        #expect(Run.isRefused { try Run.number("9223372036854775808") })
        #expect(Run.isRefused { try Run.number("99999999999.99999999") })
        #expect("\(Run.text("abc").type)" == "CHAR(3) NOT NULL")
        #expect(
            try Run.string(Literals.timestamp("2000-01-01 00:00:00.123456", span: nil))
                == "2000-01-01 00:00:00.123456")
        #expect(Run.isRefused { try Literals.date("2023-02-30", span: nil) })
        #expect(try Run.string(Literals.date("24-1-1", span: nil)) == "0024-01-01")
    }

    @Test("interval literals read their fields and keep two leading digits (D3)")
    func intervals() throws {
        func text(_ text: String, _ from: IntervalUnit, _ to: IntervalUnit? = nil) throws -> String {
            try Run.string(Literals.interval(text, from: from, to: to, span: nil))
        }
        #expect(try text("36", .hour) == "+1 12:00:00.000")
        #expect(try text("1-2", .year, .month) == "+1-02")
        #expect(try text("-1.5", .second) == "-0 00:00:01.500")
        #expect(try text("1 12:30:15", .day, .second) == "+1 12:30:15.000")
        #expect(try text("10:20", .hour, .minute) == "+0 10:20:00.000")
        #expect(Run.isRefused { try Literals.interval("100", from: .second, span: nil) })
        #expect(
            !Run.isRefused { try Literals.interval("100", from: .second, leadingPrecision: 3, span: nil) })
    }

    @Test("comparisons between kinds that have nothing in common are refused (A7)")
    func refusals() {
        let pairs: [(String, DataType, DataType)] = [
            ("=", .int, .string), ("<>", .string, .decimal(5, 2)), ("=", .boolean, .int), (">", .date, .time),
            ("=", .date, .timestamp(3)), ("+", .boolean, .boolean), ("-", .timestamp(3), .timestamp(3)),
            ("%", .double, .int), ("||", .string, .int), ("||", .string, .bytes), ("AND", .bigint, .boolean),
            ("+", .date, .int), ("<", .timestampLTZ(3), DataType(.array(.int))),
        ]
        for (name, left, right) in pairs {
            #expect(
                Run.isRefused { try Run.call(name, .column(0, left), .column(1, right)) },
                "\(left) \(name) \(right)")
        }
        #expect(!Run.isRefused { try Run.call("<", .column(0, .int), .column(1, .string)) })
        #expect(!Run.isRefused { try Run.call("=", .column(0, .boolean), .column(1, .string)) })
        #expect(!Run.isRefused { try Run.call("=", .column(0, .timestamp(3)), .column(1, .timestampLTZ(3))) })
    }
}
