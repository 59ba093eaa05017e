import SluiceBase

/// Operators by precedence climbing. The levels, from weak to strong:
/// OR, AND, NOT, IS, comparisons, BETWEEN/IN/LIKE, `+ -`, `* / % ||`, signs, `[ ]` and points.
extension Parser {
    enum Precedence {
        static let or = 22
        static let and = 24
        static let not = 26
        static let test = 28
        static let comparison = 30
        static let membership = 32
        static let additive = 40
        static let multiplicative = 60
        static let sign = 80
    }

    mutating func parseExpression() throws(SQLError) -> Expr {
        try parseExpression(above: 0)
    }

    /// An expression whose operators all bind stronger than `minimum`.
    mutating func parseExpression(above minimum: Int) throws(SQLError) -> Expr {
        try enter()
        let start = index
        var left = try parsePrefix()
        var length = 0
        while let precedence = infixPrecedence(), precedence > minimum {
            length += 1
            try checkChain(length)
            left = try parseInfix(left, precedence, start)
        }
        leave()
        return left
    }

    // MARK: Prefix

    private mutating func parsePrefix() throws(SQLError) -> Expr {
        let start = index
        let operation: UnaryOperator
        let operand: Expr
        switch current.kind {
        case .minusSign, .plus:
            operation = isAt(.minusSign) ? .minus : .plus
            advance()
            operand = try parseExpression(above: Precedence.sign)
        case .word where isAt(.not):
            operation = .not
            advance()
            operand = try parseExpression(above: Precedence.not)
        case .word where isMatchSemantics():
            operation = isAt(.final) ? .final : .running
            advance()
            operand = try parseExpression(above: Precedence.sign)
        default:
            return try parsePostfix()
        }
        return Expr(.unary(operation, operand), span: span(from: start))
    }

    /// `RUNNING f(…)`; FINAL is such a word only in front of a call.
    private func isMatchSemantics() -> Bool {
        if isAt(.running) { return true }
        guard isAt(.final), isName(peek()) || peek().keyword?.isCallable == true else { return false }
        return peek(2).kind == .leftParen || peek(2).kind == .point
    }

    /// A primary with subscripts and field names behind it.
    private mutating func parsePostfix() throws(SQLError) -> Expr {
        let start = index
        var expr = try parsePrimary()
        var length = 0
        while true {
            length += 1
            try checkChain(length * 2)
            if isAt(.leftBracket) {
                advance()
                let position = try parseExpression()
                try expect(.rightBracket)
                expr = Expr(.element(expr, position), span: span(from: start))
            } else if isAt(.point), isName(peek()) {
                advance()
                let name = try parseIdentifier()
                expr = Expr(.field(expr, name), span: span(from: start))
            } else {
                return expr
            }
        }
    }

    // MARK: Infix

    private func infixPrecedence() -> Int? {
        switch current.kind {
        case .plus, .minusSign: return Precedence.additive
        case .star, .slash, .percent, .concat: return Precedence.multiplicative
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: return Precedence.comparison
        case .word: return wordPrecedence()
        default: return nil
        }
    }

    private func wordPrecedence() -> Int? {
        switch current.keyword {
        case .or: return Precedence.or
        case .and: return Precedence.and
        case .is:
            // IS [NOT] DISTINCT FROM is a comparison.
            let next = peek().keyword == .not ? peek(2) : peek()
            return next.keyword == .distinct ? Precedence.comparison : Precedence.test
        case .overlaps: return Precedence.comparison
        case .between, .in, .like, .similar: return Precedence.membership
        case .not:
            switch peek().keyword {
            case .between, .in, .like, .similar: return Precedence.membership
            default: return nil
            }
        default: return nil
        }
    }

    private mutating func parseInfix(_ left: Expr, _ precedence: Int, _ start: Int) throws(SQLError) -> Expr {
        let kind: Expr.Kind
        if let operation = binaryOperator() {
            advance()
            kind = try parseBinary(left, operation, precedence)
        } else if isAt(.is) {
            kind = try parseIs(left)
        } else {
            kind = try parseMembership(left)
        }
        return Expr(kind, span: span(from: start))
    }

    private mutating func parseBinary(
        _ left: Expr, _ operation: BinaryOperator, _ precedence: Int
    ) throws(SQLError) -> Expr.Kind {
        if operation.isComparison, let quantifier = quantifier() {
            advance()
            return .quantified(left, operation, quantifier, try parseQuantifiedOperand())
        }
        return .binary(operation, left, try parseExpression(above: precedence))
    }

