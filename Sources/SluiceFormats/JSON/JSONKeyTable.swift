import Glibc

/// Finds a field by the bytes of its name.
final class JSONKeyTable {
    private let names: UnsafeMutableRawPointer
    private let offsets: [Int]
    private let lengths: [Int]
    private var slots: [Int32]
    private let mask: Int
    let count: Int

    /// Of equal names the last one counts.
    init(_ fields: [String]) {
        count = fields.count
        var size = 4
        while size < fields.count * 2 { size *= 2 }
        mask = size - 1
        slots = Array(repeating: -1, count: size)
        var bytes: [UInt8] = []
        var starts: [Int] = []
        for field in fields {
            starts.append(bytes.count)
            bytes.append(contentsOf: field.utf8)
        }
        offsets = starts
        lengths = fields.map { $0.utf8.count }
        // The hash loads whole words.
        names = .allocate(byteCount: bytes.count + 16, alignment: 8)
        memset(names, 0, bytes.count + 16)
        bytes.withUnsafeBytes { from in
            if let base = from.baseAddress { names.copyMemory(from: base, byteCount: from.count) }
        }
        for index in 0..<fields.count { insert(index) }
    }

    deinit { names.deallocate() }

    private func insert(_ index: Int) {
        let key = TextRange(names.assumingMemoryBound(to: UInt8.self) + offsets[index], lengths[index])
        var at = JSONKeyTable.hash(key) & mask
        while slots[at] >= 0 && !matches(Int(slots[at]), key) { at = (at + 1) & mask }
        slots[at] = Int32(index)
    }

    /// The position of the field; -1 if there is none.
    func find(_ key: TextRange) -> Int {
        var at = JSONKeyTable.hash(key) & mask
        while true {
            let index = Int(slots[at])
            if index < 0 { return -1 }
            if matches(index, key) { return index }
            at = (at + 1) & mask
        }
    }

    private func matches(_ index: Int, _ key: TextRange) -> Bool {
        lengths[index] == key.count && memcmp(names + offsets[index], key.start, key.count) == 0
    }

    /// Mixes the length, the first and the last bytes: enough for the names of a table.
    private static func hash(_ key: TextRange) -> Int {
        let length = key.count
        var head = load8(key.start)
        if length < 8 { head &= (1 << UInt64(length * 8)) &- 1 }
        var hash = (head ^ UInt64(length)) &* 0x9E37_79B9_7F4A_7C15
        if length > 8 { hash ^= load8(key.start + (length - 8)) &* 0xC2B2_AE3D_27D4_EB4F }
        hash ^= hash >> 32
        return Int(hash & 0x7FFF_FFFF)
    }
}
