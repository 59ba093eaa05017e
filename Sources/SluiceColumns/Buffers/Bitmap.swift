import Glibc

/// A run of bits, least significant first, as in Arrow. A set bit means valid.
///
/// `@unchecked Sendable`: `words` points into `buffer`, which it keeps alive and nobody writes any more.
public struct Bitmap: @unchecked Sendable {
    @usableFromInline let buffer: Buffer
    @usableFromInline let words: UnsafePointer<UInt64>
    @usableFromInline let offset: Int
    public let count: Int

    @inlinable
    public init(buffer: Buffer, offset: Int = 0, count: Int) {
        self.buffer = buffer
        self.words = UnsafePointer(buffer.base.assumingMemoryBound(to: UInt64.self))
        self.offset = offset
        self.count = count
    }

    /// Bits from booleans.
    public init(_ count: Int, _ isSet: (Int) -> Bool) {
        let buffer = Bitmap.allocate(count, filledWith: 0)
        let words = buffer.base.assumingMemoryBound(to: UInt64.self)
        for index in 0..<count where isSet(index) { words[index >> 6] |= 1 << UInt64(index & 63) }
        self.init(buffer: buffer, count: count)
    }

    public static func allNull(_ count: Int) -> Bitmap {
        Bitmap(buffer: allocate(count, filledWith: 0), count: count)
    }

    /// Zeroed or all-ones words for `count` bits.
    public static func allocate(_ count: Int, filledWith byte: UInt8) -> Buffer {
        let bytes = ((count + 63) >> 6) * 8
        let buffer = Buffer(byteCount: bytes)
        memset(buffer.base, Int32(byte), Swift.max(bytes, 8))
        return buffer
    }

    @inlinable @inline(__always)
    public subscript(index: Int) -> Bool {
        let at = index &+ offset
        return (words[at >> 6] >> UInt64(at & 63)) & 1 != 0
    }

    /// 64 bits from `index` (a multiple of 64); bits past the end are undefined.
    @inlinable @inline(__always)
    public func word(at index: Int) -> UInt64 {
        let at = index &+ offset
        let shift = UInt64(at & 63)
        if shift == 0 { return words[at >> 6] }
        return (words[at >> 6] >> shift) | (words[(at >> 6) &+ 1] << (64 &- shift))
    }

    public func slice(_ start: Int, _ count: Int) -> Bitmap {
        Bitmap(buffer: buffer, offset: offset + start, count: count)
    }

    public var unsetCount: Int {
        var unset = 0
        for index in 0..<count where !self[index] { unset += 1 }
        return unset
    }

    /// Valid where both are; nil means all valid.
    public static func and(_ a: Bitmap?, _ b: Bitmap?) -> Bitmap? {
        guard let a else { return b }
        guard let b else { return a }
        let out = allocate(a.count, filledWith: 0)
        let words = out.base.assumingMemoryBound(to: UInt64.self)
        var index = 0
        while index < a.count {
            words[index >> 6] = a.word(at: index) & b.word(at: index)
            index += 64
        }
        return Bitmap(buffer: out, count: a.count)
    }
}
