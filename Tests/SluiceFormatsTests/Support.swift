import SluiceBase
import SluiceColumns
import SluiceConnect
import Testing

@testable import SluiceFormats

/// A piece with the text at `offset`.
func piece(_ text: [UInt8], offset: Int = 0) -> Buffer {
    let buffer = Buffer(byteCount: offset + text.count)
    text.withUnsafeBytes { bytes in
        if let base = bytes.baseAddress {
            (buffer.base + offset).copyMemory(from: base, byteCount: bytes.count)
        }
    }
    return buffer
}

/// Values as texts: `+I 1 | NULL | {a, b}`; what the shell would print is another module's business.
func show(_ value: Datum) -> String {
    switch value {
    case .null: return "NULL"
    case .bool(let value): return value ? "TRUE" : "FALSE"
    case .int32(let value): return String(value)
    case .int64(let value): return String(value)
    case .float32(let value): return "\(value)"
    case .float64(let value): return "\(value)"
    case .int128(let value): return String(value)
    case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .list(let values): return "[" + values.map(show).joined(separator: ", ") + "]"
    case .map(let entries):
        return "{" + entries.map { show($0.key) + "=" + show($0.value) }.joined(separator: ", ") + "}"
    case .row(let values): return "(" + values.map(show).joined(separator: ", ") + ")"
    }
}

func show(_ batch: RecordBatch) -> [String] {
    (0..<batch.rowCount).map { row in
        let values = batch.row(row).map(show).joined(separator: " | ")
        return batch.rowKinds == nil ? values : batch.kind(row).symbol + " " + values
    }
}

func options(_ pairs: [String: String]) -> FormatOptions {
    FormatOptions(
        values: TableOptions(pairs.sorted { $0.key < $1.key }.map { TableOptions.Entry($0.key, $0.value) }),
        table: "t")
}

/// Decodes all of a text, `maxRows` at a time.
func decodeAll(
    _ decoder: any RowDecoder, _ schema: Schema, _ text: [UInt8], maxRows: Int = 4096
) throws -> (rows: [String], progress: DecodeProgress) {
    let builder = BatchBuilder(schema, capacity: 16)
    let buffer = piece(text)
    var total = DecodeProgress()
    var rows: [String] = []
    while true {
        let progress = try decoder.decode(
            buffer, start: total.bytes, count: text.count - total.bytes, last: true, into: builder,
            maxRows: maxRows)
        rows += show(builder.finish())
        total.add(progress)
        if progress.bytes == 0 || total.bytes == text.count { return (rows, total) }
    }
}

func decodeJSON(
    _ schema: Schema, _ text: String, _ pairs: [String: String] = [:], projection: [Int]? = nil,
    maxRows: Int = 4096
) throws -> [String] {
    let used = projection ?? Array(schema.indices)
    let decoder = try JSONFormat().makeDecoder(fields: schema, projection: used, options(pairs))
    return try decodeAll(decoder, used.map { schema[$0] }, Array(text.utf8), maxRows: maxRows).rows
}
