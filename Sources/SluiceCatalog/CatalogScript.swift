public import SluiceBase

/// The whole catalog, or a part of it, as a script of statements that makes it anew.
///
/// Tables come before views, and views in an order in which each finds what it names. Made twice from the same
/// catalog it is the same text.
public struct CatalogScript: Sendable {
    private let writer: DefinitionWriter

    /// nil: secrets are written out.
    public init(redaction: Redaction?) { writer = DefinitionWriter(redaction: redaction) }

    /// One statement a value, without semicolons. IF NOT EXISTS makes the default catalog and database harmless.
    public func statements(of catalog: any Catalog, onlyCatalog: String? = nil) throws(SQLError) -> [String] {
        var containers: [String] = []
        var tables: [String] = []
        var views: [ViewEntry] = []
        var others: [String] = []
        for entry in try catalog.catalogs() where onlyCatalog == nil || entry.name == onlyCatalog {
            containers.append(Self.ifNotExists(writer.statement(entry), "CATALOG"))
            for database in try catalog.databases(in: entry.name) {
                containers.append(Self.ifNotExists(writer.statement(database), "DATABASE"))
                for object in try catalog.objects(.relation, in: database.name) {
                    if case .view(let view) = object {
                        views.append(view)
                    } else {
                        tables.append(writer.statement(object))
                    }
                }
                others += try catalog.objects(.function, in: database.name).map(writer.statement)
                others += try catalog.objects(.model, in: database.name).map(writer.statement)
            }
        }
        return containers + others + tables + Self.ordered(views).map { writer.statement(.view($0)) }
    }

    /// The statements with semicolons, for a file.
    public func text(of catalog: any Catalog, onlyCatalog: String? = nil) throws(SQLError) -> String {
        try statements(of: catalog, onlyCatalog: onlyCatalog).map { $0 + ";\n" }.joined(separator: "\n")
    }

    private static func ifNotExists(_ statement: String, _ kind: String) -> String {
        "CREATE \(kind) IF NOT EXISTS" + statement.dropFirst("CREATE \(kind)".count)
    }

    /// A view stands after the views whose names its query holds.
    private static func ordered(_ views: [ViewEntry]) -> [ViewEntry] {
        var rest = views.sorted { $0.name.description < $1.name.description }
        var out: [ViewEntry] = []
        while !rest.isEmpty {
            let ready = rest.filter { view in
                !rest.contains { $0.name != view.name && mentions(view, $0.name) }
            }
            // Views that name each other in a circle cannot be ordered; they keep the order of their names.
            let next = ready.isEmpty ? rest : ready
            out += next
            let done = Set(next.map(\.name))
            rest.removeAll { done.contains($0.name) }
        }
        return out
    }

    /// The full name stands in the query, with backticks or without.
    private static func mentions(_ view: ViewEntry, _ name: QualifiedName) -> Bool {
        let text = Array(view.expandedQuery.utf8.filter { $0 != UInt8(ascii: "`") })
        let wanted = Array(name.description.utf8.filter { $0 != UInt8(ascii: "`") })
        guard let first = wanted.first, text.count >= wanted.count else { return false }
        for start in 0...(text.count - wanted.count) where text[start] == first {
            let end = start + wanted.count
            guard text[start..<end].elementsEqual(wanted) else { continue }
            let isOpen = start > 0 && ColumnMention.isWord(text[start - 1])
            let isLonger = end < text.count && ColumnMention.isWord(text[end])
            if !isOpen && !isLonger { return true }
        }
        return false
    }
}
