import SluiceBase

/// The recursive-descent parser: a cursor over tokens, and what could have stood where it is.
///
/// Each `parse…` method starts at its first token and leaves the cursor behind its last. There is no way
/// back, so the work grows with the length of the text. Nesting is bounded, so that no input overflows the stack.
public struct Parser {
    let bytes: [UInt8]
    let tokens: [Token]
    var index = 0
    var depth = 0
    /// What would have been accepted at the current token.
    var expected: [Expectation] = []
    /// An alias without AS which may be a mistyped keyword; see `failure()`.
    var suspect: SuspectAlias?

    /// How deep brackets, sub-queries and operators may nest.
    static let maximumDepth = 200
    /// How many operators of one chain, such as `a + b + c`, may follow each other: the tree is that deep.
    static let maximumChain = 1000

    init(_ text: String) {
        bytes = Array(text.utf8)
        tokens = Lexer.tokens(of: bytes)
    }

    // MARK: Looking

    var current: Token { tokens[index] }

    /// The token `offset` places on; the end token behind the last one.
    func peek(_ offset: Int = 1) -> Token {
        let target = index + offset
        return target < tokens.count ? tokens[target] : tokens[tokens.count - 1]
    }

    func isAt(_ keyword: Keyword) -> Bool { current.keyword == keyword }
    func isAt(_ kind: TokenKind) -> Bool { current.kind == kind }

    func text(_ token: Token) -> String {
        String(decoding: bytes[Int(token.lower)..<Int(token.upper)], as: UTF8.self)
    }

    /// Whether the token can be a name: in backticks, or a word that is not reserved.
    func isName(_ token: Token) -> Bool {
        if token.kind == .quotedIdentifier { return true }
        guard token.kind == .word else { return false }
        guard let keyword = token.keyword else { return true }
        return !keyword.isReserved
    }

    // MARK: Moving

    mutating func advance() {
        if index < tokens.count - 1 { index += 1 }
        expected.removeAll(keepingCapacity: true)
    }

    mutating func note(_ expectation: Expectation) { expected.append(expectation) }

    mutating func accept(_ keyword: Keyword) -> Bool {
        if current.keyword == keyword {
            advance()
            return true
        }
        expected.append(.keyword(keyword))
        return false
    }

    mutating func accept(_ kind: TokenKind) -> Bool {
        if current.kind == kind {
            advance()
            return true
        }
        expected.append(.symbol(kind))
        return false
    }

    /// Both words or nothing.
    mutating func accept(_ first: Keyword, _ second: Keyword) -> Bool {
        guard current.keyword == first, peek().keyword == second else {
            expected.append(.keyword(first))
            return false
        }
        advance()
        advance()
        return true
    }

    mutating func expect(_ keyword: Keyword) throws(SQLError) {
        if !accept(keyword) { throw failure() }
    }

    mutating func expect(_ kind: TokenKind) throws(SQLError) {
        if !accept(kind) { throw failure() }
    }

    /// The span from the token at `start` to the one before the cursor.
    func span(from start: Int) -> SourceSpan {
        let lower = Int(tokens[start].lower)
        guard index > start else { return SourceSpan(lower, lower) }
        return SourceSpan(lower, Int(tokens[index - 1].upper))
    }

    /// The text of the tokens from `start` to the cursor.
    func source(from start: Int) -> String {
        let place = span(from: start)
        return String(decoding: bytes[place.lower..<place.upper], as: UTF8.self)
    }

    // MARK: Depth

    mutating func enter() throws(SQLError) {
        depth += 1
        if depth > Parser.maximumDepth {
            throw SQLError(
                .nesting,
                "brackets, sub-queries and operators nest deeper than \(Parser.maximumDepth) levels",
                span: place(of: current))
        }
    }

    mutating func leave() { depth -= 1 }

    func checkChain(_ length: Int) throws(SQLError) {
        if length > Parser.maximumChain {
            throw SQLError(
                .nesting, "more than \(Parser.maximumChain) operators follow each other in one expression",
                span: place(of: current), hint: "use IN (…), VALUES or several statements")
        }
    }

    // MARK: Lists

    /// `item, item, …`.
    mutating func commaList<Item>(
        _ item: (inout Parser) throws(SQLError) -> Item
    ) throws(SQLError) -> [Item] {
        var items = [try item(&self)]
        while accept(.comma) {
            items.append(try item(&self))
        }
        return items
    }

    /// `(item, item, …)`.
    mutating func parenthesized<Item>(
        _ item: (inout Parser) throws(SQLError) -> Item
    ) throws(SQLError) -> [Item] {
        try expect(.leftParen)
        let items = try commaList(item)
        try expect(.rightParen)
        return items
    }
}

/// An alias written without AS, and the keywords that could have stood in its place.
struct SuspectAlias {
    var index: Int
    var expected: [Expectation]
}
