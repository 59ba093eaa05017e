public import SluiceBase
import SluiceColumns

/// What ALTER TABLE does to a declared table. Each step leaves the table valid or throws.
extension TableEntry {
    /// Where ADD and MODIFY put a column.
    public enum Position: Sendable, Equatable {
        case last
        case first
        case after(String)
    }

    public mutating func addColumn(_ column: ColumnEntry, _ position: Position = .last) throws(SQLError) {
        if self.column(column.name) != nil {
            throw SQLError(.duplicateName, "column \"\(column.name)\" exists already in table \"\(name)\"")
        }
        columns.insert(column, at: try place(position))
    }

    /// A nil position keeps the place.
    public mutating func modifyColumn(_ column: ColumnEntry, _ position: Position?) throws(SQLError) {
        let index = try requireColumn(column.name)
        var new = column
        if primaryKey?.columns.contains(column.name) == true {
            guard column.isPhysical else {
                throw SQLError(
                    .invalidDefinition,
                    "column \"\(column.name)\" is part of the primary key and must stay physical")
            }
            new.type = column.type.notNull
        }
        columns.remove(at: index)
        columns.insert(new, at: try position.map { value throws(SQLError) in try place(value) } ?? index)
    }

    public mutating func dropColumns(_ names: [String]) throws(SQLError) {
        for name in names {
            let index = try requireColumn(name)
            try refuseUse(of: name, dropping: names)
            columns.remove(at: index)
        }
        guard columns.contains(where: \.isPhysical) else {
            throw SQLError(.invalidDefinition, "table \"\(name)\" must keep at least one physical column")
        }
    }

    /// Refused, as in Flink, while an expression names the column.
    public mutating func renameColumn(_ old: String, to new: String) throws(SQLError) {
        let index = try requireColumn(old)
        try refuse(expressionUser(of: old, except: []), old, "renamed")
        if column(new) != nil {
            throw SQLError(.duplicateName, "column \"\(new)\" exists already in table \"\(name)\"")
        }
        if case .metadata(nil, let isVirtual) = columns[index].kind {
            columns[index].kind = .metadata(key: old, isVirtual: isVirtual)
        }
        columns[index].name = new
        if let key = primaryKey {
            primaryKey = PrimaryKeyEntry(name: key.name, columns: key.columns.map { $0 == old ? new : $0 })
        }
        partitionKeys = partitionKeys.map { $0 == old ? new : $0 }
        if watermark?.column.first == old { watermark?.column[0] = new }
    }

    /// Key columns become NOT NULL, as in CREATE TABLE.
    public mutating func setPrimaryKey(_ key: PrimaryKeyEntry, replacing: Bool) throws(SQLError) {
        if let old = primaryKey, !replacing {
            throw SQLError(
                .invalidDefinition,
                "table \"\(name)\" has a primary key already: \(old.columns.joined(separator: ", "))",
                hint: "drop it first, or use MODIFY")
        }
        if replacing && primaryKey == nil {
            throw SQLError(.invalidDefinition, "table \"\(name)\" has no primary key", hint: "use ADD")
        }
        for column in key.columns {
            let index = try requireColumn(column)
            guard columns[index].isPhysical else {
                throw SQLError(
                    .invalidDefinition, "key column \"\(column)\" of table \"\(name)\" is not physical")
            }
            columns[index].type = columns[index].type.notNull
        }
        primaryKey = key
    }

    /// `constraint` nil: DROP PRIMARY KEY.
    public mutating func dropPrimaryKey(constraint: String?) throws(SQLError) {
        guard let key = primaryKey else {
            throw SQLError(.invalidDefinition, "table \"\(name)\" has no primary key")
        }
        if let constraint, constraint != key.name {
            throw SQLError(
                .invalidDefinition, "table \"\(name)\" has no constraint \"\(constraint)\"",
                hint: "its constraint is \"\(key.name)\"")
        }
        primaryKey = nil
    }

