public import SluiceBase
public import SluiceCatalog
import SluiceColumns
public import SluiceSyntax

/// Answers SHOW and DESCRIBE from the catalog of a session, with Flink's column names.
public struct CatalogListing: Sendable {
    let session: SessionCatalog
    private let builtInFunctions: [String]
    let writer: DefinitionWriter

    public init(session: SessionCatalog, builtInFunctions: [String], redaction: Redaction) {
        self.session = session
        self.builtInFunctions = builtInFunctions
        writer = DefinitionWriter(redaction: redaction)
    }

    // MARK: SHOW

    /// nil: the catalog does not know, as of jobs.
    public func show(_ show: Show) throws(SQLError) -> Listing? {
        switch show.kind {
        case .catalogs: return names("catalog name", try session.catalogs().map(\.name), show)
        case .currentCatalog: return names("current catalog name", [session.current.catalog], nil)
        case .databases:
            let catalog = try self.catalog(show.source)
            return names("database name", try session.databases(in: catalog).map(\.name.database), show)
        case .currentDatabase: return names("current database name", [session.current.database], nil)
        case .tables: return names("table name", try objects(.relation, show).map(\.name.object), show)
        case .views:
            let views = try objects(.relation, show).filter { $0.kind == .view }
            return names("view name", views.map(\.name.object), show)
        case .models: return names("model name", try objects(.model, show).map(\.name.object), show)
        case .functions(let userOnly): return names("function name", try functions(show, userOnly), show)
        case .columns:
            guard let source = show.source else { return nil }
            return filtered(try columns(source), show.filter)
        case .createTable(let name): return statement(try relation(name, .table))
        case .createView(let name): return statement(try relation(name, .view))
        case .createCatalog(let name): return text(writer.statement(try requireCatalog(name)))
        case .createModel(let name):
            guard let model = try session.object(.model, try qualify(name)) else {
                throw try unknown(.model, name)
            }
            return statement(model)
        case .modules(let isFull):
            if isFull { return Listing(columns: ["module name", "used"], rows: [["core", "TRUE"]]) }
            return names("module name", ["core"], nil)
        case .procedures: return names("procedure name", [], show)
        case .materializedTables: return names("materialized table name", [], show)
        case .jars: return names("jars", [], nil)
        case .partitions, .createMaterializedTable, .jobs, .report, .jobReport: return nil
        }
    }

    private func names(_ column: String, _ names: [String], _ show: Show?) -> Listing {
        filtered(Listing(columns: [column], rows: names.map { [$0] }), show?.filter)
    }

    private func filtered(_ report: Listing, _ filter: Show.Filter?) -> Listing {
        guard let filter else { return report }
        let pattern = LikePattern(filter.pattern, ignoresCase: filter.isCaseInsensitive)
        var out = report
        out.rows = report.rows.filter { pattern.matches(($0[0]) ?? "") != filter.isNegated }
        return out
    }

    private func statement(_ object: CatalogObject) -> Listing { text(writer.statement(object)) }

    private func text(_ text: String) -> Listing { .text("result", text) }

    private func objects(_ space: Namespace, _ show: Show) throws(SQLError) -> [CatalogObject] {
        try session.objects(space, in: try database(show.source))
    }

    private func functions(_ show: Show, _ userOnly: Bool) throws(SQLError) -> [String] {
        var found = Set(try objects(.function, show).map { $0.name.object.lowercased() })
        for function in session.systemFunctions { found.insert(function.name.object.lowercased()) }
        if !userOnly { found.formUnion(builtInFunctions.map { $0.lowercased() }) }
        return found.sorted()
    }

    // MARK: DESCRIBE

