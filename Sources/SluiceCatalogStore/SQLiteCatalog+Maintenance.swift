public import SluiceBase
public import SluiceCatalog
import SluiceSQLite

/// Checks and copies of a catalog file.
extension SQLiteCatalog {
    /// What is wrong with the file, in sentences; empty when nothing is.
    ///
    /// Checked are the pages and references of the file, that every object can be read, the checksums of the
    /// history, and every object with `complaint`, which may parse its statement.
    public func verify(
        _ complaint: (CatalogObject) -> String? = { _ in nil }
    ) throws(SQLError) -> [String] {
        var problems = try withDatabase { database throws(SQLError) in try database.integrityProblems() }
        guard problems.isEmpty else { return problems }
        problems += try read { storage throws(SQLError) in Self.objectProblems(storage, complaint) }
        problems += try historyProblems()
        return problems
    }

    private static func objectProblems(
        _ storage: SQLiteStorage, _ complaint: (CatalogObject) -> String?
    ) -> [String] {
        var problems: [String] = []
        do throws(SQLError) {
            for catalog in try storage.catalogs() {
                for database in try storage.databases(in: catalog.name) {
                    for space in Namespace.allCases {
                        problems += Self.problems(storage, space, database.name, complaint)
                    }
                }
            }
        } catch {
            problems.append(error.message)
        }
        return problems
    }

    private static func problems(
        _ storage: SQLiteStorage, _ space: Namespace, _ database: DatabaseName,
        _ complaint: (CatalogObject) -> String?
    ) -> [String] {
        do throws(SQLError) {
            return try storage.objects(space, in: database).compactMap { object in
                complaint(object).map { "\(object.kind.rawValue) \"\(object.name)\": \($0)" }
            }
        } catch {
            return ["\(space.rawValue)s of \"\(database)\": \(error.message)"]
        }
    }

    private func historyProblems() throws(SQLError) -> [String] {
        try withDatabase { database throws(SQLError) in
            let query = try database.statement(
                "SELECT id, at_micros, principal, action, object, statement, chain FROM history ORDER BY id")
            var previous: Int64 = 0
            var expected: Int64 = 1
            while try query.step() {
                let entry = HistoryEntry(query)
                let chain = query.int64(6)
                if entry.id != expected {
                    query.reset()
                    return ["the history lacks entry \(expected)"]
                }
                if entry.chain(after: previous) != chain {
                    query.reset()
                    return ["entry \(entry.id) of the history was changed"]
                }
                previous = chain
                expected += 1
            }
            let counted = try database.integer("SELECT seq FROM sqlite_sequence WHERE name = 'history'") ?? 0
            return counted >= expected ? ["the history lacks entry \(expected)"] : []
        }
    }

    /// Copies the catalog as it is now into a new file, while others go on using it.
    public func backup(to target: String) throws(SQLError) {
        try CatalogFile.create(target)
        try withDatabase { database throws(SQLError) in try database.backup(to: target) }
    }
}
