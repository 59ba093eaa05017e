import SluiceBase
import SluiceColumns
import SluiceConnect

/// Writes an object a line.
final class JSONBatchEncoder: BatchEncoder {
    private let fields: Schema
    private let options: JSONOptions
    private let writer: JSONValueWriter
    /// `"name":` of each field, one after the other.
    private var keys = ByteScratch(capacity: 256)
    private var keyEnds: [Int] = []

    init(fields: Schema, options: JSONOptions) throws(SQLError) {
        // The same types as on reading.
        for field in fields { _ = try ValuePlan(field.type) }
        self.fields = fields
        self.options = options
        writer = JSONValueWriter(options)
        for field in fields {
            keys.append(0x22)
            var name = field.name
            name.withUTF8 { JSONStrings.appendEscaped(UnsafeRawBufferPointer($0), to: &keys) }
            keys.append(0x22)
            keys.append(0x3A)
            keyEnds.append(keys.count)
        }
    }

    func encode(_ batch: RecordBatch, into out: inout ByteScratch) throws(SQLError) {
        let cursors = zip(batch.columns, fields).map { ColumnCursor($0, $1.type) }
        var times = timestampWriter
        for row in 0..<batch.rowCount {
            try appendObject(cursors, row, &times, to: &out)
            out.append(0x0A)
        }
        withExtendedLifetime(batch) {}
    }

    var timestampWriter: TimestampWriter {
        TimestampWriter(
            separator: options.timestamps == .sql ? 0x20 : UInt8(ascii: "T"), signsLongYears: true)
    }

    /// The object of one row, without a line end.
    func appendObject(
        _ cursors: [ColumnCursor], _ row: Int, _ times: inout TimestampWriter, to out: inout ByteScratch
    ) throws(SQLError) {
        let keys = UnsafeRawPointer(self.keys.base)
        let ignoresNulls = options.ignoreNullFields
        out.reserve(self.keys.count &+ cursors.count &* 48)
        out.append(0x7B)
        var isFirst = true
        var keyStart = 0
        for index in 0..<cursors.count {
            let cursor = cursors[index]
            let keyEnd = keyEnds[index]
            let isNull = cursor.isNull(row)
            if !(ignoresNulls && isNull) {
                if !isFirst { out.append(0x2C) }
                isFirst = false
                out.append(UnsafeRawBufferPointer(start: keys + keyStart, count: keyEnd &- keyStart))
                if isNull {
                    out.append("null" as StaticString)
                } else {
                    try append(cursor, row, &times, to: &out)
                }
            }
            keyStart = keyEnd
        }
        out.append(0x7D)
    }

    /// The common types here, where the compiler can see the loop; the others by the writer.
    @inline(__always)
    private func append(
        _ cursor: ColumnCursor, _ row: Int, _ times: inout TimestampWriter, to out: inout ByteScratch
    ) throws(SQLError) {
        switch cursor.shape {
        case .int32: out.appendInteger(Int64(cursor.value(row, Int32.self)))
        case .int64: out.appendInteger(cursor.value(row, Int64.self))
        case .text:
            out.append(0x22)
            JSONStrings.appendEscaped(cursor.bytes(row), to: &out)
            out.append(0x22)
        case .timestamp:
            out.append(0x22)
            times.appendTimestamp(micros: cursor.value(row, Int64.self), .trimmed, to: &out)
            if cursor.isZoned { out.append(UInt8(ascii: "Z")) }
            out.append(0x22)
        case .double:
            let value = cursor.value(row, Double.self)
            if value.isFinite { return out.appendJavaDouble(value) }
            try writer.append(cursor, row, to: &out)
        case .other: try writer.append(cursor, row, to: &out)
        }
    }
}
