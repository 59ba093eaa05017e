import Glibc
import SluiceBase
import SluiceColumns

/// Looked up rows and misses of one subtask as bytes, bounded by number and age. A row that was used since room was
/// last looked for there stays; of the others the oldest make room (the clock form of least recently used: a look-up
/// writes nothing but to the entry that it has found).
///
/// A hash table with chains over an array of entries; keys and cells lie in one arena, which is copied when half of it
/// is garbage. A batch of keys is found in passes, so that the memory of many keys is fetched at a time. No allocation
/// per row or look-up. One thread uses it and no method calls out, so the run-time checks of exclusive access, a
/// quarter of a look-up's time, are left out.
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
        /// Negative: the place is free.
        var keyLength: Int32
        var bodyLength: Int32
        /// Of the chain, or of the free places.
        var next: Int32
        var isFound: Bool
        /// Since the hand came by.
        var isUsed: Bool
        var writtenMillis: Int64
        var usedMillis: Int64
    }

    private static let none: Int32 = -1
    private static let smallestGarbage = 1 << 20

    private let limits: Limits
    private let leafCount: Int
    private let hasAges: Bool
    /// The first `entryCount` are in use or free, `entryCapacity` are allocated.
    private var entries: UnsafeMutablePointer<Entry>
    @exclusivity(unchecked) private var entryCount = 0
    @exclusivity(unchecked) private var entryCapacity = 1024
    private var buckets: UnsafeMutablePointer<Int32>
    @exclusivity(unchecked) private var bucketCount = 1024
    @exclusivity(unchecked) private var free = CellCache.none
    /// Where room is looked for next.
    @exclusivity(unchecked) private var hand = 0
    @exclusivity(unchecked) private var arena = ByteScratch(capacity: 1 << 16)
    @exclusivity(unchecked) private var garbage = 0
    @exclusivity(unchecked) private(set) var count = 0
    @exclusivity(unchecked) private(set) var hits: Int64 = 0
    @exclusivity(unchecked) private(set) var misses: Int64 = 0
    /// Rows that made room for others or had become too old.
    @exclusivity(unchecked) private(set) var evictions: Int64 = 0
    /// Of the keys that are looked for.
    @exclusivity(unchecked) private var hashes: [UInt64] = []

    var counts: LookupMetrics.Cache {
        LookupMetrics.Cache(hits: hits, misses: misses, evictions: evictions, rows: count, bytes: byteCount)
    }

    init(_ limits: Limits, leafCount: Int) {
        self.limits = limits
        self.leafCount = leafCount
        hasAges = limits.expireAfterWriteMillis < .max || limits.expireAfterAccessMillis < .max
        entries = .allocate(capacity: 1024)
        buckets = .allocate(capacity: 1024)
        buckets.initialize(repeating: CellCache.none, count: 1024)
    }

    deinit {
        entries.deallocate()
        buckets.deallocate()
    }

    /// Bytes held.
    var byteCount: Int {
        arena.capacity + entryCapacity * MemoryLayout<Entry>.stride
            + bucketCount * MemoryLayout<Int32>.stride
    }

    static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        Hashing.bytes(key, seed: Hashing.tableSeed)
    }

    // MARK: Finding

    /// Sets `found` to the places of the keys, negative for those that are not known; keys without bytes are not
    /// looked for. Returns how many were looked for in vain.
    func find(_ keys: StoredKeys, nowMillis: Int64, _ found: inout [Int32]) -> Int {
        let count = keys.count
        found.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        found.reserveCapacity(count)
        hashes.reserveCapacity(count)
        let mask = UInt64(bucketCount - 1)
        keys.forEach { _, key in
            let hash = CellCache.hash(key)
            hashes.append(hash)
            found.append(key.isEmpty ? CellCache.none : buckets[Int(truncatingIfNeeded: hash & mask)])
        }
        var missing = 0
        found.withUnsafeMutableBufferPointer { found in
            hashes.withUnsafeBufferPointer { hashes in
                // The entries, before any key is compared.
                for number in 0..<found.count {
                    var at = found[number]
                    while at >= 0, entries[Int(at)].hash != hashes[number] { at = entries[Int(at)].next }
                    found[number] = at
                }
                keys.forEach { number, key in
                    var at = found[number]
                    if at >= 0, !isKey(at, key) { at = locate(key, hashes[number]) }
                    if at >= 0, hasAges, isOld(at, nowMillis) { at = CellCache.none }
                    if at >= 0 {
                        entries[Int(at)].usedMillis = nowMillis
                        entries[Int(at)].isUsed = true
                    } else if !key.isEmpty {
                        missing += 1
                    }
                    found[number] = at
                }
            }
        }
        misses += Int64(missing)
        hits += Int64(found.count - missing - keys.emptyCount)
        return missing
    }

    /// The entry of a key; nil: not known, or no longer.
    func find(_ key: UnsafeRawBufferPointer, hash: UInt64, nowMillis: Int64) -> Int? {
        let index = locate(key, hash)
        guard index != CellCache.none, !(hasAges && isOld(index, nowMillis)) else {
            misses += 1
            return nil
        }
        hits += 1
        entries[Int(index)].usedMillis = nowMillis
        entries[Int(index)].isUsed = true
        return Int(index)
    }

    /// Too old for use; such an entry goes.
    private func isOld(_ index: Int32, _ nowMillis: Int64) -> Bool {
        let entry = entries[Int(index)]
        let isOld =
            nowMillis &- entry.writtenMillis >= limits.expireAfterWriteMillis
            || nowMillis &- entry.usedMillis >= limits.expireAfterAccessMillis
        if isOld {
            remove(index)
            evictions += 1
        }
        return isOld
    }

    @inline(__always)
    private func isKey(_ index: Int32, _ key: UnsafeRawBufferPointer) -> Bool {
        let entry = entries + Int(index)
        guard Int(entry.pointee.keyLength) == key.count else { return false }
        guard let bytes = key.baseAddress, key.count > 0 else { return true }
        return memcmp(arena.base + entry.pointee.offset, bytes, key.count) == 0
    }

    private func locate(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int32 {
        var at = buckets[bucket(hash)]
        while at != CellCache.none {
            if entries[Int(at)].hash == hash, isKey(at, key) { return at }
            at = entries[Int(at)].next
        }
        return CellCache.none
    }

    @inline(__always)
    private func bucket(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (bucketCount &- 1) }

    // MARK: Reading

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

    // MARK: Changing

    /// Keeps a row of a block, or that there is none.
    func insert(_ block: CellBlock, _ row: Int, nowMillis: Int64) {
        let isFound = block.isFound(row)
        guard isFound || limits.keepsMissingKeys, limits.maxRows > 0 else { return }
        let key = block.key(row)
        let hash = CellCache.hash(key)
        let known = locate(key, hash)
        if known != CellCache.none { remove(known) }
        if count >= limits.maxRows { makeRoom() }
        if garbage > CellCache.smallestGarbage, garbage > arena.count / 2 { compact() }
        if count >= bucketCount { grow() }
        let offset = arena.count
        arena.append(key)
        for leaf in 0..<leafCount {
            let length = Int32(truncatingIfNeeded: block.value(row, leaf)?.count ?? -1)
            withUnsafeBytes(of: length) { arena.append($0) }
        }
        for leaf in 0..<leafCount { if let value = block.value(row, leaf) { arena.append(value) } }
        let bucket = bucket(hash)
        let index = place(
            Entry(
                hash: hash, offset: offset, keyLength: Int32(truncatingIfNeeded: key.count),
                bodyLength: Int32(truncatingIfNeeded: arena.count - offset - key.count),
                next: buckets[bucket],
                isFound: isFound, isUsed: false, writtenMillis: nowMillis, usedMillis: nowMillis))
        buckets[bucket] = index
        count += 1
    }

    private func place(_ entry: Entry) -> Int32 {
        if free != CellCache.none {
            let index = free
            free = entries[Int(index)].next
            entries[Int(index)] = entry
            return index
        }
        if entryCount == entryCapacity {
            let larger = UnsafeMutablePointer<Entry>.allocate(capacity: entryCapacity * 2)
            larger.moveInitialize(from: entries, count: entryCount)
            entries.deallocate()
            entries = larger
            entryCapacity *= 2
        }
        (entries + entryCount).initialize(to: entry)
        entryCount += 1
        return Int32(truncatingIfNeeded: entryCount - 1)
    }

    /// Removes an entry that was not used since the hand came by; it goes round once at most to find one.
    private func makeRoom() {
        while count > 0 {
            if hand >= entryCount { hand = 0 }
            let at = hand
            hand += 1
            if entries[at].keyLength < 0 { continue }
            if entries[at].isUsed {
                entries[at].isUsed = false
                continue
            }
            remove(Int32(truncatingIfNeeded: at))
            evictions += 1
            return
        }
    }

    private func remove(_ index: Int32) {
        let at = Int(index)
        let bucket = bucket(entries[at].hash)
        if buckets[bucket] == index {
            buckets[bucket] = entries[at].next
        } else {
            var before = buckets[bucket]
            while before != CellCache.none, entries[Int(before)].next != index {
                before = entries[Int(before)].next
            }
            if before != CellCache.none { entries[Int(before)].next = entries[at].next }
        }
        garbage += Int(entries[at].keyLength) + Int(entries[at].bodyLength)
        entries[at].keyLength = -1
        entries[at].next = free
        free = index
        count -= 1
    }

    private func grow() {
        buckets.deallocate()
        bucketCount *= 2
        buckets = .allocate(capacity: bucketCount)
        buckets.initialize(repeating: CellCache.none, count: bucketCount)
        for at in 0..<entryCount where entries[at].keyLength >= 0 {
            let bucket = bucket(entries[at].hash)
            entries[at].next = buckets[bucket]
            buckets[bucket] = Int32(truncatingIfNeeded: at)
        }
    }

    /// Copies what is alive into a new arena.
    private func compact() {
        var fresh = ByteScratch(capacity: max(1 << 16, (arena.count - garbage) * 2))
        for at in 0..<entryCount where entries[at].keyLength >= 0 {
            let length = Int(entries[at].keyLength) + Int(entries[at].bodyLength)
            let bytes = UnsafeRawBufferPointer(start: arena.base + entries[at].offset, count: length)
            entries[at].offset = fresh.count
            fresh.append(bytes)
        }
        arena = fresh
        garbage = 0
    }
}
