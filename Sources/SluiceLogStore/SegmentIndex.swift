import SluiceBase

/// Where offsets and times lie in a segment, an entry for about each 64 KiB. Of a segment that is written to, it is
/// in the writer's memory only; of a finished one it is a file, which can be made again from the segment.
struct SegmentIndex: Equatable {
    static let step: Int64 = 64 * 1024

    struct Entry: Equatable {
        /// Of the batch at `position`.
        var offset: Int64
        var position: Int64
        /// The greatest of all records before `position`.
        var maxTimestampBefore: Int64
    }

    private(set) var entries: [Entry] = []
    /// Of the whole segment so far.
    private(set) var size: Int64 = 0
    private(set) var nextOffset: Int64
    private(set) var maxTimestamp = Int64.min

    init(baseOffset: Int64) { nextOffset = baseOffset }

    /// The batch behind the last one.
    mutating func add(_ head: BatchLayout.Head) {
        if size - (entries.last?.position ?? -SegmentIndex.step) >= SegmentIndex.step {
            entries.append(Entry(offset: head.baseOffset, position: size, maxTimestampBefore: maxTimestamp))
        }
        size += Int64(head.byteCount)
        nextOffset = head.nextOffset
        maxTimestamp = max(maxTimestamp, head.maxTimestamp)
    }

    /// The index as it was before the batch of one of its entries.
    func cut(to entry: Entry) -> SegmentIndex {
        var index = SegmentIndex(baseOffset: entry.offset)
        index.entries = entries.filter { $0.position < entry.position }
        index.size = entry.position
        index.maxTimestamp = entry.maxTimestampBefore
        return index
    }

    /// The last entry at or before an offset; nil: from the start.
    func entry(for offset: Int64) -> Entry? { last { $0.offset <= offset } }

    /// The last entry before which no record is as new as `timestamp`.
    func entry(forTime timestamp: Int64) -> Entry? { last { $0.maxTimestampBefore < timestamp } }

    private func last(_ holds: (Entry) -> Bool) -> Entry? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if holds(entries[middle]) { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : entries[low - 1]
    }

    // MARK: File: magic, entries, size, next offset, greatest timestamp, number of entries, CRC32C; 8 bytes each.

    private static let magic: Int64 = 0x3130_5844_4947_4C53

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(48 + entries.count * 24)
        func add(_ value: Int64) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        add(SegmentIndex.magic)
        for entry in entries {
            add(entry.offset)
            add(entry.position)
            add(entry.maxTimestampBefore)
        }
        add(size)
        add(nextOffset)
        add(maxTimestamp)
        add(Int64(entries.count))
        let sum = bytes.withUnsafeBytes { CRC32C.checksum($0) }
        add(Int64(sum))
        return bytes
    }

    /// nil: no index, or a damaged one.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 48, bytes.count % 8 == 0 else { return nil }
        let words: [Int64] = bytes.withUnsafeBytes { raw in
            (0..<(raw.count / 8)).map { index in
                Int64(littleEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
            }
        }
        let sum = bytes.withUnsafeBytes {
            CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[..<(bytes.count - 8)]))
        }
        let tail = words.count - 5
        guard words[words.count - 1] == Int64(sum), words[0] == SegmentIndex.magic else { return nil }
        guard words[tail + 3] == Int64(tail - 1) / 3, (tail - 1) % 3 == 0 else { return nil }
        for index in stride(from: 1, to: tail, by: 3) {
            entries.append(
                Entry(offset: words[index], position: words[index + 1], maxTimestampBefore: words[index + 2]))
        }
        size = words[tail]
        nextOffset = words[tail + 1]
        maxTimestamp = words[tail + 2]
    }
}
