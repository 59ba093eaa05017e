public import SluiceBase
public import SluiceColumns
public import SluiceConnect

/// `json`: an object a line.
public struct JSONFormat: Format {
    public let name = "json"
    public var options: [OptionSpec] { JSONOptions.specs }
    public let lineEndsAreSpace = true
    public let decodedChangelog = ChangelogMode.appendOnly
    public let encodedChangelog = ChangelogMode.appendOnly

    public init() {}

    public func makeDecoder(
        fields: Schema, projection: [Int], _ options: FormatOptions
    ) throws(SQLError) -> any RowDecoder {
        for column in projection {
            try JSONFormat.checkKeys(of: fields[column].type, in: fields[column].name)
        }
        return try JSONRowDecoder(fields: projection.map { fields[$0] }, options: try JSONOptions(options))
    }

    public func makeEncoder(fields: Schema, _ options: FormatOptions) throws(SQLError) -> any BatchEncoder {
        for field in fields { try JSONFormat.checkKeys(of: field.type, in: field.name) }
        return try JSONBatchEncoder(fields: fields, options: try JSONOptions(options))
    }

    /// The names of a JSON object are texts, so the keys of a map must be.
    private static func checkKeys(of type: DataType, in column: String) throws(SQLError) {
        switch type.kind {
        case .map(let key, let value):
            guard key.kind.isCharacter else {
                throw SQLError(
                    .connectorOption,
                    "format json cannot hold \(type.kind) of column \"\(column)\": keys must be strings")
            }
            try checkKeys(of: value, in: column)
        case .multiset(let element):
            guard element.kind.isCharacter else {
                throw SQLError(
                    .connectorOption,
                    "format json cannot hold \(type.kind) of column \"\(column)\": elements must be strings")
            }
        case .array(let element): try checkKeys(of: element, in: column)
        case .row(let fields): for field in fields { try checkKeys(of: field.type, in: column) }
        default: break
        }
    }
}
