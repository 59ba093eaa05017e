import SluiceBase
import SluiceColumns
import SluiceConnect

/// Writes an object a line.
final class JSONBatchEncoder: BatchEncoder {
    private let fields: Schema
    private let options: JSONOptions
    private let writer: JSONValueWriter
    /// `"name":` of each field, one after the other.
    private let keys: [UInt8]
    private let keyEnds: [Int]

    init(fields: Schema, options: JSONOptions) throws(SQLError) {
        // The same types as on reading.
        for field in fields { _ = try ValuePlan(field.type) }
        self.fields = fields
        self.options = options
        writer = JSONValueWriter(options)
        var text = ByteScratch(capacity: 256)
        var ends: [Int] = []
        for field in fields {
            text.append(0x22)
            var name = field.name
            name.withUTF8 { JSONStrings.appendEscaped(UnsafeRawBufferPointer($0), to: &text) }
            text.append(0x22)
            text.append(0x3A)
            ends.append(text.count)
        }
        keys = Array(text.bytes)
        keyEnds = ends
    }

    func encode(_ batch: RecordBatch, into out: inout ByteScratch) throws(SQLError) {
        var rows = prepare(batch)
        for row in 0..<batch.rowCount {
            try rows.append(row, to: &out)
            out.append(0x0A)
        }
        withExtendedLifetime(batch) {}
    }

    func prepare(_ batch: RecordBatch) -> Rows {
        Rows(
            zip(batch.columns, fields).map { ColumnCursor($0, $1.type) }, keys, keyEnds, options, writer)
    }

    /// The rows of one batch as objects.
    struct Rows: ~Copyable {
        private let cursors: [ColumnCursor]
        private let steps: UnsafeMutablePointer<EncodeStep>
        private let count: Int
        private let keys: UnsafeMutableRawPointer
        private let room: Int
        private let ignoresNulls: Bool
        private let writer: JSONValueWriter
        private var times: TimestampWriter

        init(
            _ cursors: [ColumnCursor], _ keyText: [UInt8], _ keyEnds: [Int], _ options: JSONOptions,
            _ writer: JSONValueWriter
        ) {
            self.cursors = cursors
            self.writer = writer
            count = cursors.count
            ignoresNulls = options.ignoreNullFields
            times = TimestampWriter(
                separator: options.timestamps == .sql ? 0x20 : UInt8(ascii: "T"), signsLongYears: true)
            room = keyText.count + cursors.count * 48 + 16
            let text = UnsafeMutableRawPointer.allocate(byteCount: keyText.count + 1, alignment: 8)
            keyText.withUnsafeBytes { from in
                if let base = from.baseAddress { text.copyMemory(from: base, byteCount: from.count) }
            }
            keys = text
            steps = .allocate(capacity: Swift.max(cursors.count, 1))
            for index in 0..<cursors.count {
                let step = EncodeStep(
                    cursors[index], keyStart: index == 0 ? 0 : keyEnds[index - 1], keyEnd: keyEnds[index])
                (steps + index).initialize(to: step)
            }
        }

        deinit {
            steps.deallocate()
            keys.deallocate()
        }

        /// The object of one row, without a line end.
        @inline(__always)
        mutating func append(_ row: Int, to out: inout ByteScratch) throws(SQLError) {
            out.reserve(room)
            out.append(0x7B)
            var isFirst = true
            for index in 0..<count {
                let step = steps + index
                let isNull = step.pointee.isNull(row)
                if ignoresNulls && isNull { continue }
                if !isFirst { out.append(0x2C) }
                isFirst = false
                let keyStart = step.pointee.keyStart
                out.append(
                    UnsafeRawBufferPointer(start: keys + keyStart, count: step.pointee.keyEnd &- keyStart))
                if isNull {
                    out.append("null" as StaticString)
                } else {
                    try append(step, row, index, to: &out)
                }
            }
            out.append(0x7D)
        }

        /// The common types here, where the compiler can see the loop; the others by the writer.
        @inline(__always)
        private mutating func append(
            _ step: UnsafeMutablePointer<EncodeStep>, _ row: Int, _ index: Int, to out: inout ByteScratch
        ) throws(SQLError) {
            switch step.pointee.shape {
            case .int32: out.appendInteger(Int64(step.pointee.value(row, Int32.self)))
            case .int64: out.appendInteger(step.pointee.value(row, Int64.self))
            case .text:
                out.append(0x22)
                JSONStrings.appendEscaped(step.pointee.bytes(row), to: &out)
                out.append(0x22)
            case .timestamp:
                out.append(0x22)
                times.appendTimestamp(micros: step.pointee.value(row, Int64.self), .trimmed, to: &out)
                if step.pointee.isZoned { out.append(UInt8(ascii: "Z")) }
                out.append(0x22)
            case .double:
                let value = step.pointee.value(row, Double.self)
                if value.isFinite {
                    out.appendJavaDouble(value)
                } else {
                    try writer.append(cursors[index], row, to: &out)
                }
            case .other: try writer.append(cursors[index], row, to: &out)
            }
        }
    }
}
