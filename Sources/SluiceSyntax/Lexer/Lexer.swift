/// Cuts UTF-8 text into tokens. Never fails: what is no token becomes one of the error kinds.
///
/// Comments vanish, except that `/*+` and the `*/` behind it are tokens, because hints stand between them.
public struct Lexer {
    private let bytes: [UInt8]
    private var position = 0
    private var tokens: [Token] = []

    /// Every token of the text, with one of kind `endOfText` at last.
    public static func tokens(of text: String) -> [Token] { tokens(of: Array(text.utf8)) }

    /// The bytes need not be valid UTF-8.
    public static func tokens(of bytes: [UInt8]) -> [Token] {
        var lexer = Lexer(bytes)
        lexer.run()
        return lexer.tokens
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        tokens.reserveCapacity(bytes.count / 5 + 2)
    }

    private func byte(_ offset: Int) -> UInt8 {
        let index = position + offset
        return index < bytes.count ? bytes[index] : 0
    }

    private mutating func run() {
        // A byte order mark and a `#!` line may open a file.
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
        if byte(0) == ascii("#"), byte(1) == ascii("!") { skipLine() }
        while position < bytes.count {
            next()
        }
        tokens.append(Token(.endOfText, bytes.count, bytes.count))
    }

    private mutating func next() {
        let first = bytes[position]
        switch first {
        case 0x20, 0x09, 0x0a, 0x0d, 0x0c: position += 1
        case 0x61...0x7a, 0x41...0x5a, 0x5f, 0x24: word(first)
        case 0x30...0x39: number()
        case 0x27: quoted(.plainString, start: position)
        case 0x60: quotedIdentifier()
        case 0x22: doubleQuoted()
        case 0x2e:
            if isDigit(byte(1)) { number() } else { symbol(.point, 1) }
        case 0x80...0xff: nonASCII()
        default: punctuation(first)
        }
    }

    private mutating func symbol(_ kind: TokenKind, _ length: Int) {
        tokens.append(Token(kind, position, position + length))
        position += length
    }

    private mutating func punctuation(_ first: UInt8) {
        let second = byte(1)
        switch first {
        case ascii("("): symbol(.leftParen, 1)
        case ascii(")"): symbol(.rightParen, 1)
        case ascii("["): symbol(.leftBracket, 1)
        case ascii("]"): symbol(.rightBracket, 1)
        case ascii("{"): symbol(.leftBrace, 1)
        case ascii("}"): symbol(.rightBrace, 1)
        case ascii(";"): symbol(.semicolon, 1)
        case ascii(","): symbol(.comma, 1)
        case ascii(":"): symbol(.colon, 1)
        case ascii("?"): symbol(.question, 1)
        case ascii("^"): symbol(.caret, 1)
        case ascii("+"): symbol(.plus, 1)
        case ascii("%"): symbol(.percent, 1)
        case ascii("="): second == ascii(">") ? symbol(.arrow, 2) : symbol(.equal, 1)
        case ascii(">"): second == ascii("=") ? symbol(.greaterOrEqual, 2) : symbol(.greater, 1)
        case ascii("|"): second == ascii("|") ? symbol(.concat, 2) : symbol(.bar, 1)
        case ascii("!"): second == ascii("=") ? symbol(.bangEqual, 2) : symbol(.illegalCharacter, 1)
        case ascii("<"):
            if second == ascii("=") {
                symbol(.lessOrEqual, 2)
            } else {
                second == ascii(">") ? symbol(.notEqual, 2) : symbol(.less, 1)
            }
        case ascii("-"): second == ascii("-") ? skipLine() : symbol(.minusSign, 1)
        case ascii("*"): second == ascii("/") ? symbol(.commentEnd, 2) : symbol(.star, 1)
        case ascii("/"): slash(second)
        default: symbol(.illegalCharacter, 1)
        }
    }

    private mutating func slash(_ second: UInt8) {
        if second == ascii("/") {
            skipLine()
        } else if second == ascii("*") {
            byte(2) == ascii("+") ? symbol(.hintStart, 3) : blockComment()
        } else {
            symbol(.slash, 1)
        }
    }

    private mutating func skipLine() {
        while position < bytes.count, bytes[position] != 0x0a, bytes[position] != 0x0d { position += 1 }
    }

    private mutating func blockComment() {
        let start = position
        position += 2
        while position < bytes.count {
            if bytes[position] == ascii("*"), byte(1) == ascii("/") {
                position += 2
                return
            }
            position += 1
        }
        tokens.append(Token(.unterminatedComment, start, bytes.count))
    }

    private mutating func word(_ first: UInt8) {
        if let kind = stringPrefix(first) {
            quoted(kind, start: position)
            return
        }
        let start = position
        scanWord()
        let keyword = KeywordTable.shared.find(bytes, start, position)
        tokens.append(Token(.word, start, position, keyword: keyword))
    }

