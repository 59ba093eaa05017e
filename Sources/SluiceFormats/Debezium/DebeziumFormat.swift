public import SluiceBase
public import SluiceColumns
public import SluiceConnect

/// `debezium-json`: change events with the row before and after.
public struct DebeziumFormat: Format {
    public let name = "debezium-json"
    public let lineEndsAreSpace = true
    public let decodedChangelog = ChangelogMode.retract
    public let encodedChangelog = ChangelogMode.retract
    public var options: [OptionSpec] {
        let inherited = JSONOptions.specs.filter {
            $0.key != "fail-on-missing-field" && $0.key != "decode.json-parser.enabled"
        }
        return [
            OptionSpec(
                "schema-include", .boolean, default: "false",
                "events are wrapped with their schema in \"payload\"")
        ] + inherited
    }

    public init() {}

    public func makeDecoder(
        fields: Schema, projection: [Int], _ options: FormatOptions
    ) throws(SQLError) -> any RowDecoder {
        let json = try JSONOptions(options)
        let wrapped = try options.values.bool("schema-include", default: false)
        return try DebeziumDecoder(
            fields: projection.map { fields[$0] }, options: json, schemaIncluded: wrapped)
    }

    public func makeEncoder(fields: Schema, _ options: FormatOptions) throws(SQLError) -> any BatchEncoder {
        if try options.values.bool("schema-include", default: false) {
            throw SQLError(
                .unsupported, "debezium-json cannot write events with their schema",
                hint: "remove 'debezium-json.schema-include'")
        }
        return try DebeziumEncoder(fields: fields, options: try JSONOptions(options))
    }
}
