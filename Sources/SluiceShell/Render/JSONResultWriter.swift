import SluiceBase
import SluiceColumns

/// JSON lines, one object a row, or one array of objects. A changelog has a first field `op`.
final class JSONResultWriter: ResultWriter {
    private let output: OutputStream
    private let options: RenderOptions
    private let isArray: Bool
    private var columns: Schema = []
    private var keys: [[UInt8]] = []
    private var showsKind = false
    private var isFirst = true
    private var buffer = ByteScratch(capacity: 128 * 1024)

    init(_ output: OutputStream, _ options: RenderOptions) {
        self.output = output
        self.options = options
        isArray = options.format == .json
    }

    func begin(_ columns: Schema, showsKind: Bool) {
        self.columns = columns
        self.showsKind = showsKind
        keys = columns.map { Array((JSONText.quoted($0.name) + ":").utf8) }
        if isArray { buffer.append("[") }
    }

    func write(_ batch: RecordBatch) {
        let values = batch.columns.map(\.flattened)
        for row in 0..<batch.rowCount {
            if isArray { buffer.append(isFirst ? "\n  " : ",\n  ") }
            isFirst = false
            buffer.append(0x7B)
            if showsKind {
                buffer.append("\"op\":\"")
                buffer.append(batch.kind(row).symbol)
                buffer.append(0x22)
            }
            for index in values.indices {
                if index > 0 || showsKind { buffer.append(0x2C) }
                keys[index].withUnsafeBytes { buffer.append($0) }
                append(values[index], row, columns[index].type)
            }
            buffer.append(0x7D)
            if !isArray { buffer.append(0x0A) }
            if buffer.count > 96 * 1024 { flush() }
        }
    }

    private func append(_ column: Column, _ row: Int, _ type: DataType) {
        if column.isNull(row) {
            buffer.append("null")
            return
        }
        switch (column, type.kind) {
        case (.bool(let values), _): buffer.append(values[row] ? "true" : "false")
        case (.list(let list), .array(let element)):
            buffer.append(0x5B)
            for (position, index) in list.range(row).enumerated() {
                if position > 0 { buffer.append(0x2C) }
                append(list.values.column, index, element)
            }
            buffer.append(0x5D)
        case (.map(let map), .map(let key, let value)): append(map, row, key, value)
        case (.map(let map), .multiset(let element)): append(map, row, element, .int)
        case (.row(let fields), .row(let types)):
            buffer.append(0x7B)
            for index in types.indices {
                if index > 0 { buffer.append(0x2C) }
                buffer.append(JSONText.quoted(types[index].name))
                buffer.append(0x3A)
                append(fields.fields[index], row, types[index].type)
            }
            buffer.append(0x7D)
        default: appendScalar(column, row, type)
        }
    }

    private func append(_ map: MapColumn, _ row: Int, _ key: DataType, _ value: DataType) {
        buffer.append(0x7B)
        for (position, index) in map.range(row).enumerated() {
            if position > 0 { buffer.append(0x2C) }
            appendQuoted(map.keys.column, index, key)
            buffer.append(0x3A)
            append(map.values.column, index, value)
        }
        buffer.append(0x7D)
    }

    private func appendScalar(_ column: Column, _ row: Int, _ type: DataType) {
        if case .float64(let values) = column, !values[row].isFinite {
            return appendQuoted(column, row, type)
        }
        if case .float32(let values) = column, !values[row].isFinite {
            return appendQuoted(column, row, type)
        }
        if type.kind.isNumeric {
            ValueFormatter(type, zone: options.zone).append(column, row, to: &buffer)
        } else {
            appendQuoted(column, row, type)
        }
    }

    private func appendQuoted(_ column: Column, _ row: Int, _ type: DataType) {
        var text = ByteScratch(capacity: 256)
        ValueFormatter(type, zone: options.zone).append(column, row, to: &text)
        buffer.append(0x22)
        for byte in text.bytes { appendEscaped(byte) }
        buffer.append(0x22)
    }

    private func appendEscaped(_ byte: UInt8) {
        switch byte {
        case 0x22: buffer.append("\\\"")
        case 0x5C: buffer.append("\\\\")
        case 0x0A: buffer.append("\\n")
        case 0x0D: buffer.append("\\r")
        case 0x09: buffer.append("\\t")
        case 0..<0x20:
            let digits: StaticString = "0123456789abcdef"
            buffer.append("\\u00")
            buffer.append(digits.utf8Start[Int(byte >> 4)])
            buffer.append(digits.utf8Start[Int(byte & 15)])
        default: buffer.append(byte)
        }
    }

    func flush() {
        output.write(buffer.bytes)
        buffer.removeAll()
    }

    func end() {
        if isArray { buffer.append(isFirst ? "]\n" : "\n]\n") }
        flush()
    }
}
