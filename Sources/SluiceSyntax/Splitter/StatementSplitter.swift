public import SluiceBase

/// Cuts a text into statements without parsing them, and says what its end leaves open. For shells.
public struct StatementSplitter: Sendable {
    /// One statement, or the beginning of one.
    public struct Piece: Sendable, Equatable {
        /// From the first token to the last one, without the semicolon.
        public var span: SourceSpan
        public var text: String
        /// Whether a semicolon stands behind it.
        public var isTerminated: Bool
    }

    /// What the end of the text is in the middle of.
    public enum Opening: String, Sendable, Equatable {
        case string
        case identifier
        case comment
        case brackets
        /// Between BEGIN and END.
        case statementSet
        /// A statement that only lacks its semicolon.
        case statement
    }

    public let pieces: [Piece]
    /// nil: the text ends behind a complete statement, or holds none.
    public let opening: Opening?

    /// Whether every statement of the text is complete; true for a text without statements.
    public var isComplete: Bool { opening == nil }

    public init(_ text: String) {
        let bytes = Array(text.utf8)
        let tokens = Lexer.tokens(of: bytes)
        var scan = Scan()
        var pieces: [Piece] = []
        for token in tokens {
            guard scan.take(token) else { continue }
            if let span = scan.span {
                let source = String(decoding: bytes[span.lower..<span.upper], as: UTF8.self)
                pieces.append(Piece(span: span, text: source, isTerminated: token.kind == .semicolon))
            }
            if token.kind == .semicolon { scan = Scan() }
        }
        self.pieces = pieces
        opening = scan.opening(tokens.dropLast().last)
    }

    /// The state inside one statement.
    private struct Scan {
        var span: SourceSpan?
        var brackets = 0
        var cases = 0
        var setWords: [Keyword] = []
        var isInSet = false

        /// Takes the next token; true at the end of the statement or text.
        mutating func take(_ token: Token) -> Bool {
            if token.kind == .endOfText { return true }
            if token.kind == .semicolon, !isInSet { return true }
            span = span?.union(token.span) ?? token.span
            switch token.kind {
            case .leftParen, .leftBracket: brackets += 1
            case .rightParen, .rightBracket: brackets -= 1
            case .semicolon:
                brackets = 0
                cases = 0
            default: break
            }
            word(token.keyword)
            return false
        }

        private mutating func word(_ keyword: Keyword?) {
            switch keyword {
            case .statement: setWords = [.statement]
            case .set where setWords == [.statement]: setWords = [.statement, .set]
            case .begin where setWords.count == 2: isInSet = true
            case .case: cases += 1
            case .end where cases > 0: cases -= 1
            case .end where isInSet: isInSet = false
            default: setWords = []
            }
        }

        func opening(_ last: Token?) -> Opening? {
            switch last?.kind {
            case .unterminatedString: return .string
            case .unterminatedIdentifier: return .identifier
            case .unterminatedComment: return .comment
            default: break
            }
            guard span != nil else { return nil }
            if isInSet { return .statementSet }
            return brackets > 0 ? .brackets : .statement
        }
    }
}
