import SluiceBase
import SluiceColumns
import SluiceExpressions
import Testing

@Suite("Arithmetic, collection and JSON functions")
struct MathFunctionTests {
    @Test("real functions convert numbers to DOUBLE and never fail")
    func reals() {
        let table: CallTable = [
            ("POWER", [n(2), n(5)], "32.0"), ("SQRT", [n(-1)], "NaN"), ("LN", [n(0)], "-Infinity"),
            ("LOG", [n(2), n(8)], "3.0"), ("LOG10", [dec(100, 5, 0)], "2.0"), ("PI", [], "3.141592653589793"),
            ("COT", [d(1)], "0.6420926159343306"), ("DEGREES", [d(-2.5)], "-143.2394487827058"),
            ("SQRT", [t("4")], "error"),
        ]
        check(table)
    }

    @Test("rounding keeps integers, gives decimals their new type and looks at the digits of doubles")
    func rounding() throws {
        let table: CallTable = [
            ("ROUND", [n(-2_147_483_648), n(-2)], "-2147483600"),
            ("ROUND", [dec(12_345, 5, 2), n(1)], "123.5"),
            ("ROUND", [dec(99_995, 5, 2)], "1000"), ("ROUND", [d(2.675), n(2)], "2.68"),
            ("ROUND", [d(123_456.789), n(-2)], "123500.0"),
            ("ROUND", [d(-0.04), n(1)], "0.0"), ("TRUNCATE", [d(-0.5), n(0)], "0.0"),
            ("TRUNCATE", [d(7.75), n(1)], "7.7"),
            ("TRUNCATE", [dec(-123_456_789, 10, 4), n(-2)], "-12300"), ("CEIL", [dec(314, 3, 2)], "4"),
            ("FLOOR", [dec(-314, 3, 2)], "-4"), ("CEIL", [d(-0.00002)], "-0.0"), ("FLOOR", [n(5)], "5"),
            ("ABS", [n(-5)], "5"), ("SIGN", [dec(-250, 5, 2)], "-1.00"), ("SIGN", [d(-2.5)], "-1.0"),
            ("CEIL", [t("a")], "error"),
        ]
        check(table)
        #expect(try Run.call("ROUND", dec(1, 10, 4), n(-2)).type == DataType.decimal(7, 0).notNull)
        #expect(try Run.call("TRUNCATE", dec(1, 10, 4), n(1)).type == DataType.decimal(8, 1).notNull)
    }

    @Test("a seed repeats Java's sequence of random numbers")
    func random() throws {
        #expect(value("RAND", [n(42)]) == "0.7275636800328681")
        #expect(value("RAND_INTEGER", [n(42), n(10)]) == "0")
        #expect(value("RAND_INTEGER", [n(42), n(0)]) == "error")
        let uuid = value("UUID", [])
        #expect(uuid.count == 36 && uuid.split(separator: "-").count == 5)
        let ids = try Run.strings(try Run.call("UUID"), [Run.ints(1, 2)], 2)
        #expect(ids[0] != ids[1])
    }

    private func array(_ values: BoundExpr...) throws -> BoundExpr { try Run.registry.call("ARRAY", values) }

