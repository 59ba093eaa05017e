import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

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
    /// The common types without references that would be counted for each value.
    private let fast: [FastLeaf]
    /// Rows whose end the builders do not know yet.
    @exclusivity(unchecked) private var openRows = 0
    /// Cells that became NULL because they did not fit, and of them those that were told.
    private var errorCount = 0
    private var reportedErrors = 0
    private var firstError: String?

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
        fast = zip(layout.codecs, leaves).map { FastLeaf($0, $1) }
        self.leaves = leaves
        self.families = families
        self.keys = keys
    }

    var rowCount: Int { batch.rowCount + openRows }

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
        if fast[leaf].append(value) { return }
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
        if !keys.isEmpty {
            for column in keys { try layout.schema.rowKeyCodec.append(layout.salt.strip(key), to: column) }
        }
        openRows &+= 1
    }

    /// Tells of cells that became NULL because they did not fit.
    func reportErrors(to context: ConnectorContext) {
        while reportedErrors < errorCount {
            reportedErrors += 1
            context.report(
                .nulledValue(table: layout.table.name, reason: firstError ?? "a cell does not fit"))
        }
    }

    func finish() -> RecordBatch {
        for family in families { for _ in 0..<openRows { family.endRow() } }
        batch.endRows(openRows)
        openRows = 0
        return batch.finish()
    }
}

/// A leaf of one of the common types: its builder without counting references. The assembler keeps the builder.
private struct FastLeaf {
    private let nullLength: Int
    private let width: Int
    private let bytes: Unmanaged<BytesBuilder>?
    private let int32: Unmanaged<FixedBuilder<Int32>>?
    private let int64: Unmanaged<FixedBuilder<Int64>>?

    init(_ codec: CellCodec, _ builder: ColumnBuilder) {
        nullLength = codec.nullLength
        width = codec.integerWidth
        var (bytes, int32, int64): (BytesBuilder?, FixedBuilder<Int32>?, FixedBuilder<Int64>?)
        switch builder.storage {
        case .bytes(let target) where codec.isPlain: bytes = target
        case .int32(let target) where codec.integerWidth == 4: int32 = target
        case .int64(let target) where codec.integerWidth == 8: int64 = target
        default: break
        }
        self.bytes = bytes.map { Unmanaged.passUnretained($0) }
        self.int32 = int32.map { Unmanaged.passUnretained($0) }
        self.int64 = int64.map { Unmanaged.passUnretained($0) }
    }

    /// False: the codec must look at it.
    @inline(__always)
    func append(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.count != nullLength else { return false }
        if let bytes {
            bytes._withUnsafeGuaranteedRef { $0.append(value) }
            return true
        }
        guard value.count == width else { return false }
        if let int64, let number = HBaseBytes.int64(value) {
            int64._withUnsafeGuaranteedRef { $0.append(number) }
            return true
        }
        if let int32, let number = HBaseBytes.int32(value) {
            int32._withUnsafeGuaranteedRef { $0.append(number) }
            return true
        }
        return false
    }
}
