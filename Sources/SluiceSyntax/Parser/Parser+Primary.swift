import SluiceBase

extension Parser {
    mutating func parsePrimary() throws(SQLError) -> Expr {
        let start = index
        if let literal = try acceptLiteral() { return literal }
        if isAt(.leftParen) { return try parseParenthesized() }
        let token = current
        guard token.kind == .word || token.kind == .quotedIdentifier else { throw expressionFailure() }
        guard let keyword = token.keyword else { return try parseNameOrCall() }
        if let expr = try acceptSpecialPrimary(keyword, start) { return expr }
        if !keyword.isReserved { return try parseNameOrCall() }
        if keyword.isCallable, peek().kind == .leftParen { return try parseCall() }
        if Parser.withoutParentheses.contains(keyword) {
            advance()
            let name = ObjectName([Identifier(keyword.text, span: token.span)], span: token.span)
            return Expr(.call(FunctionCall(name: name, hasParentheses: false)), span: token.span)
        }
        throw expressionFailure()
    }

    private mutating func expressionFailure() -> SQLError {
        note(.expression)
        return failure()
    }

    static let withoutParentheses: Set<Keyword> = [
        .current_catalog, .current_date, .current_path, .current_role, .current_schema, .current_time,
        .current_timestamp, .current_user, .localtime, .localtimestamp, .session_user, .system_user, .user,
    ]

    /// Words that begin an expression with a form of its own.
    private mutating func acceptSpecialPrimary(_ keyword: Keyword, _ start: Int) throws(SQLError) -> Expr? {
        let opensParen = peek().kind == .leftParen
        let opensBracket = peek().kind == .leftBracket
        switch keyword {
        case .case: return try parseCase()
        case .cast, .try_cast: return try parseCast()
        case .interval: return try parseInterval()
        case .exists: return try parseExists()
        case .row where opensParen:
            advance()
            let items = try parseRowItems()
            return Expr(.row(items, isExplicit: true), span: span(from: start))
        case .period where opensParen:
            advance()
            let items = try parseRowItems()
            return Expr(.row(items, isExplicit: false), span: span(from: start))
        case .array where opensBracket || opensParen: return try parseCollection(isMap: false)
        case .map where opensBracket || opensParen: return try parseCollection(isMap: true)
        case .descriptor where opensParen: return try parseDescriptor()
        default: return nil
        }
    }

    private mutating func parseRowItems() throws(SQLError) -> [Expr] {
        try expect(.leftParen)
        if accept(.rightParen) { return [] }
        let items = try commaList { parser throws(SQLError) in try parser.parseExpression() }
        try expect(.rightParen)
        return items
    }

    // MARK: Brackets

    /// `(expr)`, `(a, b)` or `(query)`.
    private mutating func parseParenthesized() throws(SQLError) -> Expr {
        let start = index
        try expect(.leftParen)
        if startsQuery() {
            let query = try parseQuery()
            try expect(.rightParen)
            return Expr(.scalarQuery(query), span: span(from: start))
        }
        let items = try commaList { parser throws(SQLError) in try parser.parseExpression() }
        if items.count == 1, let query = try continueQuery(items[0]) {
            try expect(.rightParen)
            return Expr(.scalarQuery(query), span: span(from: start))
        }
        try expect(.rightParen)
        if items.count == 1 {
            // The span keeps the brackets, so that an error can point at the whole.
            return Expr(items[0].kind, span: span(from: start))
        }
        return Expr(.row(items, isExplicit: false), span: span(from: start))
    }

    /// `((SELECT …) UNION …)`: what looked like an expression in brackets was the first part of a query.
    mutating func continueQuery(_ expr: Expr) throws(SQLError) -> Query? {
        guard case .scalarQuery(let first) = expr.kind, continuesQuery() else { return nil }
        return try parseQueryRest(after: Parser.body(of: first), from: expr.span)
    }

    private func continuesQuery() -> Bool {
        switch current.keyword {
        case .union, .intersect, .except, .order, .limit, .offset, .fetch: return true
        default: return false
        }
    }

    /// Whether a query starts at the cursor (not one in brackets).
    func startsQuery() -> Bool {
        switch current.keyword {
        case .select, .with, .values: return true
        case .table: return peek().kind != .leftParen
        default: return false
        }
    }

    private mutating func parseExists() throws(SQLError) -> Expr {
        let start = index
        advance()
        guard isAt(.leftParen) else {
            throw SQLError(.typeMismatch, "EXISTS needs a query in brackets", span: place(of: current))
        }
        try expect(.leftParen)
        let query = try parseQuery()
        try expect(.rightParen)
        return Expr(.exists(query), span: span(from: start))
    }

    private mutating func parseCollection(isMap: Bool) throws(SQLError) -> Expr {
        let start = index
        advance()
        if accept(.leftParen) {
            let query = try parseQuery()
            try expect(.rightParen)
            return Expr(isMap ? .mapQuery(query) : .arrayQuery(query), span: span(from: start))
        }
        try expect(.leftBracket)
        var items: [Expr] = []
        if !accept(.rightBracket) {
            items = try commaList { parser throws(SQLError) in try parser.parseExpression() }
            try expect(.rightBracket)
        }
        if isMap, !items.count.isMultiple(of: 2) {
            throw SQLError(.syntax, "MAP needs a value for every key", span: span(from: start))
        }
        return Expr(isMap ? .map(items) : .array(items), span: span(from: start))
    }

    private mutating func parseDescriptor() throws(SQLError) -> Expr {
        let start = index
        advance()
        let columns = try parseColumnNames()
        return Expr(.descriptor(columns), span: span(from: start))
    }

    // MARK: CASE and CAST

    private mutating func parseCase() throws(SQLError) -> Expr {
        let start = index
        try expect(.case)
        let operand = isAt(.when) ? nil : try parseExpression()
        var branches: [CaseBranch] = []
        while accept(.when) {
            let conditions: [Expr]
            if operand == nil {
                conditions = [try parseExpression()]
            } else {
                conditions = try commaList { parser throws(SQLError) in try parser.parseExpression() }
            }
            try expect(.then)
            branches.append(CaseBranch(conditions: conditions, result: try parseExpression()))
        }
        if branches.isEmpty { throw failure() }
        let otherwise = accept(.else) ? try parseExpression() : nil
        try expect(.end)
        return Expr(
            .caseWhen(operand: operand, branches: branches, otherwise: otherwise), span: span(from: start))
    }

    private mutating func parseCast() throws(SQLError) -> Expr {
        let start = index
        let isTry = isAt(.try_cast)
        advance()
        try expect(.leftParen)
        let operand = try parseExpression()
        try expect(.as)
        let type = try parseTypeName(allowsNullability: false)
        try expect(.rightParen)
        return Expr(.cast(operand, type, isTry: isTry), span: span(from: start))
    }

    // MARK: Names

    /// `a.b.c` or `a.b.f(…)`.
    private mutating func parseNameOrCall() throws(SQLError) -> Expr {
        let start = index
        var offset = 0
        while peek(offset + 1).kind == .point, isName(peek(offset + 2)) { offset += 2 }
        if peek(offset + 1).kind == .leftParen { return try parseCall() }
        var parts = [try parseIdentifier()]
        while isAt(.point), isName(peek()) {
            advance()
            parts.append(try parseIdentifier())
        }
        try checkChain(parts.count)
        return Expr(.column(parts), span: span(from: start))
    }
}
