import SluiceBase

/// The JSON functions of the SQL standard, which have clauses between their brackets.
extension Parser {
    mutating func parseJSONPathCall() throws(SQLError) -> Expr {
        let start = index
        let function: JSONPathCall.Function
        switch current.keyword {
        case .json_exists: function = .exists
        case .json_value: function = .value
        default: function = .query
        }
        advance()
        try expect(.leftParen)
        let input = try parseExpression()
        try expect(.comma)
        var call = JSONPathCall(function: function, input: input, path: try parseExpression())
        if function != .exists, accept(.returning) {
            call.returning = try parseTypeName(allowsNullability: false)
        }
        if function == .query { call.wrapper = try acceptWrapper() }
        try parseBehaviors(&call)
        try expect(.rightParen)
        return Expr(.jsonPath(call), span: span(from: start))
    }

    private mutating func acceptWrapper() throws(SQLError) -> JSONPathCall.Wrapper? {
        if accept(.without) {
            _ = accept(.array)
            try expect(.wrapper)
            return .without
        }
        guard accept(.with) else { return nil }
        let isConditional = accept(.conditional)
        if !isConditional { _ = accept(.unconditional) }
        _ = accept(.array)
        try expect(.wrapper)
        return isConditional ? .conditional : .unconditional
    }

    /// `… ON EMPTY` and `… ON ERROR`, each at most once, in this order.
    private mutating func parseBehaviors(_ call: inout JSONPathCall) throws(SQLError) {
        while let behavior = try acceptBehavior(call.function) {
            try expect(.on)
            if call.function != .exists, call.onEmpty == nil, call.onError == nil, accept(.empty) {
                call.onEmpty = behavior
            } else {
                try expect(.error)
                call.onError = behavior
                return
            }
        }
    }

    private mutating func acceptBehavior(
        _ function: JSONPathCall.Function
    ) throws(SQLError) -> JSONPathCall.Behavior? {
        switch function {
        case .exists:
            if accept(.true) { return .true }
            if accept(.false) { return .false }
            if accept(.unknown) { return .unknown }
        case .value:
            if accept(.null) { return .null }
            if accept(.default) { return .defaultValue(try parseExpression()) }
        case .query:
            if accept(.null) { return .null }
            if accept(.empty) {
                if accept(.array) { return .emptyArray }
                try expect(.object)
                return .emptyObject
            }
        }
        return accept(.error) ? .error : nil
    }

    // MARK: Constructors and aggregates

    mutating func parseJSONConstructor() throws(SQLError) -> Expr {
        let start = index
        let keyword = current.keyword
        var call = FunctionCall(name: try parseFunctionName())
        try expect(.leftParen)
        let hasPairs = keyword == .json_object || keyword == .json_objectagg
        let isAggregate = keyword == .json_objectagg || keyword == .json_arrayagg
        if isAggregate || (!isAt(.rightParen) && !startsNullHandling()) {
            repeat {
                call.arguments += hasPairs ? try parseJSONPair() : [try parseExpression()]
            } while !isAggregate && accept(.comma)
        }
        if keyword == .json_arrayagg { call.orderBy = try acceptOrderBy() }
        call.jsonNulls = try acceptNullHandling()
        try expect(.rightParen)
        if isAggregate { try parseCallModifiers(&call) }
        return Expr(.call(call), span: span(from: start))
    }

    /// `KEY k VALUE v`, `k VALUE v` or `k : v`.
    private mutating func parseJSONPair() throws(SQLError) -> [Expr] {
        if isAt(.key), peek().keyword != .value, peek().kind != .colon, peek().kind != .point { advance() }
        let key = try parseExpression()
        if !accept(.value) { try expect(.colon) }
        return [key, try parseExpression()]
    }

    private func startsNullHandling() -> Bool {
        (isAt(.null) || isAt(.absent)) && peek().keyword == .on
    }

    private mutating func acceptNullHandling() throws(SQLError) -> JSONNullHandling? {
        let handling: JSONNullHandling
        if accept(.null) {
            handling = .null
        } else if accept(.absent) {
            handling = .absent
        } else {
            return nil
        }
        try expect(.on)
        try expect(.null)
        return handling
    }
}
