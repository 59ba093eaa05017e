import SluiceBase
import SluiceColumns

/// CSV by RFC 4180, and TSV. A field is quoted when it must be, and when it spells the text of NULL.
final class DelimitedWriter: ResultWriter {
    private let output: OutputStream
    private let options: RenderOptions
    private let delimiter: UInt8
    private var formatters: [ValueFormatter] = []
    private var showsKind = false
    private var buffer = ByteScratch(capacity: 128 * 1024)
    private let nullBytes: [UInt8]

    init(_ output: OutputStream, _ options: RenderOptions) {
        self.output = output
        self.options = options
        delimiter = options.format == .tsv ? 0x09 : 0x2C
        nullBytes = Array(options.null.utf8)
    }

    func begin(_ columns: Schema, showsKind: Bool) {
        self.showsKind = showsKind
        formatters = columns.map { ValueFormatter($0.type, zone: options.zone) }
        guard options.header else { return }
        if showsKind { buffer.append("op") }
        for (index, column) in columns.enumerated() {
            if index > 0 || showsKind { buffer.append(delimiter) }
            let start = buffer.count
            buffer.append(column.name)
            quoteIfNeeded(from: start)
        }
        buffer.append(0x0A)
    }

    func write(_ batch: RecordBatch) {
        let columns = batch.columns.map(\.flattened)
        for row in 0..<batch.rowCount {
            if showsKind { buffer.append(batch.kind(row).symbol) }
            for index in columns.indices {
                if index > 0 || showsKind { buffer.append(delimiter) }
                append(columns[index], row, formatters[index])
            }
            buffer.append(0x0A)
            if buffer.count > 96 * 1024 { flush() }
        }
    }

    private func append(_ column: Column, _ row: Int, _ formatter: ValueFormatter) {
        if column.isNull(row) {
            nullBytes.withUnsafeBytes { buffer.append($0) }
            return
        }
        let start = buffer.count
        formatter.append(column, row, to: &buffer)
        switch column {
        // A date outside the calendar may have a comma in it.
        case .int32 where formatter.type.kind == .date: quoteIfNeeded(from: start)
        case .int32, .int64, .float32, .float64, .bool, .int128: break
        default: quoteIfNeeded(from: start)
        }
    }

    /// Quotes the field that begins at `start`, if its bytes ask for it.
    private func quoteIfNeeded(from start: Int) {
        let bytes = buffer.bytes
        var quotes = 0
        var needed = buffer.count == start || isNullText(from: start)
        for index in start..<buffer.count {
            let byte = bytes[index]
            if byte == 0x22 { quotes += 1 }
            if byte == 0x22 || byte == delimiter || byte == 0x0A || byte == 0x0D { needed = true }
        }
        guard needed else { return }
        let field = Array(bytes[start..<buffer.count])
        buffer.count = start
        buffer.append(0x22)
        for byte in field {
            if byte == 0x22 { buffer.append(0x22) }
            buffer.append(byte)
        }
        buffer.append(0x22)
    }

    private func isNullText(from start: Int) -> Bool {
        guard buffer.count - start == nullBytes.count else { return false }
        let bytes = buffer.bytes
        for (index, byte) in nullBytes.enumerated() where bytes[start + index] != byte { return false }
        return true
    }

    func flush() {
        output.write(buffer.bytes)
        buffer.removeAll()
    }

    func end() { flush() }
}
