import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect
import Testing

@testable import SluiceFormats

/// Documents per test; SLUICE_FUZZ raises it.
let fuzzCount = getenv("SLUICE_FUZZ").flatMap { Int(String(cString: $0)) } ?? 20_000

/// Makes rows that are mostly plain, with mistakes and oddities sprinkled in.
struct DocumentMaker {
    var random: RandomSource

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    mutating func pick(_ texts: [String]) -> String { texts[below(texts.count)] }

    mutating func number() -> String {
        switch below(12) {
        case 0:
            return pick([
                "-0", "0", "00", "-", "+1", "1.", ".5", "1e5", "1E-3", "9223372036854775807", "1e400",
            ])
        case 1: return "\(Int64(bitPattern: random.next()))"
        case 2: return "\(below(1000)).\(below(100000))"
        case 3: return "123456789012345678901234567890.5"
        case 4: return "\(below(100000)).\(below(1_000_000_000))"
        default: return "\(below(2_000_000))"
        }
    }

    mutating func time() -> String {
        let plain =
            "2024-0\(1 + below(9))-1\(below(10)) \(10 + below(10)):\(10 + below(50)):\(10 + below(50))"
        switch below(12) {
        case 0: return plain
        case 1: return plain + ".\(below(1_000_000_000))"
        case 2: return plain + "Z"
        case 3: return pick(["2023-02-30 24:00:00", "2024-13-01 00:00:00", "2024-1-1 1:1:1", "x", ""])
        case 4: return plain.replacing(" ", with: "T")
        default: return plain + ".\(100 + below(900))"
        }
    }

    mutating func text() -> String {
        switch below(8) {
        case 0: return pick(["", "x", "é", "日本語テキスト🎉 and more of it", "twelve bytes", "thirteen byte"])
        case 1: return String(repeating: "ab", count: below(40))
        default: return "text\(below(1_000_000))"
        }
    }

