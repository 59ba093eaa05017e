extension SQLPrinter {
    mutating func tableRef(_ table: TableRef) {
        switch table.kind {
        case .table(let table):
            name(table.name)
            hints(table.hints)
            if let time = table.systemTime {
                write(" FOR SYSTEM_TIME AS OF ")
                expr(time, above: 0)
            }
            alias(table.alias)
        case .derived(let query, let isLateral, let alias):
            if isLateral { write("LATERAL ") }
            bracketed(query)
            self.alias(alias)
        case .function(let function):
            write(function.isLateral ? "LATERAL TABLE(" : "TABLE(")
            call(function.call)
            write(")")
            alias(function.alias)
        case .unnest(let items, let withOrdinality, let alias):
            write("UNNEST(")
            exprs(items)
            write(withOrdinality ? ") WITH ORDINALITY" : ")")
            self.alias(alias)
        case .join(let join): self.join(join)
        case .matchRecognize(let match): matchRecognize(match)
        }
    }

    private mutating func alias(_ alias: TableAlias?) {
        guard let alias else { return }
        write(" AS ")
        name(alias.name)
        if !alias.columns.isEmpty {
            write(" ")
            columnNames(alias.columns)
        }
    }

    private mutating func join(_ join: Join) {
        // A comma binds weaker than JOIN, and both group to the left.
        operand(join.left, bracketsComma: join.kind != .comma, bracketsJoin: false)
        if join.kind == .comma {
            write(", ")
        } else {
            write(join.isNatural ? " NATURAL \(join.kind.rawValue) " : " \(join.kind.rawValue) ")
        }
        operand(join.right, bracketsComma: true, bracketsJoin: join.kind != .comma)
        switch join.condition {
        case .none: break
        case .on(let condition):
            write(" ON ")
            expr(condition, above: 0)
        case .using(let columns):
            write(" USING ")
            columnNames(columns)
        }
    }

    private mutating func operand(_ table: TableRef, bracketsComma: Bool, bracketsJoin: Bool) {
        guard case .join(let join) = table.kind, join.kind == .comma ? bracketsComma : bracketsJoin else {
            tableRef(table)
            return
        }
        parenthesized { printer in printer.tableRef(table) }
    }

    // MARK: MATCH_RECOGNIZE

    private mutating func matchRecognize(_ match: MatchRecognize) {
        var needsBrackets = match.input.alias != nil
        switch match.input.kind {
        case .join, .matchRecognize: needsBrackets = true
        default: break
        }
        if needsBrackets {
            parenthesized { printer in printer.tableRef(match.input) }
        } else {
            tableRef(match.input)
        }
        write(" MATCH_RECOGNIZE (")
        matchClauses(match)
        write(" PATTERN (")
        if match.isAnchoredAtStart { write("^ ") }
        pattern(match.pattern, isOperand: false)
        if match.isAnchoredAtEnd { write(" $") }
        write(")")
        if let within = match.within {
            write(" WITHIN ")
            expr(within, above: 0)
        }
        if !match.subsets.isEmpty {
            write(" SUBSET ")
            list(match.subsets) { printer, subset in
                printer.name(subset.name)
                printer.write(" = ")
                printer.columnNames(subset.members)
            }
        }
        if !match.definitions.isEmpty {
            write(" DEFINE ")
            list(match.definitions) { printer, definition in
                printer.name(definition.name)
                printer.write(" AS ")
                printer.expr(definition.condition, above: 0)
            }
        }
        write(" )")
        alias(match.alias)
    }

    private mutating func matchClauses(_ match: MatchRecognize) {
        if !match.partitionBy.isEmpty {
            write(" PARTITION BY ")
            exprs(match.partitionBy)
        }
        orderBy(match.orderBy)
        if !match.measures.isEmpty {
            write(" MEASURES ")
            list(match.measures) { printer, measure in
                printer.expr(measure.expr, above: 0)
                printer.write(" AS ")
                printer.name(measure.alias)
            }
        }
        if let rows = match.rowsPerMatch { write(" " + rows.rawValue) }
        switch match.afterMatch {
        case nil: break
        case .pastLastRow: write(" AFTER MATCH SKIP PAST LAST ROW")
        case .toNextRow: write(" AFTER MATCH SKIP TO NEXT ROW")
        case .toFirst(let variable):
            write(" AFTER MATCH SKIP TO FIRST ")
            name(variable)
        case .toLast(let variable):
            write(" AFTER MATCH SKIP TO LAST ")
            name(variable)
        }
    }

    private mutating func pattern(_ pattern: MatchPattern, isOperand: Bool) {
        switch pattern {
        case .variable(let variable): name(variable)
        case .sequence(let parts):
            let separator = " "
            group(isOperand) { printer in
                printer.list(parts, separator: separator) { printer, part in
                    printer.pattern(part, isOperand: true)
                }
            }
        case .alternation(let choices):
            group(isOperand) { printer in
                printer.list(choices, separator: " | ") { printer, choice in
                    if case .alternation = choice {
                        printer.pattern(choice, isOperand: true)
                    } else {
                        printer.pattern(choice, isOperand: false)
                    }
                }
            }
        case .quantified(let part, let minimum, let maximum, let isGreedy):
            if case .quantified = part {
                parenthesized { printer in printer.pattern(part, isOperand: false) }
            } else {
                self.pattern(part, isOperand: true)
            }
            quantifier(minimum, maximum)
            if !isGreedy { write("?") }
        case .permute(let parts):
            write("PERMUTE(")
            list(parts) { printer, part in printer.pattern(part, isOperand: false) }
            write(")")
        case .exclusion(let part):
            write("{- ")
            self.pattern(part, isOperand: false)
            write(" -}")
        }
    }

    private mutating func group(_ needsBrackets: Bool, _ body: (inout SQLPrinter) -> Void) {
        if needsBrackets { parenthesized(body) } else { body(&self) }
    }

    private mutating func quantifier(_ minimum: Int, _ maximum: Int?) {
        switch (minimum, maximum) {
        case (0, nil): write("*")
        case (1, nil): write("+")
        case (0, 1): write("?")
        case (_, nil): write("{\(minimum),}")
        case (_, let maximum?): write(minimum == maximum ? "{\(minimum)}" : "{\(minimum),\(maximum)}")
        }
    }
}
