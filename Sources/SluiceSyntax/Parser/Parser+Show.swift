import SluiceBase

extension Parser {
    mutating func parseShow() throws(SQLError) -> Statement {
        advance()
        var show = Show(kind: try parseShowKind(), source: nil, filter: nil)
        switch show.kind {
        case .columns:
            if !accept(.from) { try expect(.in) }
            show.source = try parseObjectName()
        case .databases, .tables, .views, .materializedTables, .functions, .procedures, .models:
            if accept(.from) || accept(.in) { show.source = try parseObjectName() }
        default: break
        }
        if Parser.takesFilter(show.kind) { show.filter = try acceptFilter() }
        return .show(show)
    }

    private static func takesFilter(_ kind: Show.Kind) -> Bool {
        switch kind {
        case .catalogs, .databases, .tables, .views, .materializedTables, .functions, .procedures, .models,
            .columns:
            return true
        default: return false
        }
    }

    private mutating func acceptFilter() throws(SQLError) -> Show.Filter? {
        let isNegated = accept(.not)
        let isCaseInsensitive = accept(.ilike)
        if !isCaseInsensitive, !accept(.like) {
            if isNegated { throw failure() }
            return nil
        }
        let pattern = try parseStringText()
        return Show.Filter(isNegated: isNegated, isCaseInsensitive: isCaseInsensitive, pattern: pattern)
    }

    private mutating func parseShowKind() throws(SQLError) -> Show.Kind {
        if let kind = try acceptSimpleShowKind() { return kind }
        if accept(.create) { return try parseShowCreate() }
        if accept(.current) {
            if accept(.catalog) { return .currentCatalog }
            try expect(.database)
            return .currentDatabase
        }
        if accept(.materialized) {
            try expect(.tables)
            return .materializedTables
        }
        if accept(.user) {
            try expect(.functions)
            return .functions(userOnly: true)
        }
        if accept(.full) {
            try expect(.modules)
            return .modules(isFull: true)
        }
        if accept(.partitions) {
            let table = try parseObjectName()
            return .partitions(table, accept(.partition) ? try parsePartitionItems() : [])
        }
        return try parseReport()
    }

    private mutating func acceptSimpleShowKind() throws(SQLError) -> Show.Kind? {
        if accept(.catalogs) { return .catalogs }
        if accept(.databases) { return .databases }
        if accept(.tables) { return .tables }
        if accept(.columns) { return .columns }
        if accept(.views) { return .views }
        if accept(.functions) { return .functions(userOnly: false) }
        if accept(.procedures) { return .procedures }
        if accept(.modules) { return .modules(isFull: false) }
        if accept(.models) { return .models }
        if accept(.jars) { return .jars }
        if accept(.jobs) { return .jobs }
        return nil
    }

    private mutating func parseShowCreate() throws(SQLError) -> Show.Kind {
        if accept(.table) { return .createTable(try parseObjectName()) }
        if accept(.view) { return .createView(try parseObjectName()) }
        if accept(.catalog) { return .createCatalog(try parseIdentifier()) }
        if accept(.model) { return .createModel(try parseObjectName()) }
        let isOrAlter = accept(.or)
        if isOrAlter { try expect(.alter) }
        try expect(.materialized)
        try expect(.table)
        return .createMaterializedTable(try parseObjectName(), isOrAlter: isOrAlter)
    }

    private mutating func parseReport() throws(SQLError) -> Show.Kind {
        let report: Show.Report
        if accept(.watermarks) {
            report = .watermarks
        } else if accept(.late) {
            try expect(.records)
            report = .lateRecords
        } else if accept(.hbase) {
            try expect(.regions)
            report = .regions
        } else {
            report = try parsePlainReport()
        }
        // A name narrows the report, with or without FROM, FOR or IN before it.
        if isAt(.for), peek(1).keyword == .job, isStringToken(peek(2)) {
            advance()
            advance()
            return .jobReport(report, job: try parseStringText())
        }
        let hasWord = accept(.from) || accept(.for) || accept(.in)
        guard hasWord || isName(current) else { return .report(report, nil) }
        return .report(report, try parseObjectName())
    }

    private mutating func parsePlainReport() throws(SQLError) -> Show.Report {
        if accept(.skew) { return .skew }
        if accept(.metrics) { return .metrics }
        if accept(.state) { return .state }
        if accept(.lineage) { return .lineage }
        if accept(.dependencies) { return .dependencies }
        if accept(.audit) { return .audit }
        try expect(.expectations)
        return .expectations
    }
}
