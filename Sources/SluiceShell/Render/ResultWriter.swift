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
    /// The text that the user chose for SQL NULL; nil: the format's own.
    public var nullText: String?
    public var header: Bool
    public var zone: TimeZoneRules
    /// Columns of the terminal; nil: not one.
    public var width: Int?
    /// Rows that a table shows at most, the first and the last ones; nil: all.
    public var maxRows: Int?
    /// A line with the types below the names of the columns.
    public var showsTypes = false
    /// Whether lines may be drawn with characters beyond ASCII.
    public var isUnicode = true
    /// Rows are shown as they come, without an end in sight.
    public var isLive = false

    public init(
        format: OutputFormat, null: String? = nil, header: Bool = true, zone: TimeZoneRules = .utc,
        width: Int? = nil
    ) {
        self.format = format
        self.header = header
        self.zone = zone
        self.width = width
        nullText = null
    }

    /// The text of SQL NULL.
    public var null: String {
        if let nullText { return nullText }
        switch format {
        case .csv, .tsv: return ""
        case .table: return "<NULL>"
        default: return "NULL"
        }
    }
}
