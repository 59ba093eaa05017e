import Glibc
import SluiceBase
import SluiceColumns

/// Looked up rows and misses of one subtask as bytes, bounded by number and age; the row used longest ago makes room.
///
/// A hash table with chains over an array of entries, which are linked in order of use; keys and cells lie in one
/// arena, which is copied when half of it is garbage. No allocation per row or look-up. One thread uses it and no
/// method calls out, so the run-time checks of exclusive access, a quarter of a look-up's time, are left out.
final class CellCache {
    struct Limits {
        var maxRows = Int.max
        var expireAfterWriteMillis = Int64.max
        var expireAfterAccessMillis = Int64.max
        var keepsMissingKeys = true
    }

    private struct Entry {
        var hash: UInt64
        /// In the arena: the key, then per leaf an Int32 length (-1: no cell), then the values.
        var offset: Int
        var keyLength: Int32
        var bodyLength: Int32
        var next: Int32
        var newer: Int32
        var older: Int32
        var isFound: Bool
        var writtenMillis: Int64
        var usedMillis: Int64
    }

    private static let none: Int32 = -1
    private static let smallestGarbage = 1 << 20

    private let limits: Limits
    private let leafCount: Int
    @exclusivity(unchecked) private var entries: [Entry] = []
    @exclusivity(unchecked) private var buckets: [Int32]
    @exclusivity(unchecked) private var free = CellCache.none
    @exclusivity(unchecked) private var newest = CellCache.none
    @exclusivity(unchecked) private var oldest = CellCache.none
    @exclusivity(unchecked) private var arena = ByteScratch(capacity: 1 << 16)
    @exclusivity(unchecked) private var garbage = 0
    @exclusivity(unchecked) private(set) var count = 0
    @exclusivity(unchecked) private(set) var hits: Int64 = 0
    @exclusivity(unchecked) private(set) var misses: Int64 = 0

    init(_ limits: Limits, leafCount: Int) {
        self.limits = limits
        self.leafCount = leafCount
        buckets = Array(repeating: CellCache.none, count: 1024)
    }

    /// Bytes held.
    var byteCount: Int {
        arena.capacity + entries.capacity * MemoryLayout<Entry>.stride
            + buckets.count * MemoryLayout<Int32>.stride
    }

