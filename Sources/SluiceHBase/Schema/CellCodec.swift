import SluiceBase
import SluiceColumns
import SluiceTableStore

/// Values of one SQL type as the bytes of a cell or row key, and back.
struct CellCodec: Sendable {
    private enum Layout: Sendable {
        case characters, binary, boolean, int8, int16, int32, int64, float, double
        case decimal(precision: Int, scale: Int)
        /// Milliseconds in the cell, microseconds in the column.
        case timestamp
    }

    private let layout: Layout
    private let isNullable: Bool
    /// What stands for NULL in a character column.
    private let nullLiteral: [UInt8]
    /// `family:qualifier` or the key column, for messages.
    let label: String
    private let type: DataType

    init(_ type: DataType, nullLiteral: [UInt8], label: String) throws(SQLError) {
        self.type = type
        self.nullLiteral = nullLiteral
        self.label = label
        isNullable = type.isNullable
        switch type.kind {
        case .char, .varchar: layout = .characters
        case .binary, .varbinary: layout = .binary
        case .boolean: layout = .boolean
        case .tinyint: layout = .int8
        case .smallint: layout = .int16
        case .int, .date, .intervalYearMonth: layout = .int32
        case .time(let precision) where precision <= 3: layout = .int32
        case .bigint, .intervalDayTime: layout = .int64
        case .float: layout = .float
        case .double: layout = .double
        case .decimal(let precision, let scale): layout = .decimal(precision: precision, scale: scale)
        case .timestamp(let precision) where precision <= 3: layout = .timestamp
        case .timestampLTZ(let precision) where precision <= 3: layout = .timestamp
        case .time, .timestamp, .timestampLTZ:
            throw SQLError(
                .unsupported, "the HBase column \"\(label)\" has type \(type)",
                hint: "cells hold milliseconds: use a precision of 0 to 3")
        default:
            throw SQLError(
                .unsupported, "the HBase column \"\(label)\" cannot have type \(type)",
                hint: "cells hold numbers, strings, bytes, booleans, dates and times")
        }
    }

    /// Values are stored as they are.
    var isPlain: Bool {
        switch layout {
        case .characters, .binary: return true
        default: return false
        }
    }

    /// The length of a cell that may stand for NULL and must be looked at; -1: none does.
    var nullLength: Int {
        guard isNullable else { return -1 }
        if case .characters = layout { return nullLiteral.count }
        return 0
    }

    /// Bytes of each cell of a whole number that needs no conversion; 0: of another type.
    var integerWidth: Int {
        switch layout {
        case .int32: return 4
        case .int64: return 8
        default: return 0
        }
    }

    var isBigint: Bool { type.kind == .bigint }

    /// Each value has one form in bytes. A truth may be any byte but zero, a decimal has any scale, zero has a sign.
    var hasOneForm: Bool {
        switch layout {
        case .boolean, .float, .double, .decimal: return false
        case .characters, .binary, .int8, .int16, .int32, .int64, .timestamp: return true
        }
    }

    // MARK: Writing

    /// Appends the value's bytes; false: it is NULL and what stands for NULL was appended.
    func append(_ column: Column, _ row: Int, to out: inout [UInt8]) -> Bool {
        if column.isNull(row) {
            appendNull(to: &out)
            return false
        }
        switch column {
        case .bool(let values): HBaseBytes.append(bool: values[row], to: &out)
        case .int32(let values): append(int: Int64(values[row]), to: &out)
        case .int64(let values): append(int: values[row], to: &out)
        case .int128(let values): append(wide: values[row], to: &out)
        case .float32(let values): HBaseBytes.append(float: values[row], to: &out)
        case .float64(let values): HBaseBytes.append(double: values[row], to: &out)
        case .bytes(let values): out.append(contentsOf: values.bytes(at: row))
        case .constant: return append(column.flattened, row, to: &out)
        case .list, .map, .row: return false
        }
        return true
    }

    /// What stands for NULL: the literal in a character column, no bytes elsewhere.
    func appendNull(to out: inout [UInt8]) {
        if case .characters = layout { out.append(contentsOf: nullLiteral) }
    }

    private func append(int value: Int64, to out: inout [UInt8]) {
        switch layout {
        case .int8: HBaseBytes.append(int8: Int8(truncatingIfNeeded: value), to: &out)
        case .int16: HBaseBytes.append(int16: Int16(truncatingIfNeeded: value), to: &out)
        case .int32: HBaseBytes.append(int32: Int32(truncatingIfNeeded: value), to: &out)
        case .int64: HBaseBytes.append(int64: value, to: &out)
        case .timestamp: HBaseBytes.append(int64: CellCodec.floorMillis(value), to: &out)
        case .decimal: append(wide: Int128(value), to: &out)
        default: break
        }
    }

