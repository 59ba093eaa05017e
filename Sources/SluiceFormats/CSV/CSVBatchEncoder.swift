import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect

/// Writes comma-separated values with the quoting rules of Jackson, which Flink uses: a text is quoted when it has
/// more than 24 characters or one below the delimiter and the quote.
final class CSVBatchEncoder: BatchEncoder {
    private let fields: Schema
    private let options: CSVOptions
    private let minimumSafe: UInt8
    private let quotesTimes: Bool
    private var times = TimestampWriter(signsLongYears: true)
    private var scratch = ByteScratch(capacity: 1024)

    /// Longer texts are quoted without a look.
    private static let checkedLength = 24

    init(fields: Schema, options: CSVOptions) throws(SQLError) {
        for field in fields { try CSVConverter.check(field.type) }
        self.fields = fields
        self.options = options
        quotesTimes = options.quote == 0x22
        minimumSafe = Swift.max(options.delimiter, options.quote ?? 0, 0x0A) &+ 1
    }

    func encode(_ batch: RecordBatch, into out: inout ByteScratch) throws(SQLError) {
        let cursors = zip(batch.columns, fields).map { ColumnCursor($0, $1.type) }
        let steps = cursors.map { EncodeStep($0) }
        steps.withUnsafeBufferPointer { steps in
            for row in 0..<batch.rowCount { appendRow(steps, cursors, row, to: &out) }
        }
        withExtendedLifetime(batch) {}
    }

    /// Quoted texts may have line ends, so rows are told apart here.
    func encodeMessages(
        _ batch: RecordBatch, into out: inout ByteScratch, messages: inout [Range<Int>]
    ) throws(SQLError) {
        let cursors = zip(batch.columns, fields).map { ColumnCursor($0, $1.type) }
        let steps = cursors.map { EncodeStep($0) }
        steps.withUnsafeBufferPointer { steps in
            for row in 0..<batch.rowCount {
                let start = out.count
                appendRow(steps, cursors, row, to: &out)
                messages.append(start..<(out.count - 1))
            }
        }
        withExtendedLifetime(batch) {}
    }

    private func appendRow(
        _ steps: UnsafeBufferPointer<EncodeStep>, _ cursors: [ColumnCursor], _ row: Int,
        to out: inout ByteScratch
    ) {
        for index in 0..<steps.count {
            if index > 0 { out.append(options.delimiter) }
            let step = steps[index]
            let shape = step.isNull(row) ? .other : step.shape
            switch shape {
            case .int32: out.appendInteger(Int64(step.value(row, Int32.self)))
            case .int64: out.appendInteger(step.value(row, Int64.self))
            case .text: quoteIfNeeded(step.bytes(row), to: &out)
            case .double: out.appendJavaDouble(step.value(row, Double.self))
            case .timestamp where quotesTimes:
                // The blank inside makes quotes necessary.
                out.append(0x22)
                times.appendTimestamp(micros: step.value(row, Int64.self), .trimmed, to: &out)
                if step.isZoned { out.append(UInt8(ascii: "Z")) }
                out.append(0x22)
            default: append(cursors[index], row, to: &out)
            }
        }
        out.append(0x0A)
    }

    private func append(_ cursor: ColumnCursor, _ row: Int, to out: inout ByteScratch) {
        if cursor.isNull(row) {
            if let literal = options.nullLiteral { literal.withUnsafeBytes { out.append($0) } }
            return
        }
        switch cursor.kind {
        case .char, .varchar: quoteIfNeeded(cursor.bytes(row), to: &out)
        case .binary, .varbinary, .date, .time, .timestamp, .timestampLTZ, .array, .row:
            scratch.removeAll()
            appendText(cursor, row, to: &scratch)
            quoteIfNeeded(scratch.bytes, to: &out)
        default: appendText(cursor, row, to: &out)
        }
    }

