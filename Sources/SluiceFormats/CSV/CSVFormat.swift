public import SluiceBase
public import SluiceColumns
public import SluiceConnect

/// `csv`: RFC 4180 with Flink's options.
public struct CSVFormat: Format {
    public let name = "csv"
    public var options: [OptionSpec] { CSVOptions.specs }
    public let decodedChangelog = ChangelogMode.appendOnly
    public let encodedChangelog = ChangelogMode.appendOnly

    public init() {}

    public func makeDecoder(
        fields: Schema, projection: [Int], _ options: FormatOptions
    ) throws(SQLError) -> any RowDecoder {
        try CSVRowDecoder(fields: fields, projection: projection, options: try CSVOptions(options))
    }

    public func makeEncoder(fields: Schema, _ options: FormatOptions) throws(SQLError) -> any BatchEncoder {
        try CSVBatchEncoder(fields: fields, options: try CSVOptions(options))
    }
}
