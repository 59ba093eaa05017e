import SluiceBase

extension Parser {
    /// The error of the current token: what stands there and what could have stood there.
    func failure() -> SQLError {
        let token = current
        if let error = lexicalError(token) { return error }
        if let error = mistypedAlias() { return error }
        if let keyword = nearKeyword(token, expected) { return mistyped(token, keyword) }
        let names = expectedNames()
        var error = SQLError(.syntax, "unexpected \(describe(token))", span: place(of: token))
        if names.count == 1 {
            error.message += ", expected \(names[0])"
        } else if let last = names.last {
            error.message += ", expected \(names.dropLast().joined(separator: ", ")) or \(last)"
        }
        error.hint = dialectHint(token) ?? reservedWordHint(token)
        if expected.contains(.symbol(.rightParen)), let open = unclosedBracket() {
            error.notes = [SQLError.Note("this bracket is not closed", span: open)]
        }
        return error
    }

    /// The bracket that is open where the statement ends.
    private func unclosedBracket() -> SourceSpan? {
        guard isAt(.endOfText) || isAt(.semicolon) else { return nil }
        var closed = 0
        var place = index - 1
        while place >= 0, tokens[place].kind != .semicolon {
            if tokens[place].kind == .rightParen { closed += 1 }
            if tokens[place].kind == .leftParen {
                if closed == 0 { return tokens[place].span }
                closed -= 1
            }
            place -= 1
        }
        return nil
    }

    /// An error at one token with a text of its own.
    func error(_ message: String, at token: Token, hint: String? = nil) -> SQLError {
        SQLError(.syntax, message, span: place(of: token), hint: hint)
    }

    func describe(_ token: Token) -> String {
        if token.kind == .endOfText { return "end of statement" }
        var shown = text(token)
        if shown.utf8.count > 40 { shown = String(shown.prefix(40)) + "…" }
        return token.kind == .doubleQuoted ? shown : "\"\(shown)\""
    }

    /// The span of a token; the end of the text is put on the last token, which misses something behind it.
    func place(of token: Token) -> SourceSpan {
        guard token.kind == .endOfText, index > 0 else { return token.span }
        return tokens[index - 1].span
    }

    /// What was looked for, in order. Of many, the last one, without which it cannot go on, and the first.
    private func expectedNames() -> [String] {
        var seen: Set<Expectation> = []
        var names: [String] = []
        for item in expected where item != .symbol(.point) && seen.insert(item).inserted {
            names.append(item.text)
        }
        let limit = 6
        if names.count > limit, let last = names.last {
            names = [last] + names.prefix(limit - 2) + ["something else"]
        }
        return names
    }

    // MARK: Mistyped words

    private func nearKeyword(_ token: Token, _ expectations: [Expectation]) -> Keyword? {
        guard token.kind == .word, token.keyword == nil || !expectations.isEmpty else { return nil }
        let written = text(token).uppercased()
        var words: [String] = []
        for case .keyword(let keyword) in expectations { words.append(keyword.text) }
        if expectations.contains(.statement) { words += Parser.statementWords }
        if expectations.contains(.dataType) { words += Parser.typeWords }
        guard written.utf8.count > 2, let nearest = DidYouMean.nearest(written, in: words) else { return nil }
        return Keyword(nearest)
    }

    private func mistyped(_ token: Token, _ keyword: Keyword) -> SQLError {
        SQLError(
            .syntax, "unexpected \(describe(token)), expected \(keyword.text)", span: token.span,
            label: "did you mean \(keyword.text)?")
    }

    /// `SELECT a FORM t`: FORM was taken for an alias and the error shows up one token later.
    private func mistypedAlias() -> SQLError? {
        guard let suspect, suspect.index + 1 == index,
            let keyword = nearKeyword(tokens[suspect.index], suspect.expected)
        else { return nil }
        return mistyped(tokens[suspect.index], keyword)
    }

    /// What other dialects write here, and how this one says it.
    private func dialectHint(_ token: Token) -> String? {
        switch token.kind {
        case .bangEqual: return "write \"<>\" for \"not equal\""
        case .equal where index > 0 && tokens[index - 1].kind == .equal: return "write \"=\" for \"equal\""
        case .colon where peek().kind == .colon: return "write CAST(… AS type)"
        case .comma where expected.contains(.keyword(.offset)): return "write LIMIT n OFFSET m"
        default: break
        }
        switch token.keyword {
        case .ilike: return "compare LOWER(…) or UPPER(…) by LIKE"
        case .rlike: return "use the function REGEXP(text, pattern)"
        case .minus: return "write EXCEPT"
        case .column: return "leave the word COLUMN out"
        case .convert: return "write CAST(… AS type)"
        default: return nil
        }
    }

    private func reservedWordHint(_ token: Token) -> String? {
        guard let keyword = token.keyword, keyword.isReserved, !Parser.structuralWords.contains(keyword)
        else {
            return nil
        }
        guard expected.contains(.name) || expected.contains(.expression) || expected.contains(.table) else {
            return nil
        }
        return "\(keyword.text) is a reserved word; as a name it needs backticks: `\(text(token))`"
    }

    /// Reserved words that are hardly ever meant as names.
    private static let structuralWords: Set<Keyword> = [
        .select, .from, .where, .having, .union, .when, .then, .end, .and, .or, .not, .on, .as, .is, .in,
        .table, .with,
        .values, .pattern, .any, .join, .into, .partition, .rows, .distinct, .all,
    ]

    // MARK: Broken tokens

    private func lexicalError(_ token: Token) -> SQLError? {
        switch token.kind {
        case .illegalCharacter:
            return error("illegal character \(describe(token))", at: token)
        case .unterminatedString:
            return SQLError(
                .unterminated, "string is not closed", span: firstBytes(of: token),
                hint: "a quote inside a string is written twice: 'it''s'")
        case .unterminatedIdentifier:
            return SQLError(.unterminated, "name in backticks is not closed", span: firstBytes(of: token))
        case .unterminatedComment:
            return SQLError(
                .unterminated, "comment is not closed",
                span: SourceSpan(token.span.lower, token.span.lower + 2))
        case .doubleQuoted:
            return error(
                "unexpected \(describe(token))", at: token,
                hint: "names are quoted with backticks, strings with single quotes")
        case .question:
            return SQLError(.parameter, "parameters written as \"?\" are not supported", span: token.span)
        default:
            return nil
        }
    }

    /// The first line of a token that runs to the end of the text.
    private func firstBytes(of token: Token) -> SourceSpan {
        let span = token.span
        let text = bytes[span.lower..<span.upper]
        let end = text.firstIndex(where: { $0 == 0x0a || $0 == 0x0d }) ?? span.upper
        return SourceSpan(span.lower, max(end, min(span.lower + 1, span.upper)))
    }

    static let statementWords = [
        "SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "CREATE", "ALTER", "DROP",
        "REPLACE",
        "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXECUTE", "BEGIN", "END", "USE", "SET", "RESET", "COMPILE",
        "ADD",
        "REMOVE", "LOAD", "UNLOAD", "CALL", "ANALYZE", "STOP",
    ]

    static let typeWords = [
        "BOOLEAN", "TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "NUMERIC",
        "CHAR",
        "VARCHAR", "STRING", "BINARY", "VARBINARY", "BYTES", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ",
        "INTERVAL",
        "ARRAY", "MAP", "MULTISET", "ROW", "VARIANT", "BITMAP",
    ]
}
