import Glibc
import SluiceColumns

/// The distinct keys of a batch without NULL, in order of appearance.
struct DistinctKeys {
    /// Per row: the number of its key; -1: some part is NULL.
    var keyOfRow: [Int32]
    /// Per key: its first row.
    var firstRow: [Int32]
    var hashes: [UInt64]
    /// Per key.
    let encoded: EncodedRows

    var count: Int { firstRow.count }
}

/// Numbers the keys of a batch: encodes each and looks it up in a table that lives for one batch.
struct KeyDeduplicator {
    private let encoder: RowEncoder
    private var slots: [Int32] = []

    init(_ types: [DataType]) { encoder = RowEncoder(types) }

    mutating func deduplicate(_ columns: [Column], rowCount: Int) -> DistinctKeys {
        let flat = columns.map(\.flattened)
        var keys = DistinctKeys(
            keyOfRow: Array(repeating: -1, count: rowCount), firstRow: [], hashes: [], encoded: EncodedRows())
        var size = 64
        while size < rowCount * 2 { size *= 2 }
        slots = Array(repeating: -1, count: size)
        let mask = size - 1
        var scratch = ByteScratch(capacity: 1024)
        for row in 0..<rowCount where !flat.contains(where: { $0.isNull(row) }) {
            scratch.removeAll()
            encoder.encode(flat, row: row, into: &scratch)
            let bytes = scratch.bytes
            let hash = Hashing.bytes(bytes, seed: Hashing.tableSeed)
            var slot = Int(truncatingIfNeeded: hash) & mask
            var number = slots[slot]
            while number >= 0 {
                let known = Int(number)
                if keys.hashes[known] == hash, Comparison.bytes(keys.encoded[known], bytes) == 0 { break }
                slot = (slot + 1) & mask
                number = slots[slot]
            }
            if number < 0 {
                number = Int32(truncatingIfNeeded: keys.firstRow.count)
                slots[slot] = number
                keys.firstRow.append(Int32(truncatingIfNeeded: row))
                keys.hashes.append(hash)
                keys.encoded.scratch.append(bytes)
                keys.encoded.endRow()
            }
            keys.keyOfRow[row] = number
        }
        return keys
    }
}