    private func binaryOperator() -> BinaryOperator? {
        switch current.kind {
        case .plus: return .add
        case .minusSign: return .subtract
        case .star: return .multiply
        case .slash: return .divide
        case .percent: return .modulo
        case .concat: return .concat
        case .equal: return .equal
        case .notEqual: return .notEqual
        case .less: return .less
        case .lessOrEqual: return .lessOrEqual
        case .greater: return .greater
        case .greaterOrEqual: return .greaterOrEqual
        default: break
        }
        switch current.keyword {
        case .or: return .or
        case .and: return .and
        case .overlaps: return .overlaps
        default: return nil
        }
    }

    private func quantifier() -> Quantifier? {
        guard peek().kind == .leftParen else { return nil }
        switch current.keyword {
        case .some(.any), .some(.some): return .any
        case .all: return .all
        default: return nil
        }
    }

    private mutating func parseQuantifiedOperand() throws(SQLError) -> QuantifiedOperand {
        try expect(.leftParen)
        let operand: QuantifiedOperand
        if startsQuery() {
            operand = .query(try parseQuery())
        } else {
            let items = try commaList { parser throws(SQLError) in try parser.parseExpression() }
            if items.count == 1, let query = try continueQuery(items[0]) {
                operand = .query(query)
            } else {
                operand = .list(items)
            }
        }
        try expect(.rightParen)
        return operand
    }

    // MARK: IS

    private mutating func parseIs(_ left: Expr) throws(SQLError) -> Expr.Kind {
        try expect(.is)
        let negated = accept(.not)
        if accept(.distinct) {
            try expect(.from)
            let right = try parseExpression(above: Precedence.comparison)
            return .binary(negated ? .isNotDistinctFrom : .isDistinctFrom, left, right)
        }
        return .isPredicate(left, try parseIsPredicate(), negated: negated)
    }

    private mutating func parseIsPredicate() throws(SQLError) -> IsPredicate {
        if accept(.null) { return .null }
        if accept(.true) { return .true }
        if accept(.false) { return .false }
        if accept(.unknown) { return .unknown }
        try expect(.json)
        if accept(.value) { return .jsonValue }
        if accept(.object) { return .jsonObject }
        if accept(.array) { return .jsonArray }
        if accept(.scalar) { return .jsonScalar }
        return .json
    }

    // MARK: BETWEEN, IN, LIKE

    private mutating func parseMembership(_ left: Expr) throws(SQLError) -> Expr.Kind {
        let negated = accept(.not)
        if accept(.between) { return try parseBetween(left, negated) }
        if accept(.in) { return try parseIn(left, negated) }
        if accept(.similar) {
            try expect(.to)
            return try parseLike(left, .similar, negated)
        }
        try expect(.like)
        return try parseLike(left, .like, negated)
    }

    private mutating func parseBetween(_ left: Expr, _ negated: Bool) throws(SQLError) -> Expr.Kind {
        let symmetric = accept(.symmetric)
        if !symmetric { _ = accept(.asymmetric) }
        let low = try parseExpression(above: Precedence.membership)
        try expect(.and)
        let high = try parseExpression(above: Precedence.membership)
        return .between(left, low: low, high: high, negated: negated, symmetric: symmetric)
    }

    private mutating func parseIn(_ left: Expr, _ negated: Bool) throws(SQLError) -> Expr.Kind {
        try expect(.leftParen)
        let kind: Expr.Kind
        if startsQuery() {
            kind = .inQuery(left, try parseQuery(), negated: negated)
        } else {
            let items = try commaList { parser throws(SQLError) in try parser.parseExpression() }
            if items.count == 1, let query = try continueQuery(items[0]) {
                kind = .inQuery(left, query, negated: negated)
            } else {
                kind = .inList(left, items, negated: negated)
            }
        }
        try expect(.rightParen)
        return kind
    }

    private mutating func parseLike(_ left: Expr, _ kind: LikeKind, _ negated: Bool) throws(SQLError)
        -> Expr.Kind
    {
        let pattern = try parseExpression(above: Precedence.membership)
        let escape = accept(.escape) ? try parseExpression(above: Precedence.membership) : nil
        return .like(left, kind, pattern: pattern, escape: escape, negated: negated)
    }
}
