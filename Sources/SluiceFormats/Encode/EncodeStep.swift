import SluiceColumns

/// A column as the encoders' row loops see it: plain pointers, no references to count. Valid while its cursor is.
struct EncodeStep {
    let shape: ColumnCursor.Shape
    let isZoned: Bool
    let base: UnsafeRawPointer
    let buffers: UnsafeMutablePointer<UnsafeRawPointer>?
    let nulls: UnsafeMutablePointer<Bool>?
    /// Of the key's text, for formats that have keys.
    let keyStart: Int
    let keyEnd: Int

    init(_ cursor: ColumnCursor, keyStart: Int = 0, keyEnd: Int = 0) {
        shape = cursor.shape
        isZoned = cursor.isZoned
        base = cursor.base
        buffers = cursor.buffers
        nulls = cursor.nulls
        self.keyStart = keyStart
        self.keyEnd = keyEnd
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
}
