public import SluiceColumns

/// A view: a query under a name, with the names of its columns.
public struct ViewEntry: Sendable, Equatable {
    public var name: QualifiedName
    public var columns: [Column]
    /// The query as the user wrote it, for SHOW CREATE.
    public var originalQuery: String
    /// The query with every name complete, so that it means the same from any current database.
    public var expandedQuery: String
    public var comment: String?
    public var options: OptionMap
    public var isTemporary: Bool
    /// The statement that made it, as written.
    public var definition: String

    public struct Column: Sendable, Equatable {
        public var name: String
        /// The type that the query had when the view was made; nil where it was not kept.
        public var type: DataType?
        public var comment: String?

        public init(_ name: String, type: DataType? = nil, comment: String? = nil) {
            self.name = name
            self.type = type
            self.comment = comment
        }
    }

    public init(
        name: QualifiedName, columns: [Column], originalQuery: String, expandedQuery: String,
        comment: String? = nil, options: OptionMap = [:], isTemporary: Bool = false, definition: String = ""
    ) {
        self.name = name
        self.columns = columns
        self.originalQuery = originalQuery
        self.expandedQuery = expandedQuery
        self.comment = comment
        self.options = options
        self.isTemporary = isTemporary
        self.definition = definition
    }
}
