import SluiceBase

/// Records on their way into a log: what is appended as one batch is seen whole or not at all. Used again after
/// `removeAll`; owned by one thread.
public final class LogBatchBuilder {
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    /// With the head's room.
    private var used = BatchLayout.headSize
    public private(set) var count = 0
    private var maxTimestamp = Int64.min
    private var sum: UInt32?
    /// Kept with the batch, for a writer that wants to find it again; 0: none. Stays for the following batches.
    public var tag: UInt64 = 0

    public init(capacity: Int = 64 * 1024) {
        self.capacity = max(capacity, 1024)
        memory = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    public var isEmpty: Bool { count == 0 }
    /// What the batch takes in the file.
    public var byteCount: Int { used }
    /// Bytes of memory held.
    public var heldBytes: Int { capacity }

    /// Adds a record; `timestamp` in milliseconds since 1970. Throws when the batch would become too large, and then
    /// is as it was.
    public func append(
        timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: [LogRecord.Header] = []
    ) throws(LogError) {
        var size = BatchLayout.recordHeadSize
        size = size &+ (key?.count ?? 0) &+ (value?.count ?? 0)
        for header in headers { size = size &+ 8 &+ header.name.utf8.count &+ (header.value?.count ?? 0) }
        guard size <= BatchLayout.bodyLimit - (used - BatchLayout.headSize) else {
            throw .tooLarge(bytes: used + size, limit: BatchLayout.bodyLimit)
        }
        if used + size > capacity { grow(used + size) }
        var at = memory + used
        word(size - 4, &at)
        at.storeBytes(of: timestamp.littleEndian, as: Int64.self)
        at += 8
        word(key?.count ?? -1, &at)
        word(value?.count ?? -1, &at)
        word(headers.count, &at)
        copy(key, &at)
        copy(value, &at)
        for header in headers {
            word(header.name.utf8.count, &at)
            word(header.value?.count ?? -1, &at)
            var name = header.name
            name.withUTF8 { copy(UnsafeRawBufferPointer($0), &at) }
            if let value = header.value { value.withUnsafeBytes { copy($0, &at) } }
        }
        used += size
        count += 1
        maxTimestamp = max(maxTimestamp, timestamp)
        sum = nil
    }

    public func append(_ record: LogRecord) throws(LogError) {
        try LogBatchBuilder.withBytes(record.key) { (key) throws(LogError) in
            try LogBatchBuilder.withBytes(record.value) { (value) throws(LogError) in
                try append(timestamp: record.timestamp, key: key, value: value, headers: record.headers)
            }
        }
    }

    private static func withBytes(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws(LogError) -> Void
    ) throws(LogError) {
        guard let bytes else { return try body(nil) }
        try bytes.span.bytes.withUnsafeBytes(body)
    }

    public func removeAll() {
        used = BatchLayout.headSize
        count = 0
        maxTimestamp = .min
        sum = nil
    }

    /// Sums the body, which takes long, before a lock is held.
    func prepare() {
        if sum == nil { sum = CRC32C.checksum(body) }
    }

    private var body: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory + BatchLayout.headSize, count: used - BatchLayout.headSize)
    }

    /// The bytes for the file.
    func seal(baseOffset: Int64, durableBelow: Int64) -> (BatchLayout.Head, UnsafeRawBufferPointer) {
        prepare()
        let head = BatchLayout.Head(
            bodyLength: used - BatchLayout.headSize, bodySum: sum ?? 0, count: count, baseOffset: baseOffset,
            durableBelow: durableBelow, maxTimestamp: maxTimestamp,
            tag: tag)
        head.write(to: memory)
        return (head, UnsafeRawBufferPointer(start: memory, count: used))
    }

    private func word(_ value: Int, _ at: inout UnsafeMutableRawPointer) {
        at.storeBytes(of: Int32(truncatingIfNeeded: value).littleEndian, as: Int32.self)
        at += 4
    }

    private func copy(_ bytes: UnsafeRawBufferPointer?, _ at: inout UnsafeMutableRawPointer) {
        guard let bytes, let start = bytes.baseAddress, bytes.count > 0 else { return }
        at.copyMemory(from: start, byteCount: bytes.count)
        at += bytes.count
    }

    private func grow(_ wanted: Int) {
        let larger = max(wanted, capacity * 2)
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        fresh.copyMemory(from: memory, byteCount: used)
        memory.deallocate()
        memory = fresh
        capacity = larger
    }
}
