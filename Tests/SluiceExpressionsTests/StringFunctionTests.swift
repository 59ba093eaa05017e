import SluiceBase
import SluiceColumns
import SluiceExpressions
import Testing

@Suite("String functions")
struct StringFunctionTests {
    @Test("letters change case as in Java; INITCAP knows ASCII only")
    func letterCase() {
        let table: CallTable = [
            ("UPPER", [t("über straße")], "ÜBER STRASSE"), ("LOWER", [t("İSTANBUL")], "i̇stanbul"),
            ("LOWER", [t("ΟΔΟΣ")], "οδος"), ("INITCAP", [t("élan vital")], "éLan Vital"),
            ("INITCAP", [t("ABCabc123 a%20b")], "Abcabc123 A%20b"), ("REVERSE", [t("🎉ab日")], "日ba🎉"),
            ("CHAR_LENGTH", [t("🎉ab日")], "4"), ("CHARACTER_LENGTH", [t("")], "0"),
            ("UPPER", [null(.string)], "NULL"), ("UPPER", [n(1)], "error"),
        ]
        check(table)
    }

    @Test("positions count code points from 1, zero acts as 1, negative ones count from the end")
    func substrings() {
        let table: CallTable = [
            ("SUBSTRING", [t("東京タワー"), n(3), n(2)], "タワ"), ("SUBSTRING", [t("abc"), n(0)], "abc"),
            ("SUBSTRING", [t("abc"), n(9)], ""), ("SUBSTRING", [t("abc"), n(-2)], "bc"),
            ("SUBSTRING", [t("abc"), n(-5)], ""), ("SUBSTRING", [t("abc"), n(1), n(-1)], "NULL"),
            ("SUBSTR", [t("a long text over twelve bytes"), n(3), n(20)], "long text over twelv"),
            ("LEFT", [t("日本語"), n(2)], "日本"), ("LEFT", [t("abc"), n(-1)], ""),
            ("RIGHT", [t("日本語"), n(2)], "本語"),
            ("RIGHT", [t("abc"), n(9)], "abc"), ("SPLIT_INDEX", [t("a,b,,c"), t(","), n(2)], ""),
            ("SPLIT_INDEX", [t("a,b"), t(","), n(2)], "NULL"),
            ("SPLIT_INDEX", [t("a,b"), t(","), n(-1)], "NULL"),
            ("SPLIT_INDEX", [t("a,b"), n(44), n(1)], "b"),
            ("OVERLAY", [t("abcdefgh"), t("12"), n(2), n(7)], "a12"),
            ("OVERLAY", [t("abcdefgh"), t(""), n(5)], "abcd"),
            ("OVERLAY", [t("abcdefgh"), t("XY"), n(4)], "abcXYfgh"),
            ("OVERLAY", [t("abc"), t("X"), n(9)], "abc"),
        ]
        check(table)
    }

    @Test("TRIM cuts every character of the set")
    func trims() {
        let table: CallTable = [
            ("TRIM", [t("  a ")], "a"), ("TRIM", [t("LEADING"), t("a"), t("aab")], "b"),
            ("TRIM", [t("TRAILING"), t("an"), t("Banana")], "B"),
            ("TRIM", [t("BOTH"), t("🎉"), t("🎉p🎉")], "p"),
            ("LTRIM", [t("  a ")], "a "), ("RTRIM", [t("  a ")], "  a"),
            ("BTRIM", [t("aexea"), t("ae")], "x"),
        ]
        check(table)
    }

    @Test("searches answer 0 for nothing and 1 for the empty string")
    func searches() {
        let table: CallTable = [
            ("POSITION", [t("京"), t("東京")], "2"), ("POSITION", [t("z"), t("abc")], "0"),
            ("POSITION", [t(""), t("abc")], "1"), ("LOCATE", [t("an"), t("Banana"), n(3)], "4"),
            ("INSTR", [t("Banana"), t("an"), n(1), n(2)], "4"),
            ("INSTR", [t("Banana"), t("an"), n(-1)], "4"),
            ("INSTR", [t("Banana"), t("an"), n(1), n(0)], "error"),
            ("STARTSWITH", [t("abc"), t("ab")], "TRUE"),
            ("ENDSWITH", [t("abc"), t("ab")], "FALSE"), ("ENDSWITH", [t("abc"), t("")], "TRUE"),
        ]
        check(table)
    }

    @Test("strings are built, padded in UTF-16 units and repeated")
    func building() {
        let table: CallTable = [
            ("CONCAT", [t("a"), t("b"), t("c")], "abc"), ("CONCAT", [t("a"), null(.string)], "NULL"),
            ("CONCAT_WS", [t("-"), t("a"), null(.string), t("b")], "a-b"),
            ("CONCAT_WS", [null(.string), t("a"), t("b")], "NULL"), ("REPEAT", [t("ab"), n(2)], "abab"),
            ("REPEAT", [t("ab"), n(-1)], ""), ("REPEAT", [t("ab"), n(2_000_000_000)], "error"),
            ("REPLACE", [t("Banana"), t("an"), t("*")], "B**a"),
            ("REPLACE", [t("ab"), t(""), t("-")], "-a-b-"),
            ("TRANSLATE", [t("aeé"), t("aeé"), t("xy")], "xy"),
            ("LPAD", [t("aaa"), n(8), t("*-")], "*-*-*aaa"),
            ("RPAD", [t("aaa"), n(8), t("*-")], "aaa*-*-*"), ("LPAD", [t("a"), n(-1), t("*")], "NULL"),
            ("RPAD", [t("a"), n(3), t("")], "NULL"), ("LPAD", [t("🎉party🎉"), n(8), t("*")], "🎉party?"),
            ("ELT", [n(2), t("a"), t("b")], "b"), ("ELT", [n(3), t("a"), t("b")], "NULL"),
            ("ELT", [n(-1), t("a")], "error"), ("CHR", [n(300)], ","), ("CHR", [n(-1)], ""),
            ("CHR", [n(200)], "È"),
            ("ASCII", [t("é")], "-61"), ("ASCII", [t("")], "0"),
        ]
        check(table)
    }

