import SluiceBase
import SluiceColumns

/// Values as `Row.toString` prints their Java objects: times in ISO form, nested rows with their kind.
struct JavaText: ~Copyable {
    private var times = TimestampWriter(separator: UInt8(ascii: "T"), signsLongYears: true)

    mutating func append(_ value: Datum, _ type: DataType, to out: inout ByteScratch) {
        switch (value, type.kind) {
        case (.null, _): out.append("null" as StaticString)
        case (.bool(let value), _): out.append(value ? "true" : "false" as StaticString)
        case (.float32(let value), _): out.appendJavaFloat(value)
        case (.float64(let value), _): out.appendJavaDouble(value)
        case (.int32(let days), .date): times.appendDate(days: Int(days), to: &out)
        case (.int32(let millis), .time):
            appendTime(seconds: Int(millis) / 1000, nanos: Int(millis) % 1000 * 1_000_000, to: &out)
        case (.int32(let months), .intervalYearMonth): appendPeriod(Int(months), to: &out)
        case (.int64(let millis), .intervalDayTime): appendDuration(millis, to: &out)
        case (.int64(let unscaled), .decimal(_, let scale)): out.appendDecimal(unscaled, scale: scale)
        case (.int128(let unscaled), .decimal(_, let scale)): out.appendDecimal(unscaled, scale: scale)
        case (.int64(let micros), .timestamp), (.int64(let micros), .timestampLTZ):
            appendTimestamp(Int128(micros) * 1000, type, to: &out)
        case (.int128(let nanos), .timestamp), (.int128(let nanos), .timestampLTZ):
            appendTimestamp(nanos, type, to: &out)
        case (.int32(let value), _): out.appendInteger(value)
        case (.int64(let value), _): out.appendInteger(value)
        case (.int128(let value), _): out.appendInteger(value)
        case (.bytes(let bytes), _): appendBytes(bytes, type, to: &out)
        case (.list(let values), _): appendList(values, type, to: &out)
        case (.map(let entries), _): appendMap(entries, type, to: &out)
        case (.row(let values), _): appendRow(values, type, to: &out)
        }
    }

    /// `LocalTime`: no seconds if there are none, fractions of three, six or nine digits.
    private func appendTime(seconds: Int, nanos: Int, always: Bool = false, to out: inout ByteScratch) {
        out.appendPadded(UInt64(seconds / 3600), width: 2)
        out.append(UInt8(ascii: ":"))
        out.appendPadded(UInt64(seconds / 60 % 60), width: 2)
        if seconds % 60 == 0 && nanos == 0 && !always { return }
        out.append(UInt8(ascii: ":"))
        out.appendPadded(UInt64(seconds % 60), width: 2)
        if nanos == 0 { return }
        out.append(UInt8(ascii: "."))
        if nanos % 1_000_000 == 0 {
            out.appendPadded(UInt64(nanos / 1_000_000), width: 3)
        } else if nanos % 1000 == 0 {
            out.appendPadded(UInt64(nanos / 1000), width: 6)
        } else {
            out.appendPadded(UInt64(nanos), width: 9)
        }
    }

    private mutating func appendTimestamp(_ nanos: Int128, _ type: DataType, to out: inout ByteScratch) {
        let day = floorDivide(nanos, 86_400_000_000_000)
        let rest = Int(truncatingIfNeeded: nanos - day * 86_400_000_000_000)
        times.appendDate(days: Int(truncatingIfNeeded: day), to: &out)
        out.append(UInt8(ascii: "T"))
        var isInstant = false
        if case .timestampLTZ = type.kind { isInstant = true }
        appendTime(
            seconds: rest / 1_000_000_000, nanos: rest % 1_000_000_000, always: isInstant, to: &out)
        if isInstant { out.append(UInt8(ascii: "Z")) }
    }

    private func appendPeriod(_ months: Int, to out: inout ByteScratch) {
        out.append(UInt8(ascii: "P"))
        if months == 0 { return out.append("0D" as StaticString) }
        if months / 12 != 0 {
            out.appendInteger(Int64(months / 12))
            out.append(UInt8(ascii: "Y"))
        }
        if months % 12 != 0 {
            out.appendInteger(Int64(months % 12))
            out.append(UInt8(ascii: "M"))
        }
    }

    private func appendDuration(_ millis: Int64, to out: inout ByteScratch) {
        out.append("PT" as StaticString)
        if millis == 0 { return out.append("0S" as StaticString) }
        let seconds = millis / 1000
        if seconds / 3600 != 0 {
            out.appendInteger(seconds / 3600)
            out.append(UInt8(ascii: "H"))
        }
        if seconds / 60 % 60 != 0 {
            out.appendInteger(seconds / 60 % 60)
            out.append(UInt8(ascii: "M"))
        }
        let left = millis % 60_000
        if left == 0 { return }
        if left % 1000 == 0 {
            out.appendInteger(left / 1000)
        } else {
            out.appendDecimal(left, scale: 3)
            while out.base[out.count - 1] == 0x30 { out.count -= 1 }
        }
        out.append(UInt8(ascii: "S"))
    }

    private func appendBytes(_ bytes: [UInt8], _ type: DataType, to out: inout ByteScratch) {
        guard type.kind.isBinary else {
            bytes.withUnsafeBytes { out.append($0) }
            return
        }
        out.append(UInt8(ascii: "["))
        for (index, byte) in bytes.enumerated() {
            if index > 0 { out.append(", " as StaticString) }
            out.appendInteger(Int64(Int8(bitPattern: byte)))
        }
        out.append(UInt8(ascii: "]"))
    }

    private mutating func appendList(_ values: [Datum], _ type: DataType, to out: inout ByteScratch) {
        guard case .array(let element) = type.kind else { return }
        out.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { out.append(", " as StaticString) }
            append(value, element, to: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    private mutating func appendMap(_ entries: [Datum.MapEntry], _ type: DataType, to out: inout ByteScratch)
    {
        var keyType = DataType.null
        var valueType = DataType.int
        if case .map(let key, let value) = type.kind { (keyType, valueType) = (key, value) }
        if case .multiset(let element) = type.kind { keyType = element }
        out.append(UInt8(ascii: "{"))
        for (index, entry) in entries.enumerated() {
            if index > 0 { out.append(", " as StaticString) }
            append(entry.key, keyType, to: &out)
            out.append(UInt8(ascii: "="))
            append(entry.value, valueType, to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }

    private mutating func appendRow(_ values: [Datum], _ type: DataType, to out: inout ByteScratch) {
        guard case .row(let fields) = type.kind else { return }
        out.append("+I[" as StaticString)
        for (index, (value, field)) in zip(values, fields).enumerated() {
            if index > 0 { out.append(", " as StaticString) }
            append(value, field.type, to: &out)
        }
        out.append(UInt8(ascii: "]"))
    }
}
