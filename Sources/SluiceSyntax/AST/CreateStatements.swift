public import SluiceBase

/// `CREATE [OR REPLACE] [TEMPORARY] TABLE …` in all its forms.
public struct CreateTable: Sendable, Equatable {
    public var isTemporary: Bool
    /// `CREATE OR REPLACE TABLE … AS`; `isReplace` alone is `REPLACE TABLE … AS`.
    public var isReplace: Bool
    public var isCreate: Bool
    public var ifNotExists: Bool
    public var name: ObjectName
    public var elements: [TableElement]
    /// The column names of `CREATE TABLE t (a, b) AS query`, which name or reorder the query's columns.
    public var columnNames: [Identifier]
    public var comment: String?
    public var distribution: Distribution?
    public var partitionedBy: [Identifier]
    public var options: [TableOption]
    public var like: TableLike?
    public var query: Query?
    @NotCompared public var span: SourceSpan
}

/// One entry of the list between the brackets of CREATE TABLE or ALTER TABLE ADD.
public enum TableElement: Sendable, Equatable {
    case column(ColumnDefinition)
    case watermark(WatermarkDefinition)
    case constraint(TableConstraint)
}

public struct ColumnDefinition: Sendable, Equatable {
    public var name: Identifier
    public var kind: Kind
    public var comment: String?
    @NotCompared public var span: SourceSpan

    public enum Kind: Sendable, Equatable {
        /// `constraint` is a PRIMARY KEY or UNIQUE written at the column.
        case physical(TypeName, constraint: ColumnConstraint?)
        case computed(Expr)
        /// `METADATA [FROM 'key'] [VIRTUAL]`.
        case metadata(TypeName, key: String?, isVirtual: Bool)
    }
}

public struct ColumnConstraint: Sendable, Equatable {
    public var name: Identifier?
    public var isPrimaryKey: Bool
    /// nil: neither ENFORCED nor NOT ENFORCED was written.
    public var isEnforced: Bool?
    @NotCompared public var span: SourceSpan
}

/// `WATERMARK FOR column AS expr`.
public struct WatermarkDefinition: Sendable, Equatable {
    /// Several parts reach into a row column.
    public var column: ObjectName
    public var expr: Expr
    @NotCompared public var span: SourceSpan
}

/// `[CONSTRAINT name] PRIMARY KEY (…) [[NOT] ENFORCED]`.
public struct TableConstraint: Sendable, Equatable {
    public var name: Identifier?
    public var isPrimaryKey: Bool
    public var columns: [Identifier]
    public var isEnforced: Bool?
    @NotCompared public var span: SourceSpan

    public init(
        name: Identifier?, isPrimaryKey: Bool, columns: [Identifier], isEnforced: Bool?, span: SourceSpan
    ) {
        self.name = name
        self.isPrimaryKey = isPrimaryKey
        self.columns = columns
        self.isEnforced = isEnforced
        self.span = span
    }
}

/// `DISTRIBUTED BY [HASH | RANGE] (…) INTO n BUCKETS` or `DISTRIBUTED INTO n BUCKETS`.
public struct Distribution: Sendable, Equatable {
    public var kind: Kind?
    public var columns: [Identifier]
    public var buckets: Int?

    public enum Kind: String, Sendable, Equatable {
        case hash = "HASH"
        case range = "RANGE"
    }
}

/// `LIKE t (INCLUDING ALL …)`.
public struct TableLike: Sendable, Equatable {
    public var source: ObjectName
    public var options: [Option]

    public struct Option: Sendable, Equatable {
        public var strategy: Strategy
        public var feature: Feature
    }

    public enum Strategy: String, Sendable, Equatable, CaseIterable {
        case including = "INCLUDING"
        case excluding = "EXCLUDING"
        case overwriting = "OVERWRITING"
    }

    public enum Feature: String, Sendable, Equatable, CaseIterable {
        case all = "ALL"
        case constraints = "CONSTRAINTS"
        case distribution = "DISTRIBUTION"
        case generated = "GENERATED"
        case metadata = "METADATA"
        case options = "OPTIONS"
        case partitions = "PARTITIONS"
        case watermarks = "WATERMARKS"
    }
}

public struct CreateView: Sendable, Equatable {
    public var isTemporary: Bool
    public var isReplace: Bool
    public var ifNotExists: Bool
    public var name: ObjectName
    public var columns: [ViewColumn]
    public var comment: String?
    public var query: Query
    /// The text of the query as the user wrote it.
    @NotCompared public var queryText: String

    public struct ViewColumn: Sendable, Equatable {
        public var name: Identifier
        public var comment: String?
    }
}

public struct CreateCatalog: Sendable, Equatable {
    public var ifNotExists: Bool
    public var name: Identifier
    public var comment: String?
    public var options: [TableOption]
}

public struct CreateDatabase: Sendable, Equatable {
    public var ifNotExists: Bool
    public var name: ObjectName
    public var comment: String?
    public var options: [TableOption]
}

/// `CREATE [TEMPORARY [SYSTEM]] FUNCTION … AS 'body' [LANGUAGE x] [USING JAR 'path', …]`.
public struct CreateFunction: Sendable, Equatable {
    public var scope: FunctionScope
    public var ifNotExists: Bool
    public var name: ObjectName
    public var body: String
    /// As written; nil means JAVA.
    public var language: Identifier?
    public var resources: [Resource]
    public var options: [TableOption]

    public struct Resource: Sendable, Equatable {
        public var kind: Kind
        public var path: String

        public enum Kind: String, Sendable, Equatable {
            case jar = "JAR"
            case artifact = "ARTIFACT"
        }
    }
}

public enum FunctionScope: String, Sendable, Equatable {
    case catalog = ""
    case temporary = "TEMPORARY"
    case temporarySystem = "TEMPORARY SYSTEM"
}

public struct CreateModel: Sendable, Equatable {
    public var isTemporary: Bool
    public var ifNotExists: Bool
    public var name: ObjectName
    public var inputs: [ModelColumn]
    public var outputs: [ModelColumn]
    public var comment: String?
    public var options: [TableOption]
    public var query: Query?

    public struct ModelColumn: Sendable, Equatable {
        public var name: Identifier
        public var type: TypeName
        public var comment: String?
    }
}

/// `CREATE [OR ALTER] MATERIALIZED TABLE …`.
public struct CreateMaterializedTable: Sendable, Equatable {
    public var isOrAlter: Bool
    public var ifNotExists: Bool
    public var name: ObjectName
    public var elements: [TableElement]
    public var columnNames: [Identifier]
    public var comment: String?
    public var distribution: Distribution?
    public var partitionedBy: [Identifier]
    public var options: [TableOption]
    /// An interval.
    public var freshness: Expr?
    public var refreshMode: RefreshMode?
    public var startMode: StartMode?
    public var query: Query
    @NotCompared public var queryText: String
}

public enum RefreshMode: String, Sendable, Equatable {
    case continuous = "CONTINUOUS"
    case full = "FULL"
}

/// Where a changed materialized table starts to read.
public enum StartMode: Sendable, Equatable {
    case fromBeginning
    case fromNow(Expr?)
    case fromTimestamp(Expr)
    case resumeOrFromBeginning
    case resumeOrFromNow(Expr?)
    case resumeOrFromTimestamp(Expr)
}
