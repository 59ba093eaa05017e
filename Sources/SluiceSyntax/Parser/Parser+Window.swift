import SluiceBase

extension Parser {
    /// `OVER w` or `OVER (…)`; the word has been read.
    mutating func parseWindowReference() throws(SQLError) -> WindowReference {
        if isAt(.leftParen) { return .inline(try parseWindowSpec()) }
        return .name(try parseIdentifier())
    }

    mutating func parseNamedWindow() throws(SQLError) -> NamedWindow {
        let name = try parseIdentifier()
        try expect(.as)
        return NamedWindow(name: name, spec: try parseWindowSpec())
    }

    private mutating func parseWindowSpec() throws(SQLError) -> WindowSpec {
        try enter()
        let start = index
        try expect(.leftParen)
        var spec = WindowSpec(span: span(from: start))
        if isName(current) { spec.base = try parseIdentifier() }
        if accept(.partition) {
            try expect(.by)
            spec.partitionBy = try commaList { parser throws(SQLError) in try parser.parseExpression() }
        }
        spec.orderBy = try acceptOrderBy()
        spec.frame = try acceptFrame()
        try expect(.rightParen)
        spec.span = span(from: start)
        leave()
        return spec
    }

    private mutating func acceptFrame() throws(SQLError) -> WindowFrame? {
        let start = index
        let unit: WindowFrame.Unit
        if accept(.rows) {
            unit = .rows
        } else if accept(.range) {
            unit = .range
        } else {
            return nil
        }
        var frame = WindowFrame(unit: unit, start: .currentRow, end: nil, span: span(from: start))
        if accept(.between) {
            frame.start = try parseBound()
            try expect(.and)
            frame.end = try parseBound()
        } else {
            frame.start = try parseBound()
        }
        frame.span = span(from: start)
        return frame
    }

    private mutating func parseBound() throws(SQLError) -> WindowFrame.Bound {
        if accept(.current) {
            try expect(.row)
            return .currentRow
        }
        if isAt(.unbounded), peek().keyword == .preceding || peek().keyword == .following {
            advance()
            if accept(.preceding) { return .unboundedPreceding }
            try expect(.following)
            return .unboundedFollowing
        }
        note(.keyword(.unbounded))
        // Above AND: in BETWEEN x PRECEDING AND y FOLLOWING the word belongs to BETWEEN.
        let distance = try parseExpression(above: Precedence.and)
        if accept(.preceding) { return .preceding(distance) }
        try expect(.following)
        return .following(distance)
    }
}
