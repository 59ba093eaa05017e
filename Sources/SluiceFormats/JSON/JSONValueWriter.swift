import SluiceBase
import SluiceColumns

/// Writes values as JSON.
final class JSONValueWriter {
    private let options: JSONOptions
    private var times: TimestampWriter

    init(_ options: JSONOptions) {
        self.options = options
        times = TimestampWriter(
            separator: options.timestamps == .sql ? 0x20 : UInt8(ascii: "T"), signsLongYears: true)
    }

    func append(_ cursor: ColumnCursor, _ row: Int, to out: inout ByteScratch) throws(SQLError) {
        if cursor.isNull(row) {
            out.append("null" as StaticString)
            return
        }
        switch cursor.kind {
        case .boolean: out.append(cursor.value(row, Bool.self) ? "true" : "false" as StaticString)
        case .tinyint, .smallint, .int, .intervalYearMonth, .bigint, .intervalDayTime:
            out.appendInteger(cursor.integer(row))
        case .float:
            number(Double(cursor.value(row, Float.self)), single: cursor.value(row, Float.self), to: &out)
        case .double: number(cursor.value(row, Double.self), single: nil, to: &out)
        case .decimal: decimal(cursor, row, to: &out)
        case .char, .varchar:
            out.append(0x22)
            JSONStrings.appendEscaped(cursor.bytes(row), to: &out)
            out.append(0x22)
        case .binary, .varbinary:
            out.append(0x22)
            Base64.encode(cursor.bytes(row), into: &out)
            out.append(0x22)
        case .date, .time, .timestamp, .timestampLTZ:
            out.append(0x22)
            time(cursor, row, to: &out)
            out.append(0x22)
        case .array: try list(cursor, row, to: &out)
        case .map, .multiset: try map(cursor, row, to: &out)
        case .row(let fields): try object(cursor.children, fields, row, to: &out)
        case .null: out.append("null" as StaticString)
        }
    }

    private func number(_ value: Double, single: Float?, to out: inout ByteScratch) {
        let isQuoted = value.isNaN || value.isInfinite
        if isQuoted { out.append(0x22) }
        if let single { out.appendJavaFloat(single) } else { out.appendJavaDouble(value) }
        if isQuoted { out.append(0x22) }
    }

    private func decimal(_ cursor: ColumnCursor, _ row: Int, to out: inout ByteScratch) {
        let unscaled =
            cursor.physical == .int64 ? Int128(cursor.value(row, Int64.self)) : cursor.value(row, Int128.self)
        if options.plainDecimals {
            out.appendDecimal(unscaled, scale: cursor.scale)
        } else {
            out.appendJavaDecimal(unscaled, scale: cursor.scale)
        }
    }

    private func time(_ cursor: ColumnCursor, _ row: Int, to out: inout ByteScratch) {
        switch cursor.kind {
        case .date: times.appendDate(days: Int(cursor.value(row, Int32.self)), to: &out)
        case .time: times.appendTime(millis: Int(cursor.value(row, Int32.self)), .trimmed, to: &out)
        default:
            if cursor.physical == .int64 {
                times.appendTimestamp(micros: cursor.value(row, Int64.self), .trimmed, to: &out)
            } else {
                times.appendTimestamp(nanos: cursor.value(row, Int128.self), .trimmed, to: &out)
            }
            if case .timestampLTZ = cursor.kind { out.append(UInt8(ascii: "Z")) }
        }
    }

    private func list(_ cursor: ColumnCursor, _ row: Int, to out: inout ByteScratch) throws(SQLError) {
        out.append(0x5B)
        var isFirst = true
        for index in cursor.range(row) {
            if !isFirst { out.append(0x2C) }
            isFirst = false
            try append(cursor.children[0], index, to: &out)
        }
        out.append(0x5D)
    }

    private func map(_ cursor: ColumnCursor, _ row: Int, to out: inout ByteScratch) throws(SQLError) {
        let keys = cursor.children[0]
        out.append(0x7B)
        var isFirst = true
        for index in cursor.range(row) {
            let isNull = keys.isNull(index)
            if isNull && options.mapNullKey == .drop { continue }
            if isNull && options.mapNullKey == .fail {
                throw SQLError(
                    .sinkFailed, "a map with a NULL key cannot be written as JSON",
                    hint: "set 'json.map-null-key.mode' to 'DROP' or 'LITERAL'")
            }
            if !isFirst { out.append(0x2C) }
            isFirst = false
            out.append(0x22)
            if isNull {
                var text = options.mapNullLiteral
                text.withUTF8 { JSONStrings.appendEscaped(UnsafeRawBufferPointer($0), to: &out) }
            } else {
                JSONStrings.appendEscaped(keys.bytes(index), to: &out)
            }
            out.append(0x22)
            out.append(0x3A)
            try append(cursor.children[1], index, to: &out)
        }
        out.append(0x7D)
    }

    private func object(
        _ children: [ColumnCursor], _ fields: [Field], _ row: Int, to out: inout ByteScratch
    ) throws(SQLError) {
        out.append(0x7B)
        var isFirst = true
        for (child, field) in zip(children, fields) {
            if options.ignoreNullFields && child.isNull(row) { continue }
            if !isFirst { out.append(0x2C) }
            isFirst = false
            out.append(0x22)
            var name = field.name
            name.withUTF8 { JSONStrings.appendEscaped(UnsafeRawBufferPointer($0), to: &out) }
            out.append(0x22)
            out.append(0x3A)
            try append(child, row, to: &out)
        }
        out.append(0x7D)
    }
}
