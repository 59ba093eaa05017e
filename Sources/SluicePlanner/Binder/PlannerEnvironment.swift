public import SluiceBase
public import SluiceCatalog
public import SluiceConnect
public import SluiceExpressions
public import SluiceJobGraph

/// What planning may ask of its surroundings: names, functions, connectors, settings.
public struct PlannerEnvironment: Sendable {
    public var catalog: any Catalog
    /// Where a name of one part is looked up.
    public var current: DatabaseName
    public var functions: FunctionRegistry
    public var aggregates: AggregateRegistry
    public var connectors: ConnectorRegistry
    public var config: JobConfig
    public var clock: any Clock
    /// `table.dynamic-table-options.enabled`.
    public var allowsOptionHints: Bool

    public init(
        catalog: any Catalog, current: DatabaseName, functions: FunctionRegistry,
        aggregates: AggregateRegistry, connectors: ConnectorRegistry, config: JobConfig, clock: any Clock,
        allowsOptionHints: Bool = true
    ) {
        self.catalog = catalog
        self.current = current
        self.functions = functions
        self.aggregates = aggregates
        self.connectors = connectors
        self.config = config
        self.clock = clock
        self.allowsOptionHints = allowsOptionHints
    }

    var isStreaming: Bool { config.mode == .streaming }

    /// A name of one to three parts, made whole.
    public func qualify(_ parts: [String], span: SourceSpan? = nil) throws(SQLError) -> QualifiedName {
        switch parts.count {
        case 1: return QualifiedName(current, parts[0])
        case 2: return QualifiedName(current.catalog, parts[0], parts[1])
        case 3: return QualifiedName(parts[0], parts[1], parts[2])
        default:
            throw SQLError(
                .unknownTable, "\"\(parts.joined(separator: "."))\" has too many parts for a table name",
                span: span)
        }
    }
}
