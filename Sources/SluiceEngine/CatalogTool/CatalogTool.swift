public import SluiceBase
import SluiceCatalog
public import SluiceCatalogStore
import SluiceColumns
import SluiceSyntax

/// The work behind `sluice catalog`, on one catalog file.
public struct CatalogTool: Sendable {
    public let catalog: SQLiteCatalog
    private let redaction: Redaction

    public init(_ catalog: SQLiteCatalog, redaction: Redaction = Redaction()) {
        self.catalog = catalog
        self.redaction = redaction
    }

    /// Opens the catalog of a file; reading an absent file is an error, changing one makes it.
    public static func open(_ path: String, forReading: Bool, principal: String) throws(SQLError)
        -> CatalogTool
    {
        CatalogTool(
            try SQLiteCatalog(path: path, access: forReading ? .readOnly : .create, principal: principal))
    }

    /// What `ls` lists.
    public enum Kind: String, Sendable, CaseIterable {
        case catalog, database, table, view, function, model
    }

    // MARK: Reading

    /// Everything, or one kind; `within` is a catalog, a database (`shop`, `lake.shop`) or an object.
    public func list(_ kind: Kind?, within: String?) throws(SQLError) -> CatalogReport {
        let report = CatalogReport(columns: ["kind", "name", "connector", "comment"], rows: [])
        guard let within else { return try list(kind, report) { _ in true } }
        let parts = try ObjectPath.parse(within)
        let known = try catalog.catalogs()
        if parts.count == 1, known.contains(where: { $0.name == parts[0] }) {
            return try list(kind, report) { $0.first == parts[0] }
        }
        if let found = try database(parts) {
            let path = [found.name.catalog, found.name.database]
            return try list(kind, report) { Array($0.prefix(2)) == path }
        }
        let objects = try find(parts).map { [$0.name.catalog, $0.name.database, $0.name.object] }
        guard !objects.isEmpty else { throw try unknown(parts) }
        return try list(kind, report) { objects.contains($0) }
    }

    private func list(
        _ kind: Kind?, _ empty: CatalogReport, _ includes: ([String]) -> Bool
    ) throws(SQLError) -> CatalogReport {
        var report = empty
        func add(_ what: Kind, _ path: [String], _ connector: String?, _ comment: String?) {
            guard kind == nil || kind == what, includes(path) else { return }
            report.rows.append([what.rawValue, path.joined(separator: "."), connector, comment])
        }
        for entry in try catalog.catalogs() {
            add(.catalog, [entry.name], nil, entry.comment)
            for database in try catalog.databases(in: entry.name) {
                let path = [entry.name, database.name.database]
                add(.database, path, nil, database.comment)
                for space in Namespace.allCases {
                    for object in try catalog.objects(space, in: database.name) {
                        guard let what = Kind(rawValue: object.kind.rawValue) else { continue }
                        add(what, path + [object.name.object], object.options["connector"], object.comment)
                    }
                }
            }
        }
        return report
    }

    /// The statements that make the named things anew, secrets masked.
    public func show(_ names: [String]) throws(SQLError) -> CatalogReport {
        let writer = DefinitionWriter(redaction: redaction)
        var report = CatalogReport(columns: ["kind", "name", "statement"], rows: [])
        for name in names {
            let parts = try ObjectPath.parse(name)
            let before = report.rows.count
            for object in try find(parts) {
                report.rows.append([object.kind.rawValue, object.name.description, writer.statement(object)])
            }
            if let database = try self.database(parts) {
                report.rows.append(["database", database.name.description, writer.statement(database)])
            }
            if parts.count == 1, let entry = try catalog.catalog(parts[0]) {
                report.rows.append(["catalog", entry.name, writer.statement(entry)])
            }
            if report.rows.count == before { throw try unknown(parts) }
        }
        report.text = report.rows.compactMap { $0[2].map { $0 + ";\n" } }.joined(separator: "\n")
        return report
    }

    /// A script that makes the catalog, or one of them, anew. `redact` masks its secrets.
    public func export(redact: Bool, only name: String?) throws(SQLError) -> CatalogReport {
        if let name, try catalog.catalog(name) == nil {
            throw CatalogErrors.unknownCatalog(name, among: try catalog.catalogs().map(\.name))
        }
        let script = CatalogScript(redaction: redact ? redaction : nil)
        let statements = try script.statements(of: catalog, onlyCatalog: name)
        return CatalogReport(
            columns: ["statement"], rows: statements.map { [$0] },
            text: statements.map { $0 + ";\n" }.joined(separator: "\n"))
    }

    /// How `other` differs from this catalog.
    public func difference(to other: CatalogTool) throws(SQLError) -> CatalogReport {
        let found = try CatalogDifference.between(catalog, other.catalog)
        var text = ""
        for item in found {
            text += "\(item.change.rawValue) \(item.kind) \(item.name)\n"
            for line in item.lines { text += "  \(line)\n" }
        }
        return CatalogReport(
            columns: ["change", "kind", "name", "difference"],
            rows: found.map { [$0.change.rawValue, $0.kind, $0.name, $0.lines.joined(separator: "\n")] },
            text: text)
    }

    /// The history of one thing, or of all; the newest `limit` entries, oldest first.
    public func log(of name: String?, limit: Int?) throws(SQLError) -> CatalogReport {
        var entries = try catalog.history()
        if let name {
            let parts = try ObjectPath.parse(name)
            let wanted = ObjectPath.candidates(parts)
            entries = entries.filter { wanted.contains($0.object) }
            if entries.isEmpty && parts.count <= 3 {
                throw SQLError(.unknownTable, "the history has nothing about \"\(name)\"")
            }
        }
        return CatalogReport(
            columns: ["id", "time", "who", "action", "object", "statement"],
            rows: entries.suffix(limit ?? entries.count).map { entry in
                [
                    String(entry.id), UTCText.seconds(micros: entry.atMicros), entry.principal, entry.action,
                    entry.object, redaction.shown(statement: entry.statement),
                ]
            })
    }