    @Test("tests of strings are FALSE for NULL and the empty string")
    func predicates() {
        let table: CallTable = [
            ("IS_ALPHA", [t("ÄÖÜ東")], "TRUE"), ("IS_ALPHA", [t("a1")], "FALSE"),
            ("IS_ALPHA", [null(.string)], "FALSE"),
            ("IS_DIGIT", [t("٣1")], "TRUE"), ("IS_DIGIT", [t("")], "FALSE"),
            ("IS_DECIMAL", [t("1.5E-3")], "TRUE"),
            ("IS_DECIMAL", [t("  8 ")], "TRUE"), ("IS_DECIMAL", [t("1,000")], "FALSE"),
            ("IS_DECIMAL", [t("NaN")], "TRUE"), ("IS_DECIMAL", [t("0x1F")], "FALSE"),
        ]
        check(table)
    }

    @Test("PRINTF follows Java's formatter; what does not fit is NULL")
    func printf() {
        let table: CallTable = [
            ("PRINTF", [t("%d:%s"), n(5), t("a")], "5:a"),
            ("PRINTF", [t("%d:%s"), null(.int), t("a")], "null:a"),
            (
                "PRINTF", [t("%05d|%-4s|%x|%,d"), n(42), t("a"), n(255), n(1_234_567)],
                "00042|a   |ff|1,234,567"
            ),
            ("PRINTF", [t("%.2f %e"), d(3.14159), d(12345.678)], "3.14 1.234568e+04"),
            ("PRINTF", [t("%s"), d(-1e10)], "-1.0E10"), ("PRINTF", [t("%d"), t("a")], "NULL"),
            ("PRINTF", [t("100%% %2$s"), t("a"), t("b")], "100% b"), ("PRINTF", [t("%q"), n(1)], "NULL"),
        ]
        check(table)
    }

    @Test("codings of text")
    func codings() throws {
        let table: CallTable = [
            ("TO_BASE64", [t("hello world")], "aGVsbG8gd29ybGQ="), ("FROM_BASE64", [t("YWE=")], "aa"),
            ("FROM_BASE64", [t("*")], "error"), ("URL_ENCODE", [t("über a*b")], "%C3%BCber+a*b"),
            ("URL_DECODE", [t("a%20b+c")], "a b c"), ("URL_DECODE", [t("100%")], "NULL"),
            ("ENCODE", [t("é"), t("UTF-16BE")], "x'00e9'"), ("ENCODE", [t("日"), t("ISO-8859-1")], "x'3f'"),
            ("ENCODE", [t("a"), t("UTF-16")], "x'feff0061'"), ("ENCODE", [t("a"), t("EBCDIC")], "error"),
            ("JSON_QUOTE", [t("a/\"é🎉")], "\"a\\/\\\"\\u00e9\\u1f389\\udf89\""),
            ("JSON_UNQUOTE", [t("\"\\u0041b\"")], "Ab"),
            ("JSON_UNQUOTE", [t("plain")], "plain"), ("HEX", [t("é")], "C3A9"),
            ("HEX", [n(-7)], "FFFFFFFFFFFFFFF9"),
            ("HEX", [n(0)], "0"), ("BIN", [n(5)], "101"), ("UNHEX", [t("ABC")], "x'0abc'"),
            ("UNHEX", [t("zz")], "NULL"),
        ]
        check(table)
        let url = t("http://u:p@h.org:80/a/b?q=1&x=two#f")
        let parts: [(String, String)] = [
            ("PROTOCOL", "http"), ("HOST", "h.org"), ("PATH", "/a/b"), ("QUERY", "q=1&x=two"), ("REF", "f"),
            ("AUTHORITY", "u:p@h.org:80"), ("USERINFO", "u:p"), ("FILE", "/a/b?q=1&x=two"), ("OTHER", "NULL"),
        ]
        for (part, expected) in parts { #expect(value("PARSE_URL", [url, t(part)]) == expected) }
        #expect(value("PARSE_URL", [url, t("QUERY"), t("x")]) == "two")
        #expect(value("PARSE_URL", [t("nonsense"), t("HOST")]) == "NULL")
        let decoded = try Run.call("DECODE", try Run.call("ENCODE", t("日🎉"), t("UTF-16")), t("UTF-16"))
        #expect(try Run.string(decoded) == "日🎉")
    }

    @Test("digests are lower-case hexadecimal")
    func hashes() {
        let table: CallTable = [
            ("MD5", [t("")], "d41d8cd98f00b204e9800998ecf8427e"),
            ("SHA1", [t("abc")], "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("SHA224", [t("")], "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"),
            ("SHA2", [t(""), n(224)], "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"),
            ("SHA2", [t(""), n(100)], "error"),
        ]
        check(table)
    }

    @Test("functions run over columns with NULLs and share the source's memory")
    func columns() throws {
        let values: [Datum] = [.string("a long text over twelve bytes"), .null, .string("")]
        let column = Run.column(.string, values)
        let source = BoundExpr.column(0, .string)
        let part = try Run.registry.call("SUBSTRING", [source, n(3), n(18)])
        #expect(try Run.strings(part, [column], 3) == ["long text over twe", "NULL", ""])
        let upper = try Run.registry.call("UPPER", [source])
        #expect(try Run.strings(upper, [column], 3) == ["A LONG TEXT OVER TWELVE BYTES", "NULL", ""])
    }
}
