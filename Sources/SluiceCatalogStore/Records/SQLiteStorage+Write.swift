import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceSQLite

/// From entries to rows.
extension SQLiteStorage {
    func writeObject(_ object: CatalogObject, database owner: Int64) throws(SQLError) {
        let space = object.kind.namespace
        let insert = try database.statement(
            """
            INSERT INTO objects (database_id, namespace, lookup_name, name, kind, comment, definition)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
        try insert.bind(owner, at: 1)
        try insert.bind(space.rawValue, at: 2)
        try insert.bind(space.key(object.name).object, at: 3)
        try insert.bind(object.name.object, at: 4)
        try insert.bind(object.kind.rawValue, at: 5)
        try insert.bind(object.comment, at: 6)
        try insert.bind(object.definition, at: 7)
        try insert.run()
        let id = database.lastInsertedRowID
        for (position, option) in object.options.entries.enumerated() {
            try write("options (object_id, position, key, value)", id, position, [option.key, option.value])
        }
        switch object {
        case .table(let entry): try writeTable(entry, id)
        case .view(let entry):
            try write(
                "views (object_id, original_query, expanded_query)", id,
                [entry.originalQuery, entry.expandedQuery])
            try writeColumns(entry.columns, role: "column", id)
        case .function(let entry):
            try write("functions (object_id, body, language)", id, [entry.body, entry.language])
            for (position, resource) in entry.resources.enumerated() {
                try write(
                    "resources (object_id, position, kind, path)", id, position,
                    [resource.kind, resource.path])
            }
        case .model(let entry):
            try writeColumns(entry.inputs, role: "input", id)
            try writeColumns(entry.outputs, role: "output", id)
        }
    }

    private func writeTable(_ entry: TableEntry, _ id: Int64) throws(SQLError) {
        try write(
            "tables (object_id, watermark_expression, key_name, distribution)", id,
            [entry.watermark?.expression, entry.primaryKey?.name, entry.distribution])
        try writeNames("watermark", entry.watermark?.column ?? [], id)
        try writeNames("primary key", entry.primaryKey?.columns ?? [], id)
        try writeNames("partition keys", entry.partitionKeys, id)
        for (position, column) in entry.columns.enumerated() {
            var kind = "physical"
            var expression: String?
            var key: String?
            var isVirtual = false
            switch column.kind {
            case .physical: break
            case .computed(let text):
                kind = "computed"
                expression = text
            case .metadata(let from, let virtual):
                kind = "metadata"
                key = from
                isVirtual = virtual
            }
            try writeColumn(
                id, "column", position,
                [column.name, column.type.description, kind, expression, key, column.comment], isVirtual)
        }
    }

    private func writeColumns(_ columns: [ViewEntry.Column], role: String, _ id: Int64) throws(SQLError) {
        for (position, column) in columns.enumerated() {
            try writeColumn(
                id, role, position,
                [column.name, column.type?.description, "physical", nil, nil, column.comment], false)
        }
    }

    /// `texts`: name, type, kind, expression, metadata key, comment.
    private func writeColumn(
        _ id: Int64, _ role: String, _ position: Int, _ texts: [String?], _ isVirtual: Bool
    ) throws(SQLError) {
        let insert = try database.statement(
            """
            INSERT INTO columns
                (object_id, role, position, is_virtual, name, type, kind, expression, metadata_key, comment)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """)
        try insert.bind(id, at: 1)
        try insert.bind(role, at: 2)
        try insert.bind(position, at: 3)
        try insert.bind(isVirtual, at: 4)
        for (index, text) in texts.enumerated() { try insert.bind(text, at: 5 + index) }
        try insert.run()
    }

    private func writeNames(_ list: String, _ names: [String], _ id: Int64) throws(SQLError) {
        for (position, name) in names.enumerated() {
            let insert = try database.statement(
                "INSERT INTO name_lists (object_id, position, list, name) VALUES (?1, ?2, ?3, ?4)")
            try insert.bind(id, at: 1)
            try insert.bind(position, at: 2)
            try insert.bind(list, at: 3)
            try insert.bind(name, at: 4)
            try insert.run()
        }
    }

    private func write(_ target: String, _ id: Int64, _ values: [String?]) throws(SQLError) {
        let marks = (2..<2 + values.count).map { "?\($0)" }.joined(separator: ", ")
        let insert = try database.statement("INSERT INTO \(target) VALUES (?1, \(marks))")
        try insert.bind(id, at: 1)
        for (index, value) in values.enumerated() { try insert.bind(value, at: 2 + index) }
        try insert.run()
    }

    private func write(_ target: String, _ id: Int64, _ position: Int, _ values: [String]) throws(SQLError) {
        let marks = (3..<3 + values.count).map { "?\($0)" }.joined(separator: ", ")
        let insert = try database.statement("INSERT INTO \(target) VALUES (?1, ?2, \(marks))")
        try insert.bind(id, at: 1)
        try insert.bind(position, at: 2)
        for (index, value) in values.enumerated() { try insert.bind(value, at: 3 + index) }
        try insert.run()
    }
}
