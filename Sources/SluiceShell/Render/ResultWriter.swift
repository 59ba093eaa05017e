public import SluiceBase
public import SluiceColumns

/// Writes the rows of one result in one format.
public protocol ResultWriter: AnyObject {
    /// `showsKind`: a changelog, whose row kinds (`+I -U +U -D`) are a first field.
    func begin(_ columns: Schema, showsKind: Bool)
    func write(_ batch: RecordBatch)
    /// Pushes out what is buffered; a live result calls it after each batch.
    func flush()
    func end()
}

/// The formats of `--format`.
public enum OutputFormat: String, Sendable, CaseIterable {
    case csv, jsonl, json, tsv, table, box, markdown, vertical, html
}

/// What the user chose for results.
public struct RenderOptions: Sendable {
    public var format: OutputFormat
    /// The text of SQL NULL.
    public var null: String
    public var header: Bool
    public var zone: TimeZoneRules
    /// Columns of the terminal; nil: not one.
    public var width: Int?

    public init(format: OutputFormat, null: String? = nil, header: Bool = true, zone: TimeZoneRules = .utc, width: Int? = nil) {
        self.format = format
        self.header = header
        self.zone = zone
        self.width = width
        switch format {
        case .csv, .tsv: self.null = null ?? ""
        default: self.null = null ?? "NULL"
        }
    }
}
