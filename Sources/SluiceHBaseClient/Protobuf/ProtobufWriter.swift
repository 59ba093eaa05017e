import Glibc

/// Writes protobuf messages, lengths and raw bytes into one growing array.
///
/// A nested message is written in place: `begin` leaves room for its length, `end` fills it in and moves the message
/// by a few bytes when the room was misjudged. So nothing but the one array is ever allocated. Output is canonical:
/// every length has its shortest form.
public struct ProtobufWriter: Sendable {
    /// Filled up to `count`; the rest is room.
    private var storage: [UInt8]
    public private(set) var count = 0

    public init(capacity: Int = 256) {
        storage = [UInt8](repeating: 0, count: max(capacity, 16))
    }

    /// The bytes written, without a copy.
    public consuming func finish() -> [UInt8] {
        storage.removeLast(storage.count - count)
        return storage
    }

    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[0..<count])) }
    }

    /// Makes room for `extra` more bytes.
    @inline(__always)
    public mutating func reserve(_ extra: Int) {
        if storage.count &- count < extra { grow(extra) }
    }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        let wanted = max(count + extra, storage.count * 2)
        storage.append(contentsOf: repeatElement(0, count: wanted - storage.count))
    }

    // MARK: raw

    /// Appends at most `maximum` bytes, written by `body` at the address it is given; it returns how many.
    @inline(__always)
    mutating func append(maximum: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        reserve(maximum)
        let start = count
        count += storage.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { body($0 + start) } ?? 0
        }
    }

    public mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        append(maximum: bytes.count) { target in
            if let source = bytes.baseAddress {
                UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
            }
            return bytes.count
        }
    }

    public mutating func raw(_ bytes: [UInt8]) { bytes.withUnsafeBytes { raw($0) } }

    public mutating func bigEndian(_ value: Int32) {
        append(maximum: 4) { $0.storeBigEndian(value) }
    }

    /// Replaces four bytes written before.
    public mutating func patch(_ value: Int32, at offset: Int) {
        guard offset >= 0, offset + 4 <= count else { return }
        storage.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { _ = (base + offset).storeBigEndian(value) }
        }
    }

    public mutating func varint(_ value: UInt64) {
        append(maximum: 10) { $0.storeVarint(value) }
    }

    // MARK: fields

    public mutating func field(_ number: UInt32, _ value: UInt64) {
        append(maximum: 15) { target in
            let used = target.storeVarint(UInt64(number) << 3)
            return used + (target + used).storeVarint(value)
        }
    }

    public mutating func field(_ number: UInt32, _ value: UInt32) { field(number, UInt64(value)) }
    public mutating func field(_ number: UInt32, _ value: Int64) { field(number, UInt64(bitPattern: value)) }
    /// Negative numbers take ten bytes, as proto2 wants.
    public mutating func field(_ number: UInt32, _ value: Int32) { field(number, Int64(value)) }
    public mutating func field(_ number: UInt32, _ value: Bool) { field(number, value ? 1 : 0 as UInt64) }

    public mutating func field(_ number: UInt32, _ value: UnsafeRawBufferPointer) {
        append(maximum: 15 + value.count) { target in
            var used = target.storeVarint(UInt64(number) << 3 | 2)
            used += (target + used).storeVarint(UInt64(value.count))
            if let source = value.baseAddress {
                UnsafeMutableRawPointer(target + used).copyMemory(from: source, byteCount: value.count)
            }
            return used + value.count
        }
    }

    public mutating func field(_ number: UInt32, _ value: [UInt8]) {
        value.withUnsafeBytes { field(number, $0) }
    }

    public mutating func field(_ number: UInt32, _ value: String) {
        var text = value
        text.withUTF8 { field(number, UnsafeRawBufferPointer($0)) }
    }

    public mutating func field(_ number: UInt32, _ value: some ProtobufWritable) {
        let mark = begin(number)
        value.write(to: &self)
        end(mark)
    }

    /// Writes the field only when there is a value.
    public mutating func optional(_ number: UInt32, _ value: UInt64?) {
        if let value { field(number, value) }
    }
    public mutating func optional(_ number: UInt32, _ value: UInt32?) {
        if let value { field(number, value) }
    }
    public mutating func optional(_ number: UInt32, _ value: Bool?) {
        if let value { field(number, value) }
    }
    public mutating func optional(_ number: UInt32, _ value: [UInt8]?) {
        if let value { field(number, value) }
    }
    public mutating func optional(_ number: UInt32, _ value: String?) {
        if let value { field(number, value) }
    }
    public mutating func optional(_ number: UInt32, _ value: (some ProtobufWritable)?) {
        if let value { field(number, value) }
    }

    // MARK: nested messages

    /// A message that was begun and not yet ended.
    public struct Mark: Sendable {
        /// Where the room for the length stands, and how many bytes it has.
        fileprivate let offset: Int
        fileprivate let room: Int
    }

    /// Starts the message of a field; `expecting` is a guess of its length.
    public mutating func begin(_ number: UInt32, expecting: Int = 0) -> Mark {
        varint(UInt64(number) << 3 | 2)
        return begin(expecting: expecting)
    }

    /// Starts a message with its length before it, without a field number.
    public mutating func begin(expecting: Int = 0) -> Mark {
        let room = varintSize(UInt64(max(expecting, 0)))
        reserve(room)
        let mark = Mark(offset: count, room: room)
        count += room
        return mark
    }

    public mutating func end(_ mark: Mark) {
        let start = mark.offset + mark.room
        let length = count - start
        let size = varintSize(UInt64(length))
        if size != mark.room {
            reserve(10)
            let shift = size - mark.room
            storage.withUnsafeMutableBytes { buffer in
                guard let base = buffer.baseAddress else { return }
                memmove(base + start + shift, base + start, length)
            }
            count += shift
        }
        storage.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { _ = (base + mark.offset).storeVarint(UInt64(length)) }
        }
    }
}

/// A message that can write its fields.
public protocol ProtobufWritable {
    func write(to writer: inout ProtobufWriter)
}

extension ProtobufWritable {
    /// The message alone, without a length.
    public func encoded() -> [UInt8] {
        var writer = ProtobufWriter()
        write(to: &writer)
        return writer.finish()
    }
}
