import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// What a scan or look-up reads of a table, and how cells become columns.
struct RowLayout: Sendable {
    let table: ResolvedTable
    let options: HBaseOptions
    let schema: HBaseSchema
    let salt: Salt
    /// The delivered columns, in order.
    let output: Schema
    /// The columns to ask the store for, the leaves; positions are those of `codecs`.
    let columns: [ColumnReference]
    let codecs: [CellCodec]
    /// Per delivered column: the row key, or the positions in `codecs` of a family.
    let slots: [Slot]

    enum Slot: Sendable {
        case rowKey
        case family(first: Int, count: Int)
    }

    init(_ table: ResolvedTable, _ projection: [Int], _ environment: HBaseEnvironment) throws(SQLError) {
        self.table = table
        options = try HBaseOptions(table, environment)
        schema = try HBaseSchema(table, options)
        salt = Salt(buckets: options.saltBuckets)
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
        self.columns = columns
        self.codecs = codecs
        self.slots = slots
        output = projection.map { Field(table.columns[$0].name, table.columns[$0].type) }
    }

    /// What look-ups read of the embedded store; scans have time limits besides.
    var read: ReadOptions { ReadOptions(columns: columns) }

    var scanRead: ReadOptions {
        ReadOptions(
            columns: columns, minTimestamp: options.scan.minTimestamp, maxTimestamp: options.scan.maxTimestamp
        )
    }
}
