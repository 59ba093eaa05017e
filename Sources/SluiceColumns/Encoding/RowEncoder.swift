import Glibc

/// Encodes values of several columns as one run of bytes per row, and back.
///
/// Keys (`init(_:)`): equal rows have equal bytes; strings carry their length. Orders (`init(order:)`): `memcmp` of two
/// encodings gives the order of the rows; strings are escaped. NULL has a byte of its own in both.
public final class RowEncoder {
    /// One column of an order.
    public struct Part: Sendable {
        public var type: DataType
        public var descending: Bool
        public var nullsFirst: Bool
        public init(_ type: DataType, descending: Bool = false, nullsFirst: Bool = true) {
            self.type = type
            self.descending = descending
            self.nullsFirst = nullsFirst
        }
    }

    private let parts: [Part]
    private let isOrder: Bool

    /// Encodes keys; `decode` gives them back.
    public init(_ types: [DataType]) {
        parts = types.map { Part($0) }
        isOrder = false
    }

    /// Encodes for comparison only.
    public init(order: [Part]) {
        parts = order
        isOrder = true
    }

    /// Appends the encodings of `rows`, one after the other, to `out`.
    public func encode(_ columns: [Column], rows: UnsafeBufferPointer<Int32>, into out: EncodedRows) {
        let flat = columns.map(\.flattened)
        for row in rows {
            encode(flat, row: Int(row), into: &out.scratch)
            out.endRow()
        }
    }

    /// Appends the encoding of one row.
    public func encode(_ columns: [Column], row: Int, into out: inout ByteScratch) {
        for index in 0..<parts.count {
            let start = out.count
            let column = columns[index]
            let isNull = column.isNull(row)
            let part = parts[index]
            out.append(isNull == part.nullsFirst ? 0 : 1)
            if isNull { continue }
            value(column, row, &out)
            if part.descending { RowEncoder.invert(&out, from: start + 1) }
        }
    }

    private static func invert(_ out: inout ByteScratch, from start: Int) {
        let base = out.base
        for index in start..<out.count { base[index] = ~base[index] }
    }

    @inline(__always)
    private static func append<T: FixedWidthInteger>(_ value: T, _ out: inout ByteScratch) {
        let width = MemoryLayout<T>.size
        out.reserve(width)
        UnsafeMutableRawPointer(out.base + out.count).storeBytes(of: value.bigEndian, as: T.self)
        out.count &+= width
    }

    private func value(_ column: Column, _ row: Int, _ out: inout ByteScratch) {
        switch column {
        case .bool(let column): out.append(column[row] ? 1 : 0)
        case .int32(let column):
            RowEncoder.append(UInt32(bitPattern: column[row]) ^ (1 << 31), &out)
        case .int64(let column):
            RowEncoder.append(UInt64(bitPattern: column[row]) ^ (1 << 63), &out)
        case .int128(let column):
            RowEncoder.append(UInt128(bitPattern: column[row]) ^ (1 << 127), &out)
        case .float32(let column):
            let value = column[row]
            let bits = value.isNaN ? Float.nan.bitPattern : value.bitPattern
            RowEncoder.append(bits >> 31 == 1 ? ~bits : bits | 1 << 31, &out)
        case .float64(let column):
            let value = column[row]
            let bits = value.isNaN ? Double.nan.bitPattern : value.bitPattern
            RowEncoder.append(bits >> 63 == 1 ? ~bits : bits | 1 << 63, &out)
        case .bytes(let column): bytes(column.bytes(at: row), &out)
        case .list, .map, .row, .constant: nested(column, row, &out)
        }
    }

    private func bytes(_ value: UnsafeRawBufferPointer, _ out: inout ByteScratch) {
        guard isOrder else {
            RowEncoder.append(UInt32(truncatingIfNeeded: value.count), &out)
            out.append(value)
            return
        }
        for byte in value {
            out.append(byte)
            if byte == 0 { out.append(0xFF) }
        }
        out.append(0)
        out.append(0)
    }

    private func nested(_ column: Column, _ row: Int, _ out: inout ByteScratch) {
        switch column {
        case .list(let column):
            let values = column.values.column.flattened
            for index in column.range(row) { element(values, index, &out) }
            out.append(0)
        case .map(let column):
            let keys = column.keys.column.flattened
            let values = column.values.column.flattened
            for index in column.range(row) {
                element(keys, index, &out)
                element(values, index, &out)
            }
            out.append(0)
        case .row(let column):
            for field in column.fields { element(field.flattened, row, &out) }
        case .constant: value(column.flattened, row, &out)
        default: break
        }
    }

