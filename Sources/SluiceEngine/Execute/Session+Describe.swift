import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceExpressions
import SluicePlanner
import SluiceSyntax

/// DESCRIBE and EXPLAIN.
extension Session {
    func describe(_ describe: Describe, _ span: SourceSpan) throws(SQLError) -> StatementOutcome {
        do throws(SQLError) {
            switch describe.target {
            case .table(let name): return StatementOutcome(.listing(try columns(of: name)))
            case .catalog(let name):
                guard let entry = try catalog.catalog(name.name) else {
                    throw CatalogErrors.unknownCatalog(name.name, among: try catalog.catalogs().map(\.name))
                }
                let rows = [["name", entry.name], ["type", entry.options["type"] ?? "sluice"], ["comment", entry.comment ?? ""]]
                return StatementOutcome(.listing(Listing(columns: ["info name", "info value"], rows: rows)))
            case .database(let name):
                let database = try catalog.databaseName(name.names)
                guard let entry = try catalog.database(database) else {
                    throw SQLError(.unknownDatabase, "database \"\(database)\" does not exist")
                }
                let rows = [["name", entry.name.database], ["catalog", entry.name.catalog], ["comment", entry.comment ?? ""]]
                return StatementOutcome(.listing(Listing(columns: ["info name", "info value"], rows: rows)))
            case .function(let name): return StatementOutcome(.listing(try function(name)))
            case .model: throw SQLError(.unsupported, "DESCRIBE MODEL is not supported yet")
            case .job: throw SQLError(.unsupported, "DESCRIBE JOB is not supported yet")
            }
        } catch {
            throw error.at(span)
        }
    }

    /// The columns of a table or view, as Flink describes them.
    func columns(of name: ObjectName) throws(SQLError) -> Listing {
        let header = ["name", "type", "null", "key", "extras", "watermark"]
        let object: CatalogObject
        do {
            object = try catalog.requireRelation(name.names)
        } catch {
            throw error.at(name.span)
        }
        guard case .table(let table) = object else {
            guard case .view(let view) = object else { return Listing(columns: header, rows: []) }
            let rows = view.columns.map { column in
                let type = column.type
                return [column.name, type.map { $0.kind.description }, (type?.isNullable ?? true) ? "TRUE" : "FALSE", nil, nil, nil]
            }
            return Listing(columns: header, rows: rows)
        }
        let key = table.primaryKey?.columns ?? []
        var rows: [[String?]] = []
        for column in table.columns {
            var extras: String?
            switch column.kind {
            case .physical: break
            case .computed(let text): extras = "AS " + text
            case .metadata(let from, let isVirtual):
                extras = "METADATA" + (from.map { " FROM '\($0)'" } ?? "") + (isVirtual ? " VIRTUAL" : "")
            }
            var watermark: String?
            var type = column.type.kind.description
            if let mark = table.watermark, mark.column == [column.name] {
                watermark = mark.expression
                type += " *ROWTIME*"
            }
            rows.append([
                column.name, type, column.type.isNullable ? "TRUE" : "FALSE",
                key.contains(column.name) ? "PRI(\(key.joined(separator: ", ")))" : nil, extras, watermark,
            ])
        }
        return Listing(columns: header, rows: rows)
    }

    private func function(_ name: ObjectName) throws(SQLError) -> Listing {
        let header = ["info name", "info value"]
        if let builtin = engine.functions.find(name.last) {
            return Listing(
                columns: header,
                rows: [
                    ["is system function", "true"], ["is temporary", "false"], ["name", builtin.name],
                    ["kind", builtin.category.rawValue], ["signature", builtin.signature],
                    ["deterministic", builtin.isDeterministic ? "true" : "false"],
                ])
        }
        if let aggregate = engine.aggregates.find(name.last) {
            return Listing(
                columns: header,
                rows: [
                    ["is system function", "true"], ["is temporary", "false"], ["name", aggregate.name],
                    ["kind", "aggregate"], ["signature", aggregate.signature],
                ])
        }
        if let entry = try catalog.function(named: name.names) {
            return Listing(
                columns: header,
                rows: [
                    ["is system function", "false"], ["is temporary", entry.isTemporary ? "true" : "false"],
                    ["name", entry.name.description], ["language", entry.language], ["body", entry.body],
                ])
        }
        throw SQLError(
            .unknownFunction, "function \"\(name.description)\" does not exist", span: name.span,
            label: DidYouMean.label(name.last.uppercased(), in: engine.functions.names + engine.aggregates.names))
    }

    func explain(_ explain: Explain, _ parsed: ParsedStatement) throws(SQLError) -> StatementOutcome {
        let inserts: [Insert]
        var query: Query?
        switch explain.statement {
        case .query(let inner):
            query = inner
            inserts = []
        case .insert(let insert): inserts = [insert]
        case .statementSet(let list): inserts = list
        default:
            throw SQLError(
                .unsupported, "only queries, INSERT and statement sets can be explained", span: parsed.span)
        }
        if case .stage(.ast) = explain.kind {
            return StatementOutcome(.listing(.text("result", SQLPrinter.text(explain.statement))))
        }
        let job: PlannedJob
        if let query { job = try planner().plan(query) } else { job = try planner().plan(inserts) }
        let writer = ExplainWriter(job: job)
        let text: String
        switch explain.kind {
        case .plan(let details): text = details.contains(.jsonExecutionPlan) ? writer.json : writer.plan(details: details.map(\.rawValue))
        case .stage(.logical): text = writer.logical
        case .stage(.optimized): text = writer.optimized
        case .stage: text = writer.json
        case .analyze:
            throw SQLError(.unsupported, "EXPLAIN ANALYZE is not supported yet", span: parsed.span)
        }
        return StatementOutcome(.listing(.text("result", text)), warnings: job.warnings)
    }
}
