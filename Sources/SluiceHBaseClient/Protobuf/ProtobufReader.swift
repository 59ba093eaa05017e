/// Reads the fields of one protobuf message (proto2) in place.
///
/// Usage: `while let field = try reader.next() { switch field { case 1: … try reader.uint64() … default: try
/// reader.skip() } }`. Exactly one of the reading calls, or `skip`, follows each `next`. Nothing is allocated; slices
/// point into the message. Whatever the bytes are, the outcome is values or a `WireError`.
/// Wire format: protobuf.dev/programming-guides/encoding.
public struct ProtobufReader {
    private let base: UnsafePointer<UInt8>?
    private var position: Int
    private let end: Int
    private var wireType: UInt8 = 0
    private var fieldNumber: UInt32 = 0

    public init(_ bytes: UnsafeRawBufferPointer) {
        base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        position = 0
        end = bytes.count
    }

    /// Bytes consumed so far.
    public var offset: Int { position }

    /// Number of the next field, nil at the end of the message.
    public mutating func next() throws(WireError) -> UInt32? {
        guard position < end else { return nil }
        let key = try varint()
        let number = key >> 3
        guard number > 0, number <= 0x1FFF_FFFF else { throw .malformedField }
        wireType = UInt8(key & 7)
        fieldNumber = UInt32(number)
        return fieldNumber
    }

    private mutating func varint() throws(WireError) -> UInt64 {
        guard let base, position < end else { throw .truncated }
        let first = base[position]
        position += 1
        if first < 0x80 { return UInt64(first) }
        var value = UInt64(first & 0x7F)
        var shift: UInt64 = 7
        while position < end {
            let byte = base[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { throw .varintTooLong }
        }
        throw .truncated
    }

    public mutating func uint64() throws(WireError) -> UInt64 {
        guard wireType == 0 else { throw .malformedField }
        return try varint()
    }

    public mutating func int64() throws(WireError) -> Int64 { Int64(bitPattern: try uint64()) }
    public mutating func uint32() throws(WireError) -> UInt32 { UInt32(truncatingIfNeeded: try uint64()) }
    public mutating func int32() throws(WireError) -> Int32 { Int32(truncatingIfNeeded: try uint64()) }
    public mutating func bool() throws(WireError) -> Bool { try uint64() != 0 }

    public mutating func float() throws(WireError) -> Float {
        guard wireType == 5, let base, 4 <= end - position else { throw .malformedField }
        let bits = UnsafeRawPointer(base + position).loadUnaligned(as: UInt32.self)
        position += 4
        return Float(bitPattern: UInt32(littleEndian: bits))
    }

    /// The bytes of a length-delimited field: a text, bytes or a message.
    public mutating func bytes() throws(WireError) -> UnsafeRawBufferPointer {
        guard wireType == 2 else { throw .malformedField }
        let length = try varint()
        guard length <= UInt64(end - position) else { throw .truncated }
        let slice = UnsafeRawBufferPointer(start: base.map { $0 + position }, count: Int(length))
        position += Int(length)
        return slice
    }

    public mutating func array() throws(WireError) -> [UInt8] { [UInt8](try bytes()) }

    public mutating func string() throws(WireError) -> String {
        let slice = try bytes()
        guard let text = String(validating: slice, as: UTF8.self) else { throw .malformedText }
        return text
    }

    /// A text in which bytes that are not UTF-8 are replaced: messages of exceptions, which only people read.
    public mutating func lenientString() throws(WireError) -> String {
        String(decoding: try bytes(), as: UTF8.self)
    }

    public mutating func message<M: ProtobufReadable>(_ type: M.Type) throws(WireError) -> M {
        var inner = ProtobufReader(try bytes())
        return try M(from: &inner)
    }

    /// Calls `body` with each number of a repeated field, which may be packed.
    public mutating func forEachNumber(_ body: (UInt64) -> Void) throws(WireError) {
        if wireType == 0 { return body(try varint()) }
        var packed = ProtobufReader(try bytes())
        while packed.position < packed.end { body(try packed.varint()) }
    }

    /// Passes over the field just announced, whatever its type.
    public mutating func skip() throws(WireError) {
        var depth = 0
        var group: [UInt32] = []
        repeat {
            if depth > 0, try next() == nil { throw .truncated }
            switch wireType {
            case 0: _ = try varint()
            case 1: try advance(8)
            case 2: _ = try bytes()
            case 5: try advance(4)
            case 3:
                depth += 1
                guard depth <= 32 else { throw .malformedField }
                group.append(fieldNumber)
            case 4:
                guard group.popLast() == fieldNumber else { throw .malformedField }
                depth -= 1
            default: throw .malformedField
            }
        } while depth > 0
    }

    private mutating func advance(_ count: Int) throws(WireError) {
        guard count <= end - position else { throw .truncated }
        position += count
    }
}

/// A message that can be read from its fields.
public protocol ProtobufReadable {
    init(from reader: inout ProtobufReader) throws(WireError)
}

extension ProtobufReadable {
    /// Reads a message that takes up all of `bytes`.
    public init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var reader = ProtobufReader(bytes)
        try self.init(from: &reader)
    }

    public init(_ bytes: [UInt8]) throws(WireError) {
        self = try bytes.withRaw { (raw) throws(WireError) in try Self(raw) }
    }
}

/// The value of a required field.
@inline(__always)
func required<Value>(_ value: Value?, _ name: StaticString) throws(WireError) -> Value {
    guard let value else { throw .missingField(StaticName(name)) }
    return value
}