    /// 0 ends a list, 1 is NULL, 2 a value.
    private func element(_ column: Column, _ row: Int, _ out: inout ByteScratch) {
        if column.isNull(row) {
            out.append(1)
        } else {
            out.append(2)
            value(column, row, &out)
        }
    }

    /// Appends the values of one encoded key to `builders`.
    public func decode(_ bytes: UnsafeRawBufferPointer, into builders: [ColumnBuilder]) {
        var reader = Reader(bytes: bytes)
        for (part, builder) in zip(parts, builders) {
            if reader.byte() == (part.nullsFirst ? 0 : 1) {
                builder.appendNull()
            } else {
                reader.value(part.type.kind, builder)
            }
        }
    }

    /// Reads what the encoder wrote.
    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var at = 0

        mutating func byte() -> UInt8 {
            guard at < bytes.count else { return 0 }
            at += 1
            return bytes[at - 1]
        }

        mutating func integer<T: FixedWidthInteger>(_ type: T.Type) -> T {
            let width = MemoryLayout<T>.size
            guard at + width <= bytes.count else { return 0 }
            let value = bytes.loadUnaligned(fromByteOffset: at, as: T.self)
            at += width
            return T(bigEndian: value)
        }

        mutating func value(_ kind: TypeKind, _ builder: ColumnBuilder) {
            switch builder.storage {
            case .bool(let builder): builder.append(byte() == 1)
            case .int32(let builder):
                builder.append(Int32(bitPattern: integer(UInt32.self) ^ (1 << 31)))
            case .int64(let builder):
                builder.append(Int64(bitPattern: integer(UInt64.self) ^ (1 << 63)))
            case .int128(let builder):
                builder.append(Int128(bitPattern: integer(UInt128.self) ^ (1 << 127)))
            case .float32(let builder):
                let bits = integer(UInt32.self)
                builder.append(Float(bitPattern: bits >> 31 == 1 ? bits & ~(1 << 31) : ~bits))
            case .float64(let builder):
                let bits = integer(UInt64.self)
                builder.append(Double(bitPattern: bits >> 63 == 1 ? bits & ~(1 << 63) : ~bits))
            case .bytes(let builder):
                let length = Swift.min(Int(integer(UInt32.self)), bytes.count - at)
                builder.append(UnsafeRawBufferPointer(rebasing: bytes[at..<at + length]))
                at += length
            case .list, .map, .row: nested(kind, builder)
            }
        }

        mutating func nested(_ kind: TypeKind, _ builder: ColumnBuilder) {
            switch (builder.storage, kind) {
            case (.list(let builder), .array(let element)):
                while let isNull = next() { item(isNull, element.kind, builder.values) }
                builder.endRow()
            case (.map(let builder), .map(let key, let value)):
                entries(key.kind, value.kind, builder)
            case (.map(let builder), .multiset(let element)):
                entries(element.kind, .int, builder)
            case (.row(let builder), .row(let fields)):
                for (field, target) in zip(fields, builder.fields) {
                    item(next() ?? true, field.type.kind, target)
                }
                builder.endRow()
            default: builder.appendNull()
            }
        }

        mutating func entries(_ key: TypeKind, _ value: TypeKind, _ builder: MapBuilder) {
            while let isNull = next() {
                item(isNull, key, builder.keys)
                item(next() ?? true, value, builder.values)
            }
            builder.endRow()
        }

        /// nil: the list ends; else whether the element is NULL.
        mutating func next() -> Bool? {
            switch byte() {
            case 0: return nil
            case 1: return true
            default: return false
            }
        }

        mutating func item(_ isNull: Bool, _ kind: TypeKind, _ builder: ColumnBuilder) {
            if isNull { builder.appendNull() } else { value(kind, builder) }
        }
    }
}

/// Encoded rows one after the other.
public final class EncodedRows {
    public var scratch = ByteScratch(capacity: 4096)
    /// `count + 1` offsets.
    public private(set) var offsets: [Int] = [0]

    public init() {}

    public var count: Int { offsets.count - 1 }

    public func endRow() { offsets.append(scratch.count) }

    public func removeAll() {
        scratch.removeAll()
        offsets.removeAll(keepingCapacity: true)
        offsets.append(0)
    }

    public subscript(index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: scratch.base + offsets[index], count: offsets[index + 1] - offsets[index])
    }
}
