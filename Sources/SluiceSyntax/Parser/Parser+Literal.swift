import SluiceBase

extension Parser {
    /// A literal without sign, if one stands here.
    mutating func acceptLiteral() throws(SQLError) -> Expr? {
        let start = index
        guard let literal = try acceptLiteralValue() else { return nil }
        return Expr(.literal(literal), span: span(from: start))
    }

    private mutating func acceptLiteralValue() throws(SQLError) -> Literal? {
        let token = current
        switch token.kind {
        case .digits, .decimalDigits:
            advance()
            return .exactNumber(text(token))
        case .approximate:
            advance()
            return .approximateNumber(text(token))
        case .plainString, .unicodeString, .charsetString, .escapedString:
            return .string(try acceptStringText() ?? "")
        case .binaryString:
            return try parseBinary(token)
        case .word:
            return try acceptWordLiteral(token)
        default:
            return nil
        }
    }

    private mutating func acceptWordLiteral(_ token: Token) throws(SQLError) -> Literal? {
        switch token.keyword {
        case .null: advance(); return .null
        case .true: advance(); return .boolean(true)
        case .false: advance(); return .boolean(false)
        case .unknown: advance(); return .unknown
        case .date where isStringToken(peek()): advance(); return .date(try parseStringText())
        case .time where isStringToken(peek()): advance(); return .time(try parseStringText())
        case .timestamp where isStringToken(peek()): advance(); return .timestamp(try parseStringText())
        case .timestamp where peek().keyword == .with:
            advance()
            try expectWords([.with, .local, .time, .zone])
            return .timestampLTZ(try parseStringText())
        default: return nil
        }
    }

    mutating func expectWords(_ words: [Keyword]) throws(SQLError) {
        for word in words { try expect(word) }
    }

    func isStringToken(_ token: Token) -> Bool {
        switch token.kind {
        case .plainString, .unicodeString, .charsetString, .escapedString: return true
        default: return false
        }
    }

    // MARK: Strings

    /// A string of any form; further quoted pieces on later lines belong to it.
    mutating func acceptStringText() throws(SQLError) -> String? {
        let token = current
        guard isStringToken(token) else { return nil }
        var content = stringContent(token)
        switch token.kind {
        case .unicodeString: content = try unicodeEscapes(content, token)
        case .escapedString: content = backslashEscapes(content)
        default: break
        }
        advance()
        while isAt(.plainString), isOnLaterLine(current) {
            content += stringContent(current)
            advance()
        }
        return String(decoding: content, as: UTF8.self)
    }

    private func isOnLaterLine(_ token: Token) -> Bool {
        let gap = bytes[Int(tokens[index - 1].upper)..<Int(token.lower)]
        return gap.contains(0x0a) || gap.contains(0x0d)
    }

    /// The bytes between the quotes, doubled quotes made single.
    private func stringContent(_ token: Token) -> [UInt8] {
        var content: [UInt8] = []
        var position = Int(token.lower)
        while bytes[position] != 0x27 { position += 1 }
        position += 1
        let keepsBackslash = token.kind == .escapedString
        while position < Int(token.upper) - 1 {
            let byte = bytes[position]
            content.append(byte)
            position += 1
            if byte == 0x27 { position += 1 }
            if byte == 0x5c, keepsBackslash, position < Int(token.upper) - 1 {
                content.append(bytes[position])
                position += 1
            }
        }
        return content
    }

    /// `\00e9` and `\\` in `U&'…'`.
    private func unicodeEscapes(_ content: [UInt8], _ token: Token) throws(SQLError) -> [UInt8] {
        var units: [UInt16] = []
        var output: [UInt8] = []
        var position = 0
        func flush() {
            output += Array(String(decoding: units, as: UTF16.self).utf8)
            units.removeAll()
        }
        while position < content.count {
            guard content[position] == 0x5c else {
                flush()
                output.append(content[position])
                position += 1
                continue
            }
            if position + 1 < content.count, content[position + 1] == 0x5c {
                flush()
                output.append(0x5c)
                position += 2
                continue
            }
            guard position + 4 < content.count, let unit = hexNumber(content[(position + 1)...(position + 4)])
            else {
                throw SQLError(
                    .literal, "unicode escape is not a backslash and four hexadecimal digits",
                    span: token.span)
            }
            units.append(unit)
            position += 5
        }
        flush()
        return output
    }

    private func hexNumber(_ digits: ArraySlice<UInt8>) -> UInt16? {
        var value: UInt16 = 0
        for digit in digits {
            guard let nibble = hexDigit(digit) else { return nil }
            value = value << 4 | UInt16(nibble)
        }
        return value
    }

