import SluiceBase
import SluiceSyntax
import Testing

private func kinds(_ text: String) -> [TokenKind] { Lexer.tokens(of: text).map(\.kind) }

@Test("tokens lie side by side, in order, and end with an empty one")
func tokenPlaces() {
    let text = "SELECT a.b, 'it''s' || X'00' -- rest\n/* c */ FROM `x``y` WHERE a <= 1.5e3;"
    var last = 0
    for token in Lexer.tokens(of: text) {
        #expect(token.span.lower >= last && token.span.upper >= token.span.lower)
        last = token.span.upper
    }
    #expect(last == text.utf8.count)
    #expect(kinds("") == [.endOfText])
}

@Test("numbers, strings and names have the kinds that the dialect gives them")
func tokenKinds() {
    #expect(
        kinds("1 1. .5 1.5 1e3 1.e-3 1e") == [
            .digits, .decimalDigits, .decimalDigits, .decimalDigits, .approximate, .approximate, .digits,
            .word, .endOfText,
        ])
    #expect(
        kinds("'a' U&'b' _UTF8'c' N'd' E'e\\'' X'f' x'0'") == [
            .plainString, .unicodeString, .charsetString, .charsetString, .escapedString, .binaryString,
            .binaryString,
            .endOfText,
        ])
    #expect(
        kinds("a `b` größe 列 $x _y n'z'") == [
            .word, .quotedIdentifier, .word, .word, .word, .word, .word, .plainString, .endOfText,
        ])
    #expect(
        kinds("<> != <= >= < > = => || | + - * / %") == [
            .notEqual, .bangEqual, .lessOrEqual, .greaterOrEqual, .less, .greater, .equal, .arrow, .concat,
            .bar, .plus,
            .minusSign, .star, .slash, .percent, .endOfText,
        ])
}

@Test("comments vanish, hints stay")
func commentsAndHints() {
    #expect(kinds("a -- x\nb // y\n/* z */ c /**/ d") == [.word, .word, .word, .word, .endOfText])
    #expect(kinds("/*+ a */") == [.hintStart, .word, .commentEnd, .endOfText])
    #expect(kinds("'-- a /* b'") == [.plainString, .endOfText])
}

@Test("what is not closed or not known becomes a token of its own")
func brokenTokens() {
    #expect(kinds("'a") == [.unterminatedString, .endOfText])
    #expect(kinds("`a") == [.unterminatedIdentifier, .endOfText])
    #expect(kinds("`a\nb") == [.unterminatedIdentifier, .word, .endOfText])
    #expect(kinds("/* a") == [.unterminatedComment, .endOfText])
    #expect(kinds("\"a\" ~ ``") == [.doubleQuoted, .illegalCharacter, .illegalCharacter, .endOfText])
    #expect(
        Lexer.tokens(of: [0xff, 0xc3, 0x28]).map(\.kind) == [
            .illegalCharacter, .illegalCharacter, .leftParen, .endOfText,
        ])
}

@Test("keywords are known in upper and lower case, not in backticks")
func keywords() {
    let tokens = Lexer.tokens(of: "select SeLeCt `select` selects")
    #expect(tokens.map(\.keyword) == [.select, .select, nil, nil, nil])
}

@Test("a byte order mark and a #! line are skipped")
func fileStart() {
    #expect(kinds("\u{feff}SELECT") == [.word, .endOfText])
    #expect(kinds("#! /usr/bin/sluice\nSELECT") == [.word, .endOfText])
}
