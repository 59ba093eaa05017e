import SluiceBase
import SluiceColumns
import SluiceExpressions
import Testing

@Suite("Time functions")
struct TimeFunctionTests {
    @Test("EXTRACT gives BIGINT parts; weeks are ISO, days of the week start on Sunday")
    func extract() throws {
        let leap = try ts("2024-02-29 12:34:56.789")
        let parts: [(String, String)] = [
            ("YEAR", "2024"), ("QUARTER", "1"), ("MONTH", "2"), ("WEEK", "9"), ("DAY", "29"), ("DOY", "60"),
            ("DOW", "5"), ("ISODOW", "4"), ("ISOYEAR", "2024"), ("HOUR", "12"), ("MINUTE", "34"),
            ("SECOND", "56"),
            ("MILLISECOND", "789"), ("EPOCH", "1709210096"), ("DECADE", "202"), ("CENTURY", "21"),
            ("MILLENNIUM", "3"),
        ]
        for (unit, expected) in parts { #expect(value("EXTRACT", [t(unit), leap]) == expected, "\(unit)") }
        #expect(value("EXTRACT", [t("FORTNIGHT"), leap]) == "error")
        #expect(value("WEEK", [try date("2021-01-03")]) == "53")
        #expect(value("DAYOFWEEK", [try date("1994-09-27")]) == "3")
        #expect(value("HOUR", [try date("1994-09-27")]) == "0")
        #expect(try Run.call("YEAR", leap).type == DataType.bigint.nullable(leap.type.isNullable))
    }

    @Test("before 1970 the parts of a timestamp are those of a division toward zero")
    func beforeEpoch() throws {
        let moment = try ts("1969-12-31 23:59:59.001")
        let table: CallTable = [
            ("YEAR", [moment], "1970"), ("EXTRACT", [t("MILLISECOND"), moment], "-999"),
            ("SECOND", [moment], "0"),
            ("FLOOR", [moment, t("DAY")], "1969-12-31 00:00:00.000"),
            ("FLOOR", [moment, t("MONTH")], "1970-01-01 00:00:00.000"),
            ("DATE_FORMAT", [moment, t("yyyy-MM-dd HH:mm:ss.SSS")], "1969-12-31 23:59:59.001"),
        ]
        check(table)
    }

    @Test("FLOOR and CEIL keep the type; weeks start on Sunday")
    func rounding() throws {
        let moment = try ts("2024-02-29 23:59:59.999")
        let day = try date("2024-02-29")
        let clock = try Run.cast(t("23:59:59"), .time)
        let table: CallTable = [
            ("FLOOR", [moment, t("WEEK")], "2024-02-25 00:00:00.000"),
            ("CEIL", [moment, t("SECOND")], "2024-03-01 00:00:00.000"),
            ("CEIL", [moment, t("QUARTER")], "2024-04-01 00:00:00.000"),
            ("FLOOR", [day, t("MONTH")], "2024-02-01"), ("CEIL", [day, t("YEAR")], "2025-01-01"),
            ("CEIL", [try date("2024-07-01"), t("QUARTER")], "2024-10-01"),
            ("FLOOR", [day, t("HOUR")], "2024-02-29"), ("FLOOR", [clock, t("HOUR")], "23:00:00"),
            ("CEIL", [clock, t("MINUTE")], "24:00:00"), ("FLOOR", [clock, t("DAY")], "error"),
            ("CEIL", [try date("1000-01-01"), t("WEEK")], "0999-12-31"),
        ]
        check(table)
    }

    @Test("times of a zone are rounded on its clock")
    func zones() throws {
        let instant = BoundExpr.literal(.int64(1_711_852_200_000_000), DataType.timestampLTZ(3).notNull)
        let table: CallTable = [
            ("FLOOR", [instant, t("DAY")], "2024-03-30 23:00:00.000"), ("HOUR", [instant], "4"),
            ("DATE_FORMAT", [instant, t("HH:mm")], "04:30"),
        ]
        check(table, zone: "Europe/Berlin")
    }

    @Test("TIMESTAMPADD clips months, TIMESTAMPDIFF counts full units and wraps at 32 bits")
    func arithmetic() throws {
        let moment = try ts("2024-01-31 12:00:00")
        let day = try date("2024-01-31")
        let table: CallTable = [
            ("TIMESTAMPADD", [t("MONTH"), n(1), moment], "2024-02-29 12:00:00.000"),
            ("TIMESTAMPADD", [t("WEEK"), n(2), day], "2024-02-14"),
            ("TIMESTAMPADD", [t("HOUR"), n(25), day], "2024-02-01 01:00:00"),
            ("TIMESTAMPDIFF", [t("MONTH"), moment, try ts("2024-03-30 12:00:00")], "1"),
            ("TIMESTAMPDIFF", [t("DAY"), try ts("2024-02-02 11:00:00"), moment], "-1"),
            ("TIMESTAMPDIFF", [t("YEAR"), try date("2020-02-29"), try date("2024-02-28")], "3"),
            (
                "TIMESTAMPDIFF", [t("SECOND"), try ts("1900-03-01 00:00:00"), try ts("1970-01-01 00:00:00")],
                "-2091076096"
            ),
        ]
        check(table)
        let hour = BoundExpr.literal(.int64(3_600_000), DataType(.intervalDayTime, nullable: false))
        let start = try ts("2024-02-29 23:00:00")
        let end = try ts("2024-03-01 01:00:00")
        #expect(value("OVERLAPS", [try ts("2024-02-29 22:30:00"), hour, start, end]) == "TRUE")
        #expect(value("OVERLAPS", [try ts("2024-02-29 21:30:00"), hour, start, end]) == "FALSE")
        #expect(value("OVERLAPS", [end, start, try ts("2024-02-29 23:30:00"), hour]) == "TRUE")
    }

    @Test("DATE_FORMAT knows the letters of Java's formatter")
    func formats() throws {
        let moment = try ts("2024-02-29 15:04:05.006")
        let patterns: [(String, String)] = [
            ("yyyy/MM/dd HH:mm:ss.SSS", "2024/02/29 15:04:05.006"), ("yy M d h:m a", "24 2 29 3:4 PM"),
            ("EEE EEEE MMM MMMM", "Thu Thursday Feb February"), ("'day' dd ''", "day 29 '"),
            ("D DDD Q QQQ", "60 060 1 Q1"),
            ("w e kk KK", "9 5 15 03"), ("SSSSSS n", "006000 6000000"), ("[HH]", "15"),
        ]
        for (pattern, expected) in patterns {
            #expect(value("DATE_FORMAT", [moment, t(pattern)]) == expected, "\(pattern)")
        }
        #expect(value("DATE_FORMAT", [moment, t("bbb")]) == "error")
        #expect(value("DATE_FORMAT", [moment, t("'open")]) == "error")
        #expect(value("DATE_FORMAT", [t("2024-02-29 12:34:56"), t("hh:mm a")]) == "12:34 PM")
        #expect(value("DATE_FORMAT", [t("garbage"), t("hh")]) == "NULL")
    }

    @Test("TO_TIMESTAMP is strict, clips days, and falls back to the SQL form")
    func toTimestamp() {
        let table: CallTable = [
            ("TO_TIMESTAMP", [t("20240229123456"), t("yyyyMMddHHmmss")], "2024-02-29 12:34:56.000"),
            ("TO_TIMESTAMP", [t("2024/02/29"), t("yyyy-MM-dd")], "NULL"),
            ("TO_TIMESTAMP", [t("2024-02-29 12:34:56.5"), t("yyyy")], "2024-02-29 12:34:56.500"),
            ("TO_TIMESTAMP", [t("2023-02-29"), t("yyyy-MM-dd")], "2023-02-28 00:00:00.000"),
            ("TO_TIMESTAMP", [t("2023-02-29"), t("HH:mm")], "2023-03-01 00:00:00.000"),
            ("TO_TIMESTAMP", [t("29 Feb 2024 3 PM"), t("d MMM yyyy h a")], "2024-02-29 15:00:00.000"),
            (
                "TO_TIMESTAMP", [t("2024-02-29 24:00:00"), t("yyyy-MM-dd HH:mm:ss")],
                "2024-03-01 00:00:00.000"
            ),
            ("TO_TIMESTAMP", [t("2024-2-9")], "2024-02-09 00:00:00.000"),
            ("TO_TIMESTAMP", [t("12:34")], "NULL"),
        ]
        check(table)
    }

    @Test("TO_DATE and UNIX_TIMESTAMP read leniently; what does not fit gives odd values")
    func lenient() {
        let table: CallTable = [
            ("TO_DATE", [t("29/02/2023"), t("dd/MM/yyyy")], "2023-03-01"),
            ("TO_DATE", [t("2024-02-29 and more"), t("yyyy-MM-dd")], "2024-02-29"),
            ("TO_DATE", [t("garbage"), t("yyyy-MM-dd")], "5471-09-27"),
            ("TO_DATE", [t("3.45"), t("yyyy")], "0002-12-30"),
            ("TO_DATE", [t("-3.455"), t("yyyy")], "000,-12-30"), ("TO_DATE", [t("2023-02-29")], "NULL"),
            ("UNIX_TIMESTAMP", [t("2024-05-06 00:00:00")], "1714946400"),
            ("UNIX_TIMESTAMP", [t("garbage")], "-9223372036854775808"),
            ("UNIX_TIMESTAMP", [], "1709210096"),
            ("FROM_UNIXTIME", [n(1_709_251_199)], "2024-03-01 00:59:59"),
            (
                "FROM_UNIXTIME", [n(0), t("yyyy-MM-dd'T'HH:mm:ssXXX z")],
                "1970-01-01T01:00:00+01:00 Europe/Berlin"
            ),
            ("UNIX_TIMESTAMP", [t("2024-10-27 02:30:00")], "1729992600"),
        ]
        check(table, zone: "Europe/Berlin")
    }

    @Test("CONVERT_TZ moves readings between zones; an unknown zone is UTC")
    func convert() {
        let table: CallTable = [
            (
                "CONVERT_TZ", [t("2024-02-29 12:34:56"), t("UTC"), t("America/Los_Angeles")],
                "2024-02-29 04:34:56"
            ),
            ("CONVERT_TZ", [t("2024-02-29 12:34:56"), t("UTC"), t("+05:30")], "2024-02-29 12:34:56"),
            ("CONVERT_TZ", [t("2024-02-29 12:34:56"), t("UTC"), t("GMT+05:30")], "2024-02-29 18:04:56"),
            ("CONVERT_TZ", [t("2024-02-29"), t("UTC"), t("UTC")], "NULL"),
        ]
        check(table)
    }

    @Test("TO_TIMESTAMP_LTZ takes numbers and text in UTC or a zone")
    func instants() {
        let table: CallTable = [
            ("TO_TIMESTAMP_LTZ", [n(1_709_210_096), n(0)], "2024-02-29 13:34:56.000"),
            ("TO_TIMESTAMP_LTZ", [n(1500)], "1970-01-01 01:00:01.500"),
            ("TO_TIMESTAMP_LTZ", [d(1.5), n(0)], "1970-01-01 01:00:01.500"),
            ("TO_TIMESTAMP_LTZ", [n(Int.max), n(0)], "NULL"), ("TO_TIMESTAMP_LTZ", [n(1), n(2)], "error"),
            ("TO_TIMESTAMP_LTZ", [t("2024-02-29 12:00:00.25")], "2024-02-29 13:00:00.250"),
            (
                "TO_TIMESTAMP_LTZ", [t("2024-02-29 12:00"), t("yyyy-MM-dd HH:mm"), t("Asia/Tokyo")],
                "2024-02-29 04:00:00.000"
            ),
        ]
        check(table, zone: "Europe/Berlin")
    }

    @Test("current times come from the clock of the job and the zone of the session")
    func current() {
        let table: CallTable = [
            ("CURRENT_TIMESTAMP", [], "2024-02-29 18:04:56.789"),
            ("LOCALTIMESTAMP", [], "2024-02-29 18:04:56.789"),
            ("CURRENT_DATE", [], "2024-02-29"), ("LOCALTIME", [], "18:04:56"),
            ("CURRENT_DATABASE", [], "default_database"),
        ]
        check(table, zone: "Asia/Kolkata")
    }

    @Test("CURRENT_WATERMARK is what rows before made of it")
    func watermark() throws {
        var context = EvalContext(clock: ManualClock())
        context.marks = [
            WatermarkMark(offset: 1, watermark: 1_000_000), WatermarkMark(offset: 3, watermark: 2_500_999),
        ]
        let call = try Run.call("CURRENT_WATERMARK", .column(0, .timestamp(3)))
        let times = Run.column(.timestamp(3), [.int64(0), .int64(0), .int64(0), .int64(0)])
        let compiled = try ExpressionCompiler().compile(call)
        let column = try compiled.evaluate(RecordBatch(columns: [times], rowCount: 4), context)
        #expect(
            (0..<4).map { column.datum($0) } == [
                .null, .int64(1_000_000), .int64(1_000_000), .int64(2_500_000),
            ])
    }
}