    private func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: return byte - 0x30
        case 0x41...0x46: return byte - 0x37
        case 0x61...0x66: return byte - 0x57
        default: return nil
        }
    }

    /// `\n`, `\t` and so on in `E'…'`; any other character behind a backslash stands for itself.
    private func backslashEscapes(_ content: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var position = 0
        while position < content.count {
            var byte = content[position]
            position += 1
            if byte == 0x5c, position < content.count {
                byte = content[position]
                position += 1
                switch byte {
                case 0x6e: byte = 0x0a
                case 0x74: byte = 0x09
                case 0x72: byte = 0x0d
                case 0x62: byte = 0x08
                case 0x66: byte = 0x0c
                default: break
                }
            }
            output.append(byte)
        }
        return output
    }

    private mutating func parseBinary(_ token: Token) throws(SQLError) -> Literal {
        let digits = stringContent(token)
        guard digits.count.isMultiple(of: 2) else {
            throw SQLError(.literal, "binary literal has an odd number of digits", span: token.span)
        }
        var value: [UInt8] = []
        for position in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hexDigit(digits[position]), let low = hexDigit(digits[position + 1]) else {
                throw SQLError(
                    .literal, "binary literal has a character that is not a hexadecimal digit",
                    span: token.span)
            }
            value.append(high << 4 | low)
        }
        advance()
        return .binary(value)
    }

    // MARK: Intervals

    /// `INTERVAL '1' DAY`, `INTERVAL -'1-2' YEAR TO MONTH`, `INTERVAL 1 DAY`, `INTERVAL (x) HOUR`.
    mutating func parseInterval() throws(SQLError) -> Expr {
        let start = index
        try expect(.interval)
        let signStart = index
        var isNegative = false
        if isAt(.minusSign) || isAt(.plus) {
            isNegative = isAt(.minusSign)
            advance()
        }
        if isStringToken(current) {
            let text = try parseStringText()
            let qualifier = try parseIntervalQualifier()
            let literal = IntervalLiteral(isNegative: isNegative, text: text, qualifier: qualifier)
            return Expr(.literal(.interval(literal)), span: span(from: start))
        }
        var value = try parseIntervalValue()
        if isNegative { value = Expr(.unary(.minus, value), span: span(from: signStart)) }
        let qualifier = try parseIntervalQualifier()
        return Expr(.interval(value, qualifier), span: span(from: start))
    }

    private mutating func parseIntervalValue() throws(SQLError) -> Expr {
        if isAt(.digits) || isAt(.decimalDigits) || isAt(.approximate), let literal = try acceptLiteral() {
            return literal
        }
        if accept(.leftParen) {
            let value = try parseExpression()
            try expect(.rightParen)
            return value
        }
        note(.string)
        guard isName(current) else {
            note(.name)
            throw failure()
        }
        let name = try parseObjectName()
        return Expr(.column(name.parts), span: name.span)
    }

    mutating func parseIntervalQualifier() throws(SQLError) -> IntervalQualifier {
        let start = index
        let first = try parseIntervalUnit()
        var qualifier = IntervalQualifier(start: first)
        if accept(.leftParen) {
            qualifier.startPrecision = Int(try parseInteger(limit: 100))
            if first == .second, accept(.comma) {
                qualifier.fractionalPrecision = Int(try parseInteger(limit: 100))
            }
            try expect(.rightParen)
        }
        // TO may also belong to FLOOR or CEIL around the interval.
        if isAt(.to), let unit = intervalUnit(peek()), Parser.endUnits(of: first).contains(unit) {
            advance()
            advance()
            qualifier.end = unit
            if unit == .second { qualifier.fractionalPrecision = try acceptLength() }
        }
        qualifier.span = span(from: start)
        return qualifier
    }

    private static func endUnits(of start: TimeUnit) -> [TimeUnit] {
        switch start {
        case .year: return [.month]
        case .day: return [.hour, .minute, .second]
        case .hour: return [.minute, .second]
        case .minute: return [.second]
        default: return []
        }
    }

    private mutating func parseIntervalUnit() throws(SQLError) -> TimeUnit {
        guard let unit = intervalUnit(current) else {
            note(.timeUnit)
            throw failure()
        }
        advance()
        return unit
    }

    /// The unit that a word names, in singular or plural.
    private func intervalUnit(_ token: Token) -> TimeUnit? {
        guard token.kind == .word else { return nil }
        var word = text(token).uppercased()
        if word.hasSuffix("S") { word.removeLast() }
        guard let unit = TimeUnit(rawValue: word), Parser.intervalUnits.contains(unit) else { return nil }
        return unit
    }

    private static let intervalUnits: [TimeUnit] = [
        .year, .quarter, .month, .week, .day, .hour, .minute, .second,
    ]

    /// A unit of EXTRACT, FLOOR, CEIL, TIMESTAMPADD and TIMESTAMPDIFF as an argument.
    mutating func parseTimeUnit() throws(SQLError) -> Expr {
        let token = current
        if token.kind == .word {
            var word = text(token).uppercased()
            if word.hasPrefix("SQL_TSI_") { word.removeFirst("SQL_TSI_".count) }
            if let unit = TimeUnit(rawValue: word) {
                advance()
                return Expr(.timeUnit(unit), span: token.span)
            }
            if let near = DidYouMean.nearest(word, in: TimeUnit.allCases.map(\.rawValue)) {
                return try failTimeUnit(token, near)
            }
        }
        note(.timeUnit)
        throw failure()
    }

    private func failTimeUnit(_ token: Token, _ near: String) throws(SQLError) -> Expr {
        throw SQLError(
            .syntax, "unexpected \(describe(token)), expected a time unit", span: token.span,
            label: "did you mean \(near)?")
    }
}
