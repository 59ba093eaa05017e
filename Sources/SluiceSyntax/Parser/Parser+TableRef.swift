import SluiceBase

extension Parser {
    /// Words that may follow a table, for finding mistyped ones.
    private static let wordsAfterTable: [Expectation] = [
        .keyword(.where), .keyword(.group), .keyword(.having), .keyword(.order), .keyword(.limit),
        .keyword(.union),
        .keyword(.join), .keyword(.left), .keyword(.right), .keyword(.inner), .keyword(.cross),
        .keyword(.full),
        .keyword(.on), .keyword(.using), .keyword(.window), .keyword(.qualify), .keyword(.intersect),
        .keyword(.except), .keyword(.offset), .keyword(.fetch), .keyword(.natural),
        .keyword(.match_recognize),
    ]

    /// The FROM clause: joined tables separated by commas, which bind weaker than JOIN.
    mutating func parseFrom() throws(SQLError) -> TableRef {
        let start = index
        var left = try parseJoined()
        var length = 0
        while isAt(.comma) {
            length += 1
            try checkChain(length * 2)
            let place = current.span
            advance()
            let right = try parseJoined()
            let join = Join(
                kind: .comma, isNatural: false, left: left, right: right, condition: .none,
                operatorSpan: place)
            left = TableRef(.join(join), span: span(from: start))
        }
        note(.symbol(.comma))
        return left
    }

    // MARK: JOIN

    private mutating func parseJoined() throws(SQLError) -> TableRef {
        try enter()
        let start = index
        let first = try parseTableFactor()
        let table = try continueJoins(first, start)
        leave()
        return table
    }

    private mutating func continueJoins(_ first: TableRef, _ start: Int) throws(SQLError) -> TableRef {
        var left = first
        var length = 0
        while true {
            let operatorStart = index
            let isNatural = accept(.natural)
            guard let kind = try acceptJoinKind() else {
                if isNatural { throw failure() }
                return left
            }
            length += 1
            try checkChain(length * 2)
            let place = span(from: operatorStart)
            let right = try parseTableFactor()
            let condition = try parseJoinCondition(kind)
            let join = Join(
                kind: kind, isNatural: isNatural, left: left, right: right, condition: condition,
                operatorSpan: place)
            left = TableRef(.join(join), span: span(from: start))
        }
    }

    private mutating func acceptJoinKind() throws(SQLError) -> Join.Kind? {
        if accept(.join) { return .inner }
        let kind: Join.Kind
        if accept(.inner) {
            kind = .inner
        } else if accept(.cross) {
            kind = .cross
        } else if isAt(.left) || isAt(.right) || isAt(.full) {
            kind = isAt(.left) ? .left : (isAt(.right) ? .right : .full)
            advance()
            _ = accept(.outer)
        } else {
            note(.keyword(.left))
            return nil
        }
        try expect(.join)
        return kind
    }

    private mutating func parseJoinCondition(_ kind: Join.Kind) throws(SQLError) -> Join.Condition {
        if accept(.on) { return .on(try parseExpression()) }
        if accept(.using) { return .using(try parseColumnNames()) }
        return .none
    }

    // MARK: One table

    private mutating func parseTableFactor() throws(SQLError) -> TableRef {
        let start = index
        var table = try parseTablePrimary()
        if isAt(.match_recognize) { table = try parseMatchRecognize(table, start) }
        if isAt(.tablesample) {
            throw SQLError(.syntax, "TABLESAMPLE is not supported", span: place(of: current))
        }
        if isAt(.pivot) || isAt(.unpivot) {
            throw SQLError(
                .unsupported, "\(text(current).uppercased()) is not supported", span: place(of: current))
        }
        if table.alias == nil, let alias = try acceptTableAlias() { table.setAlias(alias) }
        table.span = span(from: start)
        return table
    }

    private mutating func acceptTableAlias() throws(SQLError) -> TableAlias? {
        guard let name = try acceptAlias(expecting: Parser.wordsAfterTable) else { return nil }
        let columns = isAt(.leftParen) ? try parseColumnNames() : []
        return TableAlias(name: name, columns: columns)
    }

