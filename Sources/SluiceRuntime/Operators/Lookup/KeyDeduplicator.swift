import Glibc
import SluiceColumns

/// The distinct keys of a batch without NULL, in order of appearance.
struct DistinctKeys {
    /// Per row: the number of its key; -1: some part is NULL.
    var keyOfRow: [Int32]
    /// Per key: its first row.
    var firstRow: [Int32]
    var hashes: [UInt64]
    /// Per key; empty where nobody keeps keys.
    let encoded: EncodedRows

    var count: Int { firstRow.count }
}

/// Numbers the keys of a batch: encodes each and looks it up in a table that lives for one batch.
struct KeyDeduplicator {
    private let encoder: RowEncoder
    private let keepsEncoded: Bool
    private var slots: [Int32] = []

    /// - Parameter keepsEncoded: the keys are wanted as bytes, as for a cache.
    init(_ types: [DataType], keepsEncoded: Bool = true) {
        encoder = RowEncoder(types)
        self.keepsEncoded = keepsEncoded
    }

    mutating func deduplicate(_ columns: [Column], rowCount: Int) -> DistinctKeys {
        let flat = columns.map(\.flattened)
        if !keepsEncoded, flat.count == 1, case .bytes(let column) = flat[0] {
            return deduplicate(column, rowCount)
        }
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

    /// One column of texts or bytes: they are compared where they stand.
    private mutating func deduplicate(_ column: BytesColumn, _ rowCount: Int) -> DistinctKeys {
        var keyOfRow = [Int32](repeating: -1, count: rowCount)
        var firstRow: [Int32] = []
        var hashes: [UInt64] = []
        firstRow.reserveCapacity(rowCount)
        hashes.reserveCapacity(rowCount)
        var size = 64
        while size < rowCount * 2 { size *= 2 }
        slots = Array(repeating: -1, count: size)
        let mask = size - 1
        keyOfRow.withUnsafeMutableBufferPointer { keyOfRow in
            slots.withUnsafeMutableBufferPointer { slots in
                for row in 0..<rowCount where !column.isNull(row) {
                    let bytes = column.bytes(at: row)
                    let hash = Hashing.bytes(bytes, seed: Hashing.tableSeed)
                    var slot = Int(truncatingIfNeeded: hash) & mask
                    while slots[slot] >= 0 {
                        let known = Int(slots[slot])
                        if hashes[known] == hash,
                            Self.isEqual(column.bytes(at: Int(firstRow[known])), bytes)
                        {
                            break
                        }
                        slot = (slot + 1) & mask
                    }
                    if slots[slot] < 0 {
                        slots[slot] = Int32(truncatingIfNeeded: firstRow.count)
                        firstRow.append(Int32(truncatingIfNeeded: row))
                        hashes.append(hash)
                    }
                    keyOfRow[row] = slots[slot]
                }
            }
        }
        return DistinctKeys(keyOfRow: keyOfRow, firstRow: firstRow, hashes: hashes, encoded: EncodedRows())
    }

    @inline(__always)
    private static func isEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard let a = left.baseAddress, let b = right.baseAddress, left.count > 0 else { return true }
        return memcmp(a, b, left.count) == 0
    }
}