    @Test("functions over arrays keep order and treat NULL as a value")
    func arrays() throws {
        let numbers = try array(n(3), n(1), null(.int), n(2), n(3))
        let words = try array(t("a"), null(.string), t("b"))
        let table: CallTable = [
            ("ARRAY_DISTINCT", [numbers], "[3, 1, NULL, 2]"),
            ("ARRAY_UNION", [numbers, try array(n(1), n(9))], "[3, 1, NULL, 2, 9]"),
            ("ARRAY_INTERSECT", [numbers, try array(n(3), n(7))], "[3]"),
            ("ARRAY_EXCEPT", [numbers, try array(n(3))], "[1, NULL, 2]"),
            ("ARRAY_SORT", [numbers], "[NULL, 1, 2, 3, 3]"),
            ("ARRAY_SORT", [numbers, literal(false)], "[3, 3, 2, 1, NULL]"),
            ("ARRAY_SORT", [numbers, literal(true), literal(false)], "[1, 2, 3, 3, NULL]"),
            ("ARRAY_MAX", [numbers], "3"),
            ("ARRAY_MIN", [words], "a"),
            ("ARRAY_CONCAT", [numbers, try array(n(5))], "[3, 1, NULL, 2, 3, 5]"),
            ("ARRAY_APPEND", [try array(n(1)), dec(25, 2, 1)], "[1.0, 2.5]"),
            ("ARRAY_PREPEND", [try array(n(1)), n(0)], "[0, 1]"),
            ("ARRAY_CONTAINS", [numbers, null(.int)], "TRUE"), ("ARRAY_POSITION", [numbers, n(2)], "4"),
            ("ARRAY_POSITION", [numbers, null(.int)], "NULL"),
            ("ARRAY_REMOVE", [numbers, null(.int)], "[3, 1, 2, 3]"),
            ("ARRAY_REVERSE", [words], "[b, NULL, a]"), ("ARRAY_SLICE", [numbers, n(2), n(3)], "[1, NULL]"),
            ("ARRAY_SLICE", [numbers, n(-2)], "[2, 3]"), ("ARRAY_SLICE", [numbers, n(9)], "[]"),
            ("ARRAY_JOIN", [words, t("-")], "a-b"), ("ARRAY_JOIN", [words, t("-"), t("?")], "a-?-b"),
            ("ARRAY_UNION", [numbers, n(1)], "error"),
        ]
        check(table)
    }

    @Test("functions over maps and splitting of text")
    func maps() throws {
        let map = try Run.registry.call("MAP", [t("a"), n(1), t("b"), n(2)])
        let other = try Run.registry.call("MAP", [t("b"), n(3)])
        let table: CallTable = [
            ("MAP_KEYS", [map], "[a, b]"), ("MAP_VALUES", [map], "[1, 2]"),
            ("MAP_ENTRIES", [map], "[(a, 1), (b, 2)]"),
            ("MAP_UNION", [map, other], "{a=1, b=3}"),
            ("MAP_FROM_ARRAYS", [try array(t("p")), try array(n(1))], "{p=1}"),
            ("MAP_FROM_ARRAYS", [try array(t("p")), try array(n(1), n(2))], "error"),
            ("STR_TO_MAP", [t("k1=v1,k2=v2")], "{k1=v1, k2=v2}"),
            ("STR_TO_MAP", [t("x=1;;y"), t(";+"), t("=")], "{x=1, y=NULL}"),
            ("STR_TO_MAP", [t("")], "{}"), ("SPLIT", [t("abc"), t("")], "[a, b, c]"),
            ("SPLIT", [t(""), t(",")], "[]"),
            ("SPLIT", [t("a,,b"), t(",")], "[a, , b]"),
        ]
        check(table)
    }

    @Test("bitmaps are sets of integers in the portable Roaring format")
    func bitmaps() throws {
        let one = try Run.call("BITMAP_BUILD", try array(n(3), n(1), n(3), n(70_000), null(.int)))
        let two = try Run.call("BITMAP_BUILD", try array(n(1), n(2)))
        let table: CallTable = [
            ("BITMAP_TO_STRING", [one], "{1,3,70000}"), ("BITMAP_CARDINALITY", [one], "3"),
            ("BITMAP_TO_ARRAY", [two], "[1, 2]"),
            ("BITMAP_TO_STRING", [try Run.call("BITMAP_AND", one, two)], "{1}"),
            ("BITMAP_TO_STRING", [try Run.call("BITMAP_OR", one, two)], "{1,2,3,70000}"),
            ("BITMAP_TO_STRING", [try Run.call("BITMAP_XOR", one, two)], "{2,3,70000}"),
            ("BITMAP_TO_STRING", [try Run.call("BITMAP_ANDNOT", one, two)], "{3,70000}"),
            ("BITMAP_TO_BYTES", [two], "x'3a3000000100000000000100100000000100" + "0200'"),
            ("BITMAP_FROM_BYTES", [.literal(.bytes([1, 2, 3]), .bytes.notNull)], "error"),
        ]
        check(table)
        let many = Run.column(DataType(.array(.int)), [.list((0..<10_000).map { .int32($0 * 2) })])
        let built = try Run.registry.call("BITMAP_BUILD", [.column(0, DataType(.array(.int)))])
        #expect(try Run.strings(try Run.call("BITMAP_CARDINALITY", built), [many], 1) == ["10000"])
    }

