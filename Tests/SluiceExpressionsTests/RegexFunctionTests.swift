import SluiceBase
import SluiceColumns
import SluiceExpressions
import Testing

@Suite("Patterns")
struct RegexFunctionTests {
    @Test("LIKE knows %, _ and an escape character")
    func like() {
        let table: CallTable = [
            ("LIKE", [t("abc"), t("a%")], "TRUE"), ("LIKE", [t("abc"), t("%c")], "TRUE"),
            ("LIKE", [t("abc"), t("%b%")], "TRUE"), ("LIKE", [t("abc"), t("_b_")], "TRUE"),
            ("LIKE", [t("東京タワー"), t("東_タ%")], "TRUE"), ("LIKE", [t("abc"), t("ab")], "FALSE"),
            ("LIKE", [t(""), t("%")], "TRUE"), ("LIKE", [t(""), t("")], "TRUE"),
            ("LIKE", [t(""), t("_")], "FALSE"),
            ("LIKE", [t("abcabd"), t("%ab_")], "TRUE"), ("LIKE", [t("aXbXc"), t("a%b%c")], "TRUE"),
            ("LIKE", [t("ab"), t("ab%b")], "FALSE"), ("LIKE", [t("100%"), t("100!%"), t("!")], "TRUE"),
            ("LIKE", [t("100x"), t("100!%"), t("!")], "FALSE"), ("LIKE", [t("a"), t("!a"), t("!")], "error"),
            ("LIKE", [t("a%b"), t("a\\%b")], "TRUE"), ("LIKE", [t("axb"), t("a\\%b")], "FALSE"),
            ("LIKE", [t("back\\slash"), t("%\\s%")], "TRUE"), ("LIKE", [null(.string), t("%")], "NULL"),
        ]
        check(table)
    }

    @Test("SIMILAR TO takes SQL's regular expressions")
    func similar() {
        let table: CallTable = [
            ("SIMILAR TO", [t("abcd"), t("a(b|x)c%")], "TRUE"), ("SIMILAR TO", [t("aaa"), t("a+")], "TRUE"),
            ("SIMILAR TO", [t("abc"), t("_{3}")], "TRUE"), ("SIMILAR TO", [t("x7"), t("%[0-9]")], "TRUE"),
            ("SIMILAR TO", [t("x"), t("[[:digit:]]")], "FALSE"),
            ("SIMILAR TO", [t("7"), t("[[:digit:]]")], "TRUE"),
            ("SIMILAR TO", [t("a%"), t("a!%"), t("!")], "TRUE"), ("SIMILAR TO", [t("a"), t("a]")], "error"),
        ]
        check(table)
    }

    @Test("the REGEXP family speaks Java's syntax; invalid patterns give NULL")
    func regexps() {
        let table: CallTable = [
            ("REGEXP", [t("abc"), t("b.")], "TRUE"), ("REGEXP", [t("abc"), t("")], "FALSE"),
            ("REGEXP", [t("abc"), t("(")], "FALSE"),
            ("REGEXP_EXTRACT", [t("abc123"), t("([a-z]+)([0-9])"), n(2)], "1"),
            ("REGEXP_EXTRACT", [t("abc123"), t("[0-9]+")], "123"),
            ("REGEXP_EXTRACT", [t("a"), t("a"), n(5)], "NULL"),
            ("REGEXP_EXTRACT", [t("ac"), t("(a)(b)?"), n(2)], "NULL"),
            ("REGEXP_EXTRACT", [t("a"), t("(a"), n(1)], "NULL"),
            ("REGEXP_EXTRACT_ALL", [t("Mississippi"), t("([a-z])([a-z])")], "[i, s, s, i, p]"),
            ("REGEXP_EXTRACT_ALL", [t("Mississippi"), t("([a-z])([a-z])"), n(0)], "[is, si, ss, ip, pi]"),
            ("REGEXP_EXTRACT_ALL", [t("a"), t("a")], "NULL"),
            ("REGEXP_EXTRACT_ALL", [t("x"), t("(a)")], "[]"),
            ("REGEXP_COUNT", [t("Mississippi"), t("ss")], "2"), ("REGEXP_COUNT", [t("a"), t("(")], "NULL"),
            ("REGEXP_COUNT", [t("ab"), t("x*")], "3"), ("REGEXP_INSTR", [t("🎉a"), t("a")], "3"),
            ("REGEXP_INSTR", [t("a"), t("b")], "0"),
            ("REGEXP_SUBSTR", [t("Apache Flink"), t("[A-Z][a-z]+")], "Apache"),
            ("REGEXP_SUBSTR", [t("a"), t("z")], "NULL"),
            ("REGEXP_REPLACE", [t("a1b2"), t("[0-9]"), t("$1")], "a$1b$1"),
            ("REGEXP_REPLACE", [t("abc"), t("x*"), t("-")], "-a-b-c-"),
            ("REGEXP_REPLACE", [t("baaac"), t("a*"), t("-")], "-b--c-"),
        ]
        check(table)
    }

    @Test("classes, properties and escapes of Java are translated")
    func javaSyntax() {
        let table: CallTable = [
            ("REGEXP_REPLACE", [t("abcxyz"), t("[a-z&&[^bx]]"), t("")], "bx"),
            ("REGEXP_REPLACE", [t("a1-"), t("[a-c[0-9]]"), t("")], "-"),
            ("REGEXP_REPLACE", [t("aB1é"), t("\\p{Lower}"), t("")], "B1é"),
            ("REGEXP_REPLACE", [t("aéБ"), t("\\p{IsLatin}"), t("")], "Б"),
            ("REGEXP", [t("A"), t("\\u0041")], "TRUE"),
            ("REGEXP_REPLACE", [t("a.b*"), t("\\Q.b*\\E"), t("!")], "a!"),
            ("REGEXP", [t("a{"), t("a{")], "FALSE"),
            ("REGEXP", [t("aaa"), t("a{2,3}")], "TRUE"), ("REGEXP", [t("BANANA"), t("(?i)banana")], "TRUE"),
            ("REGEXP", [t("ab"), t("(?<x>a)\\k<x>")], "FALSE"), ("REGEXP", [t("aa"), t("(?R)")], "FALSE"),
            ("REGEXP_REPLACE", [t("a]b"), t("[\\]]"), t("")], "ab"),
            ("REGEXP_REPLACE", [t("a^b"), t("[b^]"), t("")], "a"),
            ("REGEXP_REPLACE", [t("a^b"), t("[^b]"), t("")], "b"),
        ]
        check(table)
    }

    @Test("a pattern that explodes is stopped with an error")
    func limits() {
        let text = String(repeating: "a", count: 60) + "!"
        #expect(["error", "FALSE"].contains(value("REGEXP", [t(text), t("^(a|a|b)*(a|aa)*$")])))
        #expect(value("REGEXP", [t(text), t("^(a+)+$")]) != "TRUE")
    }
}
