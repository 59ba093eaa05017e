import SluiceBase
import SluiceTableStore

/// The verbs of the command line on the embedded store.
struct EmbeddedVerbs: TableVerbs {
    let store: TableStore

    var place: String { "the embedded store \(store.folder)" }
    var ddlOptions: String { "" }

    func tables() throws(SQLError) -> [HBaseTableName] { try store.list() }

    func families(_ table: HBaseTableName) throws(SQLError) -> [TableFamily] {
        try store.table(table).descriptor().families.map {
            TableFamily(name: $0.name, attributes: $0.attributes)
        }
    }

    func create(
        _ table: HBaseTableName, _ families: [FamilyRequest], splits: [[UInt8]]
    ) throws(SQLError) {
        if !splits.isEmpty {
            throw SQLError(
                .unsupported, "a table of the embedded store has one region and cannot be split",
                hint: "leave --split out, or name a cluster")
        }
        try store.create(HBaseTableDescriptor(name: table, families: families.map(\.descriptor)))
    }

    func alter(
        _ table: HBaseTableName, _ changed: [FamilyRequest], dropped: [String]
    ) throws(SQLError) {
        try store.table(table).alter { (families) throws(SQLError) in
            for name in dropped {
                guard let index = families.firstIndex(where: { $0.name == name }) else {
                    throw AlterRequest.missing(name, table, families.map(\.name))
                }
                families.remove(at: index)
            }
            for request in changed {
                let index = families.firstIndex { $0.name == request.descriptor.name }
                guard let index else {
                    families.append(request.descriptor)
                    continue
                }
                for (key, value) in request.given { try families[index].set(key, to: value) }
            }
        }
    }

    func drop(_ table: HBaseTableName) throws(SQLError) { try store.drop(table) }
    func truncate(_ table: HBaseTableName) throws(SQLError) { try store.table(table).truncate() }

    func compact(_ table: HBaseTableName) throws(SQLError) -> (kept: Int, removed: Int)? {
        let report = try store.table(table).compact()
        return (report.kept, report.removed)
    }

    func mutate(_ table: HBaseTableName, _ mutation: Mutation) throws(SQLError) -> [StoredCell] {
        try store.table(table).mutate([mutation])
    }

    func get(
        _ table: HBaseTableName, _ row: [UInt8], _ options: ReadOptions
    ) throws(SQLError) -> StoredRow? {
        try store.table(table).get(row, options)
    }

    func scan(
        _ table: HBaseTableName, _ range: ScanRange, _ options: ReadOptions, limit: Int,
        _ body: (StoredRow) throws(SQLError) -> Void
    ) throws(SQLError) {
        let scanner = try store.table(table).scan(range, options)
        defer { scanner.close() }
        var left = limit
        while left > 0 {
            var rows: [StoredRow] = []
            let wanted = min(left, 256)
            let count = try scanner.read(
                maxRows: wanted, onRow: { rows.append(StoredRow(row: [UInt8]($0), cells: [])) },
                onCell: { rows[rows.count - 1].cells.append(scanner.copy($0)) })
            for row in rows { try body(row) }
            left -= count
            if count < wanted { return }
        }
    }

    func regions(_ table: HBaseTableName?) throws(SQLError) -> [HBaseRegionInfo] {
        throw SQLError(
            .unsupported, "the tables of the embedded store have no regions",
            hint: "name a cluster: 'zookeeper.quorum', 'hbase.bootstrap.servers' or HBASE_CONF_DIR")
    }

    func servers() throws(SQLError) -> [HBaseServerInfo] { [] }
}
