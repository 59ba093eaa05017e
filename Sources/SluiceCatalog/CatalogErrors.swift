public import SluiceBase

/// The errors of names that are not in the catalog, in one wording.
public enum CatalogErrors {
    public static func unknownCatalog(_ name: String, among known: [String]) -> SQLError {
        unknown(.unknownCatalog, "catalog \"\(name)\" does not exist", name, known, "catalogs")
    }

    public static func unknownDatabase(_ name: DatabaseName, among known: [String]) -> SQLError {
        unknown(
            .unknownDatabase, "database \"\(name)\" does not exist", name.database, known,
            "databases of \"\(name.catalog)\"")
    }

    public static func unknownObject(
        _ kind: ObjectKind, _ name: QualifiedName, among known: [String]
    ) -> SQLError {
        let code: ErrorCode = kind == .function ? .unknownFunction : .unknownTable
        return unknown(
            code, "\(kind.rawValue) \"\(name)\" does not exist", name.object, known,
            "\(kind.rawValue)s of \"\(name.databaseName)\"")
    }

    /// The nearest name stands at the caret; without one a note lists what there is.
    private static func unknown(
        _ code: ErrorCode, _ message: String, _ name: String, _ known: [String], _ what: String
    ) -> SQLError {
        if let label = DidYouMean.label(name, in: known) { return SQLError(code, message, label: label) }
        if known.isEmpty { return SQLError(code, message) }
        let list = known.sorted().prefix(12).joined(separator: ", ")
        let note = "\(what): \(list)\(known.count > 12 ? ", …" : "")"
        return SQLError(code, message, notes: [SQLError.Note(note)])
    }
}
