import SluiceBase
import SluiceColumns
import SluiceConnect
import Testing

@testable import SluiceFormats

func encode(
    _ format: any Format, _ schema: Schema, _ rows: [[Datum]], _ pairs: [String: String] = [:],
    kinds: [RowKind] = []
) throws -> String {
    let encoder = try format.makeEncoder(fields: schema, options(pairs))
    let builder = BatchBuilder(schema, capacity: 4)
    for (index, row) in rows.enumerated() {
        builder.appendRow(row, kind: kinds.isEmpty ? .insert : kinds[index])
    }
    var out = ByteScratch(capacity: 256)
    try encoder.encode(builder.finish(), into: &out)
    return out.string()
}

let everyType: Schema = [
    Field("b", .boolean), Field("ti", .tinyint), Field("i", .int), Field("l", .bigint), Field("f", .float),
    Field("d", .double), Field("dec", .decimal(10, 2)), Field("big", .decimal(38, 10)), Field("s", .string),
    Field("by", .bytes), Field("dt", .date), Field("tm", .time), Field("t3", .timestamp(3)),
    Field("t9", .timestamp(9)),
    Field("z", .timestampLTZ(3)), Field("a", DataType(.array(.string))),
    Field("r", DataType(.row([Field("x", .int), Field("y", .string)]))),
]

let everyValue: [Datum] = [
    .bool(true), .int32(-5), .int32(123_456_789), .int64(.min), .float32(0.1), .float64(1e-7),
    .int64(-1234567),
    .int128(12_345_678_901_234_567_890), .string("say \"hi\"\n\u{1}é"), .bytes(Array("hi".utf8)),
    .int32(19_782),
    .int32(45_296_500), .int64(1_704_164_645_678_000), .int128(-1), .int64(0), .list([.string("a"), .null]),
    .row([.int32(1), .null]),
]

