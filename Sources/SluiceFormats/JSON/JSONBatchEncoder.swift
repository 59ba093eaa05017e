import SluiceBase
import SluiceColumns
import SluiceConnect

/// Writes an object a line.
final class JSONBatchEncoder: BatchEncoder {
    private let fields: Schema
    private let options: JSONOptions
    private var writer: JSONValueWriter
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
        for row in 0..<batch.rowCount {
            try appendObject(cursors, row, to: &out)
            out.append(0x0A)
        }
        withExtendedLifetime(batch) {}
    }

    /// The object of one row, without a line end.
    func appendObject(_ cursors: [ColumnCursor], _ row: Int, to out: inout ByteScratch) throws(SQLError) {
        out.append(0x7B)
        var isFirst = true
        var keyStart = 0
        for index in 0..<cursors.count {
            let keyEnd = keyEnds[index]
            if !(options.ignoreNullFields && cursors[index].isNull(row)) {
                if !isFirst { out.append(0x2C) }
                isFirst = false
                out.append(UnsafeRawBufferPointer(start: keys.base + keyStart, count: keyEnd - keyStart))
                try writer.append(cursors[index], row, to: &out)
            }
            keyStart = keyEnd
        }
        out.append(0x7D)
    }
}
