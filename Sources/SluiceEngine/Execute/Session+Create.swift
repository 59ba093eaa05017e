import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceConnect
import SluicePlanner
import SluiceSyntax

/// CREATE statements.
extension Session {
    func create(_ parsed: ParsedStatement) throws(SQLError) -> StatementOutcome {
        do throws(SQLError) {
            switch parsed.statement {
            case .createTable(let create): return try self.create(create, parsed)
            case .createView(let create): return try self.create(create, parsed)
            case .createCatalog(let create):
                try catalog.createCatalog(
                    CatalogEntry(
                        name: create.name.name, options: options(create.options), comment: create.comment),
                    ifNotExists: create.ifNotExists, statement: parsed.text)
            case .createDatabase(let create):
                try catalog.createDatabase(
                    DatabaseEntry(
                        name: try catalog.databaseName(create.name.names), options: options(create.options),
                        comment: create.comment),
                    ifNotExists: create.ifNotExists, statement: parsed.text)
            case .createFunction(let create): try self.create(create, parsed)
            case .createModel(let create): try self.create(create, parsed)
            default:
                throw SQLError(
                    .unsupported, "CREATE MATERIALIZED TABLE is not supported yet", span: parsed.span)
            }
        } catch {
            throw error.at(parsed.span)
        }
        return StatementOutcome(.done)
    }

    func options(_ list: [TableOption]) -> OptionMap { OptionMap(list.map { ($0.key, $0.value) }) }

    private func create(_ create: CreateTable, _ parsed: ParsedStatement) throws(SQLError) -> StatementOutcome
    {
        if create.isReplace && create.query == nil {
            throw SQLError(.unsupported, "REPLACE TABLE needs AS and a query", span: parsed.span)
        }
        try refuseTwice(create.options)
        let builder = TableDefinitionBuilder(session: self)
        var entry = try builder.build(create, definition: parsed.text)
        if let query = create.query { try addColumns(of: query, create, to: &entry) }
        var notices: [String] = []
        if let name = entry.options["connector"] {
            guard let connector = engine.connectors.find(name) else {
                throw SQLError(
                    .connectorOption, "connector '\(name)' does not exist",
                    span: optionSpan("connector", create),
                    hint: DidYouMean.nearest(name, in: engine.connectors.names).map {
                        "did you mean '\($0)'?"
                    }
                        ?? "connectors: " + engine.connectors.names.joined(separator: ", "))
            }
            let table = try planner().resolve(entry)
            do throws(SQLError) {
                try connector.checkMetadata(table)
                try connector.validate(table)
            } catch {
                throw error.at(FaultPlace(create).find(error))
            }
            if let notice = connector.creationNotice(table) { notices.append(notice) }
        }
        let mode: CreateMode = create.isReplace ? .orReplace : (create.ifNotExists ? .ifNotExists : .new)
        let isNew = try catalog.create(.table(entry), mode, statement: parsed.text)
        guard let query = create.query, isNew else { return StatementOutcome(.done, notices: notices) }
        let insert = Insert(
            isOverwrite: false, table: create.name, hints: [], partition: [], columns: nil, query: query,
            onConflict: nil, span: create.span, targetSpan: create.name.span)
        let job = try planner().plan([insert])
        return StatementOutcome(.insert(job), notices: notices, warnings: job.warnings)
    }

    private func refuseTwice(_ options: [TableOption]) throws(SQLError) {
        var seen: Set<String> = []
        for option in options where !seen.insert(option.key).inserted {
            throw SQLError(
                .connectorOption, "option '\(option.key)' is given twice", span: option.keySpan)
        }
    }

    private func optionSpan(_ key: String, _ create: CreateTable) -> SourceSpan {
        create.options.first { $0.key == key }?.valueSpan ?? create.span
    }

    /// CREATE TABLE AS: the query's columns, unless the list in brackets declares them.
    private func addColumns(
        of query: Query, _ create: CreateTable, to entry: inout TableEntry
    ) throws(SQLError) {
        var fields = try planner().fields(of: query)
        if !create.columnNames.isEmpty {
            guard create.columnNames.count == fields.count else {
                throw SQLError(
                    .columnMismatch,
                    "the list names \(create.columnNames.count) columns, the query has \(fields.count)",
                    span: create.span)
            }
            for (index, name) in create.columnNames.enumerated() { fields[index].name = name.name }
        }
        for field in fields where entry.column(field.name) == nil {
            entry.columns.append(ColumnEntry(field.name, field.type))
        }
    }

    private func create(_ create: CreateView, _ parsed: ParsedStatement) throws(SQLError) -> StatementOutcome
    {
        let definition = ViewQuery(catalog: catalog)
        let name = try catalog.qualify(create.name.names)
        var fields = try definition.fields(of: create.query, of: name, planner())
        if !create.columns.isEmpty {
            guard create.columns.count == fields.count else {
                throw SQLError(
                    .columnMismatch,
                    "the view names \(create.columns.count) columns, its query has \(fields.count)",
                    span: create.name.span)
            }
            for (index, column) in create.columns.enumerated() { fields[index].name = column.name.name }
        }
        var seen: Set<String> = []
        for field in fields where !seen.insert(field.name).inserted {
            throw SQLError(
                .duplicateName, "column \"\(field.name)\" stands twice in the view", span: create.name.span,
                hint: "give one of them an alias")
        }
        let columns = fields.enumerated().map { index, field in
            ViewEntry.Column(
                field.name, type: field.type,
                comment: create.columns.isEmpty ? nil : create.columns[index].comment)
        }
        let entry = ViewEntry(
            name: name, columns: columns, originalQuery: create.queryText,
            expandedQuery: try definition.expanded(
                create.query, text: create.queryText, in: parsed), comment: create.comment,
            isTemporary: create.isTemporary, definition: parsed.text)
        let mode: CreateMode = create.isReplace ? .orReplace : (create.ifNotExists ? .ifNotExists : .new)
        try catalog.create(.view(entry), mode, statement: parsed.text)
        return StatementOutcome(.done)
    }

    private func create(_ create: CreateFunction, _ parsed: ParsedStatement) throws(SQLError) {
        let entry = FunctionEntry(
            name: try catalog.qualify(create.name.names), body: create.body,
            language: try functionLanguage(create.language),
            resources: create.resources.map { FunctionEntry.Resource(kind: $0.kind.rawValue, path: $0.path) },
            options: options(create.options), isTemporary: create.scope != .catalog,
            isSystem: create.scope == .temporarySystem, definition: parsed.text)
        try catalog.create(.function(entry), create.ifNotExists ? .ifNotExists : .new, statement: parsed.text)
    }

    /// Models are kept whatever their provider is; using one that cannot run is the error.
    private func create(_ create: CreateModel, _ parsed: ParsedStatement) throws(SQLError) {
        guard create.query == nil else {
            throw SQLError(.unsupported, "CREATE MODEL … AS is not supported yet", span: create.name.span)
        }
        func columns(_ list: [CreateModel.ModelColumn]) throws(SQLError) -> [ViewEntry.Column] {
            var out: [ViewEntry.Column] = []
            for column in list {
                let type = try TypeBinder.bind(column.type)
                out.append(ViewEntry.Column(column.name.name, type: type, comment: column.comment))
            }
            return out
        }
        let entry = ModelEntry(
            name: try catalog.qualify(create.name.names), inputs: try columns(create.inputs),
            outputs: try columns(create.outputs), options: options(create.options), comment: create.comment,
            isTemporary: create.isTemporary, definition: parsed.text)
        try catalog.create(.model(entry), create.ifNotExists ? .ifNotExists : .new, statement: parsed.text)
    }
}