@Suite("Encoders")
struct EncoderTests {
    @Test("JSON of every type")
    func json() throws {
        #expect(
            try encode(JSONFormat(), everyType, [everyValue]) == """
                {"b":true,"ti":-5,"i":123456789,"l":-9223372036854775808,"f":0.1,"d":1.0E-7,"dec":-12345.67,\
                "big":1234567890.1234567890,"s":"say \\"hi\\"\\n\\u0001é","by":"aGk=","dt":"2024-02-29",\
                "tm":"12:34:56.5","t3":"2024-01-02 03:04:05.678","t9":"1969-12-31 23:59:59.999999999",\
                "z":"1970-01-01 00:00:00Z","a":["a",null],"r":{"x":1,"y":null}}

                """)
    }

    @Test("NULL fields are written or left out by option")
    func nulls() throws {
        let schema: Schema = [
            Field("a", .int), Field("b", .string), Field("r", DataType(.row([Field("x", .int)]))),
        ]
        let rows: [[Datum]] = [[.null, .string("x"), .row([.null])], [.null, .null, .null]]
        #expect(
            try encode(JSONFormat(), schema, rows)
                == "{\"a\":null,\"b\":\"x\",\"r\":{\"x\":null}}\n{\"a\":null,\"b\":null,\"r\":null}\n")
        #expect(
            try encode(JSONFormat(), schema, rows, ["encode.ignore-null-fields": "true"])
                == "{\"b\":\"x\",\"r\":{}}\n{}\n")
    }

    @Test("NULL keys of maps fail, are dropped, or get a name")
    func mapKeys() throws {
        let schema: Schema = [Field("m", DataType(.map(.string, .int)))]
        let row: [Datum] = [.map([.init(.string("k"), .int32(1)), .init(.null, .int32(2))])]
        #expect(throws: SQLError.self) { try encode(JSONFormat(), schema, [row]) }
        #expect(
            try encode(JSONFormat(), schema, [row], ["map-null-key.mode": "DROP"]) == "{\"m\":{\"k\":1}}\n")
        #expect(
            try encode(
                JSONFormat(), schema, [row], ["map-null-key.mode": "LITERAL", "map-null-key.literal": "none"])
                == "{\"m\":{\"k\":1,\"none\":2}}\n")
    }

    @Test("decimals and doubles as Java prints them")
    func numbers() throws {
        let schema: Schema = [Field("x", .decimal(20, 10)), Field("d", .double)]
        let rows: [[Datum]] = [
            [.int128(1), .float64(100)], [.int128(0), .float64(1e7)],
            [.int128(-25_000_000_000), .float64(0.001)],
            [.int128(10), .float64(-.infinity)], [.int128(123), .float64(123456.789)],
        ]
        #expect(
            try encode(JSONFormat(), schema, rows) == """
                {"x":1E-10,"d":100.0}
                {"x":0E-10,"d":1.0E7}
                {"x":-2.5000000000,"d":0.001}
                {"x":1.0E-9,"d":"-Infinity"}
                {"x":1.23E-8,"d":123456.789}

                """)
        #expect(
            try encode(JSONFormat(), schema, [rows[0]], ["encode.decimal-as-plain-number": "true"])
                == "{\"x\":0.0000000001,\"d\":100.0}\n")
    }

    @Test("CSV quotes texts with blanks, delimiters or more than 24 characters")
    func csv() throws {
        let schema: Schema = [
            Field("s", .string), Field("t", .timestamp(3)), Field("a", DataType(.array(.int))),
        ]
        let rows: [[Datum]] = [
            [.string("plain"), .int64(0), .list([.int32(1), .int32(2)])], [.string("a b"), .null, .null],
            [.string("q\"q"), .null, .list([])], [.string("0123456789012345678901234"), .null, .null],
            [.string(""), .null, .null],
        ]
        #expect(
            try encode(CSVFormat(), schema, rows) == """
                plain,"1970-01-01 00:00:00",1;2
                "a b",,
                "q""q",,
                "0123456789012345678901234",,
                ,,

                """)
        #expect(
            try encode(
                CSVFormat(), schema, [rows[2]],
                ["escape-character": "\\", "null-literal": "N/A", "field-delimiter": "|"])
                == "\"q\\\"q\"|N/A|\n")
        #expect(
            try encode(CSVFormat(), schema, [rows[1]], ["disable-quote-character": "true"]) == "a b,,\n")
    }

    @Test("what was written is read again", arguments: ["json", "csv"])
    func roundTrip(_ name: String) throws {
        let format: any Format = name == "json" ? JSONFormat() : CSVFormat()
        var random = RandomSource(seed: 5)
        var rows: [[Datum]] = []
        for index in 0..<500 {
            var row = everyValue
            row[2] = .int32(Int32(truncatingIfNeeded: Int64(bitPattern: random.next())))
            row[3] = .int64(Int64(bitPattern: random.next()))
            row[5] = .float64(Double(bitPattern: random.next() & 0xBFEF_FFFF_FFFF_FFFF))
            row[4] = .float32(Float(index) / 7)
            row[6] = .int64(Int64(random.next() % 1_000_000_000))
            row[8] = .string(
                String(repeating: ["a,\"b", "ü", "\\", " ", "日本", "x;y"][index % 6], count: index % 20))
            row[12] = .int64(Int64(random.next() % 4_000_000_000_000) * 1000)
            row[13] = .int128(Int128(Int64(bitPattern: random.next())))
            // TIME(0) of CSV has no fraction.
            row[11] = .int32(Int32(index) * 1000)
            row[15] = .list([.string("a"), .string("b\(index)")])
            row[16] = .row([.int32(Int32(index)), .string("y")])
            if name == "json", index % 5 == 0 { row[index % 17] = .null }
            rows.append(row)
        }
        let pairs = name == "csv" ? ["null-literal": "N/A"] : [:]
        let text = try encode(format, everyType, rows, pairs)
        let decoder = try format.makeDecoder(
            fields: everyType, projection: Array(everyType.indices), options(pairs))
        let read = try decodeAll(decoder, everyType, Array(text.utf8)).rows
        let builder = BatchBuilder(everyType, capacity: 1)
        for row in rows { builder.appendRow(row) }
        let wanted = show(builder.finish())
        #expect(read.count == wanted.count)
        for (one, two) in zip(read, wanted) where one != two {
            Issue.record("\(one)\n\(two)")
            break
        }
    }

    @Test("raw keeps bytes")
    func raw() throws {
        let schema: Schema = [Field("line", .string)]
        #expect(try encode(RawFormat(), schema, [[.string("a,b")], [.null]]) == "a,b\n\n")
        let decoder = try RawFormat().makeDecoder(fields: schema, projection: [0], options([:]))
        let text = "first line, longer than twelve bytes\r\n\nlast"
        #expect(
            try decodeAll(decoder, schema, Array(text.utf8)).rows == [
                "first line, longer than twelve bytes", "", "last",
            ])
        let number: Schema = [Field("n", .int)]
        let little = try RawFormat().makeDecoder(
            fields: number, projection: [0], options(["endianness": "little-endian"]))
        #expect(try decodeAll(little, number, [1, 2, 0, 0, 10]).rows == ["513"])
        #expect(throws: MalformedRow.self) { try decodeAll(little, number, [1, 2, 10]) }
        #expect(throws: SQLError.self) {
            try RawFormat().makeDecoder(fields: everyType, projection: [], options([:]))
        }
    }
}

