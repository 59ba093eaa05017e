/// Which rows have mutations on their way, by a hash of table and row. A mutation may join a call only when
/// its row is free; so two mutations of one row never overtake each other, not even within one call, of which
/// a server may refuse the first and apply the second. Two rows with one hash wait for each other without
/// need, which does no harm.
///
/// Open addressing with linear probing, at most half full; holes are closed on removal.
struct RowGate {
    private struct Slot {
        var hash: UInt64 = 0
        /// Operations that hold it; 0: the slot is free.
        var holders: Int32 = 0
        var isWanted = false
    }

    private var slots: [Slot]
    private var mask: Int
    private(set) var count = 0

    init() {
        slots = [Slot](repeating: Slot(), count: 64)
        mask = 63
    }

    /// Hash of a row that is never 0.
    static func hash(_ row: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: row.count)
        var offset = 0
        while offset + 8 <= row.count {
            state = mix(state ^ row.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < row.count {
            rest = rest << 8 | UInt64(row[offset])
            offset += 1
        }
        return mix(state ^ rest) | 1
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 20) & mask }

    private func find(_ hash: UInt64) -> Int {
        var index = home(hash)
        while slots[index].holders > 0, slots[index].hash != hash { index = (index + 1) & mask }
        return index
    }

    /// Takes the row; false when another mutation has it.
    mutating func acquire(_ hash: UInt64) -> Bool {
        let index = find(hash)
        if slots[index].holders > 0 {
            slots[index].isWanted = true
            return false
        }
        add(hash, index)
        return true
    }

    /// Whether a mutation has the row.
    func isHeld(_ hash: UInt64) -> Bool { slots[find(hash)].holders > 0 }

    /// Takes the row whoever has it.
    mutating func hold(_ hash: UInt64) {
        let index = find(hash)
        if slots[index].holders > 0 {
            slots[index].holders += 1
        } else {
            add(hash, index)
        }
    }

    private mutating func add(_ hash: UInt64, _ index: Int) {
        slots[index] = Slot(hash: hash, holders: 1)
        count += 1
        if count * 2 > slots.count { grow() }
    }

    /// One holder less; true when the row became free and somebody had wanted it.
    mutating func release(_ hash: UInt64) -> Bool {
        let index = find(hash)
        guard slots[index].holders > 0 else { return false }
        slots[index].holders -= 1
        guard slots[index].holders == 0 else { return false }
        let wanted = slots[index].isWanted
        count -= 1
        close(index)
        return wanted
    }

    private mutating func close(_ start: Int) {
        var hole = start
        var index = (start + 1) & mask
        while slots[index].holders > 0 {
            let distance = (index - home(slots[index].hash)) & mask
            if distance >= (index - hole) & mask {
                slots[hole] = slots[index]
                hole = index
            }
            index = (index + 1) & mask
        }
        slots[hole] = Slot()
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        mask = slots.count - 1
        for slot in old where slot.holders > 0 { slots[find(slot.hash)] = slot }
    }
}
