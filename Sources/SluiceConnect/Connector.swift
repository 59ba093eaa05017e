public import SluiceBase
public import SluiceColumns

/// A kind of table: `filesystem`, `hbase`, `datagen`. Stateless; makes sources, look-ups and sinks for a table.
public protocol Connector: Sendable {
    /// The name in `'connector' = …`, then its aliases.
    var names: [String] { get }
    var options: [OptionSpec] { get }
    /// What METADATA columns can be declared from; nothing by default.
    var metadata: [MetadataKey] { get }

    /// Checks schema and options when a table is created or first used. Throws with what would work.
    func validate(_ table: ResolvedTable) throws(SQLError)

    /// nil: not readable as a stream of rows.
    func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits?
    func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source

    /// nil: no look-up join possible.
    func lookupTraits(_ table: ResolvedTable) throws(SQLError) -> LookupTraits?
    func makeLookup(_ table: ResolvedTable, _ request: LookupRequest) throws(SQLError) -> any LookupProvider

    /// nil: not writable. `input`: what the query produces.
    func sinkTraits(_ table: ResolvedTable, input: ChangelogMode) throws(SQLError) -> SinkTraits?
    func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink

    /// The places whose changes the table carries, and those that a sink changes: no job may feed itself (H32).
    func capturedPlaces(_ table: ResolvedTable) throws(SQLError) -> [DataPlace]
    func writtenPlaces(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> [DataPlace]

    /// A line for the user after CREATE TABLE, such as which store a table lives in.
    func creationNotice(_ table: ResolvedTable) -> String?
}

extension Connector {
    public var metadata: [MetadataKey] { [] }
    public func validate(_ table: ResolvedTable) throws(SQLError) {}
    public func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits? { nil }
    public func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        throw SQLError(.unsupported, "table \"\(table.name)\" cannot be read")
    }
    public func lookupTraits(_ table: ResolvedTable) throws(SQLError) -> LookupTraits? { nil }
    public func makeLookup(
        _ table: ResolvedTable, _ request: LookupRequest
    ) throws(SQLError) -> any LookupProvider {
        throw SQLError(.unsupported, "table \"\(table.name)\" cannot be looked up by key")
    }
    public func sinkTraits(_ table: ResolvedTable, input: ChangelogMode) throws(SQLError) -> SinkTraits? {
        nil
    }
    public func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink {
        throw SQLError(.unsupported, "table \"\(table.name)\" cannot be written")
    }
    public func capturedPlaces(_ table: ResolvedTable) throws(SQLError) -> [DataPlace] { [] }
    public func writtenPlaces(
        _ table: ResolvedTable, _ request: SinkRequest
    ) throws(SQLError) -> [DataPlace] { [] }
    public func creationNotice(_ table: ResolvedTable) -> String? { nil }
}

public struct SourceTraits: Sendable {
    public var isBounded: Bool
    public var changelog: ChangelogMode
    /// Conditions on fields of ROW columns are of use to the source.
    public var takesFieldFilters: Bool
    /// What EXPLAIN says of the source beside table and fields, such as where changes come from.
    public var note: String?
    public init(
        isBounded: Bool, changelog: ChangelogMode = .appendOnly, takesFieldFilters: Bool = false,
        note: String? = nil
    ) {
        self.note = note
        self.isBounded = isBounded
        self.changelog = changelog
        self.takesFieldFilters = takesFieldFilters
    }
}

public struct LookupTraits: Sendable {
    /// Key columns (positions in the table) of which all must be given by equality; nil: any columns.
    public var keyColumns: [Int]?
    /// The connector keeps rows itself, as the options `lookup.cache` say; the join must not do it again.
    public var cachesRows: Bool
    /// A column by whose prefix or range rows can be looked up, too; nil: by equality only.
    public var rangeColumn: Int?
    public init(keyColumns: [Int]?, cachesRows: Bool = false, rangeColumn: Int? = nil) {
        self.keyColumns = keyColumns
        self.cachesRows = cachesRows
        self.rangeColumn = rangeColumn
    }
}

