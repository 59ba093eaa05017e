import SluiceBase
public import SluiceColumns

/// Batches as text: a row is `+I|1|a`, a watermark between rows `W 1000` (milliseconds; `W max` at the end).
///
/// `NULL` is NULL; times are `2024-01-01 00:00:00` with an optional fraction. Blank lines and blanks around fields
/// are ignored. Where batches begin and end cannot be seen in the text.
public enum BatchText {
    /// The rows and marks of a text in batches of `size` rows at most.
    public static func parse(_ text: String, _ schema: Schema, size: Int = 1024) -> [RecordBatch] {
        var batches: [RecordBatch] = []
        var builder = BatchBuilder(schema, capacity: 16)
        var marks: [WatermarkMark] = []
        func cut() {
            if builder.rowCount == 0 && marks.isEmpty { return }
            batches.append(builder.finish(marks: marks))
            builder = BatchBuilder(schema, capacity: 16)
            marks = []
        }
        for line in lines(text) {
            if let watermark = watermark(line) {
                marks.append(WatermarkMark(offset: builder.rowCount, watermark: watermark))
                continue
            }
            if builder.rowCount == size { cut() }
            let fields = line.split(separator: "|", omittingEmptySubsequences: false).map { trim(String($0)) }
            var values: [Datum] = []
            for (field, column) in zip(fields.dropFirst(), schema) {
                values.append(value(field, column.type.kind))
            }
            while values.count < schema.count { values.append(.null) }
            builder.appendRow(values, kind: kind(fields.first ?? "+I"))
        }
        cut()
        return batches
    }

    public static func parseOne(_ text: String, _ schema: Schema) -> RecordBatch {
        parse(text, schema, size: Int.max).first
            ?? RecordBatch(columns: schema.map { Column([], type: $0.type) }, rowCount: 0)
    }

    /// One line per row and mark.
    public static func render(_ batch: RecordBatch, _ schema: Schema) -> [String] {
        let formatters = schema.map { ValueFormatter($0.type) }
        var out: [String] = []
        var marks = batch.marks[...]
        for row in 0...batch.rowCount {
            while let mark = marks.first, mark.offset <= row {
                out.append(render(watermark: mark.watermark))
                marks.removeFirst()
            }
            if row == batch.rowCount { break }
            var line = batch.kind(row).symbol
            for (index, column) in batch.columns.enumerated() {
                line += "|" + formatters[index].string(column.datum(row))
            }
            out.append(line)
        }
        return out
    }

    public static func render(watermark: Int64) -> String {
        watermark == Int64.max ? "W max" : "W \(watermark / 1000)"
    }

    public static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { trim(String($0)) }.filter { !$0.isEmpty }
    }

    private static func watermark(_ line: String) -> Int64? {
        guard line.hasPrefix("W ") else { return nil }
        let text = trim(String(line.dropFirst(2)))
        return text == "max" ? Int64.max : Int64(text).map { $0 * 1000 }
    }

    private static func kind(_ text: String) -> RowKind {
        RowKind.allCases.first { $0.symbol == text } ?? .insert
    }

    private static func trim(_ text: String) -> String {
        var rest = text[...]
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }

    // MARK: Values

    public static func value(_ text: String, _ kind: TypeKind) -> Datum {
        if text == "NULL" { return .null }
        switch kind {
        case .boolean: return .bool(text.lowercased() == "true")
        case .tinyint, .smallint, .int, .intervalYearMonth, .null:
            return Int32(text).map { .int32($0) } ?? .null
        case .bigint, .intervalDayTime: return Int64(text).map { .int64($0) } ?? .null
        case .float: return Float(text).map { .float32($0) } ?? .null
        case .double: return Double(text).map { .float64($0) } ?? .null
        case .decimal(let precision, let scale):
            guard let unscaled = decimal(text, scale) else { return .null }
            return precision <= 18 ? .int64(Int64(clamping: unscaled)) : .int128(unscaled)
        case .char, .varchar, .binary, .varbinary: return .string(text)
        case .date: return days(text[...]).map { .int32(Int32($0)) } ?? .null
        case .time: return time(text[...]).map { .int32(Int32($0 / 1_000_000)) } ?? .null
        case .timestamp(let precision), .timestampLTZ(let precision):
            guard let nanos = timestamp(text) else { return .null }
            return precision <= 6 ? .int64(Int64(clamping: nanos / 1000)) : .int128(nanos)
        case .array, .map, .multiset, .row: return .null
        }
    }

    private static func decimal(_ text: String, _ scale: Int) -> Int128? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        var fraction = parts.count > 1 ? String(parts[1].prefix(scale)) : ""
        while fraction.utf8.count < scale { fraction += "0" }
        return Int128(String(parts[0]) + fraction)
    }

    private static func days(_ text: Substring) -> Int? {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        return parts.count == 3 ? CivilDate.days(year: parts[0], month: parts[1], day: parts[2]) : nil
    }

    /// Nanoseconds of the day.
    private static func time(_ text: Substring) -> Int64? {
        let halves = text.split(separator: ".")
        guard let first = halves.first else { return nil }
        let parts = first.split(separator: ":").compactMap { Int64($0) }
        guard parts.count >= 2 else { return nil }
        let seconds = parts[0] * 3600 + parts[1] * 60 + (parts.count > 2 ? parts[2] : 0)
        var fraction = halves.count > 1 ? String(halves[1]) : ""
        if fraction.hasSuffix("Z") { fraction.removeLast() }
        while fraction.utf8.count < 9 { fraction += "0" }
        return seconds * 1_000_000_000 + (Int64(fraction) ?? 0)
    }

    private static func timestamp(_ text: String) -> Int128? {
        let parts = text.split(separator: " ")
        guard let date = parts.first, let day = days(date) else { return nil }
        let nanos = parts.count > 1 ? time(parts[1]) : 0
        guard let nanos else { return nil }
        return Int128(day) * 86_400_000_000_000 + Int128(nanos)
    }
}

extension String {
    /// Time as in `2024-01-01 00:00:00`, in microseconds.
    public var micros: Int64 {
        if case .int64(let value) = BatchText.value(self, .timestamp(3)) { return value }
        return 0
    }
}
