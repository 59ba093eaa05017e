import SluiceBase

extension Parser {
    mutating func parseStatement() throws(SQLError) -> Statement {
        try enter()
        let statement = try parseStatementBody()
        leave()
        return statement
    }

    private mutating func parseStatementBody() throws(SQLError) -> Statement {
        switch current.keyword {
        case .select, .with, .values, .table: return .query(try parseQuery())
        case .insert: return .insert(try parseInsert())
        case .upsert:
            throw SQLError(
                .unsupported, "UPSERT INTO is not supported", span: place(of: current),
                hint: "use INSERT INTO")
        case .update: return try parseUpdate()
        case .delete: return try parseDelete()
        case .truncate:
            advance()
            try expect(.table)
            return .truncate(try parseObjectName())
        case .create: return try parseCreate()
        case .replace: return try parseReplaceTable()
        case .alter: return try parseAlter()
        case .drop: return try parseDrop()
        default: return try parseOtherStatement()
        }
    }

    private mutating func parseOtherStatement() throws(SQLError) -> Statement {
        switch current.keyword {
        case .execute: return try parseExecute()
        case .begin:
            advance()
            try expectWords([.statement, .set])
            return .beginStatementSet
        case .end: advance(); return .endStatementSet
        case .compile: return try parseCompilePlan()
        case .explain: return try parseExplain()
        case .describe, .desc: return try parseDescribe()
        case .show: return try parseShow()
        case .use: return try parseUse()
        case .set: return try parseSet()
        case .reset:
            advance()
            return .reset(key: try acceptStringText())
        case .add: return .addJar(path: try parseJar())
        case .remove: return .removeJar(path: try parseJar())
        case .load: return try parseLoadModule()
        case .unload:
            advance()
            try expect(.module)
            return .unloadModule(try parseIdentifier())
        case .call: return try parseProcedureCall()
        case .analyze: return try parseAnalyze()
        case .stop: return try parseStopJob()
        default: break
        }
        if isAt(.leftParen) { return .query(try parseQuery()) }
        note(.statement)
        throw failure()
    }

    // MARK: Session

    private mutating func parseUse() throws(SQLError) -> Statement {
        advance()
        if accept(.modules) {
            return .use(.modules(try commaList { parser throws(SQLError) in try parser.parseIdentifier() }))
        }
        if isAt(.catalog), isName(peek()) {
            advance()
            return .use(.catalog(try parseIdentifier()))
        }
        note(.keyword(.catalog))
        return .use(.database(try parseObjectName()))
    }

    private mutating func parseSet() throws(SQLError) -> Statement {
        advance()
        if isAt(.endOfText) || isAt(.semicolon) { return .set(.list) }
        if !isStringToken(current), current.kind == .word {
            throw error(
                "unexpected \(describe(current)), expected a string", at: current,
                hint: "key and value are strings: SET 'table.local-time-zone' = 'UTC'")
        }
        return .set(.assign(try parseOption()))
    }

    private mutating func parseJar() throws(SQLError) -> String {
        advance()
        try expect(.jar)
        return try parseStringText()
    }

    private mutating func parseLoadModule() throws(SQLError) -> Statement {
        advance()
        try expect(.module)
        let name = try parseIdentifier()
        return .loadModule(LoadModule(name: name, options: try acceptWithOptions()))
    }

    private mutating func parseProcedureCall() throws(SQLError) -> Statement {
        advance()
        var call = FunctionCall(name: try parseObjectName())
        try parseArguments(&call, allowsClauses: false)
        return .call(ProcedureCall(name: call.name, arguments: call.arguments))
    }

    private mutating func parseAnalyze() throws(SQLError) -> Statement {
        advance()
        try expect(.table)
        let table = try parseObjectName()
        let partition = accept(.partition) ? try parsePartitionItems() : []
        try expectWords([.compute, .statistics])
        var columns = AnalyzeTable.Columns.none
        if accept(.for) {
            if accept(.all) {
                try expect(.columns)
                columns = .all
            } else {
                try expect(.columns)
                columns = .listed(try commaList { parser throws(SQLError) in try parser.parseIdentifier() })
            }
        }
        return .analyzeTable(AnalyzeTable(table: table, partition: partition, columns: columns))
    }

    private mutating func parseStopJob() throws(SQLError) -> Statement {
        advance()
        try expect(.job)
        var stop = StopJob(id: try parseStringText(), withSavepoint: false, withDrain: false)
        while accept(.with) {
            if !stop.withSavepoint, !stop.withDrain, accept(.savepoint) {
                stop.withSavepoint = true
            } else {
                try expect(.drain)
                stop.withDrain = true
                break
            }
        }
        return .stopJob(stop)
    }

    // MARK: DESCRIBE

    private mutating func parseDescribe() throws(SQLError) -> Statement {
        advance()
        if isAt(.job), isStringToken(peek()) {
            advance()
            return .describe(Describe(isExtended: false, target: .job(try parseStringText())))
        }
        if let target = try acceptDescribeKind() { return target }
        let isExtended = accept(.extended)
        note(.keyword(.catalog))
        note(.keyword(.database))
        return .describe(Describe(isExtended: isExtended, target: .table(try parseObjectName())))
    }

    /// `DESCRIBE kind [EXTENDED] name`; the kinds that are not reserved words may also name a table.
    private mutating func acceptDescribeKind() throws(SQLError) -> Statement? {
        let keyword = current.keyword
        let followsName = isName(peek()) || peek().keyword == .extended
        switch keyword {
        case .function: advance()
        case .catalog, .database, .model:
            guard followsName else { return nil }
            advance()
        default: return nil
        }
        let isExtended = accept(.extended)
        let target: Describe.Target
        switch keyword {
        case .catalog: target = .catalog(try parseIdentifier())
        case .database: target = .database(try parseObjectName())
        case .function: target = .function(try parseObjectName())
        default: target = .model(try parseObjectName())
        }
        return .describe(Describe(isExtended: isExtended, target: target))
    }
}