    @Test("JSON paths without a mode are strict")
    func json() {
        let doc = t("{\"b\":\"x\",\"a\":1e3,\"c\":[1,2.50,{\"k\":-0.0}],\"n\":null}")
        let behaviors = [t("DEFAULT"), t("empty"), t("DEFAULT"), t("failed"), null(.string)]
        let table: CallTable = [
            ("JSON_VALUE", [doc, t("$.b")], "x"), ("JSON_VALUE", [doc, t("$.a")], "1E+3"),
            ("JSON_VALUE", [doc, t("$.c")], "NULL"),
            ("JSON_VALUE", [doc, t("$.zz")] + behaviors, "failed"),
            ("JSON_VALUE", [doc, t("lax $.zz")] + behaviors, "empty"),
            ("JSON_VALUE", [doc, t("$.c[1]")], "2.50"), ("JSON_VALUE", [doc, t("$['b']")], "x"),
            ("JSON_QUERY", [doc, t("$.c")], "[1,2.50,{\"k\":0.0}]"),
            ("JSON_QUERY", [doc, t("$.c[*].k")], "[0.0]"),
            ("JSON_QUERY", [doc, t("$.b"), t("WITH UNCONDITIONAL ARRAY WRAPPER")], "[\"x\"]"),
            ("JSON_QUERY", [doc, t("$.b")], "NULL"),
            ("JSON_EXISTS", [doc, t("$.a")], "TRUE"), ("JSON_EXISTS", [doc, t("$.zz"), t("TRUE")], "TRUE"),
            ("JSON_EXISTS", [doc, t("lax $.zz"), t("TRUE")], "FALSE"),
            ("JSON_EXISTS", [t("nonsense"), t("$.a"), t("ERROR")], "error"),
            ("IS JSON OBJECT", [doc], "TRUE"), ("IS JSON SCALAR", [t("12")], "TRUE"),
            ("IS JSON", [t("{")], "FALSE"),
            ("IS NOT JSON", [null(.string)], "TRUE"),
            ("IS JSON", [t(String(repeating: "[", count: 100_000))], "FALSE"),
        ]
        check(table)
    }

    @Test("JSON constructors sort keys and nest documents as they are")
    func jsonConstructors() throws {
        let inner = try Run.call("JSON_OBJECT", t("k"), n(1))
        let table: CallTable = [
            ("JSON_OBJECT", [t("z"), n(1), t("a"), inner], "{\"a\":{\"k\":1},\"z\":1}"),
            ("JSON_OBJECT", [t("a"), null(.string)], "{\"a\":null}"),
            ("JSON_OBJECT ABSENT ON NULL", [t("a"), null(.string)], "{}"),
            ("JSON_ARRAY", [n(1), null(.int), t("é\"")], "[1,\"é\\\"\"]"),
            ("JSON_ARRAY NULL ON NULL", [null(.int)], "[null]"), ("JSON_STRING", [dec(250, 5, 2)], "2.50"),
            ("JSON_STRING", [try ts("2024-02-29 12:34:56.789")], "\"2024-02-29T12:34:56.789\""),
            ("JSON_STRING", [null(.int)], "NULL"),
            ("JSON_STRING", [d(-0.0)], "0.0"), ("JSON", [t("nonsense")], "error"),
            ("JSON_OBJECT", [t("a")], "error"),
        ]
        check(table)
    }

    private func literal(_ flag: Bool) -> BoundExpr { .literal(.bool(flag), .boolean.notNull) }
}
