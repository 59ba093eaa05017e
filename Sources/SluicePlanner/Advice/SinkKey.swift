public import SluiceBase

/// What a job writes as the key of a table: the rows' identity, and in HBase the place where they are stored.
public struct SinkKey: Sendable {
    /// How the keys of rows that come one after the other lie to each other.
    public enum Order: Sendable, Hashable {
        /// They begin with the hash or the remainder of something: every region gets its share.
        case spread(String)
        /// They begin with a time, so that new rows all go to the end of the table.
        case time(String)
        /// They begin with a number that counts up.
        case sequence(String)
        /// There is one key only.
        case constant
        /// They begin with a value that the plan knows nothing of.
        case column(String)
    }

    /// A part that another run of the same input would compute differently.
    public struct Volatile: Sendable, Hashable {
        /// As it is written: `UUID()`.
        public var text: String
        public var span: SourceSpan?
    }

    public var table: String
    public var connector: String
    /// The key's column names.
    public var columns: [String]
    /// The expression of the key's first column.
    public var expression: String
    public var order: Order
    public var volatile: [Volatile]
    /// The target in the INSERT.
    public var span: SourceSpan

    /// The rows of a stream would all go to one region.
    public var isHotspot: Bool {
        switch order {
        case .time, .sequence: return true
        case .spread, .constant, .column: return false
        }
    }

    /// One line about the order.
    public var explanation: String {
        switch order {
        case .spread(let what): return "keys begin with \(what): writes spread over all regions"
        case .time(let what):
            return "keys begin with \(what): they only grow, so every write goes to the region at the end"
        case .sequence(let what):
            return "keys begin with \(what): they only grow, so every write goes to the region at the end"
        case .constant: return "there is one key: every write goes to one row"
        case .column(let name): return "keys begin with \(name): writes spread as its values do"
        }
    }

    /// What would work better; nil: nothing to improve.
    public var advice: String? {
        switch order {
        case .time, .sequence:
            return
                "begin with something that has many values, such as the id of what the row is about; or set "
                + "'row-key.salt-buckets' = '16'"
        case .constant:
            return
                "fine for a counter whose increments are summed per batch; otherwise add what tells rows apart"
        case .spread, .column: return nil
        }
    }

    /// The complaint about parts that change from run to run, at the first of them.
    var warning: SQLError? {
        guard let first = volatile.first else { return nil }
        let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        return SQLError(
            .nonDeterministicKey,
            "the key \(names) of \"\(table)\" depends on \(first.text): a row that is computed again, as after a "
                + "failure, is written a second time under another key",
            span: first.span ?? span,
            hint: "make the key of columns of the row; MD5 of them spreads as well as a random number")
    }
}
