import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceSQLite

/// From rows to entries.
extension SQLiteStorage {
    func readObject(_ header: ObjectHeader) throws(SQLError) -> CatalogObject {
        switch header.kind {
        case "table": return .table(try readTable(header))
        case "view": return .view(try readView(header))
        case "function": return .function(try readFunction(header))
        case "model": return .model(try readModel(header))
        default:
            throw SQLError(.catalogFile, "the catalog holds an object of unknown kind \"\(header.kind)\"")
        }
    }

    private func readTable(_ header: ObjectHeader) throws(SQLError) -> TableEntry {
        var entry = TableEntry(
            name: header.name, columns: try tableColumns(header.id),
            partitionKeys: try names("partition keys", header.id), options: try options(header.id),
            comment: header.comment, definition: header.definition)
        let row = try query(
            "SELECT watermark_expression, key_name, distribution FROM tables WHERE object_id = ?1", header.id)
        guard try row.step() else { throw missing(header) }
        let expression = row.stringOrNil(0)
        let keyName = row.stringOrNil(1)
        entry.distribution = row.stringOrNil(2)
        row.reset()
        if let expression {
            entry.watermark = WatermarkEntry(
                column: try names("watermark", header.id), expression: expression)
        }
        if let keyName {
            entry.primaryKey = PrimaryKeyEntry(name: keyName, columns: try names("primary key", header.id))
        }
        return entry
    }

    private func readView(_ header: ObjectHeader) throws(SQLError) -> ViewEntry {
        let row = try query(
            "SELECT original_query, expanded_query FROM views WHERE object_id = ?1", header.id)
        guard try row.step() else { throw missing(header) }
        let original = row.string(0)
        let expanded = row.string(1)
        row.reset()
        return ViewEntry(
            name: header.name, columns: try plainColumns("column", header.id), originalQuery: original,
            expandedQuery: expanded, comment: header.comment, options: try options(header.id),
            definition: header.definition)
    }

    private func readFunction(_ header: ObjectHeader) throws(SQLError) -> FunctionEntry {
        let row = try query("SELECT body, language FROM functions WHERE object_id = ?1", header.id)
        guard try row.step() else { throw missing(header) }
        var entry = FunctionEntry(
            name: header.name, body: row.string(0), language: row.string(1), definition: header.definition)
        row.reset()
        entry.options = try options(header.id)
        let resources = try query(
            "SELECT kind, path FROM resources WHERE object_id = ?1 ORDER BY position", header.id)
        while try resources.step() {
            entry.resources.append(
                FunctionEntry.Resource(kind: resources.string(0), path: resources.string(1)))
        }
        return entry
    }

    private func readModel(_ header: ObjectHeader) throws(SQLError) -> ModelEntry {
        ModelEntry(
            name: header.name, inputs: try plainColumns("input", header.id),
            outputs: try plainColumns("output", header.id), options: try options(header.id),
            comment: header.comment, definition: header.definition)
    }

    // MARK: Parts

    private func query(_ sql: String, _ id: Int64) throws(SQLError) -> SQLiteStatement {
        let query = try database.statement(sql)
        try query.bind(id, at: 1)
        return query
    }

    private func options(_ id: Int64) throws(SQLError) -> OptionMap {
        try readOptions(
            try query("SELECT key, value FROM options WHERE object_id = ?1 ORDER BY position", id))
    }

    private func names(_ list: String, _ id: Int64) throws(SQLError) -> [String] {
        let rows = try query(
            "SELECT name FROM name_lists WHERE object_id = ?1 AND list = ?2 ORDER BY position", id)
        try rows.bind(list, at: 2)
        var found: [String] = []
        while try rows.step() { found.append(rows.string(0)) }
        return found
    }

    private func tableColumns(_ id: Int64) throws(SQLError) -> [ColumnEntry] {
        let rows = try query(
            """
            SELECT name, type, kind, expression, metadata_key, is_virtual, comment FROM columns
            WHERE object_id = ?1 AND role = 'column' ORDER BY position
            """, id)
        var found: [ColumnEntry] = []
        while try rows.step() {
            let kind: ColumnEntry.Kind
            switch rows.string(2) {
            case "computed": kind = .computed(rows.string(3))
            case "metadata": kind = .metadata(key: rows.stringOrNil(4), isVirtual: rows.bool(5))
            default: kind = .physical
            }
            let type = try TypeText.parse(rows.string(1))
            found.append(ColumnEntry(rows.string(0), type, kind: kind, comment: rows.stringOrNil(6)))
        }
        return found
    }

    private func plainColumns(_ role: String, _ id: Int64) throws(SQLError) -> [ViewEntry.Column] {
        let rows = try query(
            "SELECT name, type, comment FROM columns WHERE object_id = ?1 AND role = ?2 ORDER BY position", id
        )
        try rows.bind(role, at: 2)
        var found: [ViewEntry.Column] = []
        while try rows.step() {
            var type: DataType?
            if let text = rows.stringOrNil(1) { type = try TypeText.parse(text) }
            found.append(ViewEntry.Column(rows.string(0), type: type, comment: rows.stringOrNil(2)))
        }
        return found
    }

    private func missing(_ header: ObjectHeader) -> SQLError {
        SQLError(.catalogFile, "the catalog has lost a part of \(header.kind) \"\(header.name)\"")
    }
}
