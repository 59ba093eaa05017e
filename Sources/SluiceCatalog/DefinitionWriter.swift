public import SluiceBase
import SluiceColumns

/// The statement that makes an entry, in the layout of Flink's SHOW CREATE.
public struct DefinitionWriter: Sendable {
    /// nil: secrets are written out, for an export that is to be imported again.
    private let redaction: Redaction?

    public init(redaction: Redaction?) { self.redaction = redaction }

    public func statement(_ entry: CatalogEntry) -> String {
        "CREATE CATALOG \(quoteIdentifier(entry.name))" + comment(entry.comment) + with(entry.options)
    }

    public func statement(_ entry: DatabaseEntry) -> String {
        "CREATE DATABASE \(entry.name.sql)" + comment(entry.comment) + with(entry.options)
    }

    public func statement(_ object: CatalogObject) -> String {
        switch object {
        case .table(let entry): return table(entry)
        case .view(let entry): return view(entry)
        case .function(let entry): return function(entry)
        case .model(let entry): return model(entry)
        }
    }

    // MARK: Objects

    private func table(_ entry: TableEntry) -> String {
        var lines: [String] = entry.columns.map(column)
        if let watermark = entry.watermark {
            let target = watermark.column.map(quoteIdentifier).joined(separator: ".")
            lines.append("WATERMARK FOR \(target) AS \(watermark.expression)")
        }
        if let key = entry.primaryKey {
            lines.append(
                "CONSTRAINT \(quoteIdentifier(key.name)) PRIMARY KEY (\(names(key.columns))) NOT ENFORCED")
        }
        var out = "CREATE \(temporary(entry.isTemporary))TABLE \(entry.name.sql) (\n"
        out += lines.map { "  " + $0 }.joined(separator: ",\n") + "\n)"
        out += comment(entry.comment)
        if let distribution = entry.distribution { out += "\nDISTRIBUTED \(distribution)" }
        if !entry.partitionKeys.isEmpty { out += "\nPARTITIONED BY (\(names(entry.partitionKeys)))" }
        return out + with(entry.options)
    }

    private func column(_ column: ColumnEntry) -> String {
        var out = quoteIdentifier(column.name)
        switch column.kind {
        case .physical:
            out += " " + column.type.serialized
        case .computed(let expression):
            out += " AS " + expression
        case .metadata(let key, let isVirtual):
            out += " \(column.type.serialized) METADATA"
            if let key { out += " FROM \(quoteLiteral(key))" }
            if isVirtual { out += " VIRTUAL" }
        }
        if let text = column.comment { out += " COMMENT \(quoteLiteral(text))" }
        return out
    }

    private func view(_ entry: ViewEntry) -> String {
        var out = "CREATE \(temporary(entry.isTemporary))VIEW \(entry.name.sql)"
        if !entry.columns.isEmpty {
            let columns = entry.columns.map { column in
                "  " + quoteIdentifier(column.name)
                    + (column.comment.map { " COMMENT \(quoteLiteral($0))" } ?? "")
            }
            out += " (\n" + columns.joined(separator: ",\n") + "\n)"
        }
        let query = entry.expandedQuery.isEmpty ? entry.originalQuery : entry.expandedQuery
        return out + comment(entry.comment) + "\nAS " + query
    }

    private func function(_ entry: FunctionEntry) -> String {
        var out = "CREATE \(temporary(entry.isTemporary))\(entry.isSystem ? "SYSTEM " : "")FUNCTION "
        out += entry.isSystem ? quoteIdentifier(entry.name.object) : entry.name.sql
        out += " AS \(quoteLiteral(entry.body)) LANGUAGE \(entry.language)"
        if !entry.resources.isEmpty {
            let list = entry.resources.map { "\($0.kind) \(quoteLiteral($0.path))" }
            out += "\nUSING " + list.joined(separator: ", ")
        }
        return out + with(entry.options)
    }

    private func model(_ entry: ModelEntry) -> String {
        var out = "CREATE \(temporary(entry.isTemporary))MODEL \(entry.name.sql)"
        if !entry.inputs.isEmpty { out += "\nINPUT (\(modelColumns(entry.inputs)))" }
        if !entry.outputs.isEmpty { out += "\nOUTPUT (\(modelColumns(entry.outputs)))" }
        return out + comment(entry.comment) + with(entry.options)
    }

    private func modelColumns(_ columns: [ViewEntry.Column]) -> String {
        columns.map { column in
            let type = column.type.map { " " + $0.serialized } ?? ""
            return quoteIdentifier(column.name) + type
                + (column.comment.map { " COMMENT \(quoteLiteral($0))" } ?? "")
        }.joined(separator: ", ")
    }

    // MARK: Clauses

    private func temporary(_ flag: Bool) -> String { flag ? "TEMPORARY " : "" }

    private func names(_ names: [String]) -> String { names.map(quoteIdentifier).joined(separator: ", ") }

    private func comment(_ text: String?) -> String {
        guard let text, !text.isEmpty else { return "" }
        return "\nCOMMENT \(quoteLiteral(text))"
    }

    private func with(_ options: OptionMap) -> String {
        if options.isEmpty { return "" }
        let lines = options.entries.map { entry in
            let value = redaction?.shown(entry.value, of: entry.key) ?? entry.value
            return "  \(quoteLiteral(entry.key)) = \(quoteLiteral(value))"
        }
        return "\nWITH (\n" + lines.joined(separator: ",\n") + "\n)"
    }
}

extension DataType {
    /// The complete text, as Flink writes it into SHOW CREATE: no short names.
    var serialized: String {
        let text: String
        switch kind {
        case .varchar(let length): text = "VARCHAR(\(length))"
        case .varbinary(let length): text = "VARBINARY(\(length))"
        case .timestampLTZ(let precision): text = "TIMESTAMP(\(precision)) WITH LOCAL TIME ZONE"
        case .array(let element): text = "ARRAY<\(element.serialized)>"
        case .multiset(let element): text = "MULTISET<\(element.serialized)>"
        case .map(let key, let value): text = "MAP<\(key.serialized), \(value.serialized)>"
        case .row(let fields):
            let list = fields.map { "\(quoteIdentifier($0.name)) \($0.type.serialized)" }
            text = "ROW<" + list.joined(separator: ", ") + ">"
        default: text = kind.description
        }
        return isNullable ? text : text + " NOT NULL"
    }
}
