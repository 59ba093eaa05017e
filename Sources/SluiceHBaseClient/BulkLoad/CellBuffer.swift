/// Cells one after the other in one piece of memory, and the order to read them in.
struct CellBuffer {
    /// Where a cell lies, with the first eight bytes of its row, which decide most comparisons.
    private struct Entry {
        var prefix: UInt64
        var offset: Int
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    private var isSorted = true

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }
    /// With what the order takes.
    var byteCount: Int { bytes.count + entries.count * MemoryLayout<Entry>.stride }

    /// False: the bytes are no cell.
    mutating func add(_ cell: UnsafeRawBufferPointer) -> Bool {
        guard let parsed = StoredCell(cell) else { return false }
        entries.append(Entry(prefix: CellBuffer.prefix(parsed.row), offset: bytes.count))
        bytes.append(contentsOf: cell)
        isSorted = false
        return true
    }

    private static func prefix(_ row: UnsafeRawBufferPointer) -> UInt64 {
        if row.count >= 8 { return UInt64(bigEndian: row.loadUnaligned(as: UInt64.self)) }
        var value: UInt64 = 0
        for byte in row { value = value << 8 | UInt64(byte) }
        return value << UInt64(8 * (8 - row.count))
    }

    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        isSorted = true
    }

    /// Puts the cells in order; of those with equal keys the one added last stays.
    mutating func sort() {
        if isSorted { return }
        isSorted = true
        var order = entries
        entries = []
        bytes.withUnsafeBytes { CellBuffer.sort(&order, $0) }
        entries = order
    }

    private static func sort(_ entries: inout [Entry], _ raw: UnsafeRawBufferPointer) {
        entries.sort { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            let order = CellOrder.compare(key(raw, left.offset), key(raw, right.offset))
            return order != 0 ? order < 0 : left.offset < right.offset
        }
        var kept = 0
        for index in entries.indices {
            let entry = entries[index]
            if index + 1 < entries.count, entry.prefix == entries[index + 1].prefix,
                CellOrder.compare(key(raw, entry.offset), key(raw, entries[index + 1].offset)) == 0
            {
                continue
            }
            entries[kept] = entry
            kept += 1
        }
        entries.removeLast(entries.count - kept)
    }

    private static func key(_ raw: UnsafeRawBufferPointer, _ offset: Int) -> UnsafeRawBufferPointer {
        let length = Int(Int32(bigEndian: raw.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        return UnsafeRawBufferPointer(rebasing: raw[(offset + 8)..<(offset + 8 + length)])
    }

    /// Copies the cell at a position in the order.
    func copy(_ index: Int, to target: inout [UInt8]) {
        let offset = entries[index].offset
        bytes.withUnsafeBytes { raw in
            let rest = UnsafeRawBufferPointer(rebasing: raw[offset...])
            guard let length = StoredCell.length(of: rest), length <= rest.count else { return }
            target.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<length]))
        }
    }
}
