import SluiceColumns

/// The images of all rows by their keys, packed into one run of bytes: what a change does to a row can only be told by
/// who knows the row. Rows that are gone stay for a while with their markers, so that a late put with an old timestamp
/// stays hidden.
final class RowImages {
    /// So many rows that are gone are remembered.
    private let goneLimit: Int

    private struct Entry {
        var hash: UInt64
        /// Where the key and, behind it, the image are; the image may grow up to `room`.
        var start: Int
        var keyCount: Int
        var count: Int
        var room: Int
        /// The next entry with the same hash; negative: none.
        var next: Int32
        var isGone: Bool
    }

    private var heads: [UInt64: Int32] = [:]
    private var entries: [Entry] = []
    private var free: [Int32] = []
    private var bytes: [UInt8] = []
    private var waste = 0
    /// Rows that are gone, oldest first; one that came back may still be listed.
    private var gone: [Int32] = []
    private var goneStart = 0
    private var scratch: [UInt8] = []

    init(goneLimit: Int = 65_536) { self.goneLimit = goneLimit }

    /// Rows, also those that are gone but remembered.
    var count: Int { entries.count - free.count }

    var byteCount: Int {
        bytes.capacity + entries.capacity * MemoryLayout<Entry>.stride + heads.capacity * 24
            + gone.capacity * 4
    }

    private func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        Hashing.bytes(key, seed: Hashing.tableSeed)
    }

    private func find(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int? {
        var at = heads[hash] ?? -1
        while at >= 0 {
            let entry = entries[Int(at)]
            let isSame = bytes.withUnsafeBytes { all in
                compareBytes(
                    UnsafeRawBufferPointer(rebasing: all[entry.start..<(entry.start + entry.keyCount)]), key)
                    == 0
            }
            if isSame { return Int(at) }
            at = entry.next
        }
        return nil
    }

    /// Reads the image of a row; an empty one if the row is not known.
    func load(_ key: UnsafeRawBufferPointer, into image: RowImage) {
        image.removeAll()
        guard let at = find(key, hash(key)) else { return }
        let entry = entries[at]
        bytes.withUnsafeBytes { all in
            let start = entry.start + entry.keyCount
            var reader = ImageReader(
                UnsafeRawBufferPointer(rebasing: all[start..<(start + entry.count)]))
            reader.read(into: image)
        }
    }

    /// Keeps an image as that of a row.
    func store(_ key: UnsafeRawBufferPointer, _ image: RowImage) {
        scratch.removeAll(keepingCapacity: true)
        ImageWriter.write(image, to: &scratch)
        let hash = hash(key)
        let isGone = !image.isPresent
        if isGone && !image.hasMarkers {
            if let at = find(key, hash) { remove(at) }
            return
        }
        let at: Int
        if let known = find(key, hash) {
            at = known
            replace(at, key)
        } else {
            at = add(key, hash)
        }
        if isGone && !entries[at].isGone { gone.append(Int32(truncatingIfNeeded: at)) }
        entries[at].isGone = isGone
        forgetGone()
        compactIfWasteful()
    }

    private func add(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
        let entry = Entry(
            hash: hash, start: bytes.count, keyCount: key.count, count: scratch.count, room: scratch.count,
            next: heads[hash] ?? -1, isGone: false)
        bytes.append(contentsOf: key)
        bytes.append(contentsOf: scratch)
        let at: Int
        if let reused = free.popLast() {
            at = Int(reused)
            entries[at] = entry
        } else {
            at = entries.count
            entries.append(entry)
        }
        heads[hash] = Int32(truncatingIfNeeded: at)
        return at
    }

    private func replace(_ at: Int, _ key: UnsafeRawBufferPointer) {
        if scratch.count <= entries[at].room {
            let start = entries[at].start + entries[at].keyCount
            bytes.withUnsafeMutableBytes { all in
                UnsafeMutableRawBufferPointer(rebasing: all[start..<(start + scratch.count)]).copyBytes(
                    from: scratch)
            }
        } else {
            waste += entries[at].keyCount + entries[at].room
            entries[at].start = bytes.count
            entries[at].room = scratch.count
            bytes.append(contentsOf: key)
            bytes.append(contentsOf: scratch)
        }
        entries[at].count = scratch.count
    }

    private func remove(_ at: Int) {
        let entry = entries[at]
        let number = Int32(truncatingIfNeeded: at)
        if let head = heads[entry.hash], head == number {
            heads[entry.hash] = entry.next >= 0 ? entry.next : nil
        } else {
            var before = heads[entry.hash] ?? -1
            while before >= 0, entries[Int(before)].next != number { before = entries[Int(before)].next }
            if before >= 0 { entries[Int(before)].next = entry.next }
        }
        waste += entry.keyCount + entry.room
        entries[at].isGone = false
        entries[at].keyCount = -1
        free.append(number)
    }

    /// A row that came back and went again is listed twice: it may be forgotten early.
    private func forgetGone() {
        while gone.count - goneStart > goneLimit {
            let at = Int(gone[goneStart])
            goneStart += 1
            if entries[at].isGone { remove(at) }
        }
        if goneStart > 4096 && goneStart > gone.count / 2 {
            gone.removeFirst(goneStart)
            goneStart = 0
        }
    }

    private func compactIfWasteful() {
        guard waste > 1 << 20, waste > bytes.count / 2 else { return }
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count - waste)
        for at in entries.indices where entries[at].keyCount >= 0 {
            let entry = entries[at]
            let start = kept.count
            kept.append(contentsOf: bytes[entry.start..<(entry.start + entry.keyCount + entry.count)])
            entries[at].start = start
            entries[at].room = entry.count
        }
        bytes = kept
        waste = 0
    }
}
