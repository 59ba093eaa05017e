import Glibc
import SluiceColumns

/// The slots of an open-addressing hash index: 32 bits of the hash beside a group number. Power of two, linear
/// probing, at most half full.
struct SlotIndex: ~Copyable {
    static let empty: UInt64 = .max
    static let removed: UInt64 = .max - 1
    /// Group numbers are below it.
    static let limit: UInt32 = .max - 2

    private var memory: HugeMemory
    private(set) var slots: UnsafeMutablePointer<UInt64>
    private(set) var mask: Int
    /// Slots that are not empty, removed ones included.
    private(set) var used = 0

    init(capacity: Int) {
        var size = 64
        while size < capacity * 2 { size *= 2 }
        memory = HugeMemory(byteCount: size * 8)
        slots = memory.base.bindMemory(to: UInt64.self, capacity: size)
        slots.initialize(repeating: SlotIndex.empty, count: size)
        mask = size - 1
    }

    var byteCount: Int { (mask + 1) * 8 }
    var isFull: Bool { used * 2 > mask }

    @inline(__always)
    static func slot(_ hash: UInt64, _ group: Int) -> UInt64 {
        (hash & 0xFFFF_FFFF_0000_0000) | UInt64(UInt32(truncatingIfNeeded: group))
    }

    @inline(__always)
    static func group(_ slot: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: slot)) }

    @inline(__always)
    mutating func put(_ at: Int, _ hash: UInt64, _ group: Int) {
        if slots[at] == SlotIndex.empty { used &+= 1 }
        slots[at] = SlotIndex.slot(hash, group)
    }

    /// Puts a group that is not there yet.
    mutating func insert(_ hash: UInt64, _ group: Int) {
        var at = Int(truncatingIfNeeded: hash) & mask
        while slots[at] != SlotIndex.empty { at = (at &+ 1) & mask }
        put(at, hash, group)
    }

    mutating func remove(_ hash: UInt64, _ group: Int) {
        let wanted = SlotIndex.slot(hash, group)
        var at = Int(truncatingIfNeeded: hash) & mask
        while slots[at] != SlotIndex.empty {
            if slots[at] == wanted {
                slots[at] = SlotIndex.removed
                return
            }
            at = (at &+ 1) & mask
        }
    }

    /// Empty again; a very large block is given back.
    mutating func removeAll() {
        if byteCount > 1 << 20 {
            self = SlotIndex(capacity: 32)
        } else {
            slots.initialize(repeating: SlotIndex.empty, count: mask + 1)
            used = 0
        }
    }

    /// Reads the slots that a run of hashes will visit, so that their cache misses overlap.
    @inline(never)
    func touch(_ hashes: UnsafeBufferPointer<UInt64>) -> UInt64 {
        var sum: UInt64 = 0
        for hash in hashes { sum ^= slots[Int(truncatingIfNeeded: hash) & mask] }
        return sum
    }
}
