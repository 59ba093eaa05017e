public import SluiceColumns

/// A table as a connector sees it: names, types and options, nothing of the catalog.
public struct ResolvedTable: Sendable, Hashable {
    public struct Column: Sendable, Hashable {
        public var name: String
        public var type: DataType
        /// The metadata key of a METADATA column; nil for a physical one.
        public var metadataKey: String?
        /// A metadata column that a sink does not write.
        public var isVirtual: Bool

        public init(name: String, type: DataType, metadataKey: String? = nil, isVirtual: Bool = false) {
            self.name = name
            self.type = type
            self.metadataKey = metadataKey
            self.isVirtual = isVirtual
        }
    }

    /// `catalog.database.table`, for messages.
    public var name: String
    /// Physical and metadata columns, in declared order; computed ones are the planner's business.
    public var columns: [Column]
    /// Positions in `columns`; empty: no key.
    public var primaryKey: [Int]
    public var partitionKeys: [String]
    public var options: TableOptions

    public init(
        name: String, columns: [Column], primaryKey: [Int] = [], partitionKeys: [String] = [],
        options: TableOptions
    ) {
        self.name = name
        self.columns = columns
        self.primaryKey = primaryKey
        self.partitionKeys = partitionKeys
        self.options = options
    }

    public var schema: Schema { columns.map { Field($0.name, $0.type) } }
}
