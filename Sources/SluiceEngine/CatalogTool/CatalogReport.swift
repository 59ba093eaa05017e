/// What a catalog command has to say: a small table, or a text.
public struct CatalogReport: Sendable, Equatable {
    public var columns: [String]
    public var rows: [[String?]]
    /// Printed as it is instead of the table, unless JSON is asked for.
    public var text: String?

    public init(columns: [String], rows: [[String?]], text: String? = nil) {
        self.columns = columns
        self.rows = rows
        self.text = text
    }
}
