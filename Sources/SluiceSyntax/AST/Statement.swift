public import SluiceBase

/// One statement of Flink SQL.
public indirect enum Statement: Sendable, Equatable {
    case query(Query)
    case insert(Insert)
    case update(Update)
    case delete(Delete)
    case truncate(ObjectName)
    /// `EXECUTE STATEMENT SET BEGIN …; END` in one piece.
    case statementSet([Insert])
    /// `BEGIN STATEMENT SET`: the INSERT statements up to `END` belong together.
    case beginStatementSet
    case endStatementSet
    /// `EXECUTE SELECT …`, `EXECUTE INSERT …`.
    case execute(Statement)

    case createTable(CreateTable)
    case createView(CreateView)
    case createCatalog(CreateCatalog)
    case createDatabase(CreateDatabase)
    case createFunction(CreateFunction)
    case createModel(CreateModel)
    case createMaterializedTable(CreateMaterializedTable)
    case alterTable(AlterTable)
    case alterView(AlterView)
    case alterCatalog(AlterCatalog)
    case alterDatabase(AlterDatabase)
    case alterFunction(AlterFunction)
    case alterModel(AlterModel)
    case alterMaterializedTable(AlterMaterializedTable)
    case drop(Drop)

    case use(Use)
    case set(SetOption)
    /// nil: every key.
    case reset(key: String?)
    case explain(Explain)
    case describe(Describe)
    case show(Show)
    case compilePlan(CompilePlan)
    case executePlan(path: String)
    case addJar(path: String)
    case removeJar(path: String)
    case loadModule(LoadModule)
    case unloadModule(Identifier)
    case call(ProcedureCall)
    case analyzeTable(AnalyzeTable)
    case stopJob(StopJob)
}

/// A statement of a script with its place and text.
public struct ParsedStatement: Sendable, Equatable {
    public var statement: Statement
    /// Without the semicolon.
    @NotCompared public var span: SourceSpan
    /// The text of the span. Spans inside the statement count from the start of the whole script.
    @NotCompared public var text: String
}

/// `'key' = 'value'` in a WITH clause, a SET action or a hint.
public struct TableOption: Sendable, Equatable {
    public var key: String
    public var value: String
    @NotCompared public var keySpan: SourceSpan
    @NotCompared public var valueSpan: SourceSpan

    public init(
        key: String, value: String, keySpan: SourceSpan = SourceSpan(0, 0),
        valueSpan: SourceSpan = SourceSpan(0, 0)
    ) {
        self.key = key
        self.value = value
        self.keySpan = keySpan
        self.valueSpan = valueSpan
    }
}

/// `column = literal` in a PARTITION clause; without a value only where a partition is just named.
public struct PartitionItem: Sendable, Equatable {
    public var column: Identifier
    public var value: Expr?
}