@Suite("debezium-json")
struct DebeziumTests {
    let schema: Schema = [Field("id", .int), Field("u", .string)]

    func decode(_ text: String, _ pairs: [String: String] = [:], maxRows: Int = 4096) throws -> [String] {
        let decoder = try DebeziumFormat().makeDecoder(fields: schema, projection: [0, 1], options(pairs))
        return try decodeAll(decoder, schema, Array(text.utf8), maxRows: maxRows).rows
    }

    let events = """
        {"before": null, "after": {"id": 1, "u": "ann"}, "op": "c", "ts_ms": 1}
        {"before": null, "after": {"id": 2, "u": "bob"}, "op": "r", "ts_ms": 1}
        {"before": {"id": 1, "u": "ann"}, "after": {"id": 1, "u": "a name of more than twelve bytes"}, "op": "u"}
        {"before": {"id": 2, "u": "bob"}, "after": null, "op": "d"}

        """

    @Test("events give rows of their kinds")
    func decodes() throws {
        let expected = [
            "1 | ann", "2 | bob", "-U 1 | ann", "+U 1 | a name of more than twelve bytes", "-D 2 | bob",
        ]
        let rows = try decode(events)
        #expect(rows.map { $0.hasPrefix("+I ") ? String($0.dropFirst(3)) : $0 } == expected)
        #expect(
            try decode(events, maxRows: 2).map { $0.hasPrefix("+I ") ? String($0.dropFirst(3)) : $0 }
                == expected)
    }

    @Test("events inside their schema")
    func schemaIncluded() throws {
        let text = #"{"schema":{"x":[]},"payload":{"before":null,"after":{"id":1,"u":"x"},"op":"c"}}"#
        #expect(try decode(text, ["schema-include": "true"]) == ["1 | x"])
    }

    @Test("an event that makes no sense fails with its place, or is skipped")
    func faults() throws {
        let text = events + "{\"before\":null,\"after\":{\"id\":3},\"op\":\"u\"}\n{\"op\":\"x\"}\n"
        do {
            _ = try decode(text)
            Issue.record("no error")
        } catch let fault as MalformedRow {
            #expect(fault.rowOffset == events.utf8.count)
            #expect(fault.reason.contains("REPLICA IDENTITY FULL"))
        }
        #expect(try decode(text, ["ignore-parse-errors": "true"]).count == 5)
    }

    @Test("changes are written as inserts and deletes")
    func encodes() throws {
        let text = try encode(
            DebeziumFormat(), schema, [[.int32(1), .string("a")], [.int32(1), .null], [.int32(2), .null]],
            kinds: [.insert, .updateBefore, .delete])
        #expect(
            text == """
                {"before":null,"after":{"id":1,"u":"a"},"op":"c"}
                {"before":{"id":1,"u":null},"after":null,"op":"d"}
                {"before":{"id":2,"u":null},"after":null,"op":"d"}

                """)
    }
}

@Suite("Quotes in CSV")
struct CSVQuoteTests {
    @Test("lengths count UTF-16 units, and special characters are found anywhere")
    func quoting() throws {
        let schema: Schema = [Field("s", .string)]
        for (text, isQuoted) in [
            (String(repeating: "x", count: 24), false), (String(repeating: "x", count: 25), true),
            (String(repeating: "é", count: 24), false), (String(repeating: "é", count: 25), true),
            (String(repeating: "🎉", count: 12), false), (String(repeating: "🎉", count: 13), true),
            ("xxxxxxx,", true), ("xxxxxxxx+", true), (",xxxxxxxxxxxxxxx", true), ("x-y.z/0:9", false),
        ] {
            let line = try encode(CSVFormat(), schema, [[.string(text)]])
            #expect(line == (isQuoted ? "\"\(text)\"\n" : "\(text)\n"))
        }
        let wide = try encode(CSVFormat(), schema, [[.string("a:b")]], ["field-delimiter": ";"])
        #expect(wide == "\"a:b\"\n")
    }

    @Test("every line end in a text is read again")
    func lineEnds() throws {
        let schema: Schema = [Field("s", .string), Field("n", .int)]
        let rows: [[Datum]] = [
            [.string("a\nb"), .int32(1)], [.string("\r\n"), .int32(2)], [.string("x"), .int32(3)],
        ]
        let text = try encode(CSVFormat(), schema, rows)
        #expect(try decodeCSV(schema, text) == ["a\nb | 1", "\r\n | 2", "x | 3"])
    }
}