    private func append(wide value: Int128, to out: inout [UInt8]) {
        guard case .decimal(_, let scale) = layout else { return }
        HBaseBytes.append(decimal: value, scale: Int32(truncatingIfNeeded: scale), to: &out)
    }

    static func floorMillis(_ micros: Int64) -> Int64 {
        let (quotient, remainder) = micros.quotientAndRemainder(dividingBy: 1000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    // MARK: Reading

    /// Appends the cell's value to a builder of this codec's type.
    func append(_ bytes: UnsafeRawBufferPointer, to builder: ColumnBuilder) throws(SQLError) {
        if isNullable && standsForNull(bytes) { return builder.appendNull() }
        switch (layout, builder.storage) {
        case (.characters, .bytes(let target)), (.binary, .bytes(let target)): target.append(bytes)
        case (.boolean, .bool(let target)): target.append(try known(HBaseBytes.bool(bytes), bytes, 1))
        case (.int8, .int32(let target)): target.append(Int32(try known(HBaseBytes.int8(bytes), bytes, 1)))
        case (.int16, .int32(let target)): target.append(Int32(try known(HBaseBytes.int16(bytes), bytes, 2)))
        case (.int32, .int32(let target)): target.append(try known(HBaseBytes.int32(bytes), bytes, 4))
        case (.int64, .int64(let target)): target.append(try known(HBaseBytes.int64(bytes), bytes, 8))
        case (.float, .float32(let target)): target.append(try known(HBaseBytes.float(bytes), bytes, 4))
        case (.double, .float64(let target)): target.append(try known(HBaseBytes.double(bytes), bytes, 8))
        case (.timestamp, .int64(let target)):
            let millis = try known(HBaseBytes.int64(bytes), bytes, 8)
            let (micros, overflow) = millis.multipliedReportingOverflow(by: 1000)
            if overflow { throw malformed("holds the time \(millis), which is out of range") }
            target.append(micros)
        case (.decimal(let precision, let scale), _):
            try append(decimal: bytes, precision, scale, to: builder)
        default: builder.appendNull()
        }
    }

    private func standsForNull(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard case .characters = layout else { return bytes.count == 0 }
        return bytes.count == nullLiteral.count && bytes.elementsEqual(nullLiteral)
    }

    private func known<Value>(
        _ value: Value?, _ bytes: UnsafeRawBufferPointer, _ width: Int
    ) throws(SQLError) -> Value {
        if let value { return value }
        throw malformed("holds \(bytes.count) bytes, \(type.nullable()) needs \(width)")
    }

    private func malformed(_ what: String) -> SQLError {
        SQLError(.malformedRow, "the HBase column \"\(label)\" \(what)")
    }

    /// Rounds half up to the column's scale; a number that does not fit becomes NULL.
    private func append(
        decimal bytes: UnsafeRawBufferPointer, _ precision: Int, _ scale: Int, to builder: ColumnBuilder
    ) throws(SQLError) {
        if bytes.count < 5 {
            throw malformed("holds \(bytes.count) bytes, \(type.nullable()) needs 5 or more")
        }
        guard let (unscaled, given) = HBaseBytes.decimal(bytes) else {
            throw malformed("holds a number of more than 38 digits")
        }
        guard let value = CellCodec.rescale(unscaled, from: Int(given), to: scale),
            abs(value) < power(precision)
        else { return builder.appendNull() }
        switch builder.storage {
        case .int64(let target): target.append(Int64(truncatingIfNeeded: value))
        case .int128(let target): target.append(value)
        default: builder.appendNull()
        }
    }

    private func abs(_ value: Int128) -> Int128 { value < 0 ? 0 &- value : value }

    private func power(_ exponent: Int) -> Int128 {
        var value: Int128 = 1
        for _ in 0..<max(0, min(38, exponent)) { value *= 10 }
        return value
    }

    /// Nil: too large.
    static func rescale(_ unscaled: Int128, from given: Int, to scale: Int) -> Int128? {
        var value = unscaled
        if given <= scale {
            for _ in 0..<min(scale - given, 40) {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                value = product
            }
            return scale - given > 40 && value != 0 ? nil : value
        }
        // Only the last digit taken away decides about rounding half up.
        let drop = given - scale
        if drop > 40 { return 0 }
        for _ in 0..<(drop - 1) { value /= 10 }
        let digit = value % 10
        value /= 10
        if digit >= 5 { value += 1 }
        if digit <= -5 { value -= 1 }
        return value
    }
}
