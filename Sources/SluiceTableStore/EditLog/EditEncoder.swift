/// The cells of one edit as bytes. Per cell: type (1), family length (1) and bytes, then as 4 bytes
/// big-endian each the qualifier's length, before its bytes; timestamp (8); time to live (8, -1 = none);
/// and the value's length (4) before its bytes.
struct EditEncoder {
    private(set) var bytes: [UInt8] = []

    var isEmpty: Bool { bytes.isEmpty }

    mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    mutating func add(
        _ type: CellType, family: [UInt8], qualifier: UnsafeRawBufferPointer, timestamp: Int64,
        ttl: Int64?, value: UnsafeRawBufferPointer
    ) {
        bytes.append(type.rawValue)
        bytes.append(UInt8(truncatingIfNeeded: family.count))
        bytes.append(contentsOf: family)
        HBaseBytes.append(int32: Int32(truncatingIfNeeded: qualifier.count), to: &bytes)
        bytes.append(contentsOf: qualifier)
        HBaseBytes.append(int64: timestamp, to: &bytes)
        HBaseBytes.append(int64: ttl ?? -1, to: &bytes)
        HBaseBytes.append(int32: Int32(truncatingIfNeeded: value.count), to: &bytes)
        bytes.append(contentsOf: value)
    }

    /// Lends the cells; false when the bytes are no edit.
    static func decode(_ bytes: UnsafeRawBufferPointer, _ body: (BorrowedEditCell) -> Void) -> Bool {
        var reader = Reader(bytes: bytes)
        while reader.offset < bytes.count {
            guard let typeByte = reader.take(1)?.first, let type = CellType(rawValue: typeByte),
                let familyCount = reader.take(1)?.first, let family = reader.take(Int(familyCount)),
                let qualifier = reader.takeCounted(),
                let timestamp = reader.take(8).flatMap({ HBaseBytes.int64($0) }),
                let ttl = reader.take(8).flatMap({ HBaseBytes.int64($0) }), let value = reader.takeCounted()
            else { return false }
            body(
                BorrowedEditCell(
                    type: type, family: family, qualifier: qualifier, timestamp: timestamp,
                    ttl: ttl < 0 ? nil : ttl, value: value))
        }
        return true
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var offset = 0

        mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
            guard count >= 0, count <= bytes.count - offset else { return nil }
            defer { offset += count }
            return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
        }

        mutating func takeCounted() -> UnsafeRawBufferPointer? {
            guard let count = take(4).flatMap({ HBaseBytes.int32($0) }) else { return nil }
            return take(Int(count))
        }
    }
}
