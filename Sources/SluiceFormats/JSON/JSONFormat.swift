public import SluiceBase
public import SluiceColumns
public import SluiceConnect

/// `json`: an object a line.
public struct JSONFormat: Format {
    public let name = "json"
    public var options: [OptionSpec] { JSONOptions.specs }
    public let decodedChangelog = ChangelogMode.appendOnly
    public let encodedChangelog = ChangelogMode.appendOnly

    public init() {}

    public func makeDecoder(
        fields: Schema, projection: [Int], _ options: FormatOptions
    ) throws(SQLError) -> any RowDecoder {
        try JSONRowDecoder(fields: projection.map { fields[$0] }, options: try JSONOptions(options))
    }

    public func makeEncoder(fields: Schema, _ options: FormatOptions) throws(SQLError) -> any BatchEncoder {
        try JSONBatchEncoder(fields: fields, options: try JSONOptions(options))
    }
}
