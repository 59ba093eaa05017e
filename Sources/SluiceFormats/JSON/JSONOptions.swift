import SluiceBase
import SluiceConnect

/// The options of `json` and of formats that contain JSON.
struct JSONOptions {
    enum TimestampStandard { case sql, iso8601 }
    enum MapNullKey { case fail, drop, literal }

    var failOnMissingField = false
    var ignoreParseErrors = false
    var timestamps = TimestampStandard.sql
    var mapNullKey = MapNullKey.fail
    var mapNullLiteral = "null"
    var plainDecimals = false
    var ignoreNullFields = false

    init() {}

    init(_ options: FormatOptions) throws(SQLError) {
        let values = options.values
        failOnMissingField = try values.bool("fail-on-missing-field", default: false)
        ignoreParseErrors = try values.bool("ignore-parse-errors", default: false)
        if failOnMissingField && ignoreParseErrors {
            throw SQLError(
                .connectorOption,
                "options 'fail-on-missing-field' and 'ignore-parse-errors' cannot both be true")
        }
        switch (values["timestamp-format.standard"] ?? "SQL").uppercased() {
        case "SQL": timestamps = .sql
        case "ISO-8601": timestamps = .iso8601
        default:
            throw values.wrong(
                "timestamp-format.standard", values["timestamp-format.standard"] ?? "", "SQL or ISO-8601")
        }
        switch (values["map-null-key.mode"] ?? "FAIL").uppercased() {
        case "FAIL": mapNullKey = .fail
        case "DROP": mapNullKey = .drop
        case "LITERAL": mapNullKey = .literal
        default:
            throw values.wrong(
                "map-null-key.mode", values["map-null-key.mode"] ?? "", "FAIL, DROP or LITERAL")
        }
        mapNullLiteral = values["map-null-key.literal"] ?? "null"
        plainDecimals = try values.bool("encode.decimal-as-plain-number", default: false)
        ignoreNullFields = try values.bool("encode.ignore-null-fields", default: false)
    }

    static let specs: [OptionSpec] = [
        OptionSpec(
            "fail-on-missing-field", .boolean, default: "false",
            "fail where a column has no field in the object"),
        OptionSpec(
            "ignore-parse-errors", .boolean, default: "false",
            "skip rows that are no JSON, and read values that do not fit as NULL"),
        OptionSpec(
            "timestamp-format.standard", .choice(["SQL", "ISO-8601"]), default: "SQL",
            "how timestamps are written: '2020-12-30 12:13:14.123' or '2020-12-30T12:13:14.123'"),
        OptionSpec(
            "map-null-key.mode", .choice(["FAIL", "DROP", "LITERAL"]), default: "FAIL",
            "what happens to a NULL key of a map on writing"),
        OptionSpec(
            "map-null-key.literal", .string, default: "null", "the key that stands for NULL in mode LITERAL"),
        OptionSpec(
            "encode.decimal-as-plain-number", .boolean, default: "false",
            "write decimals without an exponent"),
        OptionSpec("encode.ignore-null-fields", .boolean, default: "false", "leave fields that are NULL out"),
        OptionSpec(
            "decode.json-parser.enabled", .boolean, default: "true", "accepted for portability; has no effect"
        ),
    ]
}
