// Generated from grammar/keywords by GrammarTests (SLUICE_RECORD=1). Do not edit.

/// A word with a meaning in the grammar. The reserved ones come first.
public enum Keyword: UInt16, Sendable, CaseIterable {
    case abs
    case all
    case allocate
    case allow
    case alter
    case and
    case any
    case are
    case array
    case array_concat_agg
    case array_max_cardinality
    case `as`
    case asensitive
    case asymmetric
    case at
    case atomic
    case authorization
    case avg
    case begin
    case begin_frame
    case begin_partition
    case between
    case bigint
    case binary
    case bit
    case blob
    case boolean
    case both
    case buckets
    case by
    case bytes
    case call
    case called
    case cardinality
    case cascaded
    case `case`
    case cast
    case catalogs
    case ceil
    case ceiling
    case char
    case character
    case character_length
    case char_length
    case check
    case classifier
    case clob
    case close
    case coalesce
    case collate
    case collect
    case column
    case comment
    case commit
    case condition
    case connect
    case constraint
    case contains
    case continuous
    case convert
    case corr
    case corresponding
    case count
    case covar_pop
    case covar_samp
    case create
    case cross
    case cube
    case cume_dist
    case current
    case current_catalog
    case current_date
    case current_default_transform_group
    case current_path
    case current_role
    case current_row
    case current_schema
    case current_time
    case current_timestamp
    case current_transform_group_for_type
    case current_user
    case cursor
    case cycle
    case databases
    case date
    case datetime
    case date_trunc
    case day
    case deallocate
    case dec
    case decimal
    case declare
    case `default`
    case define
    case delete
    case dense_rank
    case deref
    case describe
    case deterministic
    case disallow
    case disconnect
    case distinct
    case distributed
    case distribution
    case dot
    case double
    case drop
    case dynamic
    case each
    case element
    case `else`
    case empty
    case end
    case end_frame
    case end_partition
    case equals
    case escape
    case every
    case except
    case exec
    case execute
    case exists
    case exp
    case explain
    case extend
    case extended
    case external
    case extract
    case `false`
    case fetch
    case filter
    case first_value
    case float
    case floor
    case `for`
    case foreign
    case frame_row
    case free
    case freshness
    case friday
    case from
    case full
    case function
    case functions
    case fusion
    case get
    case global
    case grant
    case group
    case grouping
    case groups
    case group_concat
    case hash
    case having
    case hold
    case hour
    case identity
    case ilike
    case `import`
    case `in`
    case include
    case indicator
    case initial
    case inner
    case `inout`
    case insensitive
    case insert
    case int
    case integer
    case intersect
    case intersection
    case interval
    case into
    case `is`
    case join
    case json_array
    case json_arrayagg
    case json_exists
    case json_object
    case json_objectagg
    case json_query
    case json_value
    case lag
    case language
    case large
    case last_value
    case lateral
    case lead
    case leading
    case left
    case like
    case like_regex
    case limit
    case ln
    case local
    case localtime
    case localtimestamp
    case lower
    case match
    case matches
    case match_number
    case match_recognize
    case materialized
    case max
    case measures
    case member
    case merge
    case method
    case min
    case minus
    case minute
    case mod
    case models
    case modifies
    case modify
    case module
    case modules
    case monday
    case month
    case multiset
    case national
    case natural
    case nchar
    case nclob
    case new
    case next
    case no
    case none
    case normalize
    case not
    case nth_value
    case ntile
    case null
    case nullif
    case numeric
    case occurrences_regex
    case octet_length
    case of
    case offset
    case old
    case omit
    case on
    case one
    case only
    case open
    case or
    case order
    case out
    case outer
    case over
    case overlaps
    case overlay
    case parameter
    case partition
    case pattern
    case per
    case percent
    case percentile_cont
    case percentile_disc
    case percent_rank
    case period
    case permute
    case pivot
    case portion
    case position
    case position_regex
    case power
    case precedes
    case precision
    case prepare
    case prev
    case primary
    case procedure
    case procedures
    case qualify
    case quarters
    case range
    case rank
    case raw
    case reads
    case real
    case recursive
    case ref
    case references
    case referencing
    case refresh
    case refresh_mode
    case regr_avgx
    case regr_avgy
    case regr_count
    case regr_intercept
    case regr_r2
    case regr_slope
    case regr_sxx
    case regr_sxy
    case regr_syy
    case release
    case rename
    case reset
    case result
    case resume
    case `return`
    case returns
    case revoke
    case right
    case rlike
    case rollback
    case rollup
    case row
    case rows
    case row_number
    case running
    case saturday
    case savepoint
    case scala
    case scope
    case scroll
    case search
    case second
    case seek
    case select
    case sensitive
    case separator
    case session_user
    case set
    case show
    case similar
    case skip
    case smallint
    case some
    case specific
    case specifictype
    case sql
    case sqlexception
    case sqlstate
    case sqlwarning
    case sqrt
    case start
    case statement
    case `static`
    case stddev_pop
    case stddev_samp
    case stream
    case string
    case string_agg
    case structured
    case submultiset
    case subset
    case substring
    case substring_regex
    case succeeds
    case sum
    case sunday
    case suspend
    case symmetric
    case system
    case system_time
    case system_user
    case table
    case tables
    case tablesample
    case then
    case thursday
    case time
    case timestamp
    case timestamp_diff
    case timestamp_ltz
    case timestamp_trunc
    case timezone_hour
    case timezone_minute
    case time_diff
    case time_trunc
    case tinyint
    case to
    case trailing
    case translate
    case translate_regex
    case translation
    case treat
    case trigger
    case trim
    case trim_array
    case `true`
    case truncate
    case try_cast
    case tuesday
    case uescape
    case union
    case unique
    case unknown
    case unnest
    case unpivot
    case update
    case upper
    case upsert
    case use
    case user
    case using
    case value
    case values
    case value_of
    case varbinary
    case varchar
    case variant
    case varying
    case var_pop
    case var_samp
    case versioning
    case views
    case watermark
    case watermarks
    case wednesday
    case weeks
    case when
    case whenever
    case `where`
    case width_bucket
    case window
    case with
    case within
    case without
    case year
    case absent
    case add
    case after
    case analyze
    case artifact
    case asc
    case ast
    case audit
    case bitmap
    case cascade
    case catalog
    case changelog_mode
    case columns
    case compile
    case compute
    case conditional
    case conflict
    case constraints
    case database
    case deduplicate
    case dependencies
    case desc
    case descriptor
    case `do`
    case drain
    case enforced
    case error
    case estimated_cost
    case excluding
    case expectations
    case final
    case first
    case following
    case format
    case from_beginning
    case from_now
    case from_timestamp
    case generated
    case hbase
    case `if`
    case ignore
    case including
    case input
    case jar
    case jars
    case java
    case job
    case jobs
    case json
    case json_execution_plan
    case key
    case last
    case late
    case lineage
    case load
    case logical
    case map
    case metadata
    case metrics
    case model
    case nothing
    case nulls
    case object
    case optimized
    case options
    case ordinality
    case output
    case overwrite
    case overwriting
    case partitioned
    case partitions
    case past
    case placing
    case plan
    case plan_advice
    case preceding
    case python
    case records
    case regions
    case remove
    case replace
    case respect
    case restrict
    case resume_or_from_beginning
    case resume_or_from_now
    case resume_or_from_timestamp
    case returning
    case scalar
    case sets
    case skew
    case stage
    case start_mode
    case state
    case statistics
    case stop
    case temporary
    case timestampadd
    case timestampdiff
    case unbounded
    case unconditional
    case unload
    case view
    case virtual
    case wrapper
    case zone

