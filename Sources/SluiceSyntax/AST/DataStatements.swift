public import SluiceBase

/// `INSERT INTO | OVERWRITE t [PARTITION (…)] [(columns)] query [ON CONFLICT …]`.
public struct Insert: Sendable, Equatable {
    public var isOverwrite: Bool
    public var table: ObjectName
    /// `/*+ OPTIONS(…) */` behind the table.
    public var hints: [Hint]
    public var partition: [PartitionItem]
    /// nil: no column list was written. A name with several parts reaches into a row column.
    public var columns: [ObjectName]?
    public var query: Query
    public var onConflict: ConflictAction?
    @NotCompared public var span: SourceSpan
    /// From INSERT to the end of the table name and its lists.
    @NotCompared public var targetSpan: SourceSpan

    public init(
        isOverwrite: Bool = false, table: ObjectName, hints: [Hint] = [], partition: [PartitionItem] = [],
        columns: [ObjectName]? = nil, query: Query, onConflict: ConflictAction? = nil, span: SourceSpan,
        targetSpan: SourceSpan
    ) {
        self.isOverwrite = isOverwrite
        self.table = table
        self.hints = hints
        self.partition = partition
        self.columns = columns
        self.query = query
        self.onConflict = onConflict
        self.span = span
        self.targetSpan = targetSpan
    }

    public enum ConflictAction: String, Sendable, Equatable, CaseIterable {
        case doNothing = "DO NOTHING"
        case doError = "DO ERROR"
        case doDeduplicate = "DO DEDUPLICATE"
    }
}

/// `UPDATE t SET a = x WHERE …`.
public struct Update: Sendable, Equatable {
    public var table: ObjectName
    public var alias: Identifier?
    public var assignments: [Assignment]
    public var condition: Expr?

    public struct Assignment: Sendable, Equatable {
        public var column: Identifier
        public var value: Expr
    }
}

/// `DELETE FROM t WHERE …`.
public struct Delete: Sendable, Equatable {
    public var table: ObjectName
    public var alias: Identifier?
    public var condition: Expr?
}

/// `EXPLAIN [kind] statement`.
public struct Explain: Sendable, Equatable {
    public var kind: Kind
    public var statement: Statement

    public enum Kind: Sendable, Equatable {
        /// `EXPLAIN`, `EXPLAIN PLAN FOR`, or with `ESTIMATED_COST, CHANGELOG_MODE, …`.
        case plan([Detail])
        /// `EXPLAIN (STAGE AST | LOGICAL | OPTIMIZED | JOB)`.
        case stage(Stage)
        /// `EXPLAIN ANALYZE`.
        case analyze
    }

    public enum Detail: String, Sendable, Equatable, CaseIterable {
        case estimatedCost = "ESTIMATED_COST"
        case changelogMode = "CHANGELOG_MODE"
        case planAdvice = "PLAN_ADVICE"
        case jsonExecutionPlan = "JSON_EXECUTION_PLAN"
    }

    public enum Stage: String, Sendable, Equatable, CaseIterable {
        case ast = "AST"
        case logical = "LOGICAL"
        case optimized = "OPTIMIZED"
        case job = "JOB"
    }
}

/// `COMPILE [AND EXECUTE] PLAN 'file' [IF NOT EXISTS] FOR …`.
public struct CompilePlan: Sendable, Equatable {
    public var path: String
    public var ifNotExists: Bool
    public var executes: Bool
    /// An INSERT or a statement set.
    public var statement: Statement
}

/// `CALL catalog.database.procedure(…)`.
public struct ProcedureCall: Sendable, Equatable {
    public var name: ObjectName
    public var arguments: [Expr]
}

/// `ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR COLUMNS … | FOR ALL COLUMNS]`.
public struct AnalyzeTable: Sendable, Equatable {
    public var table: ObjectName
    public var partition: [PartitionItem]
    public var columns: Columns

    public enum Columns: Sendable, Equatable {
        case none
        case all
        case listed([Identifier])
    }
}

/// `STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN]`.
public struct StopJob: Sendable, Equatable {
    public var id: String
    public var withSavepoint: Bool
    public var withDrain: Bool
}
