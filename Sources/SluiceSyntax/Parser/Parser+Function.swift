import SluiceBase

extension Parser {
    /// A call: the name, possibly a reserved word, and an opening bracket stand at the cursor.
    mutating func parseCall() throws(SQLError) -> Expr {
        let start = index
        if let expr = try acceptSpecialCall() { return expr }
        let name = try parseFunctionName()
        var call = FunctionCall(name: name)
        try parseArguments(&call)
        try parseCallModifiers(&call)
        return Expr(.call(call), span: span(from: start))
    }

    mutating func parseFunctionName() throws(SQLError) -> ObjectName {
        let token = current
        if let keyword = token.keyword, keyword.isReserved, keyword.isCallable, peek().kind == .leftParen {
            advance()
            return ObjectName([Identifier(text(token), span: token.span)], span: token.span)
        }
        return try parseObjectName()
    }

    /// The bracketed arguments. An aggregate may have clauses behind them inside the brackets.
    mutating func parseArguments(
        _ call: inout FunctionCall, allowsClauses: Bool = true
    ) throws(SQLError) {
        try expect(.leftParen)
        if isAt(.star), peek().kind == .rightParen {
            call.arguments = [Expr(.star, span: place(of: current))]
            advance()
            advance()
            return
        }
        if accept(.rightParen) { return }
        if allowsClauses { call.isDistinct = acceptDistinct() }
        call.arguments = try commaList { parser throws(SQLError) in try parser.parseArgument() }
        if allowsClauses {
            call.nullTreatment = acceptNullTreatment()
            call.orderBy = try acceptOrderBy()
        }
        try expect(.rightParen)
    }

    private mutating func parseArgument() throws(SQLError) -> Expr {
        guard isName(current), peek().kind == .arrow else { return try parseArgumentValue() }
        let start = index
        let name = try parseIdentifier()
        try expect(.arrow)
        let value = try parseArgumentValue()
        return Expr(.namedArgument(name, value), span: span(from: start))
    }

    private mutating func parseArgumentValue() throws(SQLError) -> Expr {
        let start = index
        switch current.keyword {
        case .default:
            advance()
            return Expr(.defaultValue, span: span(from: start))
        case .table:
            advance()
            let argument = try parseTableArgument()
            return Expr(.tableArgument(argument), span: span(from: start))
        case .model where isName(peek()):
            advance()
            let name = try parseObjectName()
            return Expr(.modelArgument(name), span: span(from: start))
        default:
            return try parseExpression()
        }
    }

    private mutating func parseTableArgument() throws(SQLError) -> TableArgument {
        let source: TableArgument.Source
        if accept(.leftParen) {
            source = .query(try parseQuery())
            try expect(.rightParen)
        } else {
            source = .table(try parseObjectName())
        }
        var argument = TableArgument(source: source, partitionBy: [], orderBy: [])
        if accept(.partition) {
            try expect(.by)
            if isAt(.leftParen) {
                argument.partitionBy = try parenthesized { parser throws(SQLError) in
                    try parser.parseExpression()
                }
            } else {
                argument.partitionBy = [try parseExpression()]
            }
        }
        if accept(.order) {
            try expect(.by)
            if isAt(.leftParen) {
                argument.orderBy = try parenthesized { parser throws(SQLError) in try parser.parseOrderItem()
                }
            } else {
                argument.orderBy = [try parseOrderItem()]
            }
        }
        return argument
    }

    mutating func acceptNullTreatment() -> NullTreatment? {
        guard peek().keyword == .nulls else { return nil }
        if accept(.ignore, .nulls) { return .ignore }
        if accept(.respect, .nulls) { return .respect }
        return nil
    }

    /// `IGNORE NULLS`, `WITHIN GROUP`, `FILTER`, `OVER` behind the arguments.
    mutating func parseCallModifiers(_ call: inout FunctionCall) throws(SQLError) {
        if let treatment = acceptNullTreatment() { call.nullTreatment = treatment }
        if accept(.within) {
            try expect(.group)
            try expect(.leftParen)
            try expectWords([.order, .by])
            call.withinGroup = try commaList { parser throws(SQLError) in try parser.parseOrderItem() }
            try expect(.rightParen)
        }
        if accept(.filter) {
            try expect(.leftParen)
            try expect(.where)
            call.filter = try parseExpression()
            try expect(.rightParen)
        }
        if accept(.over) { call.over = try parseWindowReference() }
    }

