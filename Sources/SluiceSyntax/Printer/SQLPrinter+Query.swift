extension SQLPrinter {
    mutating func query(_ query: Query) {
        if !query.with.isEmpty {
            write("WITH ")
            list(query.with) { printer, table in
                printer.name(table.name)
                if !table.columns.isEmpty {
                    printer.write(" ")
                    printer.columnNames(table.columns)
                }
                printer.write(" AS ")
                printer.bracketed(table.query)
            }
            write(" ")
        }
        body(query.body)
        orderBy(query.orderBy)
        if let limit = query.limit { write(" LIMIT \(limit.value)") }
        if let offset = query.offset { write(" OFFSET \(offset.value)") }
    }

    private mutating func body(_ body: QueryBody) {
        switch body {
        case .select(let select): self.select(select)
        case .values(let rows):
            write("VALUES ")
            list(rows) { printer, row in printer.valuesRow(row) }
        case .table(let table):
            write("TABLE ")
            name(table)
        case .nested(let query): bracketed(query)
        case .setOperation(let operation): setOperation(operation)
        }
    }

    /// A single item that is a row itself needs the word ROW around it.
    private mutating func valuesRow(_ row: ValuesRow) {
        if row.items.count == 1, case .row(let items, _) = row.items[0].kind, !items.isEmpty { write("ROW") }
        parenthesized { printer in printer.exprs(row.items) }
    }

    private mutating func setOperation(_ operation: SetOperation) {
        let level = SQLPrinter.level(operation.kind)
        operand(operation.left, above: level - 1)
        write(" \(operation.kind.rawValue)\(operation.isAll ? " ALL" : "") ")
        operand(operation.right, above: level)
    }

    private static func level(_ kind: SetOperation.Kind) -> Int { kind == .intersect ? 2 : 1 }

    private mutating func operand(_ body: QueryBody, above minimum: Int) {
        if case .setOperation(let operation) = body, SQLPrinter.level(operation.kind) <= minimum {
            parenthesized { printer in printer.body(body) }
        } else {
            self.body(body)
        }
    }

    private mutating func select(_ select: Select) {
        write("SELECT")
        hints(select.hints)
        write(select.isDistinct ? " DISTINCT " : " ")
        list(select.items) { printer, item in printer.selectItem(item) }
        if let from = select.from {
            write(" FROM ")
            tableRef(from)
        }
        if let condition = select.where {
            write(" WHERE ")
            expr(condition, above: 0)
        }
        if let groupBy = select.groupBy {
            write(groupBy.isDistinct ? " GROUP BY DISTINCT " : " GROUP BY ")
            list(groupBy.items) { printer, element in printer.grouping(element) }
        }
        if let condition = select.having {
            write(" HAVING ")
            expr(condition, above: 0)
        }
        if !select.windows.isEmpty {
            write(" WINDOW ")
            list(select.windows) { printer, window in
                printer.name(window.name)
                printer.write(" AS ")
                printer.windowSpec(window.spec)
            }
        }
        if let condition = select.qualify {
            write(" QUALIFY ")
            expr(condition, above: 0)
        }
    }

    private mutating func selectItem(_ item: SelectItem) {
        switch item.kind {
        case .wildcard(let qualifier):
            names(qualifier, separator: ".")
            write(qualifier.isEmpty ? "*" : ".*")
        case .expr(let value, let alias):
            expr(value, above: 0)
            if let alias {
                write(" AS ")
                name(alias)
            }
        }
    }

    private mutating func grouping(_ element: GroupingElement) {
        switch element {
        case .expr(let value): expr(value, above: 0)
        case .list(let items): parenthesized { printer in printer.exprs(items) }
        case .rollup(let items): groupingList("ROLLUP ", items)
        case .cube(let items): groupingList("CUBE ", items)
        case .groupingSets(let items): groupingList("GROUPING SETS ", items)
        }
    }

    private mutating func groupingList(_ word: String, _ items: [GroupingElement]) {
        write(word)
        parenthesized { printer in
            printer.list(items) { printer, element in printer.grouping(element) }
        }
    }
}
