import SluiceBase

extension Parser {
    mutating func parseSelect() throws(SQLError) -> Select {
        let start = index
        try expect(.select)
        let hints = try acceptHints()
        if isAt(.stream) {
            throw error(
                "unexpected \"STREAM\"", at: current, hint: "every query is a streaming query already")
        }
        let isDistinct = acceptDistinct()
        let items = try commaList { parser throws(SQLError) in try parser.parseSelectItem() }
        var select = Select(
            hints: hints, isDistinct: isDistinct, items: items, from: nil, where: nil, groupBy: nil,
            having: nil,
            windows: [], qualify: nil, span: span(from: start))
        if accept(.from) {
            select.from = try parseFrom()
            try parseSelectClauses(&select)
        }
        select.span = span(from: start)
        return select
    }

    /// DISTINCT or ALL, which no message needs to offer.
    mutating func acceptDistinct() -> Bool {
        let isDistinct = isAt(.distinct)
        if isDistinct || isAt(.all) { advance() }
        return isDistinct
    }

    private mutating func parseSelectClauses(_ select: inout Select) throws(SQLError) {
        if accept(.where) { select.where = try parseExpression() }
        if accept(.group) { select.groupBy = try parseGroupBy() }
        if accept(.having) { select.having = try parseExpression() }
        if accept(.window) {
            select.windows = try commaList { parser throws(SQLError) in try parser.parseNamedWindow() }
        }
        if accept(.qualify) { select.qualify = try parseExpression() }
    }

    private mutating func parseSelectItem() throws(SQLError) -> SelectItem {
        let start = index
        if let qualifier = try acceptWildcard() {
            return SelectItem(kind: .wildcard(qualifier: qualifier), span: span(from: start))
        }
        let expr = try parseExpression()
        let alias = try acceptAlias(expecting: [.keyword(.from)])
        return SelectItem(kind: .expr(expr, alias: alias), span: span(from: start))
    }

    /// `*` or `a.b.*`: the qualifier.
    private mutating func acceptWildcard() throws(SQLError) -> [Identifier]? {
        if isAt(.star) {
            advance()
            return []
        }
        var offset = 0
        while isName(peek(offset)), peek(offset + 1).kind == .point { offset += 2 }
        guard offset > 0, peek(offset).kind == .star else { return nil }
        var parts: [Identifier] = []
        while !isAt(.star) {
            parts.append(try parseIdentifier())
            try expect(.point)
        }
        advance()
        return parts
    }

    /// `[AS] name`. Without AS the name may be a mistyped keyword of the given ones.
    mutating func acceptAlias(expecting words: [Expectation]) throws(SQLError) -> Identifier? {
        if accept(.as) { return try parseIdentifier() }
        guard isName(current) else { return nil }
        if current.kind == .word { suspect = SuspectAlias(index: index, expected: words) }
        return try parseIdentifier()
    }

    // MARK: GROUP BY

    private mutating func parseGroupBy() throws(SQLError) -> GroupBy {
        try expect(.by)
        let start = index
        let isDistinct = acceptDistinct()
        let items = try commaList { parser throws(SQLError) in try parser.parseGroupingElement() }
        return GroupBy(isDistinct: isDistinct, items: items, span: span(from: start))
    }

    private mutating func parseGroupingElement() throws(SQLError) -> GroupingElement {
        try enter()
        let element = try parseGroupingElementBody()
        leave()
        return element
    }

    private mutating func parseGroupingElementBody() throws(SQLError) -> GroupingElement {
        if isAt(.grouping), peek().keyword == .sets {
            advance()
            advance()
            return .groupingSets(
                try parenthesized { parser throws(SQLError) in try parser.parseGroupingElement() })
        }
        if isAt(.rollup) {
            advance()
            return .rollup(try parenthesized { parser throws(SQLError) in try parser.parseGroupingElement() })
        }
        if isAt(.cube) {
            advance()
            return .cube(try parenthesized { parser throws(SQLError) in try parser.parseGroupingElement() })
        }
        if isAt(.leftParen), peek().kind == .rightParen {
            advance()
            advance()
            return .list([])
        }
        let expr = try parseExpression()
        if case .row(let items, isExplicit: false) = expr.kind { return .list(items) }
        return .expr(expr)
    }
}
