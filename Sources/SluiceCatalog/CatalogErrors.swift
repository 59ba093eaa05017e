public import SluiceBase

/// The errors of names that are not in the catalog, in one wording.
public enum CatalogErrors {
    public static func unknownCatalog(_ name: String, among known: [String]) -> SQLError {
        SQLError(.unknownCatalog, "catalog \"\(name)\" does not exist", hint: hint(name, known, "catalogs"))
    }

    public static func unknownDatabase(_ name: DatabaseName, among known: [String]) -> SQLError {
        SQLError(
            .unknownDatabase, "database \"\(name)\" does not exist",
            hint: hint(name.database, known, "databases of \"\(name.catalog)\""))
    }

    public static func unknownObject(
        _ kind: ObjectKind, _ name: QualifiedName, among known: [String]
    ) -> SQLError {
        let code: ErrorCode = kind == .function ? .unknownFunction : .unknownTable
        return SQLError(
            code, "\(kind.rawValue) \"\(name)\" does not exist",
            hint: hint(name.object, known, "\(kind.rawValue)s of \"\(name.databaseName)\""))
    }

    private static func hint(_ name: String, _ known: [String], _ what: String) -> String? {
        if let near = nearest(name, known) { return "did you mean \"\(near)\"?" }
        if known.isEmpty { return nil }
        let list = known.sorted().prefix(12).joined(separator: ", ")
        return "\(what): \(list)\(known.count > 12 ? ", …" : "")"
    }

    private static func nearest(_ name: String, _ known: [String]) -> String? {
        known.first { $0.lowercased() == name.lowercased() }
    }
}