    static let reservedCount: UInt16 = 422

    /// The words in upper case, in the order of the cases.
    static let words: [StaticString] = [
        "ABS", "ALL", "ALLOCATE", "ALLOW", "ALTER", "AND", "ANY", "ARE", "ARRAY", "ARRAY_CONCAT_AGG",
        "ARRAY_MAX_CARDINALITY", "AS", "ASENSITIVE", "ASYMMETRIC", "AT", "ATOMIC", "AUTHORIZATION", "AVG",
        "BEGIN", "BEGIN_FRAME", "BEGIN_PARTITION", "BETWEEN", "BIGINT", "BINARY", "BIT", "BLOB", "BOOLEAN",
        "BOTH", "BUCKETS", "BY", "BYTES", "CALL", "CALLED", "CARDINALITY", "CASCADED", "CASE", "CAST",
        "CATALOGS", "CEIL", "CEILING", "CHAR", "CHARACTER", "CHARACTER_LENGTH", "CHAR_LENGTH", "CHECK",
        "CLASSIFIER", "CLOB", "CLOSE", "COALESCE", "COLLATE", "COLLECT", "COLUMN", "COMMENT", "COMMIT",
        "CONDITION", "CONNECT", "CONSTRAINT", "CONTAINS", "CONTINUOUS", "CONVERT", "CORR", "CORRESPONDING",
        "COUNT", "COVAR_POP", "COVAR_SAMP", "CREATE", "CROSS", "CUBE", "CUME_DIST", "CURRENT",
        "CURRENT_CATALOG", "CURRENT_DATE", "CURRENT_DEFAULT_TRANSFORM_GROUP", "CURRENT_PATH",
        "CURRENT_ROLE", "CURRENT_ROW", "CURRENT_SCHEMA", "CURRENT_TIME", "CURRENT_TIMESTAMP",
        "CURRENT_TRANSFORM_GROUP_FOR_TYPE", "CURRENT_USER", "CURSOR", "CYCLE", "DATABASES", "DATE",
        "DATETIME", "DATE_TRUNC", "DAY", "DEALLOCATE", "DEC", "DECIMAL", "DECLARE", "DEFAULT", "DEFINE",
        "DELETE", "DENSE_RANK", "DEREF", "DESCRIBE", "DETERMINISTIC", "DISALLOW", "DISCONNECT", "DISTINCT",
        "DISTRIBUTED", "DISTRIBUTION", "DOT", "DOUBLE", "DROP", "DYNAMIC", "EACH", "ELEMENT", "ELSE",
        "EMPTY", "END", "END_FRAME", "END_PARTITION", "EQUALS", "ESCAPE", "EVERY", "EXCEPT", "EXEC",
        "EXECUTE", "EXISTS", "EXP", "EXPLAIN", "EXTEND", "EXTENDED", "EXTERNAL", "EXTRACT", "FALSE",
        "FETCH", "FILTER", "FIRST_VALUE", "FLOAT", "FLOOR", "FOR", "FOREIGN", "FRAME_ROW", "FREE",
        "FRESHNESS", "FRIDAY", "FROM", "FULL", "FUNCTION", "FUNCTIONS", "FUSION", "GET", "GLOBAL", "GRANT",
        "GROUP", "GROUPING", "GROUPS", "GROUP_CONCAT", "HASH", "HAVING", "HOLD", "HOUR", "IDENTITY",
        "ILIKE", "IMPORT", "IN", "INCLUDE", "INDICATOR", "INITIAL", "INNER", "INOUT", "INSENSITIVE",
        "INSERT", "INT", "INTEGER", "INTERSECT", "INTERSECTION", "INTERVAL", "INTO", "IS", "JOIN",
        "JSON_ARRAY", "JSON_ARRAYAGG", "JSON_EXISTS", "JSON_OBJECT", "JSON_OBJECTAGG", "JSON_QUERY",
        "JSON_VALUE", "LAG", "LANGUAGE", "LARGE", "LAST_VALUE", "LATERAL", "LEAD", "LEADING", "LEFT",
        "LIKE", "LIKE_REGEX", "LIMIT", "LN", "LOCAL", "LOCALTIME", "LOCALTIMESTAMP", "LOWER", "MATCH",
        "MATCHES", "MATCH_NUMBER", "MATCH_RECOGNIZE", "MATERIALIZED", "MAX", "MEASURES", "MEMBER", "MERGE",
        "METHOD", "MIN", "MINUS", "MINUTE", "MOD", "MODELS", "MODIFIES", "MODIFY", "MODULE", "MODULES",
        "MONDAY", "MONTH", "MULTISET", "NATIONAL", "NATURAL", "NCHAR", "NCLOB", "NEW", "NEXT", "NO", "NONE",
        "NORMALIZE", "NOT", "NTH_VALUE", "NTILE", "NULL", "NULLIF", "NUMERIC", "OCCURRENCES_REGEX",
        "OCTET_LENGTH", "OF", "OFFSET", "OLD", "OMIT", "ON", "ONE", "ONLY", "OPEN", "OR", "ORDER", "OUT",
        "OUTER", "OVER", "OVERLAPS", "OVERLAY", "PARAMETER", "PARTITION", "PATTERN", "PER", "PERCENT",
        "PERCENTILE_CONT", "PERCENTILE_DISC", "PERCENT_RANK", "PERIOD", "PERMUTE", "PIVOT", "PORTION",
        "POSITION", "POSITION_REGEX", "POWER", "PRECEDES", "PRECISION", "PREPARE", "PREV", "PRIMARY",
        "PROCEDURE", "PROCEDURES", "QUALIFY", "QUARTERS", "RANGE", "RANK", "RAW", "READS", "REAL",
        "RECURSIVE", "REF", "REFERENCES", "REFERENCING", "REFRESH", "REFRESH_MODE", "REGR_AVGX",
        "REGR_AVGY", "REGR_COUNT", "REGR_INTERCEPT", "REGR_R2", "REGR_SLOPE", "REGR_SXX", "REGR_SXY",
        "REGR_SYY", "RELEASE", "RENAME", "RESET", "RESULT", "RESUME", "RETURN", "RETURNS", "REVOKE",
        "RIGHT", "RLIKE", "ROLLBACK", "ROLLUP", "ROW", "ROWS", "ROW_NUMBER", "RUNNING", "SATURDAY",
        "SAVEPOINT", "SCALA", "SCOPE", "SCROLL", "SEARCH", "SECOND", "SEEK", "SELECT", "SENSITIVE",
        "SEPARATOR", "SESSION_USER", "SET", "SHOW", "SIMILAR", "SKIP", "SMALLINT", "SOME", "SPECIFIC",
        "SPECIFICTYPE", "SQL", "SQLEXCEPTION", "SQLSTATE", "SQLWARNING", "SQRT", "START", "STATEMENT",
        "STATIC", "STDDEV_POP", "STDDEV_SAMP", "STREAM", "STRING", "STRING_AGG", "STRUCTURED",
        "SUBMULTISET", "SUBSET", "SUBSTRING", "SUBSTRING_REGEX", "SUCCEEDS", "SUM", "SUNDAY", "SUSPEND",
        "SYMMETRIC", "SYSTEM", "SYSTEM_TIME", "SYSTEM_USER", "TABLE", "TABLES", "TABLESAMPLE", "THEN",
        "THURSDAY", "TIME", "TIMESTAMP", "TIMESTAMP_DIFF", "TIMESTAMP_LTZ", "TIMESTAMP_TRUNC",
        "TIMEZONE_HOUR", "TIMEZONE_MINUTE", "TIME_DIFF", "TIME_TRUNC", "TINYINT", "TO", "TRAILING",
        "TRANSLATE", "TRANSLATE_REGEX", "TRANSLATION", "TREAT", "TRIGGER", "TRIM", "TRIM_ARRAY", "TRUE",
        "TRUNCATE", "TRY_CAST", "TUESDAY", "UESCAPE", "UNION", "UNIQUE", "UNKNOWN", "UNNEST", "UNPIVOT",
        "UPDATE", "UPPER", "UPSERT", "USE", "USER", "USING", "VALUE", "VALUES", "VALUE_OF", "VARBINARY",
        "VARCHAR", "VARIANT", "VARYING", "VAR_POP", "VAR_SAMP", "VERSIONING", "VIEWS", "WATERMARK",
        "WATERMARKS", "WEDNESDAY", "WEEKS", "WHEN", "WHENEVER", "WHERE", "WIDTH_BUCKET", "WINDOW", "WITH",
        "WITHIN", "WITHOUT", "YEAR", "ABSENT", "ADD", "AFTER", "ANALYZE", "ARTIFACT", "ASC", "AST", "AUDIT",
        "BITMAP", "CASCADE", "CATALOG", "CHANGELOG_MODE", "COLUMNS", "COMPILE", "COMPUTE", "CONDITIONAL",
        "CONFLICT", "CONSTRAINTS", "DATABASE", "DEDUPLICATE", "DEPENDENCIES", "DESC", "DESCRIPTOR", "DO",
        "DRAIN", "ENFORCED", "ERROR", "ESTIMATED_COST", "EXCLUDING", "EXPECTATIONS", "FINAL", "FIRST",
        "FOLLOWING", "FORMAT", "FROM_BEGINNING", "FROM_NOW", "FROM_TIMESTAMP", "GENERATED", "HBASE", "IF",
        "IGNORE", "INCLUDING", "INPUT", "JAR", "JARS", "JAVA", "JOB", "JOBS", "JSON", "JSON_EXECUTION_PLAN",
        "KEY", "LAST", "LATE", "LINEAGE", "LOAD", "LOGICAL", "MAP", "METADATA", "METRICS", "MODEL",
        "NOTHING", "NULLS", "OBJECT", "OPTIMIZED", "OPTIONS", "ORDINALITY", "OUTPUT", "OVERWRITE",
        "OVERWRITING", "PARTITIONED", "PARTITIONS", "PAST", "PLACING", "PLAN", "PLAN_ADVICE", "PRECEDING",
        "PYTHON", "RECORDS", "REGIONS", "REMOVE", "REPLACE", "RESPECT", "RESTRICT",
        "RESUME_OR_FROM_BEGINNING", "RESUME_OR_FROM_NOW", "RESUME_OR_FROM_TIMESTAMP", "RETURNING", "SCALAR",
        "SETS", "SKEW", "STAGE", "START_MODE", "STATE", "STATISTICS", "STOP", "TEMPORARY", "TIMESTAMPADD",
        "TIMESTAMPDIFF", "UNBOUNDED", "UNCONDITIONAL", "UNLOAD", "VIEW", "VIRTUAL", "WRAPPER", "ZONE",
    ]