    // MARK: Calls with words between their arguments

    private mutating func acceptSpecialCall() throws(SQLError) -> Expr? {
        guard peek().kind == .leftParen, let keyword = current.keyword else { return nil }
        switch keyword {
        case .extract: return try parseWordCall { parser throws(SQLError) in try parser.extractArguments() }
        case .position: return try parseWordCall { parser throws(SQLError) in try parser.positionArguments() }
        case .overlay: return try parseWordCall { parser throws(SQLError) in try parser.overlayArguments() }
        case .substring:
            return try parseWordCall { parser throws(SQLError) in try parser.substringArguments() }
        case .floor, .ceil, .ceiling:
            return try parseWordCall { parser throws(SQLError) in try parser.roundingArguments() }
        case .timestampadd, .timestampdiff:
            return try parseWordCall { parser throws(SQLError) in try parser.timestampArguments() }
        case .trim: return try parseTrim()
        case .json_exists, .json_value, .json_query: return try parseJSONPathCall()
        case .json_object, .json_array, .json_objectagg, .json_arrayagg: return try parseJSONConstructor()
        default: return nil
        }
    }

    private mutating func parseWordCall(
        _ arguments: (inout Parser) throws(SQLError) -> [Expr]
    ) throws(SQLError) -> Expr {
        let start = index
        var call = FunctionCall(name: try parseFunctionName())
        try expect(.leftParen)
        call.arguments = try arguments(&self)
        try expect(.rightParen)
        try parseCallModifiers(&call)
        return Expr(.call(call), span: span(from: start))
    }

    private mutating func extractArguments() throws(SQLError) -> [Expr] {
        let unit = try parseTimeUnit()
        try expect(.from)
        return [unit, try parseExpression()]
    }

    /// The first argument is a primary without brackets: an operator IN would be taken for the word.
    private mutating func positionArguments() throws(SQLError) -> [Expr] {
        if isAt(.leftParen) {
            note(.expression)
            throw failure()
        }
        let wanted = try parsePrimary()
        try expect(.in)
        var arguments = [wanted, try parseExpression()]
        if accept(.from) { arguments.append(try parseExpression()) }
        return arguments
    }

    private mutating func overlayArguments() throws(SQLError) -> [Expr] {
        let source = try parseExpression()
        try expect(.placing)
        let replacement = try parseExpression()
        try expect(.from)
        var arguments = [source, replacement, try parseExpression()]
        if accept(.for) { arguments.append(try parseExpression()) }
        return arguments
    }

    private mutating func substringArguments() throws(SQLError) -> [Expr] {
        var arguments = [try parseExpression()]
        let usesWords = accept(.from)
        if !usesWords { try expect(.comma) }
        arguments.append(try parseExpression())
        let hasLength = usesWords ? accept(.for) : accept(.comma)
        if hasLength { arguments.append(try parseExpression()) }
        return arguments
    }

    private mutating func roundingArguments() throws(SQLError) -> [Expr] {
        var arguments = [try parseExpression()]
        if accept(.to) {
            arguments.append(try parseTimeUnit())
        } else if accept(.comma) {
            arguments.append(try parseExpression())
        }
        return arguments
    }

    private mutating func timestampArguments() throws(SQLError) -> [Expr] {
        var arguments = [try parseTimeUnit()]
        for _ in 0..<2 {
            try expect(.comma)
            arguments.append(try parseExpression())
        }
        return arguments
    }

    private mutating func parseTrim() throws(SQLError) -> Expr {
        let start = index
        advance()
        try expect(.leftParen)
        var side: TrimSide?
        if accept(.both) {
            side = .both
        } else if accept(.leading) {
            side = .leading
        } else if accept(.trailing) {
            side = .trailing
        }
        var characters: Expr?
        var source: Expr
        if side != nil, accept(.from) {
            source = try parseExpression()
        } else {
            source = try parseExpression()
            if side != nil || isAt(.from) {
                try expect(.from)
                characters = source
                source = try parseExpression()
            }
        }
        try expect(.rightParen)
        return Expr(.trim(side ?? .both, characters: characters, source: source), span: span(from: start))
    }
}
