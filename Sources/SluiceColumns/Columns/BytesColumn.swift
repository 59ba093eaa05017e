import Glibc

/// 16 bytes a value, as Arrow's string views: the length, then up to 12 bytes in place, or a 4-byte prefix, the number
/// of a data buffer and the offset there.
@frozen
public struct StringView: BitwiseCopyable, Sendable {
    public var length: UInt32
    public var prefix: UInt32
    public var bufferIndex: UInt32
    public var offset: UInt32

    @inlinable @inline(__always)
    public init(length: UInt32, prefix: UInt32, bufferIndex: UInt32, offset: UInt32) {
        self.length = length
        self.prefix = prefix
        self.bufferIndex = bufferIndex
        self.offset = offset
    }

    public static let inlineCapacity = 12
}

/// What a bytes column keeps alive: the views, the data buffers, and a table of their addresses.
///
/// `@unchecked Sendable`: filled in `init`, only read afterwards.
public final class BytesStorage: @unchecked Sendable {
    public let views: Buffer
    public let data: [Buffer]
    public let bases: UnsafeMutablePointer<UnsafeRawPointer>

    public init(views: Buffer, data: [Buffer]) {
        self.views = views
        self.data = data
        bases = .allocate(capacity: Swift.max(data.count, 1))
        for (index, buffer) in data.enumerated() {
            (bases + index).initialize(to: UnsafeRawPointer(buffer.base))
        }
    }

    deinit { bases.deallocate() }
}

/// Strings or byte strings as views into shared buffers.
///
/// `@unchecked Sendable`: the pointers lead into `storage`, which it keeps alive and nobody writes any more.
public struct BytesColumn: @unchecked Sendable {
    public let storage: BytesStorage
    public let views: UnsafePointer<StringView>
    @usableFromInline let bases: UnsafePointer<UnsafeRawPointer>
    public let count: Int
    public let validity: Bitmap?

    @inlinable
    public init(storage: BytesStorage, views: UnsafePointer<StringView>? = nil, count: Int, validity: Bitmap?)
    {
        self.storage = storage
        self.views = views ?? UnsafePointer(storage.views.base.assumingMemoryBound(to: StringView.self))
        self.bases = UnsafePointer(storage.bases)
        self.count = count
        self.validity = validity
    }

    /// The bytes of a value; valid while the column is alive. A NULL value has undefined, readable bytes.
    @inlinable @inline(__always)
    public func bytes(at index: Int) -> UnsafeRawBufferPointer {
        let view = views + index
        let length = Int(view.pointee.length)
        if length <= StringView.inlineCapacity {
            return UnsafeRawBufferPointer(start: UnsafeRawPointer(view) + 4, count: length)
        }
        let base = bases[Int(view.pointee.bufferIndex)]
        return UnsafeRawBufferPointer(start: base + Int(view.pointee.offset), count: length)
    }

    @inlinable @inline(__always)
    public func isNull(_ index: Int) -> Bool {
        guard let validity else { return false }
        return !validity[index]
    }

    /// Bytes of the values that are not held in their views.
    public var textBytes: Int {
        var sum = 0
        for index in 0..<count {
            let length = Int(views[index].length)
            sum &+= length > StringView.inlineCapacity ? length : 0
        }
        return sum
    }

    public func string(at index: Int) -> String { String(decoding: bytes(at: index), as: UTF8.self) }

    public func slice(_ start: Int, _ length: Int) -> BytesColumn {
        BytesColumn(
            storage: storage, views: views + start, count: length, validity: validity?.slice(start, length))
    }

    public func with(validity: Bitmap?) -> BytesColumn {
        BytesColumn(storage: storage, views: views, count: count, validity: validity)
    }

    /// Values at `indices`, sharing the data buffers; a negative index gives NULL.
    public func gather(_ indices: UnsafeBufferPointer<Int32>) -> BytesColumn {
        let out = Buffer(byteCount: indices.count * MemoryLayout<StringView>.stride)
        let to = out.base.assumingMemoryBound(to: StringView.self)
        var anyNegative: Int32 = 0
        for index in 0..<indices.count {
            let at = indices[index]
            anyNegative |= at
            to[index] = at >= 0 ? views[Int(at)] : StringView(length: 0, prefix: 0, bufferIndex: 0, offset: 0)
        }
        return BytesColumn(
            storage: BytesStorage(views: out, data: storage.data), count: indices.count,
            validity: gatherValidity(validity, indices, anyNegative: anyNegative < 0))
    }
}