    /// Reserved words that may be called like a function.
    static let callable: [Keyword] = [
        .abs, .avg, .cardinality, .ceil, .ceiling, .char, .character_length, .char_length, .classifier,
        .coalesce, .collect, .corr, .count, .covar_pop, .covar_samp, .cume_dist, .current_date,
        .current_time, .current_timestamp, .date_trunc, .dense_rank, .element, .every, .exp, .extract,
        .first_value, .floor, .fusion, .grouping, .group_concat, .hour, .intersection, .json_array,
        .json_arrayagg, .json_exists, .json_object, .json_objectagg, .json_query, .json_value, .lag,
        .last_value, .lead, .left, .ln, .localtime, .localtimestamp, .lower, .match_number, .max, .min,
        .minute, .mod, .month, .next, .nth_value, .ntile, .nullif, .octet_length, .overlay,
        .percentile_cont, .percentile_disc, .percent_rank, .position, .power, .prev, .rank, .regr_avgx,
        .regr_avgy, .regr_count, .regr_intercept, .regr_r2, .regr_slope, .regr_sxx, .regr_sxy, .regr_syy,
        .right, .row_number, .second, .sqrt, .stddev_pop, .stddev_samp, .string_agg, .substring, .sum,
        .translate, .trim, .truncate, .upper, .user, .var_pop, .var_samp, .year,
    ]
}