    /// Flips, drops or doubles a byte now and then.
    mutating func damage(_ bytes: [UInt8]) -> [UInt8] {
        guard below(3) == 0, !bytes.isEmpty else { return bytes }
        var copy = bytes
        let at = below(copy.count)
        switch below(4) {
        case 0: copy[at] = UInt8(below(256))
        case 1: copy.remove(at: at)
        case 2: copy.insert(Array(#"{}[]:,"\0n "#.utf8)[below(11)], at: at)
        default: copy.removeLast(below(copy.count))
        }
        return copy
    }
}

extension DocumentMaker {
    mutating func jsonString(_ text: String) -> String {
        if below(10) == 0 {
            return "\"" + text + pick([#"\n"#, #"\u00e9"#, #"\ud83c\udf89"#, #"\""#, #"\x"#, "\t"]) + "\""
        }
        return "\"" + text + "\""
    }

    mutating func jsonValue(_ field: Int) -> String {
        if below(15) == 0 {
            return pick(["null", "true", "false", "{}", "[]", "[1,{\"a\":[]}]", "nul", "\"\"", "NaN"])
        }
        if below(20) == 0 { return jsonString(number()) }
        switch field {
        case 0, 1, 2, 3, 4: return number()
        case 5: return jsonString(time())
        case 6: return jsonString(String(time().prefix(10)))
        case 7: return pick(["true", "false"])
        case 8: return pick(["[1,2,3]", "[null]", "[]", "[ 1 , 2]"])
        default: return jsonString(text())
        }
    }

    mutating func jsonLine(_ names: [String]) -> String {
        var order = Array(names.indices)
        if below(6) == 0 { order.swapAt(below(order.count), below(order.count)) }
        if below(8) == 0 { order.remove(at: below(order.count)) }
        let colon = below(10) == 0 ? " : " : ":"
        let comma = below(10) == 0 ? " ,  " : ","
        let fields = order.map { "\"\(names[$0])\"\(colon)\(jsonValue($0))" }
        return "{" + fields.joined(separator: comma) + "}" + (below(12) == 0 ? " \r" : "")
    }

    mutating func csvField(_ field: Int, _ delimiter: String) -> String {
        if below(20) == 0 {
            return pick([
                "", " ", "\"\"", "\"a\"\"b\"", "\"a,b\"", "\"x\ny\"", "a\"b", "\\n", "NULL", "\"q\" x",
            ])
        }
        let plain: String
        switch field {
        case 0, 1, 2, 3, 4: plain = number()
        case 5: plain = time()
        case 6: plain = String(time().prefix(10))
        case 7: plain = pick(["true", "false", "TRUE "])
        case 8: plain = pick(["1;2;3", "", "5", "x;1"])
        default: plain = text()
        }
        return below(8) == 0 ? "\"" + plain + "\"" : plain
    }
}

let fuzzSchema: Schema = [
    Field("a", .bigint), Field("b", .int), Field("c", .double), Field("d", .decimal(10, 2)),
    Field("e", .smallint),
    Field("t", .timestamp(3)), Field("day", .date), Field("flag", .boolean),
    Field("list", DataType(.array(.int))),
    Field("s", .string), Field("another_rather_long_name", .string),
]

/// The rows or the fault, as text.
func outcome(_ decoder: any RowDecoder, _ schema: Schema, _ text: [UInt8], maxRows: Int) -> String {
    do {
        let result = try decodeAll(decoder, schema, text, maxRows: maxRows)
        return result.rows.joined(separator: "\n")
            + "\n\(result.progress.bytes) \(result.progress.lines) \(result.progress.skipped)"
    } catch let fault as MalformedRow {
        return "fault \(fault.reason) \(fault.column ?? "-") \(fault.sample)"
    } catch {
        return "\(error)"
    }
}

@Suite("Decoders under random input")
struct FuzzTests {
    @Test("the predicted path of the JSON decoder gives the rows of the slow one")
    func jsonPaths() throws {
        var maker = DocumentMaker(seed: 11)
        let names = fuzzSchema.map(\.name)
        for round in 0..<(fuzzCount / 10) {
            var text: [UInt8] = []
            for _ in 0..<10 { text += maker.damage(Array(maker.jsonLine(names).utf8)) + [0x0A] }
            var projection = Array(fuzzSchema.indices)
            if round % 2 == 0 { projection.removeSubrange(..<maker.below(projection.count)) }
            var settings = JSONOptions()
            settings.ignoreParseErrors = round % 3 != 0
            settings.timestamps = round % 7 == 0 ? .iso8601 : .sql
            let schema = projection.map { fuzzSchema[$0] }
            let fast = try JSONRowDecoder(fields: schema, options: settings)
            let slow = try JSONRowDecoder(fields: schema, options: settings)
            slow.usesFastPath = false
            let maxRows = 1 + maker.below(12)
            let one = outcome(fast, schema, text, maxRows: maxRows)
            let two = outcome(slow, schema, text, maxRows: maxRows)
            if one != two {
                Issue.record(
                    "round \(round): \(String(decoding: text, as: UTF8.self))\nfast: \(one)\nslow: \(two)")
                return
            }
        }
    }

    @Test("the plain path of the CSV decoder gives the rows of the slow one")
    func csvPaths() throws {
        var maker = DocumentMaker(seed: 12)
        for round in 0..<(fuzzCount / 10) {
            var settings = CSVOptions()
            settings.ignoreParseErrors = round % 3 != 0
            if round % 4 == 0 { settings.nullLiteral = Array(maker.pick(["", "NULL", "0", "x"]).utf8) }
            if round % 5 == 0 { settings.escape = 0x5C }
            if round % 6 == 0 { settings.allowComments = true }
            if round % 11 == 0 { settings.quote = nil }
            if round % 13 == 0 { settings.delimiter = 0x3B }
            let delimiter = String(Unicode.Scalar(settings.delimiter))
            var text: [UInt8] = []
            for _ in 0..<10 {
                let cells = fuzzSchema.indices.map { maker.csvField($0, delimiter) }
                let line = cells.joined(separator: delimiter) + (maker.below(12) == 0 ? "\r" : "")
                text += maker.damage(Array(line.utf8)) + [0x0A]
            }
            var projection = Array(fuzzSchema.indices)
            if round % 2 == 0 { projection.removeSubrange(..<maker.below(projection.count)) }
            let schema = projection.map { fuzzSchema[$0] }
            let fast = try CSVRowDecoder(fields: fuzzSchema, projection: projection, options: settings)
            let slow = try CSVRowDecoder(fields: fuzzSchema, projection: projection, options: settings)
            slow.usesFastPath = false
            let maxRows = 1 + maker.below(12)
            let one = outcome(fast, schema, text, maxRows: maxRows)
            let two = outcome(slow, schema, text, maxRows: maxRows)
            if one != two {
                Issue.record(
                    "round \(round): \(String(decoding: text, as: UTF8.self))\nfast: \(one)\nslow: \(two)")
                return
            }
        }
    }

    @Test("random bytes give rows or an error, never a crash")
    func garbage() throws {
        var maker = DocumentMaker(seed: 13)
        let alphabet = Array("{}[]:,\"\\0123456789.eE+-truefalsn \r\n\t;#'\u{FF}é".utf8)
        for _ in 0..<fuzzCount {
            var text: [UInt8] = []
            for _ in 0..<maker.below(60) { text.append(alphabet[maker.below(alphabet.count)]) }
            let json = try JSONRowDecoder(fields: fuzzSchema, options: JSONOptions())
            _ = outcome(json, fuzzSchema, text, maxRows: 5)
            let csv = try CSVRowDecoder(fields: fuzzSchema, projection: [0, 9], options: CSVOptions())
            _ = outcome(csv, [fuzzSchema[0], fuzzSchema[9]], text, maxRows: 5)
        }
    }
}
