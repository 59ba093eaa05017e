import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// What a scan or look-up reads of a table, and how cells become columns.
struct RowLayout: Sendable {
    let table: ResolvedTable
    let options: HBaseOptions
    let schema: HBaseSchema
    /// The delivered columns, in order.
    let output: Schema
    /// The columns to ask the store for; their positions are those of `codecs`.
    let read: ReadOptions
    let codecs: [CellCodec]
    /// Per delivered column: the row key, or the positions in `codecs` of a family.
    let slots: [Slot]

    enum Slot: Sendable {
        case rowKey
        case family(first: Int, count: Int)
    }

    init(_ table: ResolvedTable, _ projection: [Int]) throws(SQLError) {
        self.table = table
        options = try HBaseOptions(table)
        schema = try HBaseSchema(table, options)
        var columns: [ColumnReference] = []
        var codecs: [CellCodec] = []
        var slots: [Slot] = []
        for index in projection {
            if index == schema.rowKey {
                slots.append(.rowKey)
                continue
            }
            guard let family = schema.families.first(where: { $0.column == index }) else {
                let name = table.columns.indices.contains(index) ? table.columns[index].name : String(index)
                throw SQLError(
                    .unsupported, "the metadata column \"\(name)\" of \"\(table.name)\" can only be written",
                    hint: "leave it out of the SELECT list")
            }
            slots.append(.family(first: codecs.count, count: family.qualifiers.count))
            for qualifier in family.qualifiers {
                columns.append(ColumnReference(family: Array(family.name.utf8), qualifier: qualifier.name))
                codecs.append(qualifier.codec)
            }
        }
        self.codecs = codecs
        self.slots = slots
        output = projection.map { Field(table.columns[$0].name, table.columns[$0].type) }
        read = ReadOptions(columns: columns)
    }

    /// Opens the table, which is created when it is not there: its declaration is all that it needs.
    func open(_ store: TableStore) throws(JobError) -> StoredTable {
        do throws(SQLError) {
            if try store.exists(options.tableName) { return try store.table(options.tableName) }
            return try store.ensure(schema.descriptor(options.tableName))
        } catch {
            throw JobError(error, domain: .external)
        }
    }
}

/// Builds rows from keys and cells.
final class RowAssembler {
    private let layout: RowLayout
    private let batch: BatchBuilder
    /// The builders of `layout.codecs`.
    private let leaves: [ColumnBuilder]
    private let families: [RowBuilder]
    private let keys: [ColumnBuilder]
    /// The row that a leaf got its value for.
    private var filled: [Int]

    init(_ layout: RowLayout, capacity: Int) {
        self.layout = layout
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
        filled = Array(repeating: -1, count: leaves.count)
    }

    var rowCount: Int { batch.rowCount }

    func set(_ leaf: Int, _ bytes: UnsafeRawBufferPointer) throws(SQLError) {
        guard leaf >= 0, leaf < leaves.count, filled[leaf] != batch.rowCount else { return }
        filled[leaf] = batch.rowCount
        try layout.codecs[leaf].append(bytes, to: leaves[leaf])
    }

    func endRow(key: UnsafeRawBufferPointer) throws(SQLError) {
        let row = batch.rowCount
        for leaf in leaves.indices where filled[leaf] != row { leaves[leaf].appendNull() }
        for family in families { family.endRow() }
        for column in keys { try layout.schema.rowKeyCodec.append(key, to: column) }
        batch.endRow()
    }

    func finish() -> RecordBatch {
        for leaf in filled.indices { filled[leaf] = -1 }
        return batch.finish()
    }
}
