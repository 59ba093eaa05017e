import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceExpressions
import SluiceSyntax

/// The SHOW family.
extension Session {
    func show(_ show: Show, _ span: SourceSpan) throws(SQLError) -> StatementOutcome {
        do throws(SQLError) {
            return StatementOutcome(.listing(try listing(show, span)))
        } catch {
            throw error.at(span)
        }
    }

    private func listing(_ show: Show, _ span: SourceSpan) throws(SQLError) -> Listing {
        switch show.kind {
        case .catalogs: return filtered("catalog name", try catalog.catalogs().map(\.name), show.filter)
        case .currentCatalog: return Listing(columns: ["current catalog name"], rows: [[catalog.current.catalog]])
        case .currentDatabase: return Listing(columns: ["current database name"], rows: [[catalog.current.database]])
        case .databases:
            let name = show.source?.last ?? catalog.current.catalog
            guard try catalog.catalog(name) != nil else {
                throw CatalogErrors.unknownCatalog(name, among: try catalog.catalogs().map(\.name))
            }
            return filtered("database name", try catalog.databases(in: name).map(\.name.database), show.filter)
        case .tables: return filtered("table name", try relations(show.source) { _ in true }, show.filter)
        case .views:
            return filtered(
                "view name", try relations(show.source) { if case .view = $0 { true } else { false } }, show.filter)
        case .columns:
            guard let table = show.source else { throw SQLError(.syntax, "SHOW COLUMNS needs FROM and a table") }
            var listing = try columns(of: table)
            if let filter = show.filter {
                listing.rows = listing.rows.filter { matches($0[0] ?? "", filter) }
            }
            return listing
        case .functions(let userOnly): return filtered("function name", try functionNames(userOnly), show.filter)
        case .modules(let isFull):
            if isFull { return Listing(columns: ["module name", "used"], rows: [["core", "true"]]) }
            return Listing(columns: ["module name"], rows: [["core"]])
        case .jars: return Listing(columns: ["jars"], rows: [])
        default: return try showCreate(show, span)
        }
    }

    private func showCreate(_ show: Show, _ span: SourceSpan) throws(SQLError) -> Listing {
        let writer = DefinitionWriter(redaction: Redaction())
        switch show.kind {
        case .createCatalog(let name):
            guard let entry = try catalog.catalog(name.name) else {
                throw CatalogErrors.unknownCatalog(name.name, among: try catalog.catalogs().map(\.name))
            }
            return .text("result", writer.statement(entry))
        case .createTable(let name), .createView(let name):
            var wanted: ObjectKind = .view
            if case .createTable = show.kind { wanted = .table }
            let object: CatalogObject
            do {
                object = try catalog.requireRelation(name.names)
            } catch {
                throw error.at(name.span)
            }
            guard object.kind == wanted else {
                throw SQLError(
                    .unknownTable, "\"\(name.description)\" is a \(object.kind.rawValue), not a \(wanted.rawValue)",
                    span: name.span, hint: "SHOW CREATE \(object.kind.rawValue.uppercased()) \(name.description)")
            }
            return .text("result", writer.statement(object))
        case .partitions: throw SQLError(.unsupported, "SHOW PARTITIONS is not supported yet")
        case .materializedTables, .createMaterializedTable:
            throw SQLError(.unsupported, "materialized tables are not supported yet")
        case .procedures: throw SQLError(.unsupported, "SHOW PROCEDURES is not supported yet")
        case .models, .createModel: throw SQLError(.unsupported, "models are not supported yet")
        case .jobs: throw SQLError(.unsupported, "SHOW JOBS is not supported yet")
        case .report(let report, _): throw SQLError(.unsupported, "SHOW \(report.rawValue) is not supported yet")
        default: throw SQLError(.unsupported, "this SHOW statement is not supported yet")
        }
    }

    private func relations(
        _ source: ObjectName?, _ include: (CatalogObject) -> Bool
    ) throws(SQLError) -> [String] {
        let database = try source.map { name throws(SQLError) in try catalog.databaseName(name.names) } ?? catalog.current
        try catalog.requireDatabase(database)
        let objects = try catalog.objects(.relation, in: database)
        return Set(objects.filter(include).map(\.name.object)).sorted()
    }

    private func functionNames(_ userOnly: Bool) throws(SQLError) -> [String] {
        var names = try catalog.objects(.function, in: catalog.current).map(\.name.object)
        names += catalog.systemFunctions.map(\.name.object)
        if !userOnly { names += engine.functions.names + engine.aggregates.names }
        return Set(names.map { $0.lowercased() }).sorted()
    }

    private func filtered(_ column: String, _ names: [String], _ filter: Show.Filter?) -> Listing {
        let kept = filter.map { filter in names.filter { matches($0, filter) } } ?? names
        return Listing(columns: [column], rows: kept.map { [$0] })
    }

    private func matches(_ name: String, _ filter: Show.Filter) -> Bool {
        let fold = filter.isCaseInsensitive
        let text = Array((fold ? name.lowercased() : name).unicodeScalars)
        let pattern = Array((fold ? filter.pattern.lowercased() : filter.pattern).unicodeScalars)
        return WildcardMatch.like(text[...], pattern[...]) != filter.isNegated
    }
}

/// LIKE over short names: `%` any run, `_` one character.
enum WildcardMatch {
    static func like(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>) -> Bool {
        var at = text.startIndex
        var place = pattern.startIndex
        // Where to go on after the last `%`, should what follows not fit.
        var retry: (text: Int, pattern: Int)?
        while at < text.endIndex {
            if place < pattern.endIndex, pattern[place] == "%" {
                retry = (at, place + 1)
                place += 1
            } else if place < pattern.endIndex, pattern[place] == "_" || pattern[place] == text[at] {
                at += 1
                place += 1
            } else if let last = retry {
                retry = (last.text + 1, last.pattern)
                at = last.text + 1
                place = last.pattern
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "%" }
    }
}
