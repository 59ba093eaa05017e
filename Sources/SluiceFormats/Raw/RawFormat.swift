public import SluiceBase
public import SluiceColumns
public import SluiceConnect

/// `raw`: the bytes of one column, a line or a message a row.
public struct RawFormat: Format {
    public let name = "raw"
    public let decodedChangelog = ChangelogMode.appendOnly
    public let encodedChangelog = ChangelogMode.appendOnly
    public let takesNullMessages = true
    public var options: [OptionSpec] {
        [
            OptionSpec("charset", .string, default: "UTF-8", "the encoding of texts; only UTF-8"),
            OptionSpec(
                "endianness", .choice(["big-endian", "little-endian"]), default: "big-endian",
                "the byte order of numbers"),
        ]
    }

    public init() {}

    public func makeDecoder(
        fields: Schema, projection: [Int], _ options: FormatOptions
    ) throws(SQLError) -> any RowDecoder {
        RawDecoder(
            try RawFormat.column(fields, options), isProjected: projection.count > 0,
            try RawFormat.isBig(options), options.framing)
    }

    public func makeEncoder(fields: Schema, _ options: FormatOptions) throws(SQLError) -> any BatchEncoder {
        RawEncoder(try RawFormat.column(fields, options), try RawFormat.isBig(options))
    }

    private static func isBig(_ options: FormatOptions) throws(SQLError) -> Bool {
        let charset = options.values["charset"] ?? "UTF-8"
        guard charset.uppercased() == "UTF-8" || charset.uppercased() == "US-ASCII" else {
            throw options.values.wrong("charset", charset, "UTF-8")
        }
        switch options.values["endianness"] ?? "big-endian" {
        case "big-endian": return true
        case "little-endian": return false
        default:
            throw options.values.wrong(
                "endianness", options.values["endianness"] ?? "", "big-endian or little-endian")
        }
    }

    private static func column(_ fields: Schema, _ options: FormatOptions) throws(SQLError) -> DataType {
        guard fields.count == 1 else {
            throw SQLError(
                .invalidDefinition,
                "format raw holds one column, but table \"\(options.table)\" has \(fields.count)")
        }
        switch fields[0].type.kind {
        case .boolean, .tinyint, .smallint, .int, .bigint, .float, .double, .char, .varchar, .binary,
            .varbinary:
            return fields[0].type
        default: throw SQLError(.unsupported, "format raw cannot hold \(fields[0].type)")
        }
    }

    /// Bytes of a number.
    static func width(_ kind: TypeKind) -> Int {
        switch kind {
        case .boolean, .tinyint: return 1
        case .smallint: return 2
        case .int, .float: return 4
        case .bigint, .double: return 8
        default: return 0
        }
    }
}
