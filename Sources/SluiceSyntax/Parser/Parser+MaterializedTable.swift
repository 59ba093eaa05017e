import SluiceBase

extension Parser {
    /// Behind CREATE [OR ALTER] MATERIALIZED.
    mutating func parseCreateMaterializedTable(isOrAlter: Bool) throws(SQLError) -> Statement {
        try expect(.table)
        let ifNotExists = isOrAlter ? false : try acceptIfNotExists()
        let name = try parseObjectName()
        var elements: [TableElement] = []
        var columnNames: [Identifier] = []
        if isAt(.leftParen) { try parseElements(&elements, &columnNames) }
        let comment = try acceptComment()
        let distribution = try acceptDistribution()
        let partitionedBy = try acceptPartitionedBy()
        let options = try acceptWithOptions()
        let freshness = try acceptFreshness()
        let refreshMode = try acceptRefreshMode()
        let startMode = try acceptStartMode()
        try expect(.as)
        let start = index
        let query = try parseQuery()
        return .createMaterializedTable(
            CreateMaterializedTable(
                isOrAlter: isOrAlter, ifNotExists: ifNotExists, name: name, elements: elements,
                columnNames: columnNames, comment: comment, distribution: distribution,
                partitionedBy: partitionedBy,
                options: options, freshness: freshness, refreshMode: refreshMode, startMode: startMode,
                query: query,
                queryText: source(from: start)))
    }

    private mutating func acceptFreshness() throws(SQLError) -> Expr? {
        guard accept(.freshness) else { return nil }
        try expect(.equal)
        return try parseInterval()
    }

    private mutating func acceptRefreshMode() throws(SQLError) -> RefreshMode? {
        guard accept(.refresh_mode) else { return nil }
        try expect(.equal)
        return try parseRefreshMode()
    }

    private mutating func parseRefreshMode() throws(SQLError) -> RefreshMode {
        if accept(.full) { return .full }
        try expect(.continuous)
        return .continuous
    }

    private mutating func acceptStartMode() throws(SQLError) -> StartMode? {
        guard accept(.start_mode) else { return nil }
        try expect(.equal)
        if accept(.from_beginning) { return .fromBeginning }
        if accept(.resume_or_from_beginning) { return .resumeOrFromBeginning }
        if accept(.from_now) { return .fromNow(try acceptStartArgument()) }
        if accept(.resume_or_from_now) { return .resumeOrFromNow(try acceptStartArgument()) }
        let resumes = accept(.resume_or_from_timestamp)
        if !resumes { try expect(.from_timestamp) }
        try expect(.leftParen)
        let time = try parseExpression()
        try expect(.rightParen)
        return resumes ? .resumeOrFromTimestamp(time) : .fromTimestamp(time)
    }

    private mutating func acceptStartArgument() throws(SQLError) -> Expr? {
        guard accept(.leftParen) else { return nil }
        let interval = try parseInterval()
        try expect(.rightParen)
        return interval
    }

    // MARK: ALTER

    mutating func parseAlterMaterializedTable() throws(SQLError) -> Statement {
        try expect(.table)
        let name = try parseObjectName()
        let action = try parseMaterializedAction()
        return .alterMaterializedTable(AlterMaterializedTable(table: name, action: action))
    }

    private mutating func parseMaterializedAction() throws(SQLError) -> AlterMaterializedTable.Action {
        if accept(.suspend) { return .suspend }
        if accept(.resume) { return .resume(try acceptWithOptions()) }
        if accept(.refresh) { return .refresh(accept(.partition) ? try parsePartitionItems() : []) }
        if accept(.set) { return try parseMaterializedSet() }
        if accept(.reset) {
            if accept(.freshness) { return .resetFreshness }
            if accept(.refresh_mode) { return .resetRefreshMode }
            return .resetOptions(try parseOptionKeys())
        }
        if isAt(.as) || isAt(.start_mode) {
            let startMode = try acceptStartMode()
            try expect(.as)
            let start = index
            let query = try parseQuery()
            return .redefine(
                query, startMode: startMode, text: NotCompared(wrappedValue: source(from: start)))
        }
        note(.keyword(.as))
        return .table(try parseTableAction())
    }

    private mutating func parseMaterializedSet() throws(SQLError) -> AlterMaterializedTable.Action {
        if accept(.freshness) {
            try expect(.equal)
            return .setFreshness(try parseInterval())
        }
        if accept(.refresh_mode) {
            try expect(.equal)
            return .setRefreshMode(try parseRefreshMode())
        }
        return .setOptions(try parseOptions())
    }
}