    /// nil: the catalog does not know, as of jobs.
    public func describe(_ describe: Describe) throws(SQLError) -> Listing? {
        switch describe.target {
        case .table(let name): return try columns(name)
        case .catalog(let name):
            let entry = try requireCatalog(name)
            let type = entry.options["type"] ?? "generic_in_memory"
            var rows: [[String?]] = [
                ["name", entry.name], ["type", type], ["comment", entry.comment ?? ""],
            ]
            if describe.isExtended { rows += options(entry.options) }
            return information(rows)
        case .database(let name):
            let entry = try requireDatabase(name)
            var rows: [[String?]] = [
                ["catalog", entry.name.catalog], ["name", entry.name.database],
                ["comment", entry.comment ?? ""],
            ]
            if describe.isExtended { rows += options(entry.options) }
            return information(rows)
        case .function(let name): return try function(name, isExtended: describe.isExtended)
        case .model(let name):
            guard case .model(let entry)? = try session.object(.model, try qualify(name)) else {
                throw try unknown(.model, name)
            }
            var rows: [[String?]] = []
            for (columns, isInput) in [(entry.inputs, "TRUE"), (entry.outputs, "FALSE")] {
                for column in columns {
                    rows.append([
                        column.name, column.type.map { $0.kind.description }, column.type.map(nullable),
                        isInput,
                    ])
                }
            }
            return Listing(columns: ["name", "type", "null", "is input"], rows: rows)
        case .job: return nil
        }
    }

    private func information(_ rows: [[String?]]) -> Listing {
        Listing(columns: ["info name", "info value"], rows: rows)
    }

    private func options(_ options: OptionMap) -> [[String?]] {
        let redaction = Redaction()
        return options.entries.map { ["option:\($0.key)", redaction.shown($0.value, of: $0.key)] }
    }

    private func function(_ name: ObjectName, isExtended: Bool) throws(SQLError) -> Listing {
        if name.parts.count == 1,
            builtInFunctions.contains(where: { $0.lowercased() == name.last.lowercased() })
        {
            return information([["is system function", "TRUE"], ["is temporary", "FALSE"]])
        }
        guard let entry = try session.function(named: name.names) else { throw try unknown(.function, name) }
        var rows: [[String?]] = [
            ["is system function", boolean(entry.isSystem)], ["is temporary", boolean(entry.isTemporary)],
            ["class name", entry.body], ["function language", entry.language],
        ]
        if isExtended { rows.append(["resource uris", entry.resources.map(\.path).joined(separator: ", ")]) }
        return information(rows)
    }

    /// name, type, null, key, extras, watermark, and comment where there is one.
    private func columns(_ name: ObjectName) throws(SQLError) -> Listing {
        let object: CatalogObject
        do throws(SQLError) {
            object = try session.requireRelation(name.names)
        } catch {
            throw error.at(name.span)
        }
        var report = Listing(columns: ["name", "type", "null", "key", "extras", "watermark"], rows: [])
        var comments: [String?] = []
        switch object {
        case .table(let entry):
            for column in entry.columns {
                report.rows.append(row(column, of: entry))
                comments.append(column.comment)
            }
        case .view(let entry):
            for column in entry.columns {
                let type = column.type ?? .null
                report.rows.append([column.name, type.kind.description, nullable(type), nil, nil, nil])
                comments.append(column.comment)
            }
        case .function, .model: break
        }
        if comments.contains(where: { $0 != nil }) {
            report.columns.append("comment")
            for index in report.rows.indices { report.rows[index].append(comments[index]) }
        }
        return report
    }

    private func row(_ column: ColumnEntry, of table: TableEntry) -> [String?] {
        var type = column.type.kind.description
        var watermark: String?
        if let declared = table.watermark, declared.column == [column.name] {
            type += " *ROWTIME*"
            watermark = declared.expression
        }
        var key: String?
        if let primary = table.primaryKey, primary.columns.contains(column.name) {
            key = "PRI(\(primary.columns.joined(separator: ", ")))"
        }
        return [column.name, type, nullable(column.type), key, extras(column), watermark]
    }