    private mutating func parseTablePrimary() throws(SQLError) -> TableRef {
        let start = index
        let isLateral = accept(.lateral)
        if isAt(.leftParen) { return try parseTableInBrackets(isLateral) }
        if isAt(.unnest) { return try parseUnnest() }
        if isAt(.table), peek().kind == .leftParen {
            advance()
            try expect(.leftParen)
            let function = try parseTableFunction(isLateral)
            try expect(.rightParen)
            return TableRef(.function(function), span: span(from: start))
        }
        guard isName(current) else {
            note(.table)
            throw failure()
        }
        if startsCall() || isLateral {
            return TableRef(.function(try parseTableFunction(isLateral)), span: span(from: start))
        }
        let name = try parseObjectName()
        var table = NamedTable(name: name, hints: try acceptHints(), systemTime: nil, alias: nil)
        if accept(.for) {
            try expectWords([.system_time, .as, .of])
            table.systemTime = try parseExpression()
        }
        return TableRef(.table(table), span: span(from: start))
    }

    private func startsCall() -> Bool {
        var offset = 0
        while peek(offset + 1).kind == .point, isName(peek(offset + 2)) { offset += 2 }
        return peek(offset + 1).kind == .leftParen
    }

    private mutating func parseTableFunction(_ isLateral: Bool) throws(SQLError) -> TableFunctionRef {
        let start = index
        guard isName(current) || (current.keyword?.isCallable ?? false) else {
            note(.name)
            throw failure()
        }
        var call = FunctionCall(name: try parseFunctionName())
        try parseArguments(&call, allowsClauses: false)
        return TableFunctionRef(call: call, isLateral: isLateral, alias: nil, callSpan: span(from: start))
    }

    private mutating func parseUnnest() throws(SQLError) -> TableRef {
        let start = index
        advance()
        let items = try parenthesized { parser throws(SQLError) in try parser.parseExpression() }
        let withOrdinality = accept(.with, .ordinality)
        return TableRef(.unnest(items, withOrdinality: withOrdinality, alias: nil), span: span(from: start))
    }

    /// `(query)` or a bracketed join.
    private mutating func parseTableInBrackets(_ isLateral: Bool) throws(SQLError) -> TableRef {
        let start = index
        try expect(.leftParen)
        if startsQuery() {
            let query = try parseQuery()
            try expect(.rightParen)
            return TableRef(.derived(query, isLateral: isLateral, alias: nil), span: span(from: start))
        }
        let inner = try parseFrom()
        if case .derived(let query, false, nil) = inner.kind, isAtSetOperatorOrOrder() {
            let whole = try parseQueryRest(after: Parser.body(of: query), from: inner.span)
            try expect(.rightParen)
            return TableRef(.derived(whole, isLateral: isLateral, alias: nil), span: span(from: start))
        }
        if isLateral, case .derived(let query, false, nil) = inner.kind, accept(.rightParen) {
            return TableRef(.derived(query, isLateral: true, alias: nil), span: span(from: start))
        }
        if isLateral { throw error("LATERAL needs a sub-query or a table function", at: tokens[start]) }
        try expect(.rightParen)
        return inner
    }

    private func isAtSetOperatorOrOrder() -> Bool {
        switch current.keyword {
        case .union, .intersect, .except, .order, .limit, .offset, .fetch: return true
        default: return false
        }
    }
}

extension TableRef {
    /// The alias of a single table; nil for joins.
    public var alias: TableAlias? {
        switch kind {
        case .table(let table): return table.alias
        case .derived(_, _, let alias): return alias
        case .function(let function): return function.alias
        case .unnest(_, _, let alias): return alias
        case .matchRecognize(let match): return match.alias
        case .join: return nil
        }
    }

    mutating func setAlias(_ alias: TableAlias) {
        switch kind {
        case .table(var table):
            table.alias = alias
            kind = .table(table)
        case .derived(let query, let isLateral, _): kind = .derived(query, isLateral: isLateral, alias: alias)
        case .function(var function):
            function.alias = alias
            kind = .function(function)
        case .unnest(let items, let withOrdinality, _):
            kind = .unnest(items, withOrdinality: withOrdinality, alias: alias)
        case .matchRecognize(var match):
            match.alias = alias
            kind = .matchRecognize(match)
        case .join: break
        }
    }
}
