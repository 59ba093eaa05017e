public import SluiceBase
public import SluicePlanner

/// What a statement came to.
public enum StatementResult {
    /// Carried out; nothing to show but notices.
    case done
    /// A small answer: SHOW, DESCRIBE, EXPLAIN.
    case listing(Listing)
    /// A query, planned and not started.
    case query(PlannedJob)
    /// One or more INSERTs, planned and not started.
    case insert(PlannedJob)
}

/// A table of texts; nil is NULL.
public struct Listing: Sendable, Equatable {
    public var columns: [String]
    public var rows: [[String?]]
    /// Print the text of the only cell as it is, as for EXPLAIN and SHOW CREATE.
    public var isText: Bool

    public init(columns: [String], rows: [[String?]], isText: Bool = false) {
        self.columns = columns
        self.rows = rows
        self.isText = isText
    }

    public static func text(_ column: String, _ text: String) -> Listing {
        Listing(columns: [column], rows: [[text]], isText: true)
    }
}

/// A result with what the user should read beside it.
public struct StatementOutcome {
    public var result: StatementResult
    public var notices: [String]
    public var warnings: [SQLError]

    public init(_ result: StatementResult, notices: [String] = [], warnings: [SQLError] = []) {
        self.result = result
        self.notices = notices
        self.warnings = warnings
    }
}
