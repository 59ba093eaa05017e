import Glibc
import SluiceColumns

/// Counts of values per group: an open-addressing index over (group, value). Entries of a group form a chain, newest
/// first. Entries of groups that were reset, and those whose count is zero, are dropped when the index grows.
struct DistinctIndex: ~Copyable {
    struct Entry {
        var hash: UInt64
        /// The number itself, or the offset of the bytes.
        var key: Int64
        /// Length of the bytes; `UInt32.max` for numbers.
        var length: UInt32
        var group: UInt32
        var generation: UInt32
        var next: Int32
        var count: Int64
    }

    private var slots: UnsafeMutablePointer<Int32>
    private var slotCount = 64
    private var entries: UnsafeMutablePointer<Entry>
    private var entryCount = 0
    private var entryCapacity = 32
    private var arena = ByteScratch(capacity: 1024)
    private var heads: [Int32] = []
    private var generations: [UInt32] = []

    init() {
        slots = .allocate(capacity: 64)
        slots.initialize(repeating: -1, count: 64)
        entries = .allocate(capacity: 32)
    }

    deinit {
        slots.deallocate()
        entries.deallocate()
    }

    var byteCount: Int {
        slotCount * 4 + entryCapacity * MemoryLayout<Entry>.stride + arena.capacity + heads.count * 8
    }

    mutating func resize(_ count: Int) {
        if count < heads.count {
            for group in count..<heads.count { reset(group) }
        }
        while generations.count < count { generations.append(0) }
        if heads.count > count { heads.removeLast(heads.count - count) }
        while heads.count < count { heads.append(-1) }
    }

    mutating func reset(_ group: Int) {
        heads[group] = -1
        generations[group] &+= 1
    }

    /// +1: the value is new in its group; -1: it is gone; 0: no change.
    @inline(__always)
    mutating func add(_ group: Int, number: Int64, _ weight: Int64) -> Int8 {
        let hash = Hashing.combine(Hashing.mix(UInt64(group) ^ Hashing.tableSeed), UInt64(bitPattern: number))
        var slot = Int(truncatingIfNeeded: hash) & (slotCount - 1)
        while slots[slot] >= 0 {
            let entry = entries + Int(slots[slot])
            if entry.pointee.hash == hash && entry.pointee.key == number && matches(entry, group)
                && entry.pointee.length == .max
            {
                return count(entry, weight)
            }
            slot = (slot + 1) & (slotCount - 1)
        }
        insert(slot, hash, number, .max, group, weight)
        return weight > 0 ? 1 : 0
    }

    mutating func add(_ group: Int, bytes: UnsafeRawBufferPointer, _ weight: Int64) -> Int8 {
        let hash = Hashing.bytes(bytes, seed: Hashing.mix(UInt64(group)) ^ Hashing.tableSeed)
        var slot = Int(truncatingIfNeeded: hash) & (slotCount - 1)
        while slots[slot] >= 0 {
            let entry = entries + Int(slots[slot])
            if entry.pointee.hash == hash && Int(entry.pointee.length) == bytes.count && matches(entry, group)
                && Comparison.bytes(self.bytes(entry.pointee), bytes) == 0
            {
                return count(entry, weight)
            }
            slot = (slot + 1) & (slotCount - 1)
        }
        let offset = Int64(arena.count)
        arena.append(bytes)
        insert(slot, hash, offset, UInt32(truncatingIfNeeded: bytes.count), group, weight)
        return weight > 0 ? 1 : 0
    }

    @inline(__always)
    private func matches(_ entry: UnsafeMutablePointer<Entry>, _ group: Int) -> Bool {
        entry.pointee.group == UInt32(truncatingIfNeeded: group)
            && entry.pointee.generation == generations[group]
    }

    @inline(__always)
    private func count(_ entry: UnsafeMutablePointer<Entry>, _ weight: Int64) -> Int8 {
        let before = entry.pointee.count
        let after = before &+ weight
        entry.pointee.count = after
        return before <= 0 && after > 0 ? 1 : (before > 0 && after <= 0 ? -1 : 0)
    }

    func bytes(_ entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: arena.base + Int(entry.key), count: Int(entry.length))
    }

    /// The entries of a group with their counts, oldest first.
    func chain(_ group: Int) -> [Entry] {
        var list: [Entry] = []
        var at = heads[group]
        while at >= 0 {
            let entry = entries[Int(at)]
            if entry.count != 0 { list.append(entry) }
            at = entry.next
        }
        return list.reversed()
    }

    private mutating func insert(
        _ slot: Int, _ hash: UInt64, _ key: Int64, _ length: UInt32, _ group: Int, _ weight: Int64
    ) {
        if entryCount == entryCapacity { growEntries() }
        entries[entryCount] = Entry(
            hash: hash, key: key, length: length, group: UInt32(truncatingIfNeeded: group),
            generation: generations[group], next: heads[group], count: weight)
        heads[group] = Int32(truncatingIfNeeded: entryCount)
        slots[slot] = Int32(truncatingIfNeeded: entryCount)
        entryCount += 1
        if entryCount * 2 > slotCount { rebuild() }
    }

    private mutating func growEntries() {
        let larger = entryCapacity * 2
        let fresh = UnsafeMutablePointer<Entry>.allocate(capacity: larger)
        fresh.update(from: entries, count: entryCount)
        entries.deallocate()
        entries = fresh
        entryCapacity = larger
    }

    /// Drops dead entries, then makes room so that the index is at most a quarter full.
    private mutating func rebuild() {
        var live = 0
        for index in 0..<heads.count { heads[index] = -1 }
        var freshArena = ByteScratch(capacity: 1024)
        for index in 0..<entryCount {
            var entry = entries[index]
            let group = Int(entry.group)
            guard group < heads.count, entry.generation == generations[group], entry.count != 0 else {
                continue
            }
            if entry.length != .max {
                let offset = freshArena.count
                freshArena.append(bytes(entry))
                entry.key = Int64(offset)
            }
            entry.next = heads[group]
            heads[group] = Int32(truncatingIfNeeded: live)
            entries[live] = entry
            live += 1
        }
        arena = freshArena
        entryCount = live
        var wanted = 64
        while wanted < live * 4 { wanted *= 2 }
        slots.deallocate()
        slots = .allocate(capacity: wanted)
        slots.initialize(repeating: -1, count: wanted)
        slotCount = wanted
        for index in 0..<live {
            var slot = Int(truncatingIfNeeded: entries[index].hash) & (wanted - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (wanted - 1) }
            slots[slot] = Int32(truncatingIfNeeded: index)
        }
    }
}
