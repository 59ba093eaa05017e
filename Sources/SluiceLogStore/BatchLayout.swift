import SluiceBase

/// How records lie in a segment file. Numbers are little-endian.
///
/// A batch: magic (4), length of the body (4), CRC32C of the body (4), records (4), offset of the first record (8),
/// offset up to which everything was known to be durable when the batch was written (8), greatest timestamp (8), the
/// writer's tag (8), CRC32C of these 48 bytes (4), body.
///
/// A record in the body: length of what follows (4), timestamp (8), length of the key or -1 (4), of the value or -1
/// (4), headers (4), key, value; a header is the length of its name (4), of its value or -1 (4), name, value.
///
/// The body is checked apart from the head, so that it is summed before the partition's lock is taken.
enum BatchLayout {
    /// `SLG1`
    static let magic: UInt32 = 0x3147_4C53
    static let headSize = 52
    private static let sumOffset = 48
    static let recordHeadSize = 24
    /// Of the body.
    static let bodyLimit = 64 << 20

    struct Head: Equatable {
        var bodyLength: Int
        var bodySum: UInt32
        var count: Int
        var baseOffset: Int64
        /// All records below it were durable when this batch was written.
        var durableBelow: Int64
        var maxTimestamp: Int64
        /// By which a writer finds again what it wrote; 0: none.
        var tag: UInt64

        var nextOffset: Int64 { baseOffset &+ Int64(count) }
        var byteCount: Int { BatchLayout.headSize &+ bodyLength }

        func write(to base: UnsafeMutableRawPointer) {
            base.storeBytes(of: BatchLayout.magic.littleEndian, as: UInt32.self)
            base.storeBytes(
                of: UInt32(truncatingIfNeeded: bodyLength).littleEndian, toByteOffset: 4, as: UInt32.self)
            base.storeBytes(of: bodySum.littleEndian, toByteOffset: 8, as: UInt32.self)
            base.storeBytes(
                of: UInt32(truncatingIfNeeded: count).littleEndian, toByteOffset: 12, as: UInt32.self)
            base.storeBytes(of: baseOffset.littleEndian, toByteOffset: 16, as: Int64.self)
            base.storeBytes(of: durableBelow.littleEndian, toByteOffset: 24, as: Int64.self)
            base.storeBytes(of: maxTimestamp.littleEndian, toByteOffset: 32, as: Int64.self)
            base.storeBytes(of: tag.littleEndian, toByteOffset: 40, as: UInt64.self)
            let sum = CRC32C.checksum(UnsafeRawBufferPointer(start: base, count: BatchLayout.sumOffset))
            base.storeBytes(of: sum.littleEndian, toByteOffset: BatchLayout.sumOffset, as: UInt32.self)
        }

        /// nil: these `headSize` bytes are no head.
        init?(_ base: UnsafeRawPointer) {
            guard BatchLayout.word(base, 0) == BatchLayout.magic else { return nil }
            let sum = CRC32C.checksum(UnsafeRawBufferPointer(start: base, count: BatchLayout.sumOffset))
            guard BatchLayout.word(base, BatchLayout.sumOffset) == sum else { return nil }
            bodyLength = Int(BatchLayout.word(base, 4))
            bodySum = BatchLayout.word(base, 8)
            count = Int(BatchLayout.word(base, 12))
            baseOffset = BatchLayout.long(base, 16)
            durableBelow = BatchLayout.long(base, 24)
            maxTimestamp = BatchLayout.long(base, 32)
            tag = UInt64(bitPattern: BatchLayout.long(base, 40))
            let fits = bodyLength <= BatchLayout.bodyLimit && count > 0 && baseOffset >= 0
            guard fits, baseOffset < Int64.max - Int64(count) else { return nil }
        }

        init(
            bodyLength: Int, bodySum: UInt32, count: Int, baseOffset: Int64, durableBelow: Int64,
            maxTimestamp: Int64, tag: UInt64
        ) {
            self.bodyLength = bodyLength
            self.bodySum = bodySum
            self.count = count
            self.baseOffset = baseOffset
            self.durableBelow = durableBelow
            self.maxTimestamp = maxTimestamp
            self.tag = tag
        }
    }

    static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    static func long(_ base: UnsafeRawPointer, _ offset: Int) -> Int64 {
        Int64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Int64.self))
    }

    /// A length of -1 stands for NULL; nil: it does not fit into `limit`.
    private static func length(_ base: UnsafeRawPointer, _ offset: Int, limit: Int) -> Int? {
        let value = Int(Int32(bitPattern: word(base, offset)))
        return value >= -1 && value <= limit ? value : nil
    }

    /// The record at `position` of a body, which moves behind it; nil: these bytes are none.
    static func record(
        _ body: UnsafeRawBufferPointer, at position: inout Int, offset: Int64
    ) -> LogRecordView? {
        guard let start = body.baseAddress, body.count - position >= recordHeadSize else { return nil }
        let base = start + position
        let size = Int(word(base, 0))
        guard size >= recordHeadSize - 4, size <= body.count - position - 4 else { return nil }
        var rest = size - (recordHeadSize - 4)
        guard let keyLength = length(base, 12, limit: rest) else { return nil }
        rest -= max(keyLength, 0)
        guard let valueLength = length(base, 16, limit: rest) else { return nil }
        rest -= max(valueLength, 0)
        let headerCount = Int(word(base, 20))
        let key = base + recordHeadSize
        let value = key + max(keyLength, 0)
        let headers = UnsafeRawBufferPointer(start: value + max(valueLength, 0), count: rest)
        if headerCount > 0 || rest > 0 {
            var at = 0
            guard headerCount <= rest / 8 else { return nil }
            for _ in 0..<headerCount { if header(headers, at: &at) == nil { return nil } }
            guard at == rest else { return nil }
        }
        position += size + 4
        return LogRecordView(
            offset: offset, timestamp: long(base, 4),
            key: keyLength < 0 ? nil : UnsafeRawBufferPointer(start: key, count: keyLength),
            value: valueLength < 0 ? nil : UnsafeRawBufferPointer(start: value, count: valueLength),
            headerCount: headerCount, headerBytes: headers)
    }

    static func header(
        _ bytes: UnsafeRawBufferPointer, at position: inout Int
    ) -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)? {
        guard let start = bytes.baseAddress, bytes.count - position >= 8 else { return nil }
        let base = start + position
        let rest = bytes.count - position - 8
        guard let name = length(base, 0, limit: rest), name >= 0 else { return nil }
        guard let value = length(base, 4, limit: rest - name) else { return nil }
        position += 8 + name + max(value, 0)
        return (
            UnsafeRawBufferPointer(start: base + 8, count: name),
            value < 0 ? nil : UnsafeRawBufferPointer(start: base + 8 + name, count: value)
        )
    }
}
