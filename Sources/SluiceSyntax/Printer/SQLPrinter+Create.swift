extension SQLPrinter {
    mutating func createTable(_ table: CreateTable) {
        if table.isCreate {
            write(table.isReplace ? "CREATE OR REPLACE " : "CREATE ")
        } else {
            write("REPLACE ")
        }
        write(table.isTemporary ? "TEMPORARY TABLE " : "TABLE ")
        ifNotExists(table.ifNotExists)
        name(table.name)
        elements(table.elements, table.columnNames)
        comment(table.comment)
        distribution(table.distribution, word: " DISTRIBUTED")
        partitionedBy(table.partitionedBy)
        withOptions(table.options)
        if let like = table.like { self.like(like) }
        asQuery(table.query)
    }

    private mutating func ifNotExists(_ isWritten: Bool) {
        if isWritten { write("IF NOT EXISTS ") }
    }

    private mutating func asQuery(_ query: Query?) {
        guard let query else { return }
        write(" AS ")
        self.query(query)
    }

    private mutating func elements(_ elements: [TableElement], _ names: [Identifier]) {
        if !names.isEmpty {
            write(" ")
            columnNames(names)
        }
        if elements.isEmpty { return }
        write(" (\n  ")
        list(elements, separator: ",\n  ") { printer, element in printer.element(element) }
        write("\n)")
    }

    mutating func element(_ element: TableElement) {
        switch element {
        case .column(let column): self.column(column)
        case .watermark(let watermark):
            keywords("WATERMARK FOR ", watermark.column)
            write(" AS ")
            expr(watermark.expr, above: 0)
        case .constraint(let constraint):
            constraintName(constraint.name)
            write(constraint.isPrimaryKey ? "PRIMARY KEY " : "UNIQUE ")
            columnNames(constraint.columns)
            enforcement(constraint.isEnforced)
        }
    }

    private mutating func constraintName(_ constraint: Identifier?) {
        guard let constraint else { return }
        write("CONSTRAINT ")
        name(constraint)
        write(" ")
    }

    private mutating func enforcement(_ isEnforced: Bool?) {
        guard let isEnforced else { return }
        write(isEnforced ? " ENFORCED" : " NOT ENFORCED")
    }

    private mutating func column(_ column: ColumnDefinition) {
        name(column.name)
        write(" ")
        switch column.kind {
        case .physical(let type, let constraint):
            self.type(type)
            if let constraint {
                write(" ")
                constraintName(constraint.name)
                write(constraint.isPrimaryKey ? "PRIMARY KEY" : "UNIQUE")
                enforcement(constraint.isEnforced)
            }
        case .computed(let value):
            write("AS ")
            expr(value, above: 0)
        case .metadata(let type, let key, let isVirtual):
            self.type(type)
            write(" METADATA")
            if let key { write(" FROM " + SQLPrinter.string(key)) }
            if isVirtual { write(" VIRTUAL") }
        }
        comment(column.comment)
    }

    mutating func distribution(_ distribution: Distribution?, word: String) {
        guard let distribution else { return }
        write(word)
        if !distribution.columns.isEmpty {
            write(" BY ")
            write(distribution.kind.map { $0.rawValue + " " } ?? "")
            columnNames(distribution.columns)
        }
        if let buckets = distribution.buckets { write(" INTO \(buckets) BUCKETS") }
    }

    private mutating func partitionedBy(_ columns: [Identifier]) {
        if columns.isEmpty { return }
        write(" PARTITIONED BY ")
        columnNames(columns)
    }

    private mutating func like(_ like: TableLike) {
        keywords(" LIKE ", like.source)
        if like.options.isEmpty { return }
        write(" (")
        list(like.options, separator: " ") { printer, option in
            printer.write("\(option.strategy.rawValue) \(option.feature.rawValue)")
        }
        write(")")
    }

    // MARK: Other objects

    mutating func createView(_ view: CreateView) {
        write(view.isReplace ? "CREATE OR REPLACE " : "CREATE ")
        write(view.isTemporary ? "TEMPORARY VIEW " : "VIEW ")
        ifNotExists(view.ifNotExists)
        name(view.name)
        if !view.columns.isEmpty {
            write(" (")
            list(view.columns) { printer, column in
                printer.name(column.name)
                printer.comment(column.comment)
            }
            write(")")
        }
        comment(view.comment)
        asQuery(view.query)
    }

    mutating func createCatalog(_ catalog: CreateCatalog) {
        write("CREATE CATALOG ")
        ifNotExists(catalog.ifNotExists)
        name(catalog.name)
        comment(catalog.comment)
        withOptions(catalog.options)
    }

    mutating func createDatabase(_ database: CreateDatabase) {
        write("CREATE DATABASE ")
        ifNotExists(database.ifNotExists)
        name(database.name)
        comment(database.comment)
        withOptions(database.options)
    }

    mutating func createFunction(_ function: CreateFunction) {
        write("CREATE ")
        scope(function.scope)
        write("FUNCTION ")
        ifNotExists(function.ifNotExists)
        name(function.name)
        write(" AS " + SQLPrinter.string(function.body))
        language(function.language)
        if !function.resources.isEmpty {
            write(" USING ")
            list(function.resources) { printer, resource in
                printer.write(resource.kind.rawValue + " " + SQLPrinter.string(resource.path))
            }
        }
        withOptions(function.options)
    }

    mutating func scope(_ scope: FunctionScope) {
        if scope != .catalog { write(scope.rawValue + " ") }
    }

    /// SQL and SCALA are reserved words but may stand here as they are.
    mutating func language(_ language: Identifier?) {
        guard let language else { return }
        let isPlain = Keyword(language.name) == .sql || Keyword(language.name) == .scala
        write(" LANGUAGE " + (isPlain ? language.name : SQLPrinter.identifier(language.name)))
    }

    mutating func createModel(_ model: CreateModel) {
        write(model.isTemporary ? "CREATE TEMPORARY MODEL " : "CREATE MODEL ")
        ifNotExists(model.ifNotExists)
        name(model.name)
        modelColumns(" INPUT ", model.inputs)
        modelColumns(" OUTPUT ", model.outputs)
        comment(model.comment)
        withOptions(model.options)
        asQuery(model.query)
    }

    private mutating func modelColumns(_ word: String, _ columns: [CreateModel.ModelColumn]) {
        if columns.isEmpty { return }
        write(word)
        parenthesized { printer in
            printer.list(columns) { printer, column in
                printer.name(column.name)
                printer.write(" ")
                printer.type(column.type)
                printer.comment(column.comment)
            }
        }
    }

    mutating func createMaterializedTable(_ table: CreateMaterializedTable) {
        write(table.isOrAlter ? "CREATE OR ALTER MATERIALIZED TABLE " : "CREATE MATERIALIZED TABLE ")
        ifNotExists(table.ifNotExists)
        name(table.name)
        elements(table.elements, table.columnNames)
        comment(table.comment)
        distribution(table.distribution, word: " DISTRIBUTED")
        partitionedBy(table.partitionedBy)
        withOptions(table.options)
        if let freshness = table.freshness {
            write(" FRESHNESS = ")
            expr(freshness, above: 0)
        }
        if let mode = table.refreshMode { write(" REFRESH_MODE = " + mode.rawValue) }
        if let mode = table.startMode {
            write(" ")
            startMode(mode)
        }
        asQuery(table.query)
    }

    mutating func startMode(_ mode: StartMode) {
        write("START_MODE = ")
        switch mode {
        case .fromBeginning: write("FROM_BEGINNING")
        case .resumeOrFromBeginning: write("RESUME_OR_FROM_BEGINNING")
        case .fromNow(let interval): start("FROM_NOW", interval)
        case .resumeOrFromNow(let interval): start("RESUME_OR_FROM_NOW", interval)
        case .fromTimestamp(let time): start("FROM_TIMESTAMP", time)
        case .resumeOrFromTimestamp(let time): start("RESUME_OR_FROM_TIMESTAMP", time)
        }
    }

    private mutating func start(_ word: String, _ argument: Expr?) {
        write(word)
        if let argument { parenthesized { printer in printer.expr(argument, above: 0) } }
    }
}
