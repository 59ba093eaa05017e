/// Writes tokens line by line. A bracket is written in one line, as a list with an item a line, or as a query
/// of its own with a clause a line.
struct FormatLayout {
    private enum Bracket {
        case inline
        case list
        case query
    }

    private let tokens: [FormatToken]
    private var output = ""
    private var line = ""
    private var indent = 0
    private var brackets: [Bracket] = []
    /// How many of the brackets are written in one line.
    private var inlineDepth = 0
    /// For the statement and each query: whether a SELECT was seen, so that FROM and its kind are clauses.
    private var sawSelect = [false]
    private var isInCreateTable = false
    private var isInSet = false
    private var isFirstOfStatement = true

    init(_ tokens: [FormatToken]) { self.tokens = tokens }

    mutating func run() -> String {
        for index in tokens.indices { write(index) }
        endLine()
        return output
    }

    // MARK: Lines

    private mutating func endLine() {
        if line.isEmpty { return }
        output += String(repeating: " ", count: indent * 2) + line + "\n"
        line = ""
    }

    private mutating func emptyLine() {
        endLine()
        if !output.isEmpty, !output.hasSuffix("\n\n") { output += "\n" }
    }

    private mutating func comments(of token: FormatToken) {
        for comment in token.comments {
            if comment.ownLine {
                endLine()
                if comment.emptyLineBefore { emptyLine() }
            }
            if !line.isEmpty {
                line += " "
            } else if !comment.ownLine, output.hasSuffix("\n"), !output.hasSuffix("\n\n") {
                // Behind a semicolon or comma that ended the line already: the comment belongs to that line.
                output.removeLast()
                output += " \(comment.text)\n"
                continue
            }
            line += comment.text
            if comment.endsLine || (comment.ownLine && comment.lineEndAfter) { endLine() }
        }
    }

    // MARK: Tokens

    private mutating func write(_ index: Int) {
        let token = tokens[index]
        comments(of: token)
        if token.kind == .endOfText { return }
        if token.emptyLineBefore, isFirstOfStatement { emptyLine() }
        if isFirstOfStatement, token.kind != .semicolon { beginStatement(index) }
        breakBefore(index)
        if !line.isEmpty, line != FormatLayout.folded, needsSpace(index) { line += " " }
        line += token.text
        breakAfter(index)
    }

    private mutating func beginStatement(_ index: Int) {
        isFirstOfStatement = false
        sawSelect = [false]
        var position = index + 1
        while position < tokens.count, [.or, .replace, .temporary].contains(tokens[position].keyword) {
            position += 1
        }
        isInCreateTable =
            tokens[index].keyword == .create && position < tokens.count
            && tokens[position].keyword == .table
    }

    private func previous(_ index: Int) -> FormatToken? { index > 0 ? tokens[index - 1] : nil }
    private func next(_ index: Int) -> FormatToken? { index + 1 < tokens.count ? tokens[index + 1] : nil }

    /// One space where there was any, except at commas, at some operators and inside brackets.
    private func needsSpace(_ index: Int) -> Bool {
        let token = tokens[index]
        if FormatLayout.spaced.contains(token.kind) { return true }
        switch previous(index)?.kind {
        case .comma: return true
        case let kind? where FormatLayout.spaced.contains(kind): return true
        case .leftParen, .leftBracket: return false
        default: break
        }
        switch token.kind {
        case .comma, .semicolon, .rightParen, .rightBracket: return false
        default: return token.spaceBefore
        }
    }

    /// Operators with a space on either side.
    private static let spaced: Set<TokenKind> = [
        .equal, .notEqual, .lessOrEqual, .greaterOrEqual, .concat, .arrow,
    ]

    // MARK: Breaks

    private mutating func breakBefore(_ index: Int) {
        let token = tokens[index]
        if token.kind == .rightParen, let bracket = brackets.last {
            if bracket != .inline {
                endLine()
                indent -= 1
            }
            return
        }
        if isInSet, token.keyword == .end, brackets.isEmpty, previous(index)?.kind == .semicolon {
            endLine()
            indent -= 1
            isInSet = false
            return
        }
        if startsClause(index) {
            endLine()
        } else if isFoldable(index), line.count + chunkLength(index) > SQLFormatter.width - indent * 2 {
            fold()
        }
    }