    public mutating func setWatermark(_ new: WatermarkEntry, replacing: Bool) throws(SQLError) {
        if watermark != nil && !replacing {
            throw SQLError(
                .invalidDefinition, "table \"\(name)\" has a watermark already",
                hint: "use MODIFY, or drop it first")
        }
        if watermark == nil && replacing {
            throw SQLError(.invalidDefinition, "table \"\(name)\" has no watermark", hint: "use ADD")
        }
        if let column = new.column.first { _ = try requireColumn(column) }
        watermark = new
    }

    public mutating func dropWatermark() throws(SQLError) {
        guard watermark != nil else {
            throw SQLError(.invalidDefinition, "table \"\(name)\" has no watermark")
        }
        watermark = nil
    }

    public mutating func setOptions(_ pairs: [(key: String, value: String)]) {
        for pair in pairs { options[pair.key] = pair.value }
    }

    /// A key that is not set is no error, as in Flink; the connector itself cannot be taken away.
    public mutating func resetOptions(_ keys: [String]) throws(SQLError) {
        if keys.contains("connector") {
            throw SQLError(.invalidDefinition, "option \"connector\" of table \"\(name)\" cannot be reset")
        }
        for key in keys { options[key] = nil }
    }

    // MARK: Parts

    private func requireColumn(_ column: String) throws(SQLError) -> Int {
        if let index = columns.firstIndex(where: { $0.name == column }) { return index }
        throw SQLError(
            .unknownColumn, "column \"\(column)\" does not exist in table \"\(name)\"",
            label: DidYouMean.label(column, in: columns.map(\.name)),
            notes: [SQLError.Note("columns: \(columns.map(\.name).joined(separator: ", "))")])
    }

    private func place(_ position: Position) throws(SQLError) -> Int {
        switch position {
        case .last: return columns.count
        case .first: return 0
        case .after(let column): return try requireColumn(column) + 1
        }
    }

    private func refuseUse(of column: String, dropping: [String]) throws(SQLError) {
        var user: String?
        if primaryKey?.columns.contains(column) == true { user = "the primary key" }
        if partitionKeys.contains(column) { user = "the partition keys" }
        if watermark?.column.first == column { user = "the watermark" }
        try refuse(user ?? expressionUser(of: column, except: dropping), column, "dropped")
    }

    /// What computes with the column.
    private func expressionUser(of column: String, except: [String]) -> String? {
        if let watermark, ColumnMention.occurs(column, in: watermark.expression) { return "the watermark" }
        for other in columns where !except.contains(other.name) {
            if case .computed(let expression) = other.kind, ColumnMention.occurs(column, in: expression) {
                return "computed column \"\(other.name)\""
            }
        }
        return nil
    }

    private func refuse(_ user: String?, _ column: String, _ verb: String) throws(SQLError) {
        guard let user else { return }
        throw SQLError(
            .invalidDefinition,
            "column \"\(column)\" of table \"\(name)\" is used by \(user) and cannot be \(verb)")
    }
}

/// Whether the text of an expression names a column.
enum ColumnMention {
    static func occurs(_ column: String, in expression: String) -> Bool {
        let bytes = Array(expression.utf8)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
                let (text, end) = quoted(bytes, from: position)
                if byte == UInt8(ascii: "`") && text == column { return true }
                position = end
            } else if isWord(byte) {
                let start = position
                while position < bytes.count && isWord(bytes[position]) { position += 1 }
                if String(decoding: bytes[start..<position], as: UTF8.self) == column { return true }
            } else {
                position += 1
            }
        }
        return false
    }

    private static func quoted(_ bytes: [UInt8], from start: Int) -> (String, Int) {
        let quote = bytes[start]
        var text: [UInt8] = []
        var position = start + 1
        while position < bytes.count {
            if bytes[position] == quote {
                position += 1
                guard position < bytes.count && bytes[position] == quote else { break }
            }
            text.append(bytes[position])
            position += 1
        }
        return (String(decoding: text, as: UTF8.self), position)
    }

    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF:
            return true
        default: return false
        }
    }
}
