import SluiceColumns

/// A column laid open for encoders: plain pointers, valid while the batch is alive.
final class ColumnCursor {
    /// What encoders write in their own loop.
    enum Shape { case int32, int64, text, timestamp, double, other }

    let kind: TypeKind
    let shape: Shape
    let isZoned: Bool
    let physical: PhysicalType
    /// Fixed-width values, or the views of texts.
    let base: UnsafeRawPointer
    /// Addresses of the buffers that views point into.
    let buffers: UnsafeMutablePointer<UnsafeRawPointer>?
    /// Of lists and maps.
    let offsets: UnsafePointer<Int32>?
    let children: [ColumnCursor]
    /// A byte a row; nil where nothing is NULL.
    let nulls: UnsafeMutablePointer<Bool>?
    let scale: Int
    private let owner: Column

    init(_ column: Column, _ type: DataType) {
        let flat = column.flattened
        owner = flat
        kind = type.kind
        physical = type.physical
        nulls = flat.validity.map { ColumnCursor.nullMap($0, flat.count) }
        shape = ColumnCursor.shape(type.kind)
        if case .timestampLTZ = type.kind { isZoned = true } else { isZoned = false }
        if case .decimal(_, let scale) = type.kind { self.scale = scale } else { scale = 0 }
        var base = UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
        var buffers: UnsafeMutablePointer<UnsafeRawPointer>?
        var offsets: UnsafePointer<Int32>?
        var children: [ColumnCursor] = []
        switch flat {
        case .bool(let column): base = UnsafeRawPointer(column.base)
        case .int32(let column): base = UnsafeRawPointer(column.base)
        case .int64(let column): base = UnsafeRawPointer(column.base)
        case .float32(let column): base = UnsafeRawPointer(column.base)
        case .float64(let column): base = UnsafeRawPointer(column.base)
        case .int128(let column): base = UnsafeRawPointer(column.base)
        case .bytes(let column):
            base = UnsafeRawPointer(column.views)
            buffers = column.storage.bases
        case .list(let column):
            offsets = column.offsets.base
            if case .array(let element) = type.kind {
                children = [ColumnCursor(column.values.column, element)]
            }
        case .map(let column):
            offsets = column.offsets.base
            children = ColumnCursor.entries(column, type)
        case .row(let column):
            if case .row(let fields) = type.kind {
                children = zip(column.fields, fields).map { ColumnCursor($0, $1.type) }
            }
        case .constant: break
        }
        self.base = base
        self.buffers = buffers
        self.offsets = offsets
        self.children = children
    }

    deinit { nulls?.deallocate() }

    private static func nullMap(_ validity: Bitmap, _ count: Int) -> UnsafeMutablePointer<Bool> {
        let map = UnsafeMutablePointer<Bool>.allocate(capacity: Swift.max(count, 1))
        for row in 0..<count { map[row] = !validity[row] }
        return map
    }

    private static func shape(_ kind: TypeKind) -> Shape {
        switch kind {
        case .tinyint, .smallint, .int, .intervalYearMonth: return .int32
        case .bigint, .intervalDayTime: return .int64
        case .char, .varchar: return .text
        case .double: return .double
        case .timestamp, .timestampLTZ: return kind.physical == .int64 ? .timestamp : .other
        default: return .other
        }
    }

    private static func entries(_ column: MapColumn, _ type: DataType) -> [ColumnCursor] {
        switch type.kind {
        case .map(let key, let value):
            return [ColumnCursor(column.keys.column, key), ColumnCursor(column.values.column, value)]
        case .multiset(let element):
            return [ColumnCursor(column.keys.column, element), ColumnCursor(column.values.column, .int)]
        default: return []
        }
    }

    @inline(__always)
    func isNull(_ row: Int) -> Bool {
        guard let nulls else { return false }
        return nulls[row]
    }

    @inline(__always)
    func value<T>(_ row: Int, _: T.Type) -> T { base.assumingMemoryBound(to: T.self)[row] }

    @inline(__always)
    func bytes(_ row: Int) -> UnsafeRawBufferPointer { textBytes(base, buffers, row) }

    func range(_ row: Int) -> Range<Int> {
        guard let offsets else { return 0..<0 }
        return Int(offsets[row])..<Int(offsets[row + 1])
    }

    /// The value of any integer-like layout.
    @inline(__always)
    func integer(_ row: Int) -> Int64 {
        switch physical {
        case .int32: return Int64(value(row, Int32.self))
        case .int64: return value(row, Int64.self)
        default: return 0
        }
    }
}

/// The bytes of a text behind a view.
@inline(__always)
func textBytes(
    _ base: UnsafeRawPointer, _ buffers: UnsafeMutablePointer<UnsafeRawPointer>?, _ row: Int
) -> UnsafeRawBufferPointer {
    let view = base.assumingMemoryBound(to: StringView.self) + row
    let length = Int(view.pointee.length)
    if length <= StringView.inlineCapacity {
        return UnsafeRawBufferPointer(start: UnsafeRawPointer(view) + 4, count: length)
    }
    guard let buffers else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    let from = buffers[Int(view.pointee.bufferIndex)] + Int(view.pointee.offset)
    return UnsafeRawBufferPointer(start: from, count: length)
}