    /// The rest of a long line goes on one step further in.
    private mutating func fold() {
        endLine()
        line = FormatLayout.folded
    }

    private static let folded = "  "

    private func isFoldable(_ index: Int) -> Bool {
        if previous(index)?.kind == .comma { return true }
        return inlineDepth == 0 && (tokens[index].keyword == .and || tokens[index].keyword == .or)
    }

    /// The characters up to the next place that could be folded.
    private func chunkLength(_ index: Int) -> Int {
        var length = 0
        var position = index
        repeat {
            length += tokens[position].text.count + 1
            position += 1
        } while position < tokens.count - 1 && position < index + 200 && tokens[position - 1].kind != .comma
            && !(tokens[position].keyword == .and || tokens[position].keyword == .or)
            && !startsClause(position)
        return length
    }

    private func startsClause(_ index: Int) -> Bool {
        if inlineDepth > 0 || brackets.last == .list { return false }
        let before = previous(index)
        if before?.kind == .leftParen || before == nil { return false }
        let isQuery = sawSelect.last ?? false
        switch tokens[index].keyword {
        case .select: return before?.kind != .semicolon
        case .values: return before?.kind != .semicolon && before?.keyword != .json
        case .union, .intersect, .except, .having, .qualify: return true
        case .where, .set: return tokens[index].keyword == .where || isUpdate(index)
        case .from: return isQuery && before?.keyword != .distinct
        case .group: return isQuery && before?.keyword != .within
        case .order, .limit, .offset, .fetch, .window: return isQuery
        case .join: return !Self.joinWords.contains(before?.keyword)
        case .left, .right, .full, .inner, .cross, .natural:
            return isQuery && startsJoin(index) && !Self.joinWords.contains(before?.keyword)
        default: return false
        }
    }

    private func isUpdate(_ index: Int) -> Bool {
        var position = index
        while position > 0, tokens[position - 1].kind != .semicolon { position -= 1 }
        return tokens[position].keyword == .update
    }

    private static let joinWords: Set<Keyword?> = [.left, .right, .full, .inner, .cross, .natural, .outer]

    private func startsJoin(_ index: Int) -> Bool {
        guard let word = next(index)?.keyword else { return false }
        return word == .join || word == .outer || Self.joinWords.contains(word)
    }

    private mutating func breakAfter(_ index: Int) {
        let token = tokens[index]
        switch token.kind {
        case .leftParen: open(index)
        case .rightParen: close()
        case .comma where brackets.last == .list: endLine()
        case .semicolon:
            endLine()
            isFirstOfStatement = true
        default: break
        }
        if token.keyword == .select { sawSelect[sawSelect.count - 1] = true }
        if token.keyword == .begin, previous(index)?.keyword == .set, brackets.isEmpty {
            endLine()
            indent += 1
            isInSet = true
            isFirstOfStatement = true
        }
    }

    private mutating func open(_ index: Int) {
        let bracket = kind(ofBracketAt: index)
        brackets.append(bracket)
        if bracket == .inline {
            inlineDepth += 1
            return
        }
        if bracket == .query { sawSelect.append(false) }
        endLine()
        indent += 1
    }

    private func kind(ofBracketAt index: Int) -> Bracket {
        if inlineDepth > 0 { return .inline }
        if next(index)?.kind == .rightParen { return .inline }
        switch next(index)?.keyword {
        case .select, .with: return .query
        default: break
        }
        guard brackets.isEmpty else { return .inline }
        let before = previous(index)
        if before?.keyword == .with { return .list }
        if isInCreateTable, before?.kind == .word || before?.kind == .quotedIdentifier, isColumnList(index) {
            return .list
        }
        return .inline
    }

    /// `CREATE TABLE t (` but not `PARTITIONED BY (` and the like.
    private func isColumnList(_ index: Int) -> Bool {
        var position = index - 1
        while position > 0, tokens[position].keyword != .table {
            guard tokens[position].kind != .rightParen else { return false }
            position -= 1
        }
        guard tokens[position].keyword == .table else { return false }
        return !tokens[position..<index].contains {
            $0.keyword == .by || $0.keyword == .like || $0.keyword == .as
        }
    }

    private mutating func close() {
        switch brackets.popLast() {
        case .inline: inlineDepth -= 1
        case .query: if sawSelect.count > 1 { sawSelect.removeLast() }
        default: break
        }
    }
}