public struct SinkTraits: Sendable {
    /// Row kinds that the sink takes.
    public var accepts: ChangelogMode
    /// What the user should know before the job runs, such as a weaker guarantee than usual.
    public var warnings: [SQLError] = []
    /// The option for which it takes the rows of batch jobs only; nil: of streaming jobs, too.
    public var batchOnly: String?
    /// What EXPLAIN says of the sink besides table and fields: `counters=[f:n], …`.
    public var details: [String] = []
    public init(accepts: ChangelogMode, batchOnly: String? = nil) {
        self.accepts = accepts
        self.batchOnly = batchOnly
    }
}

/// What a scan must deliver.
public struct ScanRequest: Sendable, Hashable {
    /// Positions in the table's columns, in output order. A row column may be pruned by `nested` later.
    public var projection: [Int]
    /// At most this many rows are needed.
    public var limit: Int?
    /// Conditions that every wanted row meets. The query judges rows again, so a source may ignore them.
    public var filters: [ScanFilter]

    public init(projection: [Int], limit: Int? = nil, filters: [ScanFilter] = []) {
        self.projection = projection
        self.limit = limit
        self.filters = filters
    }
}

/// A table column compared with constants of its type.
public struct ScanFilter: Sendable, Hashable {
    public enum Comparison: String, Sendable, Hashable {
        case equal = "="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        /// The text begins with the value.
        case startsWith = "STARTS WITH"
        /// The column has one of the values.
        case oneOf = "IN"

        /// The comparison with its sides changed; nil: there is none.
        public var mirrored: Comparison? {
            switch self {
            case .startsWith, .oneOf: return nil
            case .equal: return .equal
            case .less: return .greater
            case .lessOrEqual: return .greaterOrEqual
            case .greater: return .less
            case .greaterOrEqual: return .lessOrEqual
            }
        }
    }

    /// Position in the table's columns.
    public var column: Int
    /// Position in the fields of a ROW column, which is compared instead of the whole.
    public var field: Int?
    public var comparison: Comparison
    /// Not NULL; in the layout of the column's type. One, of `oneOf` any number.
    public var values: [Datum]

    public init(column: Int, field: Int? = nil, comparison: Comparison, value: Datum) {
        self.init(column: column, field: field, comparison: comparison, values: [value])
    }

    public init(column: Int, field: Int? = nil, comparison: Comparison, values: [Datum]) {
        self.column = column
        self.field = field
        self.comparison = comparison
        self.values = values
    }
}

public struct LookupRequest: Sendable, Hashable {
    /// How a key finds rows. More than the wanted rows may come: the join judges them again.
    public enum Match: Sendable, Hashable {
        case equal
        /// The one key is the beginning of the column's value.
        case prefix
        /// The two keys are the bounds of the column's value, both included.
        case range
    }

    public var match = Match.equal
    /// Table columns that the keys give, in the order of the key batch's columns.
    public var keys: [Int]
    /// Table columns to deliver.
    public var projection: [Int]
    public init(keys: [Int], projection: [Int]) {
        self.keys = keys
        self.projection = projection
    }
}

public struct SinkRequest: Sendable, Hashable {
    /// Table columns that the rows carry, in order; others are NULL.
    public var columns: [Int]
    /// Kinds that arrive.
    public var input: ChangelogMode
    public var overwrite: Bool
    public init(columns: [Int], input: ChangelogMode, overwrite: Bool = false) {
        self.columns = columns
        self.input = input
        self.overwrite = overwrite
    }
}

/// The connectors of a process, passed in as a value.
public struct ConnectorRegistry: Sendable {
    private var byName: [String: any Connector] = [:]
    public init(_ connectors: [any Connector] = []) {
        for connector in connectors { for name in connector.names { byName[name] = connector } }
    }
    public func find(_ name: String) -> (any Connector)? { byName[name] }
    public var names: [String] { byName.keys.sorted() }
}