    private func extras(_ column: ColumnEntry) -> String? {
        switch column.kind {
        case .physical: return nil
        case .computed(let expression): return "AS " + expression
        case .metadata(let key, let isVirtual):
            return "METADATA" + (key.map { " FROM \(quoteLiteral($0))" } ?? "")
                + (isVirtual ? " VIRTUAL" : "")
        }
    }

    private func nullable(_ type: DataType) -> String { boolean(type.isNullable) }

    private func boolean(_ flag: Bool) -> String { flag ? "TRUE" : "FALSE" }

    // MARK: Names

    private func qualify(_ name: ObjectName) throws(SQLError) -> QualifiedName {
        do throws(SQLError) {
            return try session.qualify(name.names)
        } catch {
            throw error.at(name.span)
        }
    }

    private func catalog(_ source: ObjectName?) throws(SQLError) -> String {
        guard let source, let part = source.parts.last else { return session.current.catalog }
        return try requireCatalog(part).name
    }

    private func requireCatalog(_ name: Identifier) throws(SQLError) -> CatalogEntry {
        if let entry = try session.catalog(name.name) { return entry }
        throw CatalogErrors.unknownCatalog(name.name, among: try session.catalogs().map(\.name)).at(name.span)
    }

    private func database(_ source: ObjectName?) throws(SQLError) -> DatabaseName {
        guard let source else { return session.current }
        return try requireDatabase(source).name
    }

    private func requireDatabase(_ name: ObjectName) throws(SQLError) -> DatabaseEntry {
        do throws(SQLError) {
            let full = try session.databaseName(name.names)
            try session.requireDatabase(full)
            return try session.database(full) ?? DatabaseEntry(name: full)
        } catch {
            throw error.at(name.span)
        }
    }

    private func relation(_ name: ObjectName, _ kind: ObjectKind) throws(SQLError) -> CatalogObject {
        do throws(SQLError) {
            let object = try session.requireRelation(name.names)
            guard object.kind != kind else { return object }
            let wanted = kind.rawValue.uppercased()
            throw SQLError(
                .unknownTable, "\"\(object.name)\" is a \(object.kind.rawValue), not a \(kind.rawValue)",
                hint: "SHOW CREATE \(object.kind.rawValue.uppercased()) instead of SHOW CREATE \(wanted)")
        } catch {
            throw error.at(name.span)
        }
    }

    private func unknown(_ kind: ObjectKind, _ name: ObjectName) throws(SQLError) -> SQLError {
        let full = try qualify(name)
        let known = try session.objects(kind.namespace, in: full.databaseName).map(\.name.object)
        return CatalogErrors.unknownObject(kind, full, among: known).at(name.span)
    }
}

/// The pattern of SHOW … LIKE: `%` stands for any text, `_` for one character, `\` before them for themselves.
struct LikePattern {
    private enum Part: Equatable { case any, one, scalar(Unicode.Scalar) }

    private let parts: [Part]
    private let ignoresCase: Bool

    init(_ pattern: String, ignoresCase: Bool) {
        self.ignoresCase = ignoresCase
        var parts: [Part] = []
        var isEscaped = false
        for scalar in (ignoresCase ? pattern.lowercased() : pattern).unicodeScalars {
            if isEscaped {
                parts.append(.scalar(scalar))
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                parts.append(scalar == "%" ? .any : (scalar == "_" ? .one : .scalar(scalar)))
            }
        }
        self.parts = parts
    }

    /// Goes back to the last `%` only, so the work is at most length times parts.
    func matches(_ text: String) -> Bool {
        let scalars = Array((ignoresCase ? text.lowercased() : text).unicodeScalars)
        var part = 0
        var position = 0
        var restart: (part: Int, position: Int)?
        while position < scalars.count {
            if part < parts.count, parts[part] == .any {
                part += 1
                restart = (part, position)
            } else if part < parts.count, parts[part] == .one || parts[part] == .scalar(scalars[position]) {
                part += 1
                position += 1
            } else if let last = restart {
                part = last.part
                position = last.position + 1
                restart = (part, position)
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .any }
    }
}
