import SluiceBase
import SluiceConnect

/// The options of `csv`.
struct CSVOptions {
    var delimiter = UInt8(ascii: ",")
    /// nil: quotes mean nothing.
    var quote: UInt8? = UInt8(ascii: "\"")
    var escape: UInt8?
    var allowComments = false
    var ignoreParseErrors = false
    var nullLiteral: [UInt8]?
    var arrayDelimiter: [UInt8] = [UInt8(ascii: ";")]
    var scientificDecimals = true

    init() {}

    init(_ options: FormatOptions) throws(SQLError) {
        let values = options.values
        if let text = values["field-delimiter"] {
            delimiter = try CSVOptions.byte("field-delimiter", text, values)
        }
        if try values.bool("disable-quote-character", default: false) {
            if values["quote-character"] != nil {
                throw SQLError(
                    .connectorOption,
                    "options 'quote-character' and 'disable-quote-character' cannot both be set")
            }
            quote = nil
        } else if let text = values["quote-character"] {
            quote = try CSVOptions.byte("quote-character", text, values)
        }
        if let text = values["escape-character"] {
            escape = try CSVOptions.byte("escape-character", text, values)
        }
        allowComments = try values.bool("allow-comments", default: false)
        ignoreParseErrors = try values.bool("ignore-parse-errors", default: false)
        if let text = values["null-literal"] { nullLiteral = Array(text.utf8) }
        if let text = values["array-element-delimiter"] {
            arrayDelimiter = Array(CSVOptions.unescaped(text).utf8)
            if arrayDelimiter.isEmpty { throw values.wrong("array-element-delimiter", text, "a text") }
        }
        scientificDecimals = try values.bool("write-bigdecimal-in-scientific-notation", default: true)
        if quote == delimiter || escape == delimiter {
            throw SQLError(.connectorOption, "the delimiter of csv cannot be its quote or escape character")
        }
    }

    /// One ASCII character; `\t` and the like are known.
    private static func byte(_ key: String, _ text: String, _ values: TableOptions) throws(SQLError) -> UInt8
    {
        let bytes = Array(unescaped(text).utf8)
        guard bytes.count == 1, bytes[0] < 0x80, bytes[0] != 0x0A, bytes[0] != 0x0D else {
            throw values.wrong(key, text, "one ASCII character that ends no line")
        }
        return bytes[0]
    }

    /// Java's escapes.
    static func unescaped(_ text: String) -> String {
        guard text.count > 1, text.first == "\\" else { return text }
        let rest = text.dropFirst()
        switch rest {
        case "t": return "\t"
        case "n": return "\n"
        case "r": return "\r"
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "0": return "\0"
        case "\\", "\"", "'": return String(rest)
        default: break
        }
        if rest.first == "u", rest.count == 5, let code = UInt32(rest.dropFirst(), radix: 16),
            let scalar = Unicode.Scalar(code)
        {
            return String(Character(scalar))
        }
        return text
    }

    static let specs: [OptionSpec] = [
        OptionSpec(
            "field-delimiter", .string, default: ",", "the character between fields; '\\t' is the tabulator"),
        OptionSpec("disable-quote-character", .boolean, default: "false", "quotes are ordinary characters"),
        OptionSpec(
            "quote-character", .string, default: "\"", "encloses fields that hold delimiters or line ends"),
        OptionSpec("allow-comments", .boolean, default: "false", "lines that start with # are no rows"),
        OptionSpec(
            "ignore-parse-errors", .boolean, default: "false",
            "skip rows with too many fields, and read values that do not fit as NULL"),
        OptionSpec(
            "array-element-delimiter", .string, default: ";", "the text between the elements of an array"),
        OptionSpec("escape-character", .string, "takes the meaning from the character after it"),
        OptionSpec("null-literal", .string, "the text that stands for NULL"),
        OptionSpec(
            "write-bigdecimal-in-scientific-notation", .boolean, default: "true",
            "write decimals as 1E+2 where Java does"),
    ]
}
