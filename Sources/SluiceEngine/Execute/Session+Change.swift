import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluicePlanner
import SluiceSyntax

/// DROP and ALTER statements.
extension Session {
    func change(_ parsed: ParsedStatement) throws(SQLError) -> StatementOutcome {
        do throws(SQLError) {
            switch parsed.statement {
            case .drop(let drop): try self.drop(drop, parsed.text)
            case .alterTable(let alter): try self.alter(alter, parsed)
            case .alterView(let alter): try self.alter(alter, parsed)
            case .alterCatalog(let alter): try self.alter(alter, parsed.text)
            case .alterDatabase(let alter):
                let options = alter.options
                try catalog.alterDatabase(
                    try catalog.databaseName(alter.database.names), statement: parsed.text
                ) { entry throws(SQLError) in
                    for option in options { entry.options[option.key] = option.value }
                }
            case .alterFunction(let alter): try self.alter(alter, parsed.text)
            case .alterModel(let alter): try self.alter(alter, parsed.text)
            default:
                throw SQLError(
                    .unsupported, "ALTER MATERIALIZED TABLE is not supported yet", span: parsed.span)
            }
        } catch {
            throw error.at(parsed.span)
        }
        return StatementOutcome(.done)
    }

    // MARK: DROP

    private func drop(_ drop: Drop, _ text: String) throws(SQLError) {
        switch drop.kind {
        case .catalog: try catalog.dropCatalog(drop.name.last, ifExists: drop.ifExists, statement: text)
        case .database:
            try catalog.dropDatabase(
                try catalog.databaseName(drop.name.names), ifExists: drop.ifExists, cascade: drop.isCascade,
                statement: text)
        case .materializedTable:
            throw SQLError(.unsupported, "DROP MATERIALIZED TABLE is not supported yet", span: drop.name.span)
        case .function where drop.isSystem:
            try catalog.dropSystemFunction(drop.name.last, ifExists: drop.ifExists)
        default:
            let kind: ObjectKind =
                [.table: .table, .view: .view, .function: .function, .model: .model][drop.kind] ?? .table
            do throws(SQLError) {
                try catalog.drop(
                    kind, try catalog.qualify(drop.name.names), isTemporary: drop.isTemporary,
                    ifExists: drop.ifExists, statement: text)
            } catch {
                throw error.at(drop.name.span)
            }
        }
    }

    // MARK: ALTER

    private func alter(_ alter: AlterCatalog, _ text: String) throws(SQLError) {
        let action = alter.action
        try catalog.alterCatalog(alter.catalog.name, statement: text) { entry throws(SQLError) in
            switch action {
            case .setOptions(let options): for option in options { entry.options[option.key] = option.value }
            case .resetOptions(let keys): for key in keys { entry.options[key] = nil }
            case .comment(let comment): entry.comment = comment
            }
        }
    }

    private func alter(_ alter: AlterFunction, _ text: String) throws(SQLError) {
        let language = try functionLanguage(alter.language)
        func changed(_ old: FunctionEntry) -> FunctionEntry {
            var entry = old
            entry.body = alter.body
            entry.language = language
            return entry
        }
        let name = try catalog.qualify(alter.function.names)
        switch alter.scope {
        case .temporary: try catalog.alterTemporaryFunction(name, ifExists: alter.ifExists) { changed($0) }
        case .temporarySystem:
            throw SQLError(
                .unsupported, "ALTER TEMPORARY SYSTEM FUNCTION is not supported yet",
                hint: "drop it and create it anew")
        case .catalog:
            try catalog.alter(.function, name, ifExists: alter.ifExists, statement: text) {
                old throws(SQLError) in
                guard case .function(let entry) = old else { return old }
                return .function(changed(entry))
            }
        }
    }

    /// The languages that Flink's LANGUAGE knows.
    func functionLanguage(_ name: Identifier?) throws(SQLError) -> String {
        guard let name else { return "JAVA" }
        let language = name.name.uppercased()
        guard ["JAVA", "SCALA", "PYTHON", "SQL"].contains(language) else {
            throw SQLError(
                .invalidDefinition, "\"\(name.name)\" is no language of functions", span: name.span,
                hint: "LANGUAGE takes JAVA, SCALA, PYTHON or SQL")
        }
        return language
    }

    private func alter(_ alter: AlterModel, _ text: String) throws(SQLError) {
        let name = try catalog.qualify(alter.model.names)
        if case .rename(let target) = alter.action {
            try catalog.rename(
                .model, name, to: try renamed(name, target), ifExists: alter.ifExists, statement: text)
            return
        }
        try catalog.alter(.model, name, ifExists: alter.ifExists, statement: text) { old throws(SQLError) in
            guard case .model(var entry) = old else { return old }
            switch alter.action {
            case .setOptions(let options): for option in options { entry.options[option.key] = option.value }
            case .resetOptions(let keys): for key in keys { entry.options[key] = nil }
            case .rename: break
            }
            return .model(entry)
        }
    }

