import SluiceBase

extension Parser {
    mutating func parseIdentifier() throws(SQLError) -> Identifier {
        guard let identifier = acceptIdentifier() else { throw failure() }
        return identifier
    }

    mutating func acceptIdentifier() -> Identifier? {
        let token = current
        guard isName(token) else {
            note(.name)
            return nil
        }
        let identifier = makeIdentifier(token)
        advance()
        return identifier
    }

    func makeIdentifier(_ token: Token) -> Identifier {
        guard token.kind == .quotedIdentifier else { return Identifier(text(token), span: token.span) }
        var name: [UInt8] = []
        var position = Int(token.lower) + 1
        while position < Int(token.upper) - 1 {
            name.append(bytes[position])
            position += bytes[position] == 0x60 ? 2 : 1
        }
        return Identifier(String(decoding: name, as: UTF8.self), isQuoted: true, span: token.span)
    }

    /// `a`, `a.b`, `a.b.c`.
    mutating func parseObjectName() throws(SQLError) -> ObjectName {
        let start = index
        var parts = [try parseIdentifier()]
        while accept(.point) {
            parts.append(try parseIdentifier())
        }
        return ObjectName(parts, span: span(from: start))
    }

    /// `(a, b, c)`.
    mutating func parseColumnNames() throws(SQLError) -> [Identifier] {
        try parenthesized { parser throws(SQLError) in try parser.parseIdentifier() }
    }

    mutating func parseStringText() throws(SQLError) -> String {
        guard let text = try acceptStringText() else {
            note(.string)
            throw failure()
        }
        return text
    }

    /// An integer that fits `limit`.
    mutating func parseInteger(limit: Int64 = Int64.max) throws(SQLError) -> Int64 {
        guard isAt(.digits) else {
            note(.integer)
            throw failure()
        }
        let token = current
        guard let value = Int64(text(token)), value <= limit else {
            throw SQLError(.literalOutOfRange, "\(describe(token)) is too large here", span: token.span)
        }
        advance()
        return value
    }

    /// `(n)`, if it is there.
    mutating func acceptLength() throws(SQLError) -> Int? {
        guard accept(.leftParen) else { return nil }
        let value = try parseInteger(limit: Int64(Int32.max))
        try expect(.rightParen)
        return Int(value)
    }

    /// `COMMENT 'text'`, if it is there.
    mutating func acceptComment() throws(SQLError) -> String? {
        guard accept(.comment) else { return nil }
        return try parseStringText()
    }

    mutating func acceptIfExists() throws(SQLError) -> Bool {
        guard isAt(.if), peek().kind == .word else {
            note(.keyword(.if))
            return false
        }
        advance()
        try expect(.exists)
        return true
    }

    mutating func acceptIfNotExists() throws(SQLError) -> Bool {
        guard isAt(.if), peek().kind == .word else {
            note(.keyword(.if))
            return false
        }
        advance()
        try expect(.not)
        try expect(.exists)
        return true
    }

    // MARK: Options

    /// `('key' = 'value', …)`; may be empty.
    mutating func parseOptions() throws(SQLError) -> [TableOption] {
        try expect(.leftParen)
        if accept(.rightParen) { return [] }
        let options = try commaList { parser throws(SQLError) in try parser.parseOption() }
        try expect(.rightParen)
        return options
    }

    mutating func parseOption() throws(SQLError) -> TableOption {
        let keySpan = current.span
        let key = try parseStringText()
        try expect(.equal)
        let valueSpan = current.span
        let value = try parseStringText()
        return TableOption(key: key, value: value, keySpan: keySpan, valueSpan: valueSpan)
    }

    mutating func acceptWithOptions() throws(SQLError) -> [TableOption] {
        accept(.with) ? try parseOptions() : []
    }

    /// `('key', …)`.
    mutating func parseOptionKeys() throws(SQLError) -> [String] {
        try expect(.leftParen)
        if accept(.rightParen) { return [] }
        let keys = try commaList { parser throws(SQLError) in try parser.parseStringText() }
        try expect(.rightParen)
        return keys
    }

    /// `PARTITION (a = 1, b)`; the word has been read.
    mutating func parsePartitionItems() throws(SQLError) -> [PartitionItem] {
        try parenthesized { parser throws(SQLError) in
            let column = try parser.parseIdentifier()
            let value = parser.accept(.equal) ? try parser.parsePartitionValue() : nil
            return PartitionItem(column: column, value: value)
        }
    }

    private mutating func parsePartitionValue() throws(SQLError) -> Expr {
        let start = index
        let isNegative = accept(.minusSign)
        guard let literal = try acceptLiteral() else {
            note(.expression)
            throw failure()
        }
        guard isNegative else { return literal }
        return Expr(.unary(.minus, literal), span: span(from: start))
    }

    /// `/*+ NAME(…), … */`, if it is there.
    mutating func acceptHints() throws(SQLError) -> [Hint] {
        guard isAt(.hintStart) else { return [] }
        advance()
        let hints = try commaList { parser throws(SQLError) in try parser.parseHint() }
        try expect(.commentEnd)
        return hints
    }

    private mutating func parseHint() throws(SQLError) -> Hint {
        let start = index
        let name = try parseIdentifier()
        var arguments = Hint.Arguments.none
        if accept(.leftParen), !accept(.rightParen) {
            if peek().kind == .equal {
                arguments = .options(
                    try commaList { parser throws(SQLError) in try parser.parseHintOption() })
            } else {
                arguments = .list(try commaList { parser throws(SQLError) in try parser.parseHintItem() })
            }
            try expect(.rightParen)
        }
        return Hint(name: name, arguments: arguments, span: span(from: start))
    }

    /// Keys of hint options may be names as well as strings.
    private mutating func parseHintOption() throws(SQLError) -> TableOption {
        let keySpan = current.span
        let key = isName(current) ? try parseIdentifier().name : try parseStringText()
        try expect(.equal)
        let valueSpan = current.span
        return TableOption(key: key, value: try parseStringText(), keySpan: keySpan, valueSpan: valueSpan)
    }

    private mutating func parseHintItem() throws(SQLError) -> String {
        if isAt(.digits) {
            let token = current
            advance()
            return text(token)
        }
        if isName(current) { return try parseIdentifier().name }
        return try parseStringText()
    }
}
