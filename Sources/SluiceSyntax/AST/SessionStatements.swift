public enum Use: Sendable, Equatable {
    case catalog(Identifier)
    case database(ObjectName)
    case modules([Identifier])
}

/// `SET` alone lists every key; `SET 'key'` is refused by the parser.
public enum SetOption: Sendable, Equatable {
    case list
    case assign(TableOption)
}

public struct LoadModule: Sendable, Equatable {
    public var name: Identifier
    public var options: [TableOption]
}

public struct Describe: Sendable, Equatable {
    public var isExtended: Bool
    public var target: Target

    public enum Target: Sendable, Equatable {
        /// A table or a view.
        case table(ObjectName)
        case catalog(Identifier)
        case database(ObjectName)
        case function(ObjectName)
        case model(ObjectName)
        case job(String)
    }
}

/// `SHOW kind [FROM | IN name] [[NOT] LIKE | ILIKE 'pattern']`.
public struct Show: Sendable, Equatable {
    public var kind: Kind
    /// The database or catalog to look into; for COLUMNS the table.
    public var source: ObjectName?
    public var filter: Filter?

    public struct Filter: Sendable, Equatable {
        public var isNegated: Bool
        public var isCaseInsensitive: Bool
        public var pattern: String
    }

    public indirect enum Kind: Sendable, Equatable {
        case catalogs, currentCatalog, createCatalog(Identifier)
        case databases, currentDatabase
        case tables, createTable(ObjectName), columns
        case partitions(ObjectName, [PartitionItem])
        case views, createView(ObjectName)
        case materializedTables, createMaterializedTable(ObjectName, isOrAlter: Bool)
        case functions(userOnly: Bool)
        case procedures
        case modules(isFull: Bool)
        case models, createModel(ObjectName)
        case jars, jobs
        /// Listings beyond Flink's: about jobs, state and tables. The name may narrow the listing.
        case report(Report, ObjectName?)
        /// The same about one job.
        case jobReport(Report, job: String)
    }

    public enum Report: String, Sendable, Equatable, CaseIterable {
        case watermarks = "WATERMARKS"
        case lateRecords = "LATE RECORDS"
        case skew = "SKEW"
        case metrics = "METRICS"
        case state = "STATE"
        case lineage = "LINEAGE"
        case dependencies = "DEPENDENCIES"
        case regions = "HBASE REGIONS"
        case audit = "AUDIT"
        case expectations = "EXPECTATIONS"
    }
}
