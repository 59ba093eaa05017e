import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// A SQL table as HBase sees it: one row key, the families with their qualifiers, and metadata columns.
struct HBaseSchema: Sendable {
    struct Qualifier: Sendable {
        var name: [UInt8]
        var codec: CellCodec
        /// The column is a counter that rows add to.
        var isIncrement = false
    }

    struct Family: Sendable {
        /// Position in the table's columns.
        var column: Int
        var name: String
        var qualifiers: [Qualifier]
    }

    /// Positions in the table's columns.
    let rowKey: Int
    let rowKeyCodec: CellCodec
    let families: [Family]
    let timestampColumn: Int?
    let ttlColumn: Int?

    init(_ table: ResolvedTable, _ options: HBaseOptions) throws(SQLError) {
        var rowKey: Int?
        var families: [Family] = []
        var timestampColumn: Int?
        var ttlColumn: Int?
        for (index, column) in table.columns.enumerated() {
            if let key = column.metadataKey {
                switch key {
                case "timestamp": timestampColumn = try Self.metadata(column, key, index)
                case "ttl": ttlColumn = try Self.metadata(column, key, index)
                default:
                    throw SQLError(
                        .invalidDefinition, "table \"\(table.name)\" has no metadata \"\(key)\"",
                        hint: "the connector hbase has the metadata columns timestamp and ttl")
                }
                continue
            }
            if case .row(let fields) = column.type.kind {
                families.append(try Self.family(column, fields, index, options))
                continue
            }
            if let first = rowKey {
                throw SQLError(
                    .invalidDefinition,
                    "table \"\(table.name)\" has two columns that could be the row key: "
                        + "\"\(table.columns[first].name)\" and \"\(column.name)\"",
                    hint: "exactly one column may have a type other than ROW; every ROW column is a family")
            }
            rowKey = index
        }
        guard let rowKey else {
            throw SQLError(
                .invalidDefinition, "table \"\(table.name)\" has no row key",
                hint: "exactly one column must have a type other than ROW")
        }
        if !table.primaryKey.isEmpty && table.primaryKey != [rowKey] {
            throw SQLError(
                .invalidDefinition,
                "the primary key of \"\(table.name)\" must be its row key \"\(table.columns[rowKey].name)\"")
        }
        self.rowKey = rowKey
        let key = table.columns[rowKey]
        // A key is never NULL, whatever its declaration says, so nothing stands for NULL in it.
        rowKeyCodec = try CellCodec(key.type.notNull, nullLiteral: [], label: key.name)
        self.families = families
        self.timestampColumn = timestampColumn
        self.ttlColumn = ttlColumn
        try checkIncrements(options)
    }

    private static func metadata(
        _ column: ResolvedTable.Column, _ key: String, _ index: Int
    ) throws(SQLError) -> Int {
        let fits: Bool
        let wanted: String
        if key == "ttl" {
            wanted = "BIGINT"
            fits = column.type.kind == .bigint
        } else {
            wanted = "TIMESTAMP_LTZ(3)"
            if case .timestampLTZ(let precision) = column.type.kind {
                fits = precision <= 6
            } else {
                fits = false
            }
        }
        guard fits else {
            throw SQLError(
                .invalidDefinition,
                "the metadata column \"\(column.name)\" must have type \(wanted), not \(column.type)")
        }
        return index
    }

    private static func family(
        _ column: ResolvedTable.Column, _ fields: [Field], _ index: Int, _ options: HBaseOptions
    ) throws(SQLError) -> Family {
        _ = try HBaseFamilyDescriptor(column.name)
        guard !fields.isEmpty else {
            throw SQLError(.invalidDefinition, "the family \"\(column.name)\" has no qualifiers")
        }
        var qualifiers: [Qualifier] = []
        for field in fields {
            let label = "\(column.name):\(field.name)"
            let codec = try CellCodec(field.type, nullLiteral: options.nullLiteral, label: label)
            qualifiers.append(
                Qualifier(
                    name: Array(field.name.utf8), codec: codec,
                    isIncrement: options.sink.increments.contains(label)))
        }
        return Family(column: index, name: column.name, qualifiers: qualifiers)
    }

    private func checkIncrements(_ options: HBaseOptions) throws(SQLError) {
        var known: [String: CellCodec] = [:]
        for family in families {
            for qualifier in family.qualifiers { known[qualifier.codec.label] = qualifier.codec }
        }
        for label in options.sink.increments {
            let key = "sink.mutation." + label.replacingFirst(":", with: ".")
            guard let codec = known[label] else {
                throw SQLError(.connectorOption, "option '\(key)' names no column of the table")
            }
            guard codec.isBigint else {
                throw SQLError(.connectorOption, "option '\(key)' needs a column of type BIGINT")
            }
        }
    }

    var hasIncrements: Bool { families.contains { $0.qualifiers.contains { $0.isIncrement } } }

    /// The table that these columns need.
    func descriptor(_ name: HBaseTableName) throws(SQLError) -> HBaseTableDescriptor {
        var list: [HBaseFamilyDescriptor] = []
        for family in families { list.append(try HBaseFamilyDescriptor(family.name)) }
        return try HBaseTableDescriptor(name: name, families: list)
    }
}

extension String {
    func replacingFirst(_ character: Character, with other: Character) -> String {
        guard let at = firstIndex(of: character) else { return self }
        return self[..<at] + String(other) + self[index(after: at)...]
    }
}
