/// Grows a fixed-width column. Owned by one thread; `finish` hands the memory over and starts anew.
///
/// Hot loops call `reserve` and write through `pointer` themselves, then set `count`.
public final class FixedBuilder<Element: BitwiseCopyable & Sendable> {
    @exclusivity(unchecked) @usableFromInline var buffer: Buffer
    @exclusivity(unchecked) public private(set) var capacity: Int
    /// Room for `capacity` values.
    @exclusivity(unchecked) public private(set) var pointer: UnsafeMutablePointer<Element>
    @exclusivity(unchecked) public var count = 0
    /// Validity words, there from the first NULL on; bits at or after `count` are set.
    @exclusivity(unchecked) @usableFromInline var words: UnsafeMutablePointer<UInt64>?
    @exclusivity(unchecked) @usableFromInline var wordBuffer: Buffer?

    public init(capacity: Int) {
        self.capacity = Swift.max(capacity, 16)
        buffer = Buffer(byteCount: self.capacity * MemoryLayout<Element>.stride)
        pointer = buffer.base.assumingMemoryBound(to: Element.self)
    }

    /// Bytes held.
    public var byteCount: Int { capacity * MemoryLayout<Element>.stride + (words == nil ? 0 : capacity / 8) }

    /// Room for `extra` values more.
    @inlinable @inline(__always)
    public func reserve(_ extra: Int) {
        if count &+ extra > capacity { grow(count &+ extra) }
    }

    @inlinable @inline(__always)
    public func append(_ value: Element) {
        if count == capacity { grow(count &+ 1) }
        pointer[count] = value
        count &+= 1
    }

    @inlinable
    public func append(repeating value: Element, _ times: Int) {
        reserve(times)
        (pointer + count).update(repeating: value, count: times)
        count &+= times
    }

    /// A NULL over `placeholder`.
    @inlinable
    public func appendNull(_ placeholder: Element) {
        append(placeholder)
        markNull(count &- 1)
    }

    /// Makes the value at `index` NULL; call it when the slot holds some value.
    @inlinable
    public func markNull(_ index: Int) {
        if words == nil { startValidity() }
        if let words { words[index >> 6] &= ~(1 << UInt64(index & 63)) }
    }

    /// Takes values from `length` on away again.
    public func truncate(to length: Int) {
        if let words {
            var index = length
            while index < Swift.max(count, length &+ 1) && index < capacity {
                words[index >> 6] |= 1 << UInt64(index & 63)
                index &+= 1
            }
        }
        count = length
    }

    /// The rows before `length` were written through `pointer`; a NULL noted after them is taken away again.
    public func finishRows(_ length: Int) {
        if words != nil { truncate(to: length) }
        count = length
    }

    @usableFromInline
    func startValidity() {
        let fresh = Bitmap.allocate(capacity, filledWith: 0xFF)
        wordBuffer = fresh
        words = fresh.base.assumingMemoryBound(to: UInt64.self)
    }

    @usableFromInline
    func grow(_ wanted: Int) {
        let larger = Swift.max(wanted, capacity * 2)
        let fresh = Buffer(byteCount: larger * MemoryLayout<Element>.stride)
        let to = fresh.base.assumingMemoryBound(to: Element.self)
        to.update(from: pointer, count: count)
        if let words {
            let freshWords = Bitmap.allocate(larger, filledWith: 0xFF)
            let target = freshWords.base.assumingMemoryBound(to: UInt64.self)
            target.update(from: words, count: (capacity + 63) >> 6)
            self.wordBuffer = freshWords
            self.words = target
        }
        buffer = fresh
        pointer = to
        capacity = larger
    }

    /// The column so far; the builder is empty afterwards.
    public func finish() -> FixedColumn<Element> {
        let validity = wordBuffer.map { Bitmap(buffer: $0, count: count) }
        let column = FixedColumn<Element>(buffer: buffer, count: count, validity: validity)
        buffer = Buffer(byteCount: capacity * MemoryLayout<Element>.stride)
        pointer = buffer.base.assumingMemoryBound(to: Element.self)
        words = nil
        wordBuffer = nil
        count = 0
        return column
    }
}
