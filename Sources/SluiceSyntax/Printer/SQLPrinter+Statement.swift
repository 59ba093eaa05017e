extension SQLPrinter {
    mutating func statement(_ statement: Statement) {
        switch statement {
        case .query(let query): self.query(query)
        case .insert(let insert): self.insert(insert)
        case .update(let update): self.update(update)
        case .delete(let delete): self.delete(delete)
        case .truncate(let table): keywords("TRUNCATE TABLE ", table)
        case .statementSet(let inserts):
            write("EXECUTE ")
            statementSet(inserts)
        case .beginStatementSet: write("BEGIN STATEMENT SET")
        case .endStatementSet: write("END")
        case .execute(let inner):
            write("EXECUTE ")
            self.statement(inner)
        case .createTable(let table): createTable(table)
        case .createView(let view): createView(view)
        case .createCatalog(let catalog): createCatalog(catalog)
        case .createDatabase(let database): createDatabase(database)
        case .createFunction(let function): createFunction(function)
        case .createModel(let model): createModel(model)
        case .createMaterializedTable(let table): createMaterializedTable(table)
        case .alterTable, .alterView, .alterCatalog, .alterDatabase, .alterFunction, .alterModel,
            .alterMaterializedTable:
            alter(statement)
        case .drop(let drop): self.drop(drop)
        default: other(statement)
        }
    }

    mutating func keywords(_ words: String, _ object: ObjectName) {
        write(words)
        name(object)
    }

    private mutating func other(_ statement: Statement) {
        switch statement {
        case .use(let use): self.use(use)
        case .set(.list): write("SET")
        case .set(.assign(let option)):
            write("SET ")
            options([option])
        case .reset(let key): write(key.map { "RESET " + SQLPrinter.string($0) } ?? "RESET")
        case .explain(let explain): self.explain(explain)
        case .describe(let describe): self.describe(describe)
        case .show(let show): self.show(show)
        case .compilePlan(let plan): compile(plan)
        case .executePlan(let path): write("EXECUTE PLAN " + SQLPrinter.string(path))
        case .addJar(let path): write("ADD JAR " + SQLPrinter.string(path))
        case .removeJar(let path): write("REMOVE JAR " + SQLPrinter.string(path))
        case .loadModule(let module):
            write("LOAD MODULE ")
            name(module.name)
            withOptions(module.options)
        case .unloadModule(let module):
            write("UNLOAD MODULE ")
            name(module)
        case .call(let call):
            keywords("CALL ", call.name)
            parenthesized { printer in printer.exprs(call.arguments) }
        case .analyzeTable(let analyze): self.analyze(analyze)
        case .stopJob(let stop):
            write("STOP JOB " + SQLPrinter.string(stop.id))
            if stop.withSavepoint { write(" WITH SAVEPOINT") }
            if stop.withDrain { write(" WITH DRAIN") }
        default: break
        }
    }

    // MARK: Data

    private mutating func insert(_ insert: Insert) {
        keywords(insert.isOverwrite ? "INSERT OVERWRITE " : "INSERT INTO ", insert.table)
        hints(insert.hints)
        if !insert.partition.isEmpty {
            write(" ")
            partition(insert.partition)
        }
        if let columns = insert.columns {
            write(" (")
            list(columns) { printer, column in printer.name(column) }
            write(")")
        }
        write(" ")
        query(insert.query)
        if let action = insert.onConflict { write(" ON CONFLICT " + action.rawValue) }
    }

    private mutating func update(_ update: Update) {
        keywords("UPDATE ", update.table)
        tableAlias(update.alias)
        write(" SET ")
        list(update.assignments) { printer, assignment in
            printer.name(assignment.column)
            printer.write(" = ")
            printer.expr(assignment.value, above: 0)
        }
        condition(update.condition)
    }

    private mutating func delete(_ delete: Delete) {
        keywords("DELETE FROM ", delete.table)
        tableAlias(delete.alias)
        condition(delete.condition)
    }

    private mutating func tableAlias(_ alias: Identifier?) {
        guard let alias else { return }
        write(" AS ")
        name(alias)
    }

    private mutating func condition(_ condition: Expr?) {
        guard let condition else { return }
        write(" WHERE ")
        expr(condition, above: 0)
    }

    private mutating func statementSet(_ inserts: [Insert]) {
        write("STATEMENT SET BEGIN\n")
        for insert in inserts {
            write("  ")
            self.insert(insert)
            write(";\n")
        }
        write("END")
    }

    /// An INSERT or a set without the word EXECUTE.
    private mutating func insertOrSet(_ statement: Statement) {
        if case .statementSet(let inserts) = statement {
            statementSet(inserts)
        } else {
            self.statement(statement)
        }
    }

    private mutating func explain(_ explain: Explain) {
        write("EXPLAIN ")
        switch explain.kind {
        case .plan(let details):
            list(details) { printer, detail in printer.write(detail.rawValue) }
            if !details.isEmpty { write(" ") }
        case .stage(let stage): write("(STAGE \(stage.rawValue)) ")
        case .analyze: write("ANALYZE ")
        }
        insertOrSet(explain.statement)
    }

    private mutating func compile(_ plan: CompilePlan) {
        write(plan.executes ? "COMPILE AND EXECUTE PLAN " : "COMPILE PLAN ")
        string(plan.path)
        write(plan.ifNotExists ? " IF NOT EXISTS FOR " : " FOR ")
        insertOrSet(plan.statement)
    }

    private mutating func analyze(_ analyze: AnalyzeTable) {
        keywords("ANALYZE TABLE ", analyze.table)
        if !analyze.partition.isEmpty {
            write(" ")
            partition(analyze.partition)
        }
        write(" COMPUTE STATISTICS")
        switch analyze.columns {
        case .none: break
        case .all: write(" FOR ALL COLUMNS")
        case .listed(let columns):
            write(" FOR COLUMNS ")
            names(columns, separator: ", ")
        }
    }
}
