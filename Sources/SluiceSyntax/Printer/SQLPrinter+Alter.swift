extension SQLPrinter {
    mutating func alter(_ statement: Statement) {
        switch statement {
        case .alterTable(let alter):
            keywords(alter.ifExists ? "ALTER TABLE IF EXISTS " : "ALTER TABLE ", alter.table)
            write(" ")
            action(alter.action)
        case .alterView(let alter):
            keywords(alter.ifExists ? "ALTER VIEW IF EXISTS " : "ALTER VIEW ", alter.view)
            switch alter.action {
            case .rename(let target): keywords(" RENAME TO ", target)
            case .redefine(let query, _):
                write(" AS ")
                self.query(query)
            }
        case .alterCatalog(let alter):
            write("ALTER CATALOG ")
            name(alter.catalog)
            switch alter.action {
            case .setOptions(let options): setOptions(options)
            case .resetOptions(let keys): resetOptions(keys)
            case .comment(let text): comment(text)
            }
        case .alterDatabase(let alter):
            keywords("ALTER DATABASE ", alter.database)
            setOptions(alter.options)
        case .alterFunction(let alter):
            write("ALTER ")
            scope(alter.scope)
            keywords(alter.ifExists ? "FUNCTION IF EXISTS " : "FUNCTION ", alter.function)
            write(" AS " + SQLPrinter.string(alter.body))
            language(alter.language)
        case .alterModel(let alter): self.alterModel(alter)
        case .alterMaterializedTable(let alter): alterMaterializedTable(alter)
        default: break
        }
    }

    private mutating func setOptions(_ values: [TableOption]) {
        write(" SET (")
        options(values)
        write(")")
    }

    private mutating func resetOptions(_ keys: [String]) {
        write(" RESET (")
        list(keys) { printer, key in printer.string(key) }
        write(")")
    }

    private mutating func alterModel(_ alter: AlterModel) {
        keywords(alter.ifExists ? "ALTER MODEL IF EXISTS " : "ALTER MODEL ", alter.model)
        switch alter.action {
        case .rename(let target): keywords(" RENAME TO ", target)
        case .setOptions(let options): setOptions(options)
        case .resetOptions(let keys): resetOptions(keys)
        }
    }

    private mutating func alterMaterializedTable(_ alter: AlterMaterializedTable) {
        keywords("ALTER MATERIALIZED TABLE ", alter.table)
        switch alter.action {
        case .suspend: write(" SUSPEND")
        case .resume(let options):
            write(" RESUME")
            withOptions(options)
        case .refresh(let items):
            write(" REFRESH")
            if !items.isEmpty {
                write(" ")
                partition(items)
            }
        case .setFreshness(let interval):
            write(" SET FRESHNESS = ")
            expr(interval, above: 0)
        case .resetFreshness: write(" RESET FRESHNESS")
        case .setRefreshMode(let mode): write(" SET REFRESH_MODE = " + mode.rawValue)
        case .resetRefreshMode: write(" RESET REFRESH_MODE")
        case .setOptions(let options): setOptions(options)
        case .resetOptions(let keys): resetOptions(keys)
        case .redefine(let query, let mode, _):
            write(" ")
            if let mode {
                startMode(mode)
                write(" ")
            }
            write("AS ")
            self.query(query)
        case .table(let action):
            write(" ")
            self.action(action)
        }
    }

    // MARK: ALTER TABLE

    private mutating func action(_ action: AlterTable.Action) {
        switch action {
        case .rename(let target): keywords("RENAME TO ", target)
        case .renameColumn(let column, let target):
            keywords("RENAME ", column)
            write(" TO ")
            name(target)
        case .setOptions(let values):
            write("SET (")
            options(values)
            write(")")
        case .resetOptions(let keys):
            write("RESET (")
            list(keys) { printer, key in printer.string(key) }
            write(")")
        case .add(let elements): positioned("ADD ", elements)
        case .modify(let elements): positioned("MODIFY ", elements)
        case .dropColumns(let columns):
            write("DROP (")
            list(columns) { printer, column in printer.name(column) }
            write(")")
        case .dropPrimaryKey: write("DROP PRIMARY KEY")
        case .dropConstraint(let constraint):
            write("DROP CONSTRAINT ")
            name(constraint)
        case .dropWatermark: write("DROP WATERMARK")
        case .addDistribution(let distribution): self.distribution(distribution, word: "ADD DISTRIBUTION")
        case .modifyDistribution(let distribution):
            self.distribution(distribution, word: "MODIFY DISTRIBUTION")
        case .dropDistribution: write("DROP DISTRIBUTION")
        case .addPartitions(let ifNotExists, let definitions):
            write(ifNotExists ? "ADD IF NOT EXISTS " : "ADD ")
            list(definitions, separator: " ") { printer, definition in
                printer.partition(definition.items)
                printer.withOptions(definition.options)
            }
        case .dropPartitions(let ifExists, let partitions):
            write(ifExists ? "DROP IF EXISTS " : "DROP ")
            list(partitions) { printer, items in printer.partition(items) }
        }
    }

    private mutating func positioned(_ word: String, _ elements: [AlterTable.PositionedElement]) {
        write(word + "(")
        list(elements) { printer, item in
            printer.element(item.element)
            switch item.position {
            case nil: break
            case .first: printer.write(" FIRST")
            case .after(let column): printer.keywords(" AFTER ", column)
            }
        }
        write(")")
    }

    mutating func drop(_ drop: Drop) {
        write("DROP ")
        if drop.isTemporary { write("TEMPORARY ") }
        if drop.isSystem { write("SYSTEM ") }
        write(drop.kind.rawValue + " ")
        if drop.ifExists { write("IF EXISTS ") }
        name(drop.name)
        if drop.isCascade { write(" CASCADE") }
    }
}