    static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        Hashing.bytes(key, seed: Hashing.tableSeed)
    }

    /// The entry of a key; nil: not known, or no longer.
    func find(_ key: UnsafeRawBufferPointer, hash: UInt64, nowMillis: Int64) -> Int? {
        let index = locate(key, hash)
        guard index != CellCache.none else {
            misses += 1
            return nil
        }
        let at = Int(index)
        if nowMillis &- entries[at].writtenMillis >= limits.expireAfterWriteMillis
            || nowMillis &- entries[at].usedMillis >= limits.expireAfterAccessMillis
        {
            remove(index)
            misses += 1
            return nil
        }
        hits += 1
        entries[at].usedMillis = nowMillis
        if index != newest {
            unlink(index)
            linkNewest(index)
        }
        return at
    }

    func isFound(_ entry: Int) -> Bool { entries[entry].isFound }

    /// Appends the row of an entry.
    func append(_ entry: Int, to assembler: RowAssembler) throws(SQLError) {
        let key = UnsafeRawPointer(arena.base + entries[entry].offset)
        let keyLength = Int(entries[entry].keyLength)
        let lengths = key + keyLength
        var value = lengths + leafCount &* 4
        for leaf in 0..<leafCount {
            let length = Int(lengths.loadUnaligned(fromByteOffset: leaf &* 4, as: Int32.self))
            if length < 0 {
                try assembler.append(nil, leaf)
            } else {
                try assembler.append(UnsafeRawBufferPointer(start: value, count: length), leaf)
                value += length
            }
        }
        try assembler.endRow(key: UnsafeRawBufferPointer(start: key, count: keyLength))
    }

    /// Adds the cells of an entry to a block whose last row has the key already.
    func copy(_ entry: Int, to block: CellBlock, _ row: Int) {
        if entries[entry].isFound { block.markFound(row) }
        let lengths = UnsafeRawPointer(arena.base + entries[entry].offset + Int(entries[entry].keyLength))
        var value = lengths + leafCount &* 4
        for leaf in 0..<leafCount {
            let length = Int(lengths.loadUnaligned(fromByteOffset: leaf &* 4, as: Int32.self))
            guard length >= 0 else { continue }
            block.set(row, leaf, UnsafeRawBufferPointer(start: value, count: length))
            value += length
        }
    }

    /// Keeps a row of a block, or that there is none.
    func insert(_ block: CellBlock, _ row: Int, nowMillis: Int64) {
        let isFound = block.isFound(row)
        guard isFound || limits.keepsMissingKeys, limits.maxRows > 0 else { return }
        let key = block.key(row)
        let hash = CellCache.hash(key)
        let known = locate(key, hash)
        if known != CellCache.none { remove(known) }
        while count >= limits.maxRows, oldest != CellCache.none { remove(oldest) }
        if garbage > CellCache.smallestGarbage, garbage > arena.count / 2 { compact() }
        if count >= buckets.count { grow() }
        let offset = arena.count
        arena.append(key)
        for leaf in 0..<leafCount {
            let length = Int32(truncatingIfNeeded: block.value(row, leaf)?.count ?? -1)
            withUnsafeBytes(of: length) { arena.append($0) }
        }
        for leaf in 0..<leafCount { if let value = block.value(row, leaf) { arena.append(value) } }
        let bucket = Int(truncatingIfNeeded: hash) & (buckets.count - 1)
        let entry = Entry(
            hash: hash, offset: offset, keyLength: Int32(truncatingIfNeeded: key.count),
            bodyLength: Int32(truncatingIfNeeded: arena.count - offset - key.count), next: buckets[bucket],
            newer: CellCache.none, older: CellCache.none, isFound: isFound, writtenMillis: nowMillis,
            usedMillis: nowMillis)
        let index = place(entry)
        buckets[bucket] = index
        linkNewest(index)
        count += 1
    }

    private func place(_ entry: Entry) -> Int32 {
        guard free != CellCache.none else {
            entries.append(entry)
            return Int32(truncatingIfNeeded: entries.count - 1)
        }
        let index = free
        free = entries[Int(index)].next
        entries[Int(index)] = entry
        return index
    }

    private func locate(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int32 {
        var at = buckets[Int(truncatingIfNeeded: hash) & (buckets.count - 1)]
        while at != CellCache.none {
            let entry = entries[Int(at)]
            if entry.hash == hash, Int(entry.keyLength) == key.count {
                guard let bytes = key.baseAddress, key.count > 0 else { return at }
                if memcmp(arena.base + entry.offset, bytes, key.count) == 0 { return at }
            }
            at = entry.next
        }
        return CellCache.none
    }

    private func remove(_ index: Int32) {
        let at = Int(index)
        let bucket = Int(truncatingIfNeeded: entries[at].hash) & (buckets.count - 1)
        if buckets[bucket] == index {
            buckets[bucket] = entries[at].next
        } else {
            var before = buckets[bucket]
            while before != CellCache.none, entries[Int(before)].next != index {
                before = entries[Int(before)].next
            }
            if before != CellCache.none { entries[Int(before)].next = entries[at].next }
        }
        unlink(index)
        garbage += Int(entries[at].keyLength) + Int(entries[at].bodyLength)
        entries[at].next = free
        free = index
        count -= 1
    }

    private func unlink(_ index: Int32) {
        let newer = entries[Int(index)].newer
        let older = entries[Int(index)].older
        if newer == CellCache.none { newest = older } else { entries[Int(newer)].older = older }
        if older == CellCache.none { oldest = newer } else { entries[Int(older)].newer = newer }
    }

    private func linkNewest(_ index: Int32) {
        entries[Int(index)].newer = CellCache.none
        entries[Int(index)].older = newest
        if newest == CellCache.none { oldest = index } else { entries[Int(newest)].newer = index }
        newest = index
    }

    private func grow() {
        buckets = Array(repeating: CellCache.none, count: buckets.count * 2)
        var at = newest
        while at != CellCache.none {
            let bucket = Int(truncatingIfNeeded: entries[Int(at)].hash) & (buckets.count - 1)
            entries[Int(at)].next = buckets[bucket]
            buckets[bucket] = at
            at = entries[Int(at)].older
        }
    }

    /// Copies what is alive into a new arena.
    private func compact() {
        var fresh = ByteScratch(capacity: max(1 << 16, (arena.count - garbage) * 2))
        var at = newest
        while at != CellCache.none {
            let entry = entries[Int(at)]
            let length = Int(entry.keyLength) + Int(entry.bodyLength)
            entries[Int(at)].offset = fresh.count
            fresh.append(UnsafeRawBufferPointer(start: arena.base + entry.offset, count: length))
            at = entry.older
        }
        arena = fresh
        garbage = 0
    }
}
