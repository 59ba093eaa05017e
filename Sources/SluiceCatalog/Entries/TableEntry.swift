public import SluiceColumns

/// A table as it was declared.
public struct TableEntry: Sendable, Equatable {
    public var name: QualifiedName
    public var columns: [ColumnEntry]
    public var watermark: WatermarkEntry?
    public var primaryKey: PrimaryKeyEntry?
    public var partitionKeys: [String]
    /// What stands after DISTRIBUTED: `BY HASH(`a`) INTO 4 BUCKETS`.
    public var distribution: String?
    public var options: OptionMap
    public var comment: String?
    public var isTemporary: Bool
    /// The statement that made it, as written; empty where none did.
    public var definition: String

    public init(
        name: QualifiedName, columns: [ColumnEntry], watermark: WatermarkEntry? = nil,
        primaryKey: PrimaryKeyEntry? = nil, partitionKeys: [String] = [], distribution: String? = nil,
        options: OptionMap = [:], comment: String? = nil, isTemporary: Bool = false, definition: String = ""
    ) {
        self.name = name
        self.columns = columns
        self.watermark = watermark
        self.primaryKey = primaryKey
        self.partitionKeys = partitionKeys
        self.distribution = distribution
        self.options = options
        self.comment = comment
        self.isTemporary = isTemporary
        self.definition = definition
    }

    public func column(_ name: String) -> ColumnEntry? { columns.first { $0.name == name } }
}

/// One column of a table.
public struct ColumnEntry: Sendable, Equatable {
    public var name: String
    /// Of a computed column what its expression was bound to; the NULL type where that is not known.
    public var type: DataType
    public var kind: Kind
    public var comment: String?

    public enum Kind: Sendable, Equatable {
        case physical
        /// The text of the expression.
        case computed(String)
        /// A nil key means the column's name.
        case metadata(key: String?, isVirtual: Bool)
    }

    public init(_ name: String, _ type: DataType, kind: Kind = .physical, comment: String? = nil) {
        self.name = name
        self.type = type
        self.kind = kind
        self.comment = comment
    }

    /// `DECIMAL(10, 2) NOT NULL`
    public var typeText: String { type.description }

    public var isPhysical: Bool { kind == .physical }

    /// Can be written by INSERT: physical, or metadata that is not virtual.
    public var isPersisted: Bool {
        switch kind {
        case .physical: return true
        case .computed: return false
        case .metadata(_, let isVirtual): return !isVirtual
        }
    }
}

/// `WATERMARK FOR column AS expression`.
public struct WatermarkEntry: Sendable, Equatable {
    /// More than one part reaches into a row column.
    public var column: [String]
    public var expression: String

    public init(column: [String], expression: String) {
        self.column = column
        self.expression = expression
    }
}

/// `CONSTRAINT name PRIMARY KEY (…) NOT ENFORCED`.
public struct PrimaryKeyEntry: Sendable, Equatable {
    /// Without a name given, Flink's: `PK_` and the columns joined by `_`.
    public var name: String
    public var columns: [String]

    public init(name: String? = nil, columns: [String]) {
        self.name = name ?? "PK_" + columns.joined(separator: "_")
        self.columns = columns
    }
}
