import Glibc

/// Grows a column of strings or byte strings. Values are copied into chunks of its own, or point into a buffer that
/// the caller registers (the piece of a file that a decoder reads). Used by one thread; calls nothing back, so exclusive
/// access is not checked at run time.
public final class BytesBuilder {
    /// For loops that build views themselves.
    public let views: FixedBuilder<StringView>
    @exclusivity(unchecked) private var data: [Buffer] = []
    @exclusivity(unchecked) private var chunk: Buffer?
    @exclusivity(unchecked) private var chunkIndex: UInt32 = 0
    @exclusivity(unchecked) private var chunkUsed = 0
    /// Of all buffers in `data`.
    @exclusivity(unchecked) private var dataBytes = 0
    /// Of the next chunk: columns of a few values are kept by the million.
    @exclusivity(unchecked) private var chunkSize: Int
    private static let largestChunk = 64 * 1024

    public init(capacity: Int) {
        views = FixedBuilder(capacity: capacity)
        chunkSize = Swift.min(BytesBuilder.largestChunk, Swift.max(256, capacity &* 32))
    }

    public var count: Int { views.count }
    public var byteCount: Int { views.byteCount + dataBytes }

    /// A buffer that following `appendView` calls may point into; its number.
    public func register(_ buffer: Buffer) -> UInt32 {
        if let last = data.last, last === buffer { return UInt32(data.count - 1) }
        data.append(buffer)
        dataBytes += buffer.byteCount
        return UInt32(data.count - 1)
    }

    public func append(_ bytes: UnsafeRawBufferPointer) {
        let length = bytes.count
        guard let start = bytes.baseAddress, length > 0 else {
            views.append(StringView(length: 0, prefix: 0, bufferIndex: 0, offset: 0))
            return
        }
        if length <= StringView.inlineCapacity {
            views.append(BytesBuilder.inlineView(start, length))
            return
        }
        let (base, index, offset) = room(length)
        memcpy(base + offset, start, length)
        chunkUsed = offset + length
        let prefix = start.loadUnaligned(as: UInt32.self)
        views.append(
            StringView(
                length: UInt32(truncatingIfNeeded: length), prefix: prefix, bufferIndex: index,
                offset: UInt32(truncatingIfNeeded: offset)))
    }

    public func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }
    public func append(_ text: String) {
        var copy = text
        copy.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// A value inside a registered buffer, `start` being its address: nothing is copied beyond 12 bytes.
    @inline(__always)
    public func appendView(_ start: UnsafeRawPointer, _ length: Int, bufferIndex: UInt32, offset: Int) {
        if length <= StringView.inlineCapacity {
            views.append(BytesBuilder.inlineView(start, length))
        } else {
            views.append(
                StringView(
                    length: UInt32(truncatingIfNeeded: length), prefix: start.loadUnaligned(as: UInt32.self),
                    bufferIndex: bufferIndex, offset: UInt32(truncatingIfNeeded: offset)))
        }
    }

    public func appendNull() {
        views.appendNull(StringView(length: 0, prefix: 0, bufferIndex: 0, offset: 0))
    }

    public func markNull(_ index: Int) { views.markNull(index) }

    /// Takes values from `length` on away again.
    public func truncate(to length: Int) { views.truncate(to: length) }

    /// The view of up to 12 bytes; reads only those.
    @inline(__always)
    public static func inlineView(_ start: UnsafeRawPointer, _ length: Int) -> StringView {
        var view = StringView(
            length: UInt32(truncatingIfNeeded: length), prefix: 0, bufferIndex: 0, offset: 0)
        withUnsafeMutableBytes(of: &view) { target in
            if let to = target.baseAddress { memcpy(to + 4, start, length) }
        }
        return view
    }

    private func room(_ length: Int) -> (UnsafeMutableRawPointer, UInt32, Int) {
        if let chunk, chunkUsed + length <= chunk.byteCount { return (chunk.base, chunkIndex, chunkUsed) }
        let fresh = Buffer(byteCount: Swift.max(chunkSize, length))
        chunkSize = Swift.min(BytesBuilder.largestChunk, chunkSize * 4)
        chunk = fresh
        chunkIndex = register(fresh)
        chunkUsed = 0
        return (fresh.base, chunkIndex, 0)
    }

    public func finish() -> BytesColumn {
        let column = views.finish()
        let result = BytesColumn(
            storage: BytesStorage(views: column.buffer, data: data), count: column.count,
            validity: column.validity)
        data.removeAll()
        dataBytes = 0
        chunk = nil
        chunkUsed = 0
        return result
    }
}
