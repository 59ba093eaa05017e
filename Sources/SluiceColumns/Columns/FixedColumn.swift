/// A column of fixed-width values. `base` is valid as long as the column (its `buffer`) is alive.
///
/// `@unchecked Sendable`: `base` leads into `buffer`, which it keeps alive and nobody writes any more.
public struct FixedColumn<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    public let buffer: Buffer
    public let base: UnsafePointer<Element>
    public let count: Int
    /// nil: every value is valid.
    public let validity: Bitmap?

    @inlinable
    public init(buffer: Buffer, count: Int, validity: Bitmap? = nil) {
        self.init(
            buffer: buffer, base: UnsafePointer(buffer.base.assumingMemoryBound(to: Element.self)),
            count: count, validity: validity)
    }

    @inlinable
    public init(buffer: Buffer, base: UnsafePointer<Element>, count: Int, validity: Bitmap?) {
        self.buffer = buffer
        self.base = base
        self.count = count
        self.validity = validity
    }

    /// A column filled by `body`, which must write all `count` values.
    @inlinable
    public init(count: Int, validity: Bitmap? = nil, _ body: (UnsafeMutablePointer<Element>) -> Void) {
        let buffer = Buffer(byteCount: count &* MemoryLayout<Element>.stride)
        body(buffer.base.assumingMemoryBound(to: Element.self))
        self.init(buffer: buffer, count: count, validity: validity)
    }

    @inlinable
    public init(_ values: [Element], validity: Bitmap? = nil) {
        self.init(count: values.count, validity: validity) { out in
            for index in 0..<values.count { out[index] = values[index] }
        }
    }

    @inlinable
    public init(repeating value: Element, count: Int, validity: Bitmap? = nil) {
        self.init(count: count, validity: validity) { out in
            for index in 0..<count { out[index] = value }
        }
    }

    @inlinable @inline(__always)
    public subscript(index: Int) -> Element { base[index] }

    @inlinable @inline(__always)
    public func isNull(_ index: Int) -> Bool {
        guard let validity else { return false }
        return !validity[index]
    }

    @inlinable
    public func slice(_ start: Int, _ length: Int) -> FixedColumn<Element> {
        FixedColumn(
            buffer: buffer, base: base + start, count: length, validity: validity?.slice(start, length))
    }

    @inlinable
    public func with(validity: Bitmap?) -> FixedColumn<Element> {
        FixedColumn(buffer: buffer, base: base, count: count, validity: validity)
    }

    /// Values at `indices`; a negative index gives NULL.
    @inlinable
    public func gather(_ indices: UnsafeBufferPointer<Int32>) -> FixedColumn<Element> {
        let out = Buffer(byteCount: indices.count &* MemoryLayout<Element>.stride)
        let to = out.base.assumingMemoryBound(to: Element.self)
        let from = base
        var anyNegative: Int32 = 0
        for index in 0..<indices.count {
            let at = indices[index]
            anyNegative |= at
            // Index 0 may not exist in an empty column: read only what is there.
            if at >= 0 { to[index] = from[Int(at)] } else { zero(to + index) }
        }
        withExtendedLifetime(buffer) {}
        return FixedColumn(
            buffer: out, count: indices.count,
            validity: gatherValidity(validity, indices, anyNegative: anyNegative < 0))
    }

    @inlinable @inline(__always)
    func zero(_ at: UnsafeMutablePointer<Element>) {
        UnsafeMutableRawPointer(at).initializeMemory(
            as: UInt8.self, repeating: 0, count: MemoryLayout<Element>.size)
    }
}

/// The validity of gathered rows; nil when all are valid.
@inlinable
func gatherValidity(
    _ validity: Bitmap?, _ indices: UnsafeBufferPointer<Int32>, anyNegative: Bool
) -> Bitmap? {
    if validity == nil && !anyNegative { return nil }
    let count = indices.count
    let buffer = Bitmap.allocate(count, filledWith: 0)
    let words = buffer.base.assumingMemoryBound(to: UInt64.self)
    for index in 0..<count {
        let at = indices[index]
        if at < 0 { continue }
        if let validity, !validity[Int(at)] { continue }
        words[index >> 6] |= 1 << UInt64(index & 63)
    }
    return Bitmap(buffer: buffer, count: count)
}