    /// The value without quotes.
    private func appendText(_ cursor: ColumnCursor, _ row: Int, to out: inout ByteScratch) {
        if cursor.isNull(row) {
            if let literal = options.nullLiteral { literal.withUnsafeBytes { out.append($0) } }
            return
        }
        switch cursor.kind {
        case .boolean: out.append(cursor.value(row, Bool.self) ? "true" : "false" as StaticString)
        case .tinyint, .smallint, .int, .intervalYearMonth, .bigint, .intervalDayTime:
            out.appendInteger(cursor.integer(row))
        case .float: out.appendJavaFloat(cursor.value(row, Float.self))
        case .double: out.appendJavaDouble(cursor.value(row, Double.self))
        case .decimal: appendDecimal(cursor, row, to: &out)
        case .char, .varchar: out.append(cursor.bytes(row))
        case .binary, .varbinary: Base64.encode(cursor.bytes(row), into: &out)
        case .date: times.appendDate(days: Int(cursor.value(row, Int32.self)), to: &out)
        case .time: times.appendTime(millis: Int(cursor.value(row, Int32.self)), .trimmed, to: &out)
        case .timestamp, .timestampLTZ:
            if cursor.physical == .int64 {
                times.appendTimestamp(micros: cursor.value(row, Int64.self), .trimmed, to: &out)
            } else {
                times.appendTimestamp(nanos: cursor.value(row, Int128.self), .trimmed, to: &out)
            }
            if case .timestampLTZ = cursor.kind { out.append(UInt8(ascii: "Z")) }
        case .array:
            var isFirst = true
            for index in cursor.range(row) {
                if !isFirst { options.arrayDelimiter.withUnsafeBytes { out.append($0) } }
                isFirst = false
                appendText(cursor.children[0], index, to: &out)
            }
        case .row:
            for (index, child) in cursor.children.enumerated() {
                if index > 0 { options.arrayDelimiter.withUnsafeBytes { out.append($0) } }
                appendText(child, row, to: &out)
            }
        case .map, .multiset, .null: break
        }
    }

    private func appendDecimal(_ cursor: ColumnCursor, _ row: Int, to out: inout ByteScratch) {
        let unscaled =
            cursor.physical == .int64 ? Int128(cursor.value(row, Int64.self)) : cursor.value(row, Int128.self)
        if options.scientificDecimals {
            out.appendJavaDecimal(unscaled, scale: cursor.scale)
        } else {
            out.appendDecimal(unscaled, scale: cursor.scale)
        }
    }

    private func quoteIfNeeded(_ text: UnsafeRawBufferPointer, to out: inout ByteScratch) {
        guard let quote = options.quote, let base = text.baseAddress, needsQuotes(text) else {
            return out.append(text)
        }
        out.append(quote)
        if options.escape == nil && memchr(base, Int32(quote), text.count) == nil {
            out.append(text)
            return out.append(quote)
        }
        for byte in text {
            if byte == quote { out.append(options.escape ?? quote) }
            if byte == options.escape { out.append(byte) }
            out.append(byte)
        }
        out.append(quote)
    }

    private func needsQuotes(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let base = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
        let count = text.count
        let low = splat(minimumSafe)
        let escape = splat(options.escape ?? 0)
        var special: UInt64 = 0
        var seen: UInt64 = 0
        var index = 0
        while index &+ 8 <= count {
            let x = load8(base + index)
            special |= ((x &- low) & ~x & splat(0x80)) | zeroLanes(x ^ escape)
            seen |= x
            index &+= 8
        }
        while index < count {
            let byte = base[index]
            if byte < minimumSafe || byte == options.escape { return true }
            seen |= UInt64(byte)
            index &+= 1
        }
        if special != 0 { return true }
        if count <= CSVBatchEncoder.checkedLength { return false }
        return seen & splat(0x80) == 0 || unitCount(text) > CSVBatchEncoder.checkedLength
    }

    /// UTF-16 units, which Java counts.
    private func unitCount(_ text: UnsafeRawBufferPointer) -> Int {
        var units = 0
        for byte in text where byte & 0xC0 != 0x80 { units &+= byte >= 0xF0 ? 2 : 1 }
        return units
    }
}
