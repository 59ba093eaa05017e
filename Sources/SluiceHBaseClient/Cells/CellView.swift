/// A cell in place: slices of the bytes that hold it, valid as long as those bytes.
///
/// `timestamp` is in milliseconds by convention.
public struct CellView {
    public var row: UnsafeRawBufferPointer
    public var family: UnsafeRawBufferPointer
    public var qualifier: UnsafeRawBufferPointer
    public var timestamp: Int64
    public var type: CellType
    public var value: UnsafeRawBufferPointer
    /// Tags as they stand, each with its length; empty without tags.
    public var tags: UnsafeRawBufferPointer

    public init(
        row: UnsafeRawBufferPointer, family: UnsafeRawBufferPointer, qualifier: UnsafeRawBufferPointer,
        timestamp: Int64, type: CellType, value: UnsafeRawBufferPointer,
        tags: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        self.row = row
        self.family = family
        self.qualifier = qualifier
        self.timestamp = timestamp
        self.type = type
        self.value = value
        self.tags = tags
    }

    /// Reads one KeyValue that takes up all of `bytes`: int32 key length, int32 value length, key, value and
    /// perhaps int16 length and tags. Key: int16 length and row, int8 length and family, qualifier, int64
    /// timestamp, int8 type.
    public init(keyValue bytes: UnsafeRawBufferPointer) throws(WireError) {
        guard bytes.count >= 8 + 12, let base = bytes.baseAddress else { throw .malformedCell }
        let keyLength = Int(base.bigEndian(Int32.self, at: 0))
        let valueLength = Int(base.bigEndian(Int32.self, at: 4))
        guard keyLength >= 12, valueLength >= 0, keyLength <= bytes.count - 8 else { throw .malformedCell }
        guard valueLength <= bytes.count - 8 - keyLength else { throw .malformedCell }
        let rowLength = Int(base.bigEndian(Int16.self, at: 8))
        guard rowLength >= 0, rowLength <= keyLength - 12 else { throw .malformedCell }
        let familyLength = Int(bytes[10 + rowLength])
        guard familyLength <= keyLength - 12 - rowLength else { throw .malformedCell }
        let qualifierLength = keyLength - 12 - rowLength - familyLength
        let familyStart = 11 + rowLength
        let keyEnd = 8 + keyLength
        row = bytes.slice(10, rowLength)
        family = bytes.slice(familyStart, familyLength)
        qualifier = bytes.slice(familyStart + familyLength, qualifierLength)
        timestamp = base.bigEndian(Int64.self, at: keyEnd - 9)
        type = CellType(rawValue: bytes[keyEnd - 1])
        value = bytes.slice(keyEnd, valueLength)
        let tail = keyEnd + valueLength
        if tail == bytes.count {
            tags = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard bytes.count - tail >= 2 else { throw .malformedCell }
        let tagsLength = Int(base.bigEndian(UInt16.self, at: tail))
        guard tagsLength == bytes.count - tail - 2 else { throw .malformedCell }
        tags = bytes.slice(tail + 2, tagsLength)
    }

    /// Reads a `Cell` message: the form of cells inside a message.
    public init(message bytes: UnsafeRawBufferPointer) throws(WireError) {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        self.init(row: empty, family: empty, qualifier: empty, timestamp: 0, type: .put, value: empty)
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            switch field {
            case 1: row = try reader.bytes()
            case 2: family = try reader.bytes()
            case 3: qualifier = try reader.bytes()
            case 4: timestamp = try reader.int64()
            case 5: type = CellType(rawValue: UInt8(truncatingIfNeeded: try reader.uint64()))
            case 6: value = try reader.bytes()
            case 7: tags = try reader.bytes()
            default: try reader.skip()
            }
        }
    }
}