    /// A single name stays in the database of the object.
    private func renamed(_ name: QualifiedName, _ target: ObjectName) throws(SQLError) -> QualifiedName {
        target.parts.count == 1
            ? QualifiedName(name.databaseName, target.last) : try catalog.qualify(target.names)
    }

    private func alter(_ alter: AlterView, _ parsed: ParsedStatement) throws(SQLError) {
        let name = try catalog.qualify(alter.view.names)
        switch alter.action {
        case .rename(let target):
            try catalog.rename(
                .view, name, to: try renamed(name, target), ifExists: alter.ifExists, statement: parsed.text)
        case .redefine(let query, let text):
            let definition = ViewQuery(catalog: catalog)
            let fields = try definition.fields(of: query, of: name, planner())
            let expanded = try definition.expanded(
                query, text: text.wrappedValue, in: parsed)
            try catalog.alter(.view, name, ifExists: alter.ifExists, statement: parsed.text) {
                old throws(SQLError) in
                guard case .view(var view) = old else { return old }
                view.originalQuery = text.wrappedValue
                view.expandedQuery = expanded
                view.columns = fields.map { ViewEntry.Column($0.name, type: $0.type) }
                return .view(view)
            }
        }
    }

    private func alter(_ alter: AlterTable, _ parsed: ParsedStatement) throws(SQLError) {
        let name = try catalog.qualify(alter.table.names)
        if case .rename(let target) = alter.action {
            try catalog.rename(
                .table, name, to: try renamed(name, target), ifExists: alter.ifExists, statement: parsed.text)
            return
        }
        let builder = TableDefinitionBuilder(session: self)
        let alteration = TableAlteration(builder: builder, action: alter.action)
        try catalog.alter(.table, name, ifExists: alter.ifExists, statement: parsed.text) {
            old throws(SQLError) in
            guard case .table(let entry) = old else { return old }
            let changed = try alteration.apply(to: entry)
            // Expressions of columns that stay may speak of one that went.
            do throws(SQLError) {
                _ = try self.planner().fields(of: changed)
            } catch {
                // Its place is in the stored text of the table.
                var placed = error
                placed.span = parsed.span
                throw placed
            }
            return .table(changed)
        }
    }
}

/// One ALTER TABLE action on a table's entry.
struct TableAlteration {
    let builder: TableDefinitionBuilder
    let action: AlterTable.Action

    func apply(to entry: TableEntry) throws(SQLError) -> TableEntry {
        var copy = entry
        switch action {
        case .setOptions(let options): copy.setOptions(options.map { ($0.key, $0.value) })
        case .resetOptions(let keys): try copy.resetOptions(keys)
        case .renameColumn(let old, let new): try copy.renameColumn(old.last, to: new.name)
        case .dropColumns(let names): try copy.dropColumns(names.map(\.last))
        case .dropPrimaryKey: try copy.dropPrimaryKey(constraint: nil)
        case .dropConstraint(let name): try copy.dropPrimaryKey(constraint: name.name)
        case .dropWatermark: try copy.dropWatermark()
        case .add(let elements): for element in elements { try apply(element, replacing: false, to: &copy) }
        case .modify(let elements): for element in elements { try apply(element, replacing: true, to: &copy) }
        case .rename: break
        case .addDistribution(let distribution):
            try require(
                copy.distribution == nil, "table \"\(copy.name)\" has a distribution already", "use MODIFY")
            copy.distribution = builder.text(of: distribution)
        case .modifyDistribution(let distribution):
            try require(copy.distribution != nil, "table \"\(copy.name)\" has no distribution", "use ADD")
            copy.distribution = builder.text(of: distribution)
        case .dropDistribution:
            try require(copy.distribution != nil, "table \"\(copy.name)\" has no distribution", nil)
            copy.distribution = nil
        case .addPartitions, .dropPartitions:
            throw SQLError(.unsupported, "ALTER TABLE with partitions is not supported yet")
        }
        return copy
    }

    private func require(_ condition: Bool, _ message: String, _ hint: String?) throws(SQLError) {
        if !condition { throw SQLError(.invalidDefinition, message, hint: hint) }
    }

    private func apply(
        _ positioned: AlterTable.PositionedElement, replacing: Bool, to entry: inout TableEntry
    ) throws(SQLError) {
        switch positioned.element {
        case .column(let definition):
            let column = try builder.column(definition)
            if replacing {
                try entry.modifyColumn(column, positioned.position.map { place($0) })
            } else {
                try entry.addColumn(column, positioned.position.map { place($0) } ?? .last)
            }
        case .watermark(let definition):
            try entry.setWatermark(builder.watermark(definition), replacing: replacing)
        case .constraint(let constraint):
            try entry.setPrimaryKey(
                PrimaryKeyEntry(name: constraint.name?.name, columns: constraint.columns.map(\.name)),
                replacing: replacing)
        }
    }

    private func place(_ position: AlterTable.Position) -> TableEntry.Position {
        switch position {
        case .first: return .first
        case .after(let name): return .after(name.last)
        }
    }
}
