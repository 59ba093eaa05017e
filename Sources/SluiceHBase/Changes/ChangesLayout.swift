import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// How edits of an HBase table become columns: which cells are known, which of them are delivered, and where what is
/// known beside the cells goes.
struct ChangesLayout: Sendable {
    enum Slot: Sendable {
        case rowKey
        /// Positions of a family's columns in `rows.codecs`.
        case family(first: Int, count: Int)
        case metadata(ChangeMetadata)
    }

    let table: ResolvedTable
    let options: ChangesOptions
    /// All declared families: a row is there as long as it has a cell in one of them, delivered or not.
    let rows: RowLayout
    /// The delivered columns, in order.
    let output: Schema
    let slots: [Slot]
    /// Per column of `rows`: its values are delivered.
    let isDelivered: [Bool]
    /// Per column of `rows`: its family's position in the schema.
    let familyOf: [Int]
    let captured: [String]
    private let environment: HBaseEnvironment

    init(_ table: ResolvedTable, _ projection: [Int]?, _ environment: HBaseEnvironment) throws(SQLError) {
        self.table = table
        self.environment = environment
        options = try ChangesOptions(table.options)
        let physical = Self.physical(table)
        let families = physical.columns.indices.filter { index in
            if case .row = physical.columns[index].type.kind { return true }
            return false
        }
        rows = try RowLayout(physical, families, environment)
        captured = options.families ?? rows.schema.families.map(\.name)
        let projection = projection ?? Array(table.columns.indices)
        output = projection.map { Field(table.columns[$0].name, table.columns[$0].type) }
        var delivered = rows.codecs.map { _ in false }
        var slots: [Slot] = []
        for index in projection {
            let slot = try Self.slot(table.columns[index], rows)
            if case .family(let first, let count) = slot {
                for leaf in first..<(first + count) { delivered[leaf] = true }
            }
            slots.append(slot)
        }
        self.slots = slots
        isDelivered = delivered
        let names = rows.schema.families.map { Array($0.name.utf8) }
        familyOf = rows.columns.map { column in names.firstIndex(of: column.family) ?? 0 }
        try check()
    }

    /// The table without its metadata columns: what a scan of the same rows reads.
    private static func physical(_ table: ResolvedTable) -> ResolvedTable {
        var copy = table
        copy.columns = table.columns.filter { $0.metadataKey == nil }
        copy.primaryKey = table.primaryKey.compactMap { index in
            copy.columns.firstIndex { $0.name == table.columns[index].name }
        }
        return copy
    }

    private static func slot(_ column: ResolvedTable.Column, _ rows: RowLayout) throws(SQLError) -> Slot {
        if let key = column.metadataKey {
            guard let metadata = ChangeMetadata(rawValue: key) else {
                throw SQLError(.connectorOption, "connector 'hbase-cdc' has no metadata '\(key)'")
            }
            return .metadata(metadata)
        }
        var first = 0
        for family in rows.schema.families {
            if family.name == column.name { return .family(first: first, count: family.qualifiers.count) }
            first += family.qualifiers.count
        }
        return .rowKey
    }

    private func check() throws(SQLError) {
        for family in rows.schema.families where !captured.contains(family.name) {
            throw SQLError(
                .connectorOption,
                "table \"\(table.name)\" declares the family \"\(family.name)\", which 'families' leaves out",
                hint: "add it to 'families', or leave the column out of the declaration")
        }
        for column in table.columns where options.shape == .rows {
            guard let metadata = column.metadataKey.flatMap({ ChangeMetadata(rawValue: $0) }),
                metadata.isOfEdits
            else { continue }
            throw SQLError(
                .connectorOption, "metadata '\(metadata.rawValue)' needs 'changelog.mode' = 'edits'",
                hint: "leave column \"\(column.name)\" out")
        }
    }

    var tableName: HBaseTableName { rows.options.tableName }

    /// Some column tells of the edit, so that one which leaves the values as they are is a change, too.
    var hasMetadata: Bool { ChangeMetadata.allCases.contains { has($0) } }

    func has(_ metadata: ChangeMetadata) -> Bool {
        slots.contains { slot in
            if case .metadata(let found) = slot { return found == metadata }
            return false
        }
    }

    /// The same columns as they were before a time in milliseconds.
    func before(_ millis: Int64) throws(SQLError) -> RowLayout {
        var table = rows.table
        table.options["scan.time-range.end"] = String(millis)
        let families = rows.schema.families.map(\.column)
        return try RowLayout(table, families, environment)
    }
}

/// What METADATA columns can show of an edit.
enum ChangeMetadata: String, Sendable, CaseIterable {
    case operation = "op_type"
    case sequence = "wal_seq"
    case region = "region"
    case writeTime = "write_time"
    case timestamp = "timestamp"
    case deletedColumns = "deleted_columns"
    case bulkLoadFiles = "bulkload_files"

    /// There for single edits only: a row is made of many.
    var isOfEdits: Bool { self == .deletedColumns || self == .bulkLoadFiles }

    private var type: DataType {
        switch self {
        case .operation, .region: return .string
        case .sequence: return .bigint
        case .writeTime, .timestamp: return .timestampLTZ(3)
        case .deletedColumns, .bulkLoadFiles: return DataType(.array(.string))
        }
    }

    static var keys: [MetadataKey] { allCases.map { MetadataKey($0.rawValue, $0.type, .read) } }
}

/// Finds declared columns by name, in edits, whose cells come in any order.
struct ColumnFinder: Sendable {
    private struct Family {
        var name: [UInt8]
        var columns: [(qualifier: [UInt8], leaf: Int)] = []
    }

    private let families: [Family]

    init(_ layout: ChangesLayout) {
        var families = layout.rows.schema.families.map { Family(name: Array($0.name.utf8)) }
        for (leaf, column) in layout.rows.columns.enumerated() {
            families[layout.familyOf[leaf]].columns.append((column.qualifier ?? [], leaf))
        }
        self.families = families
    }

    var familyCount: Int { families.count }

    /// The position of a family in the schema; nil: it is not declared.
    func family(_ name: UnsafeRawBufferPointer) -> Int? {
        families.firstIndex { $0.name.withUnsafeBytes { compareBytes($0, name) == 0 } }
    }

    /// The column of a family; nil: it is not declared.
    func leaf(_ family: Int, _ qualifier: UnsafeRawBufferPointer) -> Int? {
        for column in families[family].columns {
            let isSame = column.qualifier.withUnsafeBytes { compareBytes($0, qualifier) == 0 }
            if isSame { return column.leaf }
        }
        return nil
    }
}
