public import SluiceBase

/// Lays out SQL text: reserved words in upper case, a clause, a column or an option a line.
///
/// Comments stay, empty lines between statements stay (at most one), and the tokens never change: the result
/// is parsed again and must mean the same. Formatting twice is the same as formatting once. Parameters of job
/// files, `${name}`, are taken for names.
public struct SQLFormatter {
    /// Lines are folded at this many characters, where a comma or an AND allows it.
    static let width = 100

    /// Throws the first error of a text that does not parse.
    public static func format(_ text: String) throws(SQLError) -> String {
        let original = Array(text.utf8)
        let masked = maskParameters(original)
        let script = Parser.parseScript(String(decoding: masked, as: UTF8.self))
        if let error = script.errors.first { throw error }
        var layout = FormatLayout(FormatToken.tokens(of: masked, showing: original))
        let output = layout.run()
        let again = Parser.parseScript(String(decoding: maskParameters(Array(output.utf8)), as: UTF8.self))
        guard again.errors.isEmpty, again.statements == script.statements else {
            throw SQLError(.internalError, "formatting would change the meaning of the text")
        }
        return output
    }

    /// `${name}` becomes a name of the same length, so that places stay the same.
    static func maskParameters(_ bytes: [UInt8]) -> [UInt8] {
        var masked = bytes
        var position = 0
        while position + 2 < bytes.count {
            guard bytes[position] == 0x24, bytes[position + 1] == 0x7b else {
                position += 1
                continue
            }
            var end = position + 2
            while end < bytes.count, LexerTables.isCharsetByte(bytes[end]) { end += 1 }
            if end < bytes.count, bytes[end] == 0x7d, end > position + 2 {
                for index in (position + 1)...end where !LexerTables.isWordByte(bytes[index]) {
                    masked[index] = 0x5f
                }
            }
            position = end
        }
        return masked
    }
}

/// A token with the comments in front of it.
struct FormatToken {
    struct Comment {
        var text: String
        /// `--` and `//`, which end with the line.
        var endsLine: Bool
        /// Whether it began a line.
        var ownLine: Bool
        var emptyLineBefore: Bool
        /// Whether the line ended behind it.
        var lineEndAfter = false
    }

    var kind: TokenKind
    var keyword: Keyword?
    var text: String
    var comments: [Comment] = []
    var spaceBefore = false
    var emptyLineBefore = false

    static func tokens(of masked: [UInt8], showing original: [UInt8]) -> [FormatToken] {
        var result: [FormatToken] = []
        var last = masked.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        for token in Lexer.tokens(of: masked) {
            let span = token.span
            var text = String(decoding: original[span.lower..<span.upper], as: UTF8.self)
            if let keyword = token.keyword, keyword.isReserved { text = text.uppercased() }
            var formatted = FormatToken(kind: token.kind, keyword: token.keyword, text: text)
            formatted.readGap(original, last, span.lower)
            result.append(formatted)
            last = span.upper
        }
        keepFunctionNames(&result, masked)
        return result
    }

    /// Functions are called as written; only words of the grammar become upper case.
    private static func keepFunctionNames(_ tokens: inout [FormatToken], _ bytes: [UInt8]) {
        let plain = Lexer.tokens(of: bytes)
        for index in tokens.indices.dropLast() where tokens[index + 1].kind == .leftParen {
            guard let keyword = tokens[index].keyword, keyword.isReserved, keyword.isCallable else {
                continue
            }
            let span = plain[index].span
            tokens[index].text = String(decoding: bytes[span.lower..<span.upper], as: UTF8.self)
        }
    }

    /// Space and comments between two tokens.
    private mutating func readGap(_ bytes: [UInt8], _ lower: Int, _ upper: Int) {
        var position = lower
        var lineEnds = lower == 0 ? 1 : 0
        spaceBefore = upper > lower
        while position < upper {
            let byte = bytes[position]
            let next: UInt8 = position + 1 < upper ? bytes[position + 1] : 0
            if byte == 0x0a {
                lineEnds += 1
                if !comments.isEmpty { comments[comments.count - 1].lineEndAfter = true }
            }
            guard
                (byte == 0x2d && next == 0x2d) || (byte == 0x2f && (next == 0x2f || next == 0x2a))
                    || byte == 0x23
            else {
                position += 1
                continue
            }
            let start = position
            let isBlock = byte == 0x2f && next == 0x2a
            if isBlock {
                position += 2
                while position + 1 < upper, !(bytes[position] == 0x2a && bytes[position + 1] == 0x2f) {
                    position += 1
                }
                position = min(position + 2, upper)
            } else {
                while position < upper, bytes[position] != 0x0a, bytes[position] != 0x0d { position += 1 }
            }
            var text = String(decoding: bytes[start..<position], as: UTF8.self)
            while text.last == " " || text.last == "\t" { text.removeLast() }
            comments.append(
                Comment(
                    text: text, endsLine: !isBlock, ownLine: lineEnds > 0,
                    emptyLineBefore: lineEnds > 1 && start > 0))
            lineEnds = 0
        }
        emptyLineBefore = lineEnds > 1
    }
}
