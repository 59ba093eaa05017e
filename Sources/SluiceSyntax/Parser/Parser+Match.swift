import SluiceBase

/// MATCH_RECOGNIZE.
extension Parser {
    mutating func parseMatchRecognize(_ input: TableRef, _ start: Int) throws(SQLError) -> TableRef {
        try expect(.match_recognize)
        try expect(.leftParen)
        var match = MatchRecognize(
            input: input, partitionBy: [], orderBy: [], measures: [], rowsPerMatch: nil, afterMatch: nil,
            pattern: .sequence([]), isAnchoredAtStart: false, isAnchoredAtEnd: false, within: nil,
            subsets: [],
            definitions: [], alias: nil, patternSpan: current.span)
        if accept(.partition) {
            try expect(.by)
            match.partitionBy = try commaList { parser throws(SQLError) in try parser.parseExpression() }
        }
        match.orderBy = try acceptOrderBy()
        if accept(.measures) {
            match.measures = try commaList { parser throws(SQLError) in try parser.parseMeasure() }
        }
        match.rowsPerMatch = try acceptRowsPerMatch()
        match.afterMatch = try acceptAfterMatch()
        try parsePatternClause(&match)
        if accept(.within) { match.within = try parseInterval() }
        if accept(.subset) {
            match.subsets = try commaList { parser throws(SQLError) in try parser.parseSubset() }
        }
        if accept(.define) {
            match.definitions = try commaList { parser throws(SQLError) in try parser.parseDefinition() }
        }
        try expect(.rightParen)
        return TableRef(.matchRecognize(match), span: span(from: start))
    }

    private mutating func parseMeasure() throws(SQLError) -> MatchRecognize.Measure {
        let expr = try parseExpression()
        try expect(.as)
        return MatchRecognize.Measure(expr: expr, alias: try parseIdentifier())
    }

    private mutating func acceptRowsPerMatch() throws(SQLError) -> MatchRecognize.RowsPerMatch? {
        if accept(.one) {
            try expectWords([.row, .per, .match])
            return .one
        }
        guard accept(.all) else { return nil }
        try expectWords([.rows, .per, .match])
        return .all
    }

    private mutating func acceptAfterMatch() throws(SQLError) -> MatchRecognize.AfterMatch? {
        guard accept(.after) else { return nil }
        try expectWords([.match, .skip])
        if accept(.past) {
            try expectWords([.last, .row])
            return .pastLastRow
        }
        try expect(.to)
        if accept(.next) {
            try expect(.row)
            return .toNextRow
        }
        if isAt(.first), isName(peek()) {
            advance()
            return .toFirst(try parseIdentifier())
        }
        if isAt(.last), isName(peek()) { advance() }
        note(.keyword(.next))
        note(.keyword(.first))
        note(.keyword(.last))
        return .toLast(try parseIdentifier())
    }

    private mutating func parseSubset() throws(SQLError) -> MatchRecognize.PatternSubset {
        let name = try parseIdentifier()
        try expect(.equal)
        return MatchRecognize.PatternSubset(name: name, members: try parseColumnNames())
    }

    private mutating func parseDefinition() throws(SQLError) -> MatchRecognize.PatternDefinition {
        let name = try parseIdentifier()
        try expect(.as)
        return MatchRecognize.PatternDefinition(name: name, condition: try parseExpression())
    }

    // MARK: PATTERN

    private mutating func parsePatternClause(_ match: inout MatchRecognize) throws(SQLError) {
        try expect(.pattern)
        let start = index
        try expect(.leftParen)
        match.isAnchoredAtStart = accept(.caret)
        match.pattern = try parsePattern()
        if isAtDollar() {
            advance()
            match.isAnchoredAtEnd = true
        }
        try expect(.rightParen)
        match.patternSpan = span(from: start)
    }

    private func isAtDollar() -> Bool {
        current.kind == .word && current.span.count == 1 && bytes[current.span.lower] == 0x24
    }

    /// `a b | c`.
    private mutating func parsePattern() throws(SQLError) -> MatchPattern {
        try enter()
        var choices = [try parsePatternSequence()]
        while accept(.bar) {
            choices.append(try parsePatternSequence())
        }
        leave()
        return choices.count == 1 ? choices[0] : .alternation(choices)
    }

    private mutating func parsePatternSequence() throws(SQLError) -> MatchPattern {
        var parts = [try parsePatternFactor()]
        while startsPatternFactor() {
            parts.append(try parsePatternFactor())
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private func startsPatternFactor() -> Bool {
        if isAt(.leftParen) || isAt(.leftBrace) || isAt(.permute) { return true }
        return isName(current) && !isAtDollar()
    }

    private mutating func parsePatternFactor() throws(SQLError) -> MatchPattern {
        var pattern = try parsePatternPrimary()
        guard let (minimum, maximum) = try acceptQuantifier() else { return pattern }
        let isGreedy = !accept(.question)
        pattern = .quantified(pattern, minimum: minimum, maximum: maximum, isGreedy: isGreedy)
        return pattern
    }

    private mutating func parsePatternPrimary() throws(SQLError) -> MatchPattern {
        if accept(.leftParen) {
            let pattern = try parsePattern()
            try expect(.rightParen)
            return pattern
        }
        if accept(.leftBrace) {
            try expect(.minusSign)
            let pattern = try parsePattern()
            try expect(.minusSign)
            try expect(.rightBrace)
            return .exclusion(pattern)
        }
        if accept(.permute) {
            return .permute(try parenthesized { parser throws(SQLError) in try parser.parsePattern() })
        }
        return .variable(try parseIdentifier())
    }

    /// `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`, `{,m}`.
    private mutating func acceptQuantifier() throws(SQLError) -> (Int, Int?)? {
        if accept(.star) { return (0, nil) }
        if accept(.plus) { return (1, nil) }
        if accept(.question) { return (0, 1) }
        guard isAt(.leftBrace), peek().kind != .minusSign else { return nil }
        advance()
        if accept(.comma) {
            let maximum = Int(try parseInteger(limit: Int64(Int32.max)))
            try expect(.rightBrace)
            return (0, maximum)
        }
        let minimum = Int(try parseInteger(limit: Int64(Int32.max)))
        var maximum: Int? = minimum
        if accept(.comma) {
            maximum = isAt(.rightBrace) ? nil : Int(try parseInteger(limit: Int64(Int32.max)))
        }
        try expect(.rightBrace)
        return (minimum, maximum)
    }
}
