/// One cell as the fake server keeps it.
public struct FakeCell: Hashable, Sendable {
    public enum Kind {
        public static let put: UInt8 = 4
        public static let delete: UInt8 = 8
        public static let deleteFamilyVersion: UInt8 = 10
        public static let deleteColumn: UInt8 = 12
        public static let deleteFamily: UInt8 = 14
    }

    public static let latest = Int64.max

    public var row: [UInt8]
    public var family: [UInt8]
    public var qualifier: [UInt8]
    public var timestamp: Int64
    public var type: UInt8 = Kind.put
    public var value: [UInt8]
    /// When it was written; of two cells alike the later one counts.
    public var sequence: UInt64 = 0
    /// Milliseconds after its timestamp at which it vanishes; 0: never.
    public var timeToLive: Int64 = 0

    func isExpired(_ now: Int64) -> Bool { timeToLive > 0 && now >= timestamp &+ timeToLive }

    public init(
        row: [UInt8], family: [UInt8], qualifier: [UInt8], timestamp: Int64, type: UInt8 = Kind.put,
        value: [UInt8]
    ) {
        self.row = row
        self.family = family
        self.qualifier = qualifier
        self.timestamp = timestamp
        self.type = type
        self.value = value
    }

    /// Order within a row.
    static func inOrder(_ a: FakeCell, _ b: FakeCell) -> Bool {
        if a.family != b.family { return bytesPrecede(a.family, b.family) }
        if a.qualifier != b.qualifier { return bytesPrecede(a.qualifier, b.qualifier) }
        if a.timestamp != b.timestamp { return a.timestamp > b.timestamp }
        if a.type != b.type { return a.type > b.type }
        return a.sequence > b.sequence
    }

    /// Its size in a cell block; what limits of result sizes count here.
    var encodedSize: Int { 4 + 8 + 12 + row.count + family.count + qualifier.count + value.count }

    // MARK: Cell block

    func encode(_ out: inout [UInt8]) {
        let keyLength = 12 + row.count + family.count + qualifier.count
        BigEndian.append(Int32(8 + keyLength + value.count), &out)
        BigEndian.append(Int32(keyLength), &out)
        BigEndian.append(Int32(value.count), &out)
        BigEndian.append(Int16(row.count), &out)
        out += row
        out.append(UInt8(family.count))
        out += family
        out += qualifier
        BigEndian.append(timestamp, &out)
        out.append(type)
        out += value
    }

    /// The cells of a block, each checked to fit exactly.
    static func decodeBlock(_ block: ArraySlice<UInt8>) throws -> [FakeCell] {
        var cells: [FakeCell] = []
        var position = block.startIndex
        while position < block.endIndex {
            guard let total = BigEndian.read(Int32.self, block, &position), total >= 0,
                Int(total) <= block.endIndex - position
            else { throw FakeException.doNotRetryIO("fake server: cell \(cells.count) is cut off") }
            cells.append(try decode(block[position..<position + Int(total)], index: cells.count))
            position += Int(total)
        }
        return cells
    }

    private static func decode(_ bytes: ArraySlice<UInt8>, index: Int) throws -> FakeCell {
        let bad = FakeException.doNotRetryIO("fake server: cell \(index) is not a KeyValue")
        var at = bytes.startIndex
        guard let keyLength = BigEndian.read(Int32.self, bytes, &at).map(Int.init), keyLength >= 12,
            let valueLength = BigEndian.read(Int32.self, bytes, &at).map(Int.init), valueLength >= 0,
            8 + keyLength + valueLength == bytes.count,
            let rowLength = BigEndian.read(Int16.self, bytes, &at).map(Int.init), rowLength > 0,
            rowLength + 12 <= keyLength
        else { throw bad }
        let row = Array(bytes[at..<at + rowLength])
        at += rowLength
        let familyLength = Int(bytes[at])
        at += 1
        let qualifierLength = keyLength - rowLength - familyLength - 12
        guard familyLength < 128, qualifierLength >= 0 else { throw bad }
        let family = Array(bytes[at..<at + familyLength])
        at += familyLength
        let qualifier = Array(bytes[at..<at + qualifierLength])
        at += qualifierLength
        guard let timestamp = BigEndian.read(Int64.self, bytes, &at) else { throw bad }
        let type = bytes[at]
        at += 1
        guard
            [Kind.put, Kind.delete, Kind.deleteFamilyVersion, Kind.deleteColumn, Kind.deleteFamily]
                .contains(type)
        else { throw bad }
        return FakeCell(
            row: row, family: family, qualifier: qualifier, timestamp: timestamp, type: type,
            value: Array(bytes[at...]))
    }

    /// Inline form: the message Cell.
    func message() -> FakeWriter {
        var writer = FakeWriter()
        writer.bytes(1, row)
        writer.bytes(2, family)
        writer.bytes(3, qualifier)
        writer.uint(4, UInt64(bitPattern: timestamp))
        writer.uint(5, UInt64(type))
        writer.bytes(6, value)
        return writer
    }
}

/// Unsigned bytes, a prefix first.
func bytesPrecede(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.lexicographicallyPrecedes(b) }
