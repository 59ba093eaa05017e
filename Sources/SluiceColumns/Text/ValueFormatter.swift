public import SluiceBase

/// Writes values as CAST to STRING does; byte strings are hexadecimal (`x'00ff'`) unless `rawBytes` is set.
///
/// Made once for a column's type; `append` switches on the type, so a writer of whole columns pays one switch a value.
public struct ValueFormatter: Sendable {
    public let type: DataType
    public let zone: TimeZoneRules
    /// Byte strings are copied as they are, as CAST to STRING does.
    public let rawBytes: Bool
    private let children: [ValueFormatter]

    public init(_ type: DataType, zone: TimeZoneRules = .utc, rawBytes: Bool = false) {
        self.type = type
        self.zone = zone
        self.rawBytes = rawBytes
        let inner: [DataType]
        switch type.kind {
        case .array(let element): inner = [element]
        case .map(let key, let value): inner = [key, value]
        case .multiset(let element): inner = [element, .int]
        case .row(let fields): inner = fields.map(\.type)
        default: inner = []
        }
        children = inner.map { ValueFormatter($0, zone: zone, rawBytes: rawBytes) }
    }

    /// The text of a value. A NULL writes `NULL`; writers with another mark for it test first.
    public func append(_ column: Column, _ row: Int, to out: inout ByteScratch) {
        if column.isNull(row) {
            out.append("NULL")
            return
        }
        switch column {
        case .int32(let values): append(int32: values[row], to: &out)
        case .int64(let values): append(int64: values[row], to: &out)
        case .bytes(let values): append(bytes: values.bytes(at: row), to: &out)
        case .float64(let values): out.appendJavaDouble(values[row])
        case .float32(let values): out.appendJavaFloat(values[row])
        case .bool(let values): append(bool: values[row], to: &out)
        case .int128(let values): append(int128: values[row], to: &out)
        case .list, .map, .row: appendNested(column, row, to: &out)
        case .constant(let value, _, _): append(value, to: &out)
        }
    }

    /// The text of one value apart from a column.
    public func append(_ value: Datum, to out: inout ByteScratch) {
        switch value {
        case .null: out.append("NULL")
        case .bool(let value): append(bool: value, to: &out)
        case .int32(let value): append(int32: value, to: &out)
        case .int64(let value): append(int64: value, to: &out)
        case .int128(let value): append(int128: value, to: &out)
        case .float32(let value): out.appendJavaFloat(value)
        case .float64(let value): out.appendJavaDouble(value)
        case .bytes(let value): value.withUnsafeBytes { append(bytes: $0, to: &out) }
        case .list(let values):
            out.append(0x5B)
            for (index, value) in values.enumerated() {
                separate(index, to: &out)
                child(0).append(value, to: &out)
            }
            out.append(0x5D)
        case .map(let entries):
            out.append(0x7B)
            for (index, entry) in entries.enumerated() {
                separate(index, to: &out)
                child(0).append(entry.key, to: &out)
                out.append(0x3D)
                child(1).append(entry.value, to: &out)
            }
            out.append(0x7D)
        case .row(let values):
            out.append(0x28)
            for (index, value) in values.enumerated() {
                separate(index, to: &out)
                child(index).append(value, to: &out)
            }
            out.append(0x29)
        }
    }

    public func string(_ value: Datum) -> String {
        var scratch = ByteScratch(capacity: 256)
        append(value, to: &scratch)
        return scratch.string()
    }

    private func appendNested(_ column: Column, _ row: Int, to out: inout ByteScratch) {
        switch column {
        case .list(let list):
            out.append(0x5B)
            let values = list.values.column
            for (position, index) in list.range(row).enumerated() {
                separate(position, to: &out)
                child(0).append(values, index, to: &out)
            }
            out.append(0x5D)
        case .map(let map):
            out.append(0x7B)
            let keys = map.keys.column
            let values = map.values.column
            for (position, index) in map.range(row).enumerated() {
                separate(position, to: &out)
                child(0).append(keys, index, to: &out)
                out.append(0x3D)
                child(1).append(values, index, to: &out)
            }
            out.append(0x7D)
        case .row(let fields):
            out.append(0x28)
            for (position, field) in fields.fields.enumerated() {
                separate(position, to: &out)
                child(position).append(field, row, to: &out)
            }
            out.append(0x29)
        default: append(column.datum(row), to: &out)
        }
    }

    private func child(_ index: Int) -> ValueFormatter {
        index < children.count ? children[index] : self
    }

    private func separate(_ index: Int, to out: inout ByteScratch) {
        if index > 0 { out.append(", ") }
    }

    private func append(bool value: Bool, to out: inout ByteScratch) {
        if value { out.append("TRUE") } else { out.append("FALSE") }
    }

    @inline(__always)
    private func append(int32 value: Int32, to out: inout ByteScratch) {
        switch type.kind {
        case .date: TemporalText.append(date: Int(value), to: &out)
        case .time(let precision): TemporalText.append(timeMillis: Int(value), precision: precision, to: &out)
        case .intervalYearMonth: TemporalText.append(months: value, to: &out)
        default: out.appendInteger(Int64(value))
        }
    }

    @inline(__always)
    private func append(int64 value: Int64, to out: inout ByteScratch) {
        switch type.kind {
        case .timestamp(let precision):
            TemporalText.append(timestampMicros: value, precision: precision, to: &out)
        case .timestampLTZ(let precision):
            TemporalText.append(timestampMicros: zone.localMicros(value), precision: precision, to: &out)
        case .decimal(_, let scale): out.appendDecimal(value, scale: scale)
        case .intervalDayTime: TemporalText.append(intervalMillis: value, to: &out)
        default: out.appendInteger(value)
        }
    }

    private func append(int128 value: Int128, to out: inout ByteScratch) {
        switch type.kind {
        case .timestamp(let precision):
            TemporalText.append(timestampNanos: value, precision: precision, to: &out)
        case .timestampLTZ(let precision):
            let micros = Int64(clamping: floorDivide(value, 1000))
            let shift = Int128(zone.localMicros(micros)) - Int128(micros)
            TemporalText.append(timestampNanos: value + shift * 1000, precision: precision, to: &out)
        case .decimal(_, let scale): out.appendDecimal(value, scale: scale)
        default: out.appendInteger(value)
        }
    }

    private func append(bytes: UnsafeRawBufferPointer, to out: inout ByteScratch) {
        if rawBytes || !type.kind.isBinary {
            out.append(bytes)
            return
        }
        out.append("x'")
        out.reserve(bytes.count * 2)
        let digits: StaticString = "0123456789abcdef"
        let table = digits.utf8Start
        for byte in bytes {
            out.append(table[Int(byte >> 4)])
            out.append(table[Int(byte & 15)])
        }
        out.append(0x27)
    }
}
