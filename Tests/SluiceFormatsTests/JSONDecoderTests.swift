import SluiceBase
import SluiceColumns
import SluiceConnect
import Testing

@testable import SluiceFormats

@Suite("JSON decoder")
struct JSONDecoderTests {
    let messy = """
        {"id":1,"n":5,"t":"2024-01-02 03:04:05.678","f":1.5,"b":true}
        {"id":2,"n":"7","t":null,"f":"2.5","b":"false"}
        {broken
        {"id":4,"n":"x","t":"2024-13-01 00:00:00","f":"NaN","b":"maybe"}

        {"id":5}
        {"ID":6,"n":9}
        {"id":7,"n":3.9,"t":"2024-01-02T03:04:05","f":1e2,"b":1,"extra":{"q":[1]}}
        []
        {"id":8,"n":2147483648,"f":1e400}

        """
    let messySchema: Schema = [
        Field("id", .int), Field("n", .int), Field("t", .timestamp(3)), Field("f", .double),
        Field("b", .boolean),
    ]

    @Test("values that do not fit become NULL and broken rows are skipped by option")
    func ignoresErrors() throws {
        let rows = try decodeJSON(messySchema, messy, ["ignore-parse-errors": "true"])
        #expect(
            rows == [
                "1 | 5 | 1704164645678000 | 1.5 | TRUE",
                "2 | 7 | NULL | 2.5 | FALSE",
                "4 | NULL | NULL | nan | FALSE",
                "5 | NULL | NULL | NULL | NULL",
                "NULL | 9 | NULL | NULL | NULL",
                "7 | 3 | NULL | 100.0 | FALSE",
                "8 | NULL | NULL | inf | NULL",
            ])
    }

    @Test("a broken row fails with its place and a sample")
    func failsOnBrokenRow() throws {
        let decoder = try JSONFormat().makeDecoder(
            fields: messySchema, projection: [0, 1], options([:]))
        do {
            _ = try decodeAll(decoder, Array(messySchema[..<2]), Array(messy.utf8))
            Issue.record("no error")
        } catch let fault as MalformedRow {
            #expect(fault.rowOffset == 110)
            #expect(fault.faultOffset == 1)
            #expect(fault.reason == "unexpected 'b' in JSON")
            #expect(fault.sample == "{broken")
        }
    }

    @Test("a value of the wrong type names the column, the value and the type")
    func namesColumn() throws {
        let schema: Schema = [Field("id", .int), Field("amount", .decimal(10, 2))]
        let decoder = try JSONFormat().makeDecoder(fields: schema, projection: [0, 1], options([:]))
        do {
            _ = try decodeAll(decoder, schema, Array(#"{"id":1,"amount":"12,50"}"#.utf8))
            Issue.record("no error")
        } catch let fault as MalformedRow {
            #expect(fault.column == "amount")
            #expect(fault.reason == #""12,50" is not a DECIMAL(10, 2)"#)
            #expect(fault.faultOffset == 17)
        }
    }

    @Test("every scalar type is read, also through the predicted form")
    func scalarTypes() throws {
        let schema: Schema = [
            Field("ti", .tinyint), Field("si", .smallint), Field("l", .bigint), Field("f", .float),
            Field("d", .double), Field("dec", .decimal(9, 2)), Field("big", .decimal(30, 3)),
            Field("s", .string),
            Field("b", .boolean), Field("dt", .date), Field("tm", .time), Field("ts9", .timestamp(9)),
            Field("l3", .timestampLTZ(3)), Field("by", .bytes),
        ]
        let line = """
            {"ti": -128, "si": 32767, "l": -9223372036854775808, "f": 3.4028235e+38, "d": -0.0, "dec": 1.005, \
            "big": 123456789012345678901234567.8915, "s": "za\\u017c\\n", "b": false, "dt": "2024-02-29", \
            "tm": "12:34:56", "ts9": "0001-01-01 00:00:00.000000001", "l3": "1969-12-31 23:59:59.9999Z", "by": "aGk="}

            """
        let expected =
            "-128 | 32767 | -9223372036854775808 | 3.4028235e+38 | -0.0 | 101 | 123456789012345678901234567892 | "
            + "zaż\n | FALSE | 19782 | 45296000 | -62135596799999999999 | -1000 | hi"
        #expect(try decodeJSON(schema, line + line + line) == [expected, expected, expected])
    }

    @Test("columns come in any order, may be missing, projected, or doubled")
    func orders() throws {
        let schema: Schema = [Field("a", .int), Field("b", .string), Field("c", .double)]
        let text = """
            {"a":1,"b":"x","c":2}
            {"c":3.5,"b":"a long text with \\"quotes\\" in it","a":2}
            {"b":"only"}
            {}
            {"a":1,"a":2,"c":1}
            {"zz":{"a":[1,2,{"b":"}"}]},"a":5,"b":null,"c":null}\r
            {"a":6} {"a":7}

            """
        #expect(
            try decodeJSON(schema, text) == [
                "1 | x | 2.0", "2 | a long text with \"quotes\" in it | 3.5", "NULL | only | NULL",
                "NULL | NULL | NULL", "2 | NULL | 1.0", "5 | NULL | NULL", "6 | NULL | NULL",
                "7 | NULL | NULL",
            ])
        #expect(try decodeJSON(schema, text, projection: [2]).count == 8)
        #expect(
            try decodeJSON(schema, text, projection: [1, 0])[1] == "a long text with \"quotes\" in it | 2")
        #expect(try decodeJSON(schema, text, projection: []).count == 8)
    }

    @Test("nested rows, arrays and maps")
    func nested() throws {
        let schema: Schema = [
            Field("r", DataType(.row([Field("x", .int), Field("y", DataType(.array(.string)))]))),
            Field("m", DataType(.map(.string, .int))),
            Field("a", DataType(.array(DataType(.row([Field("p", .int)]))))),
        ]
        let text = """
            {"r":{"y":["a",null,"b"],"x":1},"m":{"k":1,"j":null,"k":3},"a":[{"p":1},null,{}]}
            {"r":null,"m":{},"a":[]}
            {"a":[{"p":2}],"m":null,"r":{"x":2,"y":[]}}

            """
        #expect(
            try decodeJSON(schema, text + text) == [
                "(1, [a, NULL, b]) | {k=3, j=NULL} | [(1), NULL, (NULL)]", "NULL | {} | []",
                "(2, []) | NULL | [(2)]",
                "(1, [a, NULL, b]) | {k=3, j=NULL} | [(1), NULL, (NULL)]", "NULL | {} | []",
                "(2, []) | NULL | [(2)]",
            ])
    }

    @Test("anything becomes text in a STRING column")
    func texts() throws {
        let schema: Schema = [Field("s", .string)]
        let text = """
            {"s":5}
            {"s":1.50}
            {"s":true}
            {"s":{"x" : [1, 2.50, "é\\u00e9\\n"] , "y":null}}
            {"s":"\\ud83c\\udf89 \\ud83c"}

            """
        #expect(
            try decodeJSON(schema, text) == [
                "5", "1.50", "true", #"{"x":[1,2.5,"éé\n"],"y":null}"#, "🎉 ?",
            ])
    }

    @Test("ISO-8601 timestamps by option")
    func isoTimestamps() throws {
        let schema: Schema = [Field("t", .timestamp(3)), Field("l", .timestampLTZ(3))]
        let text = """
            {"t":"2024-01-02T03:04:05.123","l":"2024-01-02T03:04:05Z"}
            {"t":"2024-01-02T03:04","l":"2024-01-02T03:04:05.5Z"}

            """
        #expect(
            try decodeJSON(schema, text, ["timestamp-format.standard": "ISO-8601"]) == [
                "1704164645123000 | 1704164645000000", "1704164640000000 | 1704164645500000",
            ])
    }

    @Test("a missing field fails by option")
    func missingField() throws {
        let schema: Schema = [Field("id", .int), Field("n", .int)]
        #expect(throws: MalformedRow.self) {
            try decodeJSON(schema, #"{"id":1}"#, ["fail-on-missing-field": "true"])
        }
        #expect(
            try decodeJSON(schema, #"{"id":1,"n":null}"#, ["fail-on-missing-field": "true"]) == ["1 | NULL"])
    }

    @Test("a day after the end of the month is clipped in timestamps and wrong in dates")
    func clippedDays() throws {
        let schema: Schema = [Field("t", .timestamp(0)), Field("d", .date)]
        let text = #"{"t":"2023-02-30 24:00:00","d":"2023-02-29"}"#
        #expect(try decodeJSON(schema, text, ["ignore-parse-errors": "true"]) == ["1677628800000000 | NULL"])
    }
}
