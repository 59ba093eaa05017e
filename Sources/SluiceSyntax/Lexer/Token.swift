public import SluiceBase

/// What a token is. Words that are keywords have the kind `word` and a keyword besides.
public enum TokenKind: UInt8, Sendable {
    /// The end of the text; its span is empty.
    case endOfText
    case word
    /// `` `name` ``.
    case quotedIdentifier
    /// `'text'`.
    case plainString
    /// `U&'\00e9'`.
    case unicodeString
    /// `_UTF8'text'`, `N'text'`.
    case charsetString
    /// `E'a\n'`.
    case escapedString
    /// `X'00ff'`.
    case binaryString
    /// Digits only.
    case digits
    /// With a point.
    case decimalDigits
    /// With an exponent.
    case approximate
    /// `/*+`.
    case hintStart
    /// `*/`.
    case commentEnd
    case leftParen, rightParen, leftBracket, rightBracket, leftBrace, rightBrace
    case semicolon, point, comma, colon, question
    case equal, notEqual, bangEqual, less, lessOrEqual, greater, greaterOrEqual
    case plus, minusSign, star, slash, percent, concat, bar, arrow, caret

    // What is no token of the language; each becomes an error with a text of its own.
    case illegalCharacter
    case unterminatedString
    case unterminatedIdentifier
    case unterminatedComment
    case doubleQuoted

    /// The characters of punctuation; empty for other kinds.
    var symbol: String {
        switch self {
        case .hintStart: return "/*+"
        case .commentEnd: return "*/"
        case .leftParen: return "("
        case .rightParen: return ")"
        case .leftBracket: return "["
        case .rightBracket: return "]"
        case .leftBrace: return "{"
        case .rightBrace: return "}"
        case .semicolon: return ";"
        case .point: return "."
        case .comma: return ","
        case .colon: return ":"
        case .question: return "?"
        case .equal: return "="
        case .notEqual: return "<>"
        case .bangEqual: return "!="
        case .less: return "<"
        case .lessOrEqual: return "<="
        case .greater: return ">"
        case .greaterOrEqual: return ">="
        case .plus: return "+"
        case .minusSign: return "-"
        case .star: return "*"
        case .slash: return "/"
        case .percent: return "%"
        case .concat: return "||"
        case .bar: return "|"
        case .arrow: return "=>"
        case .caret: return "^"
        default: return ""
        }
    }
}

/// A piece of the text: kind and place, no copy of the characters.
public struct Token: Sendable, Equatable {
    public var kind: TokenKind
    /// For `word`: the keyword it is, reserved or not.
    public var keyword: Keyword?
    var lower: UInt32
    var upper: UInt32

    init(_ kind: TokenKind, _ lower: Int, _ upper: Int, keyword: Keyword? = nil) {
        self.kind = kind
        self.keyword = keyword
        self.lower = UInt32(truncatingIfNeeded: lower)
        self.upper = UInt32(truncatingIfNeeded: upper)
    }

    public var span: SourceSpan { SourceSpan(Int(lower), Int(upper)) }
}
