import SluiceBase
import SluiceColumns
import SluiceConnect
import Testing

@testable import SluiceFormats

func decodeCSV(
    _ schema: Schema, _ text: String, _ pairs: [String: String] = [:], projection: [Int]? = nil,
    maxRows: Int = 4096
) throws -> [String] {
    let used = projection ?? Array(schema.indices)
    let decoder = try CSVFormat().makeDecoder(fields: schema, projection: used, options(pairs))
    return try decodeAll(decoder, used.map { schema[$0] }, Array(text.utf8), maxRows: maxRows).rows
}

@Suite("CSV decoder")
struct CSVDecoderTests {
    @Test("delimiter, comments, escapes and the null literal")
    func manyOptions() throws {
        let text = """
            # heading comment
            1;"a;b";1,5;x
            2;'q';2;N/A
            3;"say \\"hi\\"";;N/A
            # middle comment
            4;"two
            lines";7;
            5; padded ;8;é

            """
        let schema: Schema = [
            Field("id", .int), Field("a", .string), Field("n", .string), Field("x", .string),
        ]
        let pairs = [
            "field-delimiter": ";", "allow-comments": "true", "escape-character": "\\", "null-literal": "N/A",
        ]
        let expected = [
            "1 | a;b | 1,5 | x", "2 | 'q' | 2 | NULL", "3 | say \"hi\" |  | NULL", "4 | two\nlines | 7 | ",
            "5 |  padded  | 8 | é",
        ]
        #expect(try decodeCSV(schema, text, pairs) == expected)
        #expect(try decodeCSV(schema, text, pairs, maxRows: 1) == expected)
        #expect(try decodeCSV(schema, text, pairs, projection: [2, 0])[3] == "7 | 4")
    }

    let badRows = "1,one,10\n2,two\nx,three,30\n4,four,40,extra\n5,five,abc\n6,six,60\n"
    let badSchema: Schema = [Field("id", .int), Field("a", .string), Field("n", .int)]

    @Test("errors are ignored by option: short rows are filled up, long ones skipped")
    func ignoresErrors() throws {
        #expect(
            try decodeCSV(badSchema, badRows, ["ignore-parse-errors": "true"]) == [
                "1 | one | 10", "2 | two | NULL", "NULL | three | 30", "5 | five | NULL", "6 | six | 60",
            ])
    }

    @Test("a short row fails with its place")
    func failsOnShortRow() throws {
        do {
            _ = try decodeCSV(badSchema, badRows)
            Issue.record("no error")
        } catch let fault as MalformedRow {
            #expect(fault.rowOffset == 9)
            #expect(fault.reason == "3 fields expected, but the row has 2")
            #expect(fault.sample == "2,two")
        }
    }

    @Test("a tabulator, a line end of two bytes, and a last line without one")
    func tabs() throws {
        let schema: Schema = [Field("id", .int), Field("a", .string), Field("d", .decimal(5, 2))]
        #expect(
            try decodeCSV(
                schema, "1\ta b\t1.5\r\n2\t\t-2.25\n3\t\"quoted\ttab\"\t0.0", ["field-delimiter": "\\t"])
                == ["1 | a b | 150", "2 |  | -225", "3 | quoted\ttab | 0"])
    }

    @Test("dates, times and timestamps as JDBC reads them")
    func times() throws {
        let schema: Schema = [
            Field("d", .date), Field("t", .time), Field("ts", .timestamp(3)), Field("x", .decimal(6, 2)),
            Field("b", .boolean),
        ]
        let text = """
            2024-02-29,23:59:59,2024-02-29 23:59:59.999,1.10,true
            1970-1-1,00:00,1970-01-01 00:00:00,-0.05,false
            2023-02-30,12:00:00.5,2023-02-30 25:00:00.123456789,1E2,TRUE

            """
        #expect(
            try decodeCSV(schema, text) == [
                "19782 | 86399000 | 1709251199999000 | 110 | TRUE", "0 | 0 | 0 | -5 | FALSE",
                "19418 | 43200000 | 1677805200123000 | 10000 | TRUE",
            ])
    }

    @Test("quotes inside quotes, and arrays")
    func quotesAndArrays() throws {
        let schema: Schema = [Field("s", .string), Field("a", DataType(.array(.int)))]
        #expect(
            try decodeCSV(
                schema, "\"Dee \"\"D\"\"\",1;2;3\n\"long enough to lie in the piece, really\",\nx,7\n") == [
                    "Dee \"D\" | [1, 2, 3]", "long enough to lie in the piece, really | []", "x | [7]",
                ])
        #expect(try decodeCSV(schema, "x,1|2\n", ["array-element-delimiter": "|"]) == ["x | [1, 2]"])
        #expect(try decodeCSV(schema, "\"x,1\n", ["disable-quote-character": "true"]) == ["\"x | [1]"])
    }

    @Test("a null literal that looks like a number is NULL")
    func numericNull() throws {
        let schema: Schema = [Field("n", .bigint), Field("s", .string)]
        #expect(try decodeCSV(schema, "-1,-1\n1,-\n", ["null-literal": "-1"]) == ["NULL | NULL", "1 | -"])
        #expect(try decodeCSV(schema, ",\n5,\"\"\n", ["null-literal": ""]) == ["NULL | NULL", "5 | NULL"])
    }

    @Test("an open quote is an error at the end, not before")
    func openQuote() throws {
        #expect(throws: MalformedRow.self) { try decodeCSV(badSchema, "1,\"open,3\n4,x,5\n") }
    }

    @Test("types that csv cannot hold are refused")
    func refusesMaps() throws {
        #expect(throws: SQLError.self) { try decodeCSV([Field("m", DataType(.map(.string, .int)))], "") }
    }
}
