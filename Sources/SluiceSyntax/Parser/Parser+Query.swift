import SluiceBase

extension Parser {
    /// `[WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …]`.
    mutating func parseQuery() throws(SQLError) -> Query {
        try enter()
        let start = index
        var with: [CommonTable] = []
        if accept(.with) {
            if isAt(.recursive) {
                throw SQLError(.unsupported, "WITH RECURSIVE is not supported", span: place(of: current))
            }
            with = try commaList { parser throws(SQLError) in try parser.parseCommonTable() }
        }
        let body = try parseSetOperation(above: 0)
        var query = Query(with: with, body: body, span: span(from: start))
        try parseOrderAndLimit(&query)
        query.span = span(from: start)
        leave()
        return Parser.unwrapped(query)
    }

    /// The rest of a query whose first operand has been read already.
    mutating func parseQueryRest(after first: QueryBody, from place: SourceSpan) throws(SQLError) -> Query {
        let body = try continueSetOperation(first, above: 0)
        var query = Query(body: body, span: place)
        try parseOrderAndLimit(&query)
        query.span = SourceSpan(place.lower, span(from: index - 1).upper)
        return Parser.unwrapped(query)
    }

    /// What a bracketed query is as an operand: its body, unless it has clauses of its own.
    static func body(of query: Query) -> QueryBody {
        query.isPlain ? query.body : .nested(query)
    }

    /// A query that is nothing but a bracketed query is that query.
    private static func unwrapped(_ query: Query) -> Query {
        guard query.isPlain, case .nested(var inner) = query.body else { return query }
        inner.span = query.span
        return inner
    }

    private mutating func parseCommonTable() throws(SQLError) -> CommonTable {
        let name = try parseIdentifier()
        let columns = isAt(.leftParen) ? try parseColumnNames() : []
        try expect(.as)
        try expect(.leftParen)
        let query = try parseQuery()
        try expect(.rightParen)
        return CommonTable(name: name, columns: columns, query: query)
    }

    // MARK: UNION, INTERSECT, EXCEPT

    private mutating func parseSetOperation(above minimum: Int) throws(SQLError) -> QueryBody {
        let first = try parseQueryOperand()
        return try continueSetOperation(first, above: minimum)
    }

    private mutating func continueSetOperation(
        _ first: QueryBody, above minimum: Int
    ) throws(SQLError) -> QueryBody {
        var left = first
        var length = 0
        while let kind = setOperator() {
            // INTERSECT binds stronger than UNION and EXCEPT.
            let precedence = kind == .intersect ? 2 : 1
            guard precedence > minimum else { break }
            length += 1
            try checkChain(length * 2)
            let start = index
            advance()
            let isAll = accept(.all)
            if !isAll { _ = accept(.distinct) }
            let place = span(from: start)
            let right = try parseSetOperation(above: precedence)
            left = .setOperation(
                SetOperation(kind: kind, isAll: isAll, left: left, right: right, span: place))
        }
        return left
    }

    private mutating func setOperator() -> SetOperation.Kind? {
        switch current.keyword {
        case .union: return .union
        case .intersect: return .intersect
        case .except: return .except
        default:
            note(.keyword(.union))
            return nil
        }
    }

    private mutating func parseQueryOperand() throws(SQLError) -> QueryBody {
        switch current.keyword {
        case .select: return .select(try parseSelect())
        case .values:
            advance()
            return .values(try commaList { parser throws(SQLError) in try parser.parseValuesRow() })
        case .table:
            advance()
            return .table(try parseObjectName())
        default: break
        }
        guard isAt(.leftParen) else {
            note(.keyword(.select))
            note(.keyword(.values))
            throw failure()
        }
        advance()
        let query = try parseQuery()
        try expect(.rightParen)
        return Parser.body(of: query)
    }

    /// `(a, b)`, `ROW(a, b)` or a single expression.
    private mutating func parseValuesRow() throws(SQLError) -> ValuesRow {
        let start = index
        let expr = try parseExpression()
        if case .row(let items, _) = expr.kind, !items.isEmpty {
            return ValuesRow(items: items, span: span(from: start))
        }
        return ValuesRow(items: [expr], span: span(from: start))
    }

    // MARK: ORDER BY and LIMIT

    private mutating func parseOrderAndLimit(_ query: inout Query) throws(SQLError) {
        query.orderBy = try acceptOrderBy()
        if accept(.limit) {
            if !accept(.all) { query.limit = try parseRowCount() }
        }
        if accept(.offset) {
            query.offset = try parseRowCount()
            if !accept(.row) { _ = accept(.rows) }
        }
        if query.limit == nil, accept(.fetch) {
            if !accept(.first) { try expect(.next) }
            query.limit = try parseRowCount()
            if !accept(.row) { try expect(.rows) }
            try expect(.only)
        }
    }

    private mutating func parseRowCount() throws(SQLError) -> RowCount {
        let place = current.span
        return RowCount(try parseInteger(), span: place)
    }

    mutating func acceptOrderBy() throws(SQLError) -> [OrderItem] {
        guard accept(.order) else { return [] }
        try expect(.by)
        return try commaList { parser throws(SQLError) in try parser.parseOrderItem() }
    }

    mutating func parseOrderItem() throws(SQLError) -> OrderItem {
        var item = OrderItem(try parseExpression())
        if accept(.desc) { item.isDescending = true } else { _ = accept(.asc) }
        if accept(.nulls) {
            if accept(.first) {
                item.nullsFirst = true
            } else {
                try expect(.last)
                item.nullsFirst = false
            }
        }
        return item
    }
}

extension Query {
    /// Whether it has no clause besides its body.
    var isPlain: Bool { with.isEmpty && orderBy.isEmpty && limit == nil && offset == nil }
}
