import Glibc
import SluiceColumns
import SluiceExpressions

/// Sorts rows by encoded keys; equal rows keep their order.
struct RowOrder {
    private let encoder: RowEncoder
    private let columns: [Int]

    init(_ keys: [SortKey], _ schema: Schema) {
        columns = keys.map(\.column)
        encoder = RowEncoder(
            order: keys.map { key in
                RowEncoder.Part(
                    schema[key.column].type, descending: key.descending, nullsFirst: key.nullsFirst)
            })
    }

    /// A rough size of an encoded key.
    var keyBytes: Int { columns.count * 12 }
    /// What a row costs beside its key while it is sorted.
    static let itemBytes = MemoryLayout<Item>.stride + 16

    private struct Item {
        var prefix: UInt64
        var row: Int32
    }

    /// Appends the sort keys of `rows`.
    func encode(_ batch: RecordBatch, _ rows: UnsafeBufferPointer<Int32>, into out: EncodedRows) {
        encoder.encode(columns.map { batch.columns[$0] }, rows: rows, into: out)
    }

    /// The rows 0 ..< rowCount in order.
    func sorted(_ batch: RecordBatch) -> [Int32] {
        let count = batch.rowCount
        let encoded = EncodedRows()
        let rows = (0..<Int32(truncatingIfNeeded: count)).map { $0 }
        rows.withUnsafeBufferPointer { encode(batch, $0, into: encoded) }
        var items = rows.map { row in Item(prefix: RowOrder.prefix(encoded[Int(row)]), row: row) }
        items.sort { a, b in
            if a.prefix != b.prefix { return a.prefix < b.prefix }
            let order = Comparison.bytes(encoded[Int(a.row)], encoded[Int(b.row)])
            return order != 0 ? order < 0 : a.row < b.row
        }
        return items.map(\.row)
    }

    /// The first eight bytes as a number.
    private static func prefix(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        if bytes.count >= 8 { return UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)) }
        var value: UInt64 = 0
        for index in 0..<8 { value = value << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0) }
        return value
    }
}
