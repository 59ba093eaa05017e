import SluiceBase

/// INSERT, statement sets, EXPLAIN and plans.
extension Parser {
    mutating func parseInsert() throws(SQLError) -> Insert {
        let start = index
        try expect(.insert)
        let isOverwrite = accept(.overwrite)
        if !isOverwrite { try expect(.into) }
        let table = try parseObjectName()
        let hints = try acceptHints()
        let partition = accept(.partition) ? try parsePartitionItems() : []
        var columns: [ObjectName]?
        if isAt(.leftParen), !opensQuery() {
            columns = try parenthesized { parser throws(SQLError) in try parser.parseObjectName() }
        }
        let target = span(from: start)
        let query = try parseQuery()
        let onConflict = accept(.on) ? try parseConflictAction() : nil
        return Insert(
            isOverwrite: isOverwrite, table: table, hints: hints, partition: partition, columns: columns,
            query: query, onConflict: onConflict, span: span(from: start), targetSpan: target)
    }

    /// Whether the brackets at the cursor open a query rather than a column list.
    private func opensQuery() -> Bool {
        var offset = 0
        while peek(offset).kind == .leftParen { offset += 1 }
        switch peek(offset).keyword {
        case .select, .with, .values, .table: return true
        default: return false
        }
    }

    private mutating func parseConflictAction() throws(SQLError) -> Insert.ConflictAction {
        try expectWords([.conflict, .do])
        if accept(.nothing) { return .doNothing }
        if accept(.error) { return .doError }
        try expect(.deduplicate)
        return .doDeduplicate
    }

    mutating func parseUpdate() throws(SQLError) -> Statement {
        advance()
        let table = try parseObjectName()
        let alias = try acceptAlias(expecting: [.keyword(.set)])
        try expect(.set)
        let assignments = try commaList { parser throws(SQLError) in
            let column = try parser.parseIdentifier()
            try parser.expect(.equal)
            return Update.Assignment(column: column, value: try parser.parseExpression())
        }
        let condition = accept(.where) ? try parseExpression() : nil
        return .update(Update(table: table, alias: alias, assignments: assignments, condition: condition))
    }

    mutating func parseDelete() throws(SQLError) -> Statement {
        advance()
        try expect(.from)
        let table = try parseObjectName()
        let alias = try acceptAlias(expecting: [.keyword(.where)])
        let condition = accept(.where) ? try parseExpression() : nil
        return .delete(Delete(table: table, alias: alias, condition: condition))
    }

    // MARK: Statement sets

    mutating func parseExecute() throws(SQLError) -> Statement {
        advance()
        if accept(.plan) { return .executePlan(path: try parseStringText()) }
        if isAt(.statement) { return .statementSet(try parseStatementSet()) }
        guard isAt(.insert) || startsQuery() || isAt(.leftParen) else {
            note(.keyword(.statement))
            note(.keyword(.insert))
            note(.keyword(.select))
            throw failure()
        }
        return .execute(try parseStatement())
    }

    /// `STATEMENT SET BEGIN insert; … END`.
    private mutating func parseStatementSet() throws(SQLError) -> [Insert] {
        try expectWords([.statement, .set, .begin])
        var inserts: [Insert] = []
        repeat {
            inserts.append(try parseInsert())
            try expect(.semicolon)
        } while isAt(.insert)
        try expect(.end)
        return inserts
    }

    private mutating func parseInsertOrSet() throws(SQLError) -> Statement {
        if isAt(.statement) { return .statementSet(try parseStatementSet()) }
        guard isAt(.insert) else {
            note(.keyword(.statement))
            note(.keyword(.insert))
            throw failure()
        }
        return .insert(try parseInsert())
    }

    // MARK: Plans

    mutating func parseCompilePlan() throws(SQLError) -> Statement {
        advance()
        let executes = accept(.and)
        if executes { try expect(.execute) }
        try expect(.plan)
        let path = try parseStringText()
        let ifNotExists = try acceptIfNotExists()
        try expect(.for)
        let statement = try parseInsertOrSet()
        return .compilePlan(
            CompilePlan(path: path, ifNotExists: ifNotExists, executes: executes, statement: statement))
    }

    mutating func parseExplain() throws(SQLError) -> Statement {
        advance()
        let kind = try parseExplainKind()
        if isAt(.statement) {
            return .explain(Explain(kind: kind, statement: .statementSet(try parseStatementSet())))
        }
        guard isAt(.insert) || startsQuery() || isAt(.leftParen) || canExplain() else {
            note(.query)
            note(.keyword(.insert))
            note(.keyword(.statement))
            throw failure()
        }
        return .explain(Explain(kind: kind, statement: try parseStatement()))
    }

    /// Statements that have a plan besides queries and INSERT.
    private func canExplain() -> Bool {
        switch current.keyword {
        case .update, .delete, .execute: return true
        case .create: return true
        default: return false
        }
    }

    private mutating func parseExplainKind() throws(SQLError) -> Explain.Kind {
        if isAt(.leftParen), peek().keyword == .stage {
            advance()
            advance()
            let stage = try parseStage()
            try expect(.rightParen)
            return .stage(stage)
        }
        if accept(.analyze) { return .analyze }
        if accept(.plan) {
            try expect(.for)
            return .plan([])
        }
        guard isAtDetail() else { return .plan([]) }
        return .plan(try commaList { parser throws(SQLError) in try parser.parseDetail() })
    }

    private func isAtDetail() -> Bool {
        switch current.keyword {
        case .estimated_cost, .changelog_mode, .plan_advice, .json_execution_plan: return true
        default: return false
        }
    }

    private mutating func parseDetail() throws(SQLError) -> Explain.Detail {
        if accept(.estimated_cost) { return .estimatedCost }
        if accept(.changelog_mode) { return .changelogMode }
        if accept(.plan_advice) { return .planAdvice }
        try expect(.json_execution_plan)
        return .jsonExecutionPlan
    }

    private mutating func parseStage() throws(SQLError) -> Explain.Stage {
        if accept(.ast) { return .ast }
        if accept(.logical) { return .logical }
        if accept(.optimized) { return .optimized }
        try expect(.job)
        return .job
    }
}
