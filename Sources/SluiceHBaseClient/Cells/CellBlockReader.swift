/// Walks over the cells of a cell block: per cell an int32 length and a KeyValue (`KeyValueCodec`, with or without
/// tags).
public struct CellBlockReader {
    public let bytes: UnsafeRawBufferPointer
    /// Where the next cell begins.
    public private(set) var offset = 0

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next cell, nil at the end of the block.
    public mutating func next() throws(WireError) -> CellView? {
        guard offset < bytes.count else { return nil }
        let length = try nextLength()
        let cell = try CellView(keyValue: bytes.slice(offset + 4, length))
        offset += 4 + length
        return cell
    }

    /// Passes over `count` cells without looking into them; returns the range of their bytes.
    public mutating func skip(_ count: Int) throws(WireError) -> Range<Int> {
        let start = offset
        for _ in 0..<max(count, 0) {
            guard offset < bytes.count else { throw .cellsMissing }
            offset += 4 + (try nextLength())
        }
        return start..<offset
    }

    private func nextLength() throws(WireError) -> Int {
        guard bytes.count - offset >= 4, let base = bytes.baseAddress else { throw .truncated }
        let length = Int(base.bigEndian(Int32.self, at: offset))
        guard length >= 0, length <= bytes.count - offset - 4 else { throw .truncated }
        return length
    }
}
