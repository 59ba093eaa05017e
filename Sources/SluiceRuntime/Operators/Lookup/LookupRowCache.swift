import Glibc
import SluiceColumns
import SluiceJobGraph

/// Rows that a look-up found for one key: a range of an answer's batch.
struct LookupRows {
    let batch: RecordBatch
    let start: Int
    let count: Int
}

/// The rows of recently used keys, with time limits (J3). An empty answer may be kept like any other.
///
/// A hash table with chains over an array of entries, which are linked in order of use; the one used longest ago
/// makes room. One look-up per distinct key of a batch.
final class LookupRowCache {
    private struct Entry {
        var hash: UInt64
        var key: [UInt8]
        var rows: LookupRows?
        var writtenMillis: Int64
        var usedMillis: Int64
        var byteCount: Int
        /// Of the chain, or of the free list.
        var next: Int
        var newer: Int
        var older: Int
    }

    private static let none = -1
    private let limits: LookupCache
    private var entries: [Entry] = []
    private var buckets: [Int]
    private var free = LookupRowCache.none
    private var newest = LookupRowCache.none
    private var oldest = LookupRowCache.none
    private(set) var count = 0
    /// Of keys and rows.
    private var entryBytes = 0
    private(set) var hits = 0
    private(set) var misses = 0

    init(_ limits: LookupCache) {
        self.limits = limits
        buckets = Array(repeating: LookupRowCache.none, count: limits.maxRows > 0 ? 1024 : 0)
    }

    var isEnabled: Bool { limits.maxRows > 0 }
    var byteCount: Int {
        entryBytes + entries.capacity * MemoryLayout<Entry>.stride + buckets.count * 8
    }

    /// The rows of a key; nil: not known, or no longer.
    func find(_ key: UnsafeRawBufferPointer, hash: UInt64, nowMillis: Int64) -> LookupRows? {
        guard isEnabled else { return nil }
        let index = locate(key, hash)
        guard index != LookupRowCache.none else {
            misses += 1
            return nil
        }
        if isExpired(entries[index], nowMillis) {
            remove(index)
            misses += 1
            return nil
        }
        hits += 1
        entries[index].usedMillis = nowMillis
        if index != newest {
            unlink(index)
            linkNewest(index)
        }
        return entries[index].rows
    }

    /// `rowBytes`: of one of the rows.
    func insert(
        _ key: UnsafeRawBufferPointer, hash: UInt64, rows: LookupRows, rowBytes: Int, nowMillis: Int64
    ) {
        guard isEnabled, rows.count > 0 || limits.cachesMissing else { return }
        let known = locate(key, hash)
        if known != LookupRowCache.none { remove(known) }
        while count >= limits.maxRows, oldest != LookupRowCache.none { remove(oldest) }
        if count >= buckets.count { grow() }
        let bucket = Int(hash & UInt64(buckets.count - 1))
        let bytes = 32 + key.count + rows.count * rowBytes
        entryBytes += bytes
        let entry = Entry(
            hash: hash, key: Array(key), rows: rows, writtenMillis: nowMillis, usedMillis: nowMillis,
            byteCount: bytes,
            next: buckets[bucket], newer: LookupRowCache.none, older: LookupRowCache.none)
        let index: Int
        if free == LookupRowCache.none {
            index = entries.count
            entries.append(entry)
        } else {
            index = free
            free = entries[index].next
            entries[index] = entry
        }
        buckets[bucket] = index
        linkNewest(index)
        count += 1
    }

    private func isExpired(_ entry: Entry, _ now: Int64) -> Bool {
        if let limit = limits.expireAfterWriteMillis, now &- entry.writtenMillis >= limit { return true }
        if let limit = limits.expireAfterAccessMillis, now &- entry.usedMillis >= limit { return true }
        return false
    }

    private func locate(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
        var at = buckets[Int(hash & UInt64(buckets.count - 1))]
        while at != LookupRowCache.none {
            if entries[at].hash == hash, LookupRowCache.equal(entries[at].key, key) { return at }
            at = entries[at].next
        }
        return LookupRowCache.none
    }

    private static func equal(_ a: [UInt8], _ b: UnsafeRawBufferPointer) -> Bool {
        a.count == b.count && a.withUnsafeBytes { Comparison.bytes($0, b) == 0 }
    }

    private func remove(_ index: Int) {
        let bucket = Int(entries[index].hash & UInt64(buckets.count - 1))
        if buckets[bucket] == index {
            buckets[bucket] = entries[index].next
        } else {
            var at = buckets[bucket]
            while at != LookupRowCache.none, entries[at].next != index { at = entries[at].next }
            if at != LookupRowCache.none { entries[at].next = entries[index].next }
        }
        unlink(index)
        entryBytes -= entries[index].byteCount
        entries[index].rows = nil
        entries[index].key = []
        entries[index].next = free
        free = index
        count -= 1
    }

    private func unlink(_ index: Int) {
        let newer = entries[index].newer
        let older = entries[index].older
        if newer == LookupRowCache.none { newest = older } else { entries[newer].older = older }
        if older == LookupRowCache.none { oldest = newer } else { entries[older].newer = newer }
    }

    private func linkNewest(_ index: Int) {
        entries[index].newer = LookupRowCache.none
        entries[index].older = newest
        if newest == LookupRowCache.none { oldest = index } else { entries[newest].newer = index }
        newest = index
    }

    private func grow() {
        buckets = Array(repeating: LookupRowCache.none, count: buckets.count * 2)
        var at = newest
        while at != LookupRowCache.none {
            let bucket = Int(entries[at].hash & UInt64(buckets.count - 1))
            entries[at].next = buckets[bucket]
            buckets[bucket] = at
            at = entries[at].older
        }
    }
}