    /// What is wrong, one row each: with the file, its references, its history, and the statements of its objects.
    public func verify() throws(SQLError) -> CatalogReport {
        let writer = DefinitionWriter(redaction: nil)
        let problems = try catalog.verify { object in
            do throws(SQLError) {
                _ = try Parser.parseStatement(writer.statement(object))
                return nil
            } catch {
                return error.message
            }
        }
        return CatalogReport(columns: ["problem"], rows: problems.map { [$0] })
    }

    /// A copy of the catalog as it is now, in a new file.
    public func backup(to path: String) throws(SQLError) { try catalog.backup(to: path) }

    /// Why a script cannot be run as a change of the catalog: mistakes, and statements that do other things.
    public static func complaints(aboutScript text: String) -> [SQLError] {
        let script = Parser.parseScript(text)
        guard script.errors.isEmpty else { return script.errors }
        return script.statements.compactMap { parsed in
            switch parsed.statement {
            case .createTable(let create) where create.query == nil: return nil
            case .createView, .createCatalog, .createDatabase, .createFunction, .createModel, .alterTable,
                .alterView, .alterCatalog, .alterDatabase, .alterFunction, .alterModel, .drop, .use:
                return nil
            default:
                return SQLError(
                    .invalidDefinition, "only statements that change the catalog can stand here",
                    span: parsed.span,
                    hint: "sluice -f runs any script")
            }
        }
    }

    // MARK: Changing

    public func createCatalog(
        _ name: String, options: [(key: String, value: String)], comment: String?, ifNotExists: Bool
    ) throws(SQLError) -> Bool {
        let entry = CatalogEntry(name: name, options: OptionMap(options), comment: comment)
        let statement = DefinitionWriter(redaction: redaction).statement(entry)
        return try catalog.createCatalog(entry, ifNotExists: ifNotExists, statement: statement)
    }

    public func createDatabase(
        _ name: String, options: [(key: String, value: String)], comment: String?, ifNotExists: Bool
    ) throws(SQLError) -> Bool {
        let entry = DatabaseEntry(name: try databaseName(name), options: OptionMap(options), comment: comment)
        let statement = DefinitionWriter(redaction: redaction).statement(entry)
        return try catalog.createDatabase(entry, ifNotExists: ifNotExists, statement: statement)
    }

    public func drop(_ kind: Kind, _ name: String, ifExists: Bool, cascade: Bool) throws(SQLError) -> Bool {
        let parts = try ObjectPath.parse(name)
        let sql = parts.map(quoteIdentifier)
        var statement = "DROP \(kind.rawValue.uppercased()) \(ifExists ? "IF EXISTS " : "")"
        statement += sql.joined(separator: ".") + (cascade ? " CASCADE" : "")
        switch kind {
        case .catalog:
            guard parts.count == 1 else { throw ObjectPath.tooLong(name, "a catalog") }
            return try catalog.dropCatalog(parts[0], ifExists: ifExists, statement: statement)
        case .database:
            return try catalog.dropDatabase(
                try databaseName(name), ifExists: ifExists, cascade: cascade, statement: statement)
        case .table, .view, .function, .model:
            guard let objectKind = ObjectKind(rawValue: kind.rawValue) else { return false }
            return try catalog.drop(
                objectKind, try ObjectPath.qualified(parts), ifExists: ifExists, statement: statement)
        }
    }

    // MARK: Names

    private func databaseName(_ text: String) throws(SQLError) -> DatabaseName {
        let parts = try ObjectPath.parse(text)
        switch parts.count {
        case 1: return DatabaseName(DatabaseName.initial.catalog, parts[0])
        case 2: return DatabaseName(parts[0], parts[1])
        default: throw ObjectPath.tooLong(text, "a database")
        }
    }

    private func database(_ parts: [String]) throws(SQLError) -> DatabaseEntry? {
        switch parts.count {
        case 1: return try catalog.database(DatabaseName(DatabaseName.initial.catalog, parts[0]))
        case 2: return try catalog.database(DatabaseName(parts[0], parts[1]))
        default: return nil
        }
    }

    /// Objects of that name in all three namespaces.
    private func find(_ parts: [String]) throws(SQLError) -> [CatalogObject] {
        guard parts.count <= 3 else { return [] }
        let name = try ObjectPath.qualified(parts)
        var found: [CatalogObject] = []
        for space in Namespace.allCases {
            if let object = try catalog.object(space, name) { found.append(object) }
        }
        return found
    }

    private func unknown(_ parts: [String]) throws(SQLError) -> SQLError {
        let name = try ObjectPath.qualified(parts)
        guard try catalog.catalog(name.catalog) != nil else {
            return CatalogErrors.unknownCatalog(name.catalog, among: try catalog.catalogs().map(\.name))
        }
        guard try catalog.database(name.databaseName) != nil else {
            let known = try catalog.databases(in: name.catalog).map(\.name.database)
            return CatalogErrors.unknownDatabase(name.databaseName, among: known)
        }
        var known: [String] = []
        for space in Namespace.allCases {
            known += try catalog.objects(space, in: name.databaseName).map(\.name.object)
        }
        return CatalogErrors.unknownObject(.table, name, among: known)
    }
}
