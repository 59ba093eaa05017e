import SluiceBase
import SluiceColumns

/// Builds rows from keys and cells. A cell that does not fit its column fails the job or becomes NULL, as
/// `hbase.decode-error` says (H8).
final class RowAssembler {
    private let layout: RowLayout
    private let batch: BatchBuilder
    /// The builders of `layout.codecs`.
    private let leaves: [ColumnBuilder]
    private let families: [RowBuilder]
    private let keys: [ColumnBuilder]
    private let nullsErrors: Bool
    /// Cells that became NULL because they did not fit.
    private(set) var errorCount = 0
    private(set) var firstError: String?

    init(_ layout: RowLayout, capacity: Int) {
        self.layout = layout
        nullsErrors = layout.options.decodeError == .null
        batch = BatchBuilder(layout.output, capacity: capacity)
        var leaves: [ColumnBuilder] = []
        var families: [RowBuilder] = []
        var keys: [ColumnBuilder] = []
        for (slot, column) in zip(layout.slots, batch.columns) {
            switch slot {
            case .rowKey: keys.append(column)
            case .family:
                if case .row(let builder) = column.storage {
                    leaves += builder.fields
                    families.append(builder)
                }
            }
        }
        self.leaves = leaves
        self.families = families
        self.keys = keys
    }

    var rowCount: Int { batch.rowCount }

    /// Appends a row of a block.
    func append(_ block: CellBlock, _ row: Int) throws(SQLError) {
        for leaf in 0..<leaves.count {
            if let value = block.value(row, leaf) {
                try append(value, leaf)
            } else {
                leaves[leaf].appendNull()
            }
        }
        try endRow(key: block.key(row))
    }

    /// Appends the value of the next leaf; nil = no cell. All leaves of a row in order, then `endRow`.
    func append(_ value: UnsafeRawBufferPointer?, _ leaf: Int) throws(SQLError) {
        guard let value else { return leaves[leaf].appendNull() }
        do throws(SQLError) {
            try layout.codecs[leaf].append(value, to: leaves[leaf])
        } catch {
            guard nullsErrors else { throw error }
            errorCount += 1
            if firstError == nil { firstError = error.message }
            leaves[leaf].appendNull()
        }
    }

    func endRow(key: UnsafeRawBufferPointer) throws(SQLError) {
        for family in families { family.endRow() }
        for column in keys { try layout.schema.rowKeyCodec.append(layout.salt.strip(key), to: column) }
        batch.endRow()
    }

    func finish() -> RecordBatch { batch.finish() }
}
