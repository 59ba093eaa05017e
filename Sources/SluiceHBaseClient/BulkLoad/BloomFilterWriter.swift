import Glibc
import SluiceBase

/// What a file's Bloom filter knows: nothing, rows, or rows with their columns.
public enum BloomKind: String, Sendable, Hashable {
    case none = "NONE"
    case row = "ROW"
    case rowColumn = "ROWCOL"
}

/// The Bloom filter of one HFile, in chunks of 128 KiB that lie between the data blocks, with an index of their first
/// keys at the end. The last chunk is folded in halves while it stays at most half full.
///
/// Sizes are HBase's own defaults: one wrong "perhaps" in a hundred. Source: hbase-server `CompoundBloomFilterWriter`,
/// `BloomFilterChunk`, `BloomFilterUtil`.
final class BloomFilterWriter {
    private struct Chunk {
        var firstKey: [UInt8]
        var bits: [UInt8]
        var keyCount: Int
        var maxKeys: Int
    }

    private static let chunkBytes = 128 * 1024
    private static let formatVersion: Int32 = 3
    /// MurmurHash 2.
    private static let hashKind: Int32 = 1
    private static let comparator = "org.apache.hadoop.hbase.CellComparatorImpl"

    let kind: BloomKind
    private let hashCount: Int
    private let maxKeys: Int
    private var chunk: Chunk?
    /// Full, and to be written behind the data block that is open.
    private var full: [Chunk] = []
    private(set) var lastKey: [UInt8] = []
    private var key: [UInt8] = []
    private var index = HFileIndexChunk()
    private var keyCount: Int64 = 0
    private var totalMaxKeys: Int64 = 0
    private var totalBytes: Int64 = 0

    init(_ kind: BloomKind) {
        self.kind = kind
        var errorRate = Float(0.01)
        // A look-up of a column asks for the row's markers too: two questions of which each may be wrong.
        if kind == .rowColumn { errorRate = Float(1 - Double(1 - errorRate).squareRoot()) }
        let rate = Double(errorRate)
        let bits = BloomFilterWriter.chunkBytes * 8
        let ideal = Int(Double(bits) * (log(2) * log(2) / -log(rate)))
        hashCount = Int((log(2) * Double(bits / ideal)).rounded(.up))
        let exponent = exp(log(rate) / Double(hashCount))
        maxKeys = Int(-Double(bits) / Double(hashCount) * log(1 - exponent))
    }

    /// Takes the next cell of the file; cells of a key that is known change nothing.
    func add(_ cell: StoredCell) {
        if kind == .row {
            if keyCount > 0, lastKey.elementsEqual(cell.row) { return }
            key.removeAll(keepingCapacity: true)
            key.append(contentsOf: cell.row)
        } else {
            encodeColumn(cell)
            if keyCount > 0, lastKey == key { return }
        }
        if let open = chunk, open.keyCount >= maxKeys {
            full.append(open)
            chunk = nil
        }
        var open =
            chunk
            ?? Chunk(
                firstKey: key, bits: [UInt8](repeating: 0, count: BloomFilterWriter.chunkBytes), keyCount: 0,
                maxKeys: maxKeys)
        chunk = nil
        set(&open.bits)
        open.keyCount += 1
        chunk = open
        keyCount += 1
        swap(&lastKey, &key)
    }

    /// The first key that a cell of this row and column could have: no family, the latest time, the highest type.
    private func encodeColumn(_ cell: StoredCell) {
        key.removeAll(keepingCapacity: true)
        let row = cell.row
        key.append(UInt8(truncatingIfNeeded: row.count >> 8))
        key.append(UInt8(truncatingIfNeeded: row.count))
        key.append(contentsOf: row)
        key.append(0)
        key.append(contentsOf: cell.qualifier)
        key.append(0x7F)
        key.append(contentsOf: repeatElement(0xFF, count: 8))
    }

    private func set(_ bits: inout [UInt8]) {
        let (first, second) = key.withUnsafeBytes { key -> (UInt32, UInt32) in
            let first = MurmurHash.hash(key, seed: 0)
            return (first, MurmurHash.hash(key, seed: first))
        }
        let size = Int64(BloomFilterWriter.chunkBytes * 8)
        var hash = first
        for _ in 0..<hashCount {
            let place = Int((Int64(Int32(bitPattern: hash)) % size).magnitude)
            bits[place >> 3] |= 1 << UInt8(place & 7)
            hash = hash &+ second
        }
    }

    // MARK: Writing

    /// Writes the chunks that are full.
    func writeFull(_ output: HFileBlockOutput) throws(SQLError) {
        for chunk in full { try write(chunk, output) }
        full.removeAll()
    }

    /// Writes what is left of the chunks.
    func finish(_ output: HFileBlockOutput) throws(SQLError) {
        if let open = chunk {
            full.append(BloomFilterWriter.folded(open))
            chunk = nil
        }
        try writeFull(output)
    }

    private func write(_ chunk: Chunk, _ output: HFileBlockOutput) throws(SQLError) {
        var block = HFileBlockBuffer()
        block.bytes.append(contentsOf: chunk.bits)
        totalBytes += Int64(chunk.bits.count)
        totalMaxKeys += Int64(chunk.maxKeys)
        let place = try output.write(.bloomChunk, &block)
        chunk.firstKey.withUnsafeBytes { index.add(place, key: $0, dataBlocks: 0) }
    }

    private static func folded(_ chunk: Chunk) -> Chunk {
        var result = chunk
        var bytes = chunk.bits.count
        while bytes & 1 == 0 && result.maxKeys > result.keyCount << 1 {
            bytes >>= 1
            result.maxKeys >>= 1
        }
        guard bytes < chunk.bits.count else { return chunk }
        for position in bytes..<chunk.bits.count { result.bits[position % bytes] |= chunk.bits[position] }
        result.bits.removeLast(chunk.bits.count - bytes)
        return result
    }

    /// The block that tells readers of the filter. Chunks must have been written.
    func writeMeta(to block: inout HFileBlockBuffer) {
        block.append(BloomFilterWriter.formatVersion)
        block.append(totalBytes)
        block.append(Int32(truncatingIfNeeded: hashCount))
        block.append(BloomFilterWriter.hashKind)
        block.append(keyCount)
        block.append(totalMaxKeys)
        block.append(Int32(truncatingIfNeeded: index.count))
        let comparator = kind == .rowColumn ? Array(BloomFilterWriter.comparator.utf8) : []
        HFileNumbers.appendVInt(comparator.count, to: &block.bytes)
        block.bytes.append(contentsOf: comparator)
        index.writeRoot(to: &block)
    }
}