    private mutating func scanWord() {
        while position < bytes.count {
            let byte = bytes[position]
            if LexerTables.isWordByte(byte) {
                position += 1
            } else if byte >= 0x80, let (scalar, length) = decodeScalar(), LexerTables.isLetter(scalar) {
                position += length
            } else {
                return
            }
        }
    }

    /// `U&'`, `X'`, `N'`, `E'` and `_charset'` open a string; the position moves to the quote.
    private mutating func stringPrefix(_ first: UInt8) -> TokenKind? {
        if byte(1) == 0x27 {
            switch first {
            case ascii("x"), ascii("X"): return .binaryString
            case ascii("N"): return .charsetString
            case ascii("E"): return .escapedString
            default: return nil
            }
        }
        if first == ascii("U"), byte(1) == ascii("&"), byte(2) == 0x27 { return .unicodeString }
        guard first == ascii("_") else { return nil }
        var index = position + 1
        while index < bytes.count, LexerTables.isCharsetByte(bytes[index]) { index += 1 }
        if index > position + 1, index < bytes.count, bytes[index] == 0x27 { return .charsetString }
        return nil
    }

    /// A string from `start` on; the opening quote is the first one at or behind the start.
    private mutating func quoted(_ kind: TokenKind, start: Int) {
        while position < bytes.count, bytes[position] != 0x27 { position += 1 }
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x27 {
                if self.byte(1) != 0x27 {
                    position += 1
                    tokens.append(Token(kind, start, position))
                    return
                }
                position += 2
            } else if byte == ascii("\\"), kind == .escapedString, position + 1 < bytes.count {
                position += 2
            } else {
                position += 1
            }
        }
        position = bytes.count
        tokens.append(Token(.unterminatedString, start, position))
    }

    private mutating func quotedIdentifier() {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != 0x0a, bytes[position] != 0x0d {
            if bytes[position] == 0x60 {
                if byte(1) != 0x60 {
                    position += 1
                    let isEmpty = position - start == 2
                    tokens.append(Token(isEmpty ? .illegalCharacter : .quotedIdentifier, start, position))
                    return
                }
                position += 1
            }
            position += 1
        }
        position = min(position, bytes.count)
        tokens.append(Token(.unterminatedIdentifier, start, position))
    }

    /// `"name"` is no identifier in this dialect; taken as one piece for a better message.
    private mutating func doubleQuoted() {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x0a { position += 1 }
        if position < bytes.count, bytes[position] == 0x22 {
            position += 1
        } else {
            position = start + 1
        }
        tokens.append(Token(.doubleQuoted, start, position))
    }

    private mutating func number() {
        let start = position
        var kind = TokenKind.digits
        skipDigits()
        if byte(0) == ascii(".") {
            kind = .decimalDigits
            position += 1
            skipDigits()
        }
        if byte(0) == ascii("e") || byte(0) == ascii("E") {
            let signed = byte(1) == ascii("+") || byte(1) == ascii("-")
            if isDigit(byte(signed ? 2 : 1)) {
                kind = .approximate
                position += signed ? 2 : 1
                skipDigits()
            }
        }
        tokens.append(Token(kind, start, position))
    }

    private mutating func skipDigits() {
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
    }

    private mutating func nonASCII() {
        guard let (scalar, length) = decodeScalar() else {
            symbol(.illegalCharacter, 1)
            return
        }
        if LexerTables.isLetter(scalar) {
            let start = position
            scanWord()
            tokens.append(Token(.word, start, position))
        } else {
            symbol(.illegalCharacter, length)
        }
    }

    /// The scalar at the position and its length in bytes; nil for broken UTF-8.
    private func decodeScalar() -> (UInt32, Int)? {
        let first = UInt32(byte(0))
        func continuation(_ offset: Int) -> UInt32? {
            let next = byte(offset)
            return next & 0xc0 == 0x80 ? UInt32(next & 0x3f) : nil
        }
        if first & 0xe0 == 0xc0, let a = continuation(1) { return ((first & 0x1f) << 6 | a, 2) }
        if first & 0xf0 == 0xe0, let a = continuation(1), let b = continuation(2) {
            return ((first & 0x0f) << 12 | a << 6 | b, 3)
        }
        if first & 0xf8 == 0xf0, let a = continuation(1), let b = continuation(2), let c = continuation(3) {
            return ((first & 0x07) << 18 | a << 12 | b << 6 | c, 4)
        }
        return nil
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private func ascii(_ scalar: Unicode.Scalar) -> UInt8 { UInt8(truncatingIfNeeded: scalar.value) }
}
