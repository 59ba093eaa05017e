/// Row keys one after another in one array.
public struct RowKeys: Sendable {
    public private(set) var bytes: [UInt8]
    /// Where each key ends.
    public private(set) var ends: [Int32]

    public init() {
        bytes = []
        ends = []
    }

    public init(_ keys: [[UInt8]]) {
        self.init()
        for key in keys { append(key) }
    }

    public var count: Int { ends.count }
    public var isEmpty: Bool { ends.isEmpty }

    public mutating func reserveCapacity(keys: Int, bytes count: Int) {
        ends.reserveCapacity(keys)
        bytes.reserveCapacity(count)
    }

    @inlinable
    public mutating func append(_ key: UnsafeRawBufferPointer) { appendBytes(key) }

    public mutating func append(_ key: [UInt8]) {
        bytes.append(contentsOf: key)
        ends.append(Int32(clamping: bytes.count))
    }

    @usableFromInline
    mutating func appendBytes(_ key: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: key)
        ends.append(Int32(clamping: bytes.count))
    }

    public mutating func removeAll(keepingCapacity: Bool = false) {
        bytes.removeAll(keepingCapacity: keepingCapacity)
        ends.removeAll(keepingCapacity: keepingCapacity)
    }

    /// Range of a key in `bytes`.
    @inline(__always)
    public func range(_ index: Int) -> Range<Int> {
        let start = index == 0 ? 0 : Int(ends[index - 1])
        return start..<Int(ends[index])
    }

    public subscript(index: Int) -> [UInt8] { Array(bytes[range(index)]) }
}
