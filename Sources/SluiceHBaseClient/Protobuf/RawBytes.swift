import Glibc

/// Bytes that a number takes as a varint.
@inline(__always)
func varintSize(_ value: UInt64) -> Int {
    (70 &- (value | 1).leadingZeroBitCount) / 7
}

extension UnsafeMutablePointer<UInt8> {
    /// Stores a varint; ten bytes are enough for every value. Returns how many were used.
    @inline(__always)
    func storeVarint(_ value: UInt64) -> Int {
        if value < 0x80 {
            self[0] = UInt8(truncatingIfNeeded: value)
            return 1
        }
        var rest = value
        var used = 0
        while rest >= 0x80 {
            self[used] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            used += 1
        }
        self[used] = UInt8(truncatingIfNeeded: rest)
        return used + 1
    }

    /// Stores an integer with its most significant byte first; returns its size.
    @inline(__always)
    func storeBigEndian<Value: FixedWidthInteger>(_ value: Value) -> Int {
        UnsafeMutableRawPointer(self).storeBytes(of: value.bigEndian, as: Value.self)
        return MemoryLayout<Value>.size
    }

    @inline(__always)
    func store(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let source = bytes.baseAddress {
            UnsafeMutableRawPointer(self).copyMemory(from: source, byteCount: bytes.count)
        }
        return bytes.count
    }
}

extension UnsafeRawPointer {
    /// Loads an integer whose most significant byte comes first.
    @inline(__always)
    func bigEndian<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}

extension UnsafeRawBufferPointer {
    /// Unsigned byte order, a prefix before the longer text.
    func precedes(_ other: UnsafeRawBufferPointer) -> Bool { compare(other) < 0 }

    /// Negative, zero or positive: unsigned byte order.
    func compare(_ other: UnsafeRawBufferPointer) -> Int {
        let common = Swift.min(count, other.count)
        if common > 0, let left = baseAddress, let right = other.baseAddress {
            let order = memcmp(left, right, common)
            if order != 0 { return Int(order) }
        }
        return count - other.count
    }

    func equals(_ other: UnsafeRawBufferPointer) -> Bool { count == other.count && compare(other) == 0 }

    func slice(_ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start..<start + count])
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` that keeps the type of the error.
    @inline(__always)
    func withRaw<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBufferPointer { (buffer) throws(Failure) in try body(UnsafeRawBufferPointer(buffer)) }
    }
}
